"""The purse: no request is sent that could pass the budget of its batch."""

import asyncio
from collections import Counter

from divergent_bench.gateway.ledger import Ledger
from divergent_bench.providers import llm
from divergent_bench.requests import Request
from divergent_bench.terms import Terms


class BudgetReachedError(Exception):
    """The request could pass the budget; the message is for people."""


class Purse:
    """Reserves, before a request is sent, the most that it could cost.

    The reservation is in the ledger, so that it outlives a kill: what was sent and never answered
    counts as spent, because it may have been billed.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._held: Counter[str] = Counter()  # reservations of requests under way, by batch
        self._settled = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._refused: dict[str, tuple[float, str]] = {}

    def give_another_chance(self) -> None:
        """Forget which budgets were reached: they may have been raised."""
        self._refused.clear()

    async def reserve(self, request: Request, price: llm.Price | None, terms: Terms) -> float:
        """Reserve what a request could cost, in USD; 0 where there is no budget.

        Waits while requests under way hold money that they may not need after all.

        Raises
        ------
        BudgetReachedError
            When the budget has no room for it, or nobody knows what it could cost.
        """
        if terms.budget_usd is None:
            return 0.0
        bound = llm.upper_bound_usd(request, price or llm.price_of(request))
        if bound is None:
            raise BudgetReachedError(unbounded(request))
        while True:
            smallest, reason = self._refused.get(terms.batch, (float("inf"), ""))
            if bound >= smallest:
                raise BudgetReachedError(reason)
            settled = self._settled
            if await asyncio.to_thread(self._ledger.reserve, terms.batch, bound, terms.budget_usd):
                self._held[terms.batch] += 1
                return bound
            if settled != self._settled:
                continue
            if not self._held[terms.batch]:
                reason = self._reason(request, bound, terms)
                self._refused[terms.batch] = bound, reason
                raise BudgetReachedError(reason)
            released = asyncio.get_running_loop().create_future()
            self._waiting.append(released)
            await released

    async def settle(self, batch: str, reserved_usd: float, *, in_doubt: bool) -> None:
        """Note that a request is no more under way.

        Parameters
        ----------
        reserved_usd
            What is still reserved for it.
        in_doubt
            Whether that may have been spent; if not, it is given back.
        """
        try:
            if reserved_usd and not in_doubt:
                await asyncio.to_thread(self._ledger.release, batch, reserved_usd)
        finally:
            self._held[batch] = max(0, self._held[batch] - 1)
            self._settled += 1
            for released in self._waiting:
                if not released.done():
                    released.set_result(None)
            self._waiting.clear()

    def _reason(self, request: Request, bound: float, terms: Terms) -> str:
        spending = self._ledger.spending(terms.batch)
        doubt = (
            f" and {spending.reserved_usd:.4f} USD in doubt (sent, but never answered)"
            if spending.reserved_usd > 0
            else ""
        )
        return (
            f"the budget of {terms.budget_usd:g} USD is reached: {spending.spent_usd:.4f} USD "
            f"spent{doubt}, and one more request to {request['provider']}/{request['model']} could "
            f"cost up to {bound:.4f} USD; raise `budget_usd` in the config and run again"
        )


def own_price(request: Request, terms: Terms) -> llm.Price | None:
    """Return the price that the config gives the model of a request, if it does."""
    own = terms.prices.get(f"{request['provider']}/{request['model']}")
    return llm.Price(own["input"] / 1e6, own["output"] / 1e6) if own else None


def unbounded(request: Request) -> str:
    """Return the message that a request has no price or no longest answer, for a budget."""
    model = f"{request['provider']}/{request['model']}"
    return (
        f"{model}: what a request may cost is not known, which `budget_usd` needs; give the model "
        "`price: {input: ..., output: ...}` (USD per million tokens) and `max_tokens` in the config"
    )
