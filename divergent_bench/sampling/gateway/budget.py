"""Budgets: no request is sent that could pass the budget of its batch."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from divergent_bench.base.failures import NoAnswerError
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.requests import Request, label
from divergent_bench.sampling.gateway.ledger import Ledger, Spending
from divergent_bench.sampling.providers import llm

OTHERS_SECONDS = 600.0  # without any change, what other gateways hold is taken for lost
OTHERS_POLL_SECONDS = 1.0
# A provider may count tokens in a way of its own; a cost of more than so many reservations is none.
MOST_RESERVATIONS = 10.0


@dataclass
class Reservation:
    """What is held for a request under way.

    It is refundable where it was certainly not spent: no more once there is an answer, whose cost
    takes its place, or once it is in doubt whether the provider will bill it.
    """

    usd: float
    refundable: bool = True
    spent_usd: float = 0.0  # what the request really cost

    def settle(self, cost_usd: float | None) -> float | None:
        """Let the cost of an answer take its place; return it, or None where it cannot be right."""
        if cost_usd is not None and cost_usd > self.usd * MOST_RESERVATIONS > 0:
            cost_usd = None
        self.refundable = False
        self.spent_usd = cost_usd or 0.0
        return cost_usd


class Budget:
    """Reserves, before a request is sent, the most that it could cost.

    The reservation is in the ledger, so that it outlives a kill: what was sent and never answered
    counts as spent, because it may have been billed. `others_ask` says whether other gateways on
    the ledger have requests under way.
    """

    def __init__(self, ledger: Ledger, others_ask: Callable[[], bool]) -> None:
        self._ledger = ledger
        self._others_ask = others_ask
        self._held: Counter[str] = Counter()  # reservations of requests under way, by batch
        self._settled = 0
        self._overruns: dict[tuple[str, str], float] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._refused: dict[str, tuple[float, str]] = {}

    def give_another_chance(self) -> None:
        """Forget which budgets were reached: they may have been raised."""
        self._refused.clear()

    @asynccontextmanager
    async def hold(
        self, request: Request, price: llm.Price | None, policy: RunPolicy
    ) -> AsyncIterator[Reservation]:
        """Hold what a request could cost for as long as it is under way.

        Waits while requests under way hold money that they may not need after all. Without room in
        the budget, or where nobody knows what it could cost, that is a NoAnswerError.
        """
        if policy.budget_usd is None:
            yield Reservation(0.0)
            return
        bound = llm.upper_bound_usd(request, price or llm.price_of(request))
        if bound is None:
            raise NoAnswerError("budget", unbounded(request))
        model = request["provider"], request["model"]
        bound *= self._overruns.get(model, 1.0)
        await self._reserve(request, bound, policy, policy.budget_usd)
        reservation = Reservation(bound)
        try:
            yield reservation
        finally:
            if reservation.spent_usd > bound > 0:  # a provider counts tokens in a way of its own
                overrun = reservation.spent_usd / bound
                self._overruns[model] = self._overruns.get(model, 1.0) * overrun
            try:
                if reservation.refundable:
                    await asyncio.wrap_future(self._ledger.release(policy.batch, bound))
            finally:
                self._held[policy.batch] -= 1
                self._settled += 1
                self._wake()

    async def _reserve(
        self, request: Request, bound: float, policy: RunPolicy, budget_usd: float
    ) -> None:
        now = asyncio.get_running_loop().time
        seen: Spending | None = None
        changed = now()
        while True:
            smallest, reason = self._refused.get(policy.batch, (float("inf"), ""))
            if bound >= smallest:
                raise NoAnswerError("budget", reason)
            settled = self._settled
            self._held[policy.batch] += 1  # until we know better: others must not give up meanwhile
            reserved = False
            try:
                reserved = await asyncio.wrap_future(
                    self._ledger.reserve(policy.batch, bound, budget_usd)
                )
            finally:
                self._held[policy.batch] -= not reserved
            if reserved:
                return
            self._wake()
            if settled == self._settled and not self._held[policy.batch]:
                before, seen = seen, await asyncio.to_thread(self._ledger.spending, policy.batch)
                changed = changed if seen == before else now()
                # What other gateways hold for requests under way may come back.
                held = seen.reserved_usd > 0 and self._others_ask()
                if held and now() - changed < OTHERS_SECONDS:
                    await asyncio.sleep(OTHERS_POLL_SECONDS)
                    continue
                reason = self._reason(request, bound, policy)
                self._refused[policy.batch] = bound, reason
                raise NoAnswerError("budget", reason)
            if settled == self._settled:
                released = asyncio.get_running_loop().create_future()
                self._waiting.append(released)
                await released

    def _wake(self) -> None:
        for released in self._waiting:
            if not released.done():
                released.set_result(None)
        self._waiting.clear()

    def _reason(self, request: Request, bound: float, policy: RunPolicy) -> str:
        spending = self._ledger.spending(policy.batch)
        doubt = (
            f" and {spending.reserved_usd:.4f} USD in doubt (sent, but never answered)"
            if spending.reserved_usd > 0
            else ""
        )
        return (
            f"the budget of {policy.budget_usd:g} USD is reached: {spending.spent_usd:.4f} USD "
            f"spent{doubt}, and one more request to {label(request)} could cost up to {bound:.4f} "
            "USD; raise `budget_usd` in the config and run again, or lower `max_tokens`"
        )


def own_price(request: Request, policy: RunPolicy) -> llm.Price | None:
    """Return the price that the config gives the model of a request, if it does."""
    own = policy.prices.get(label(request))
    return llm.Price(own["input"] / 1e6, own["output"] / 1e6) if own else None


def unbounded(request: Request) -> str:
    """Return the message that a request has no price or no longest answer, for a budget."""
    return (
        f"{label(request)}: what a request may cost is not known, which `budget_usd` needs; give "
        "the model `price: {input: ..., output: ...}` (USD per million tokens) and `max_tokens` in "
        "the config"
    )
