"""The dispatcher: one request in, one durable answer out."""

import asyncio
import math
import random
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from divergent_bench.base.answers import Answer
from divergent_bench.base.errors import UserError
from divergent_bench.base.failures import Failure, NoAnswerError
from divergent_bench.base.names import counted
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.requests import Request, digest, label
from divergent_bench.sampling.gateway.budget import Budget, own_price
from divergent_bench.sampling.gateway.ledger import DAMAGE, Entry, Ledger
from divergent_bench.sampling.gateway.rate_limits import RateLimit, RateLimits, StaggeredStart
from divergent_bench.sampling.gateway.request_locks import RequestLocks
from divergent_bench.sampling.gateway.run_status import Run
from divergent_bench.sampling.providers import llm

MAX_ATTEMPTS = 6
MAX_SLOWDOWNS = 12  # a busy provider is waited for longer than a broken one
FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 60.0
LONGEST_RETRY_AFTER_SECONDS = 120.0  # whoever asks for more is asked by the next run
LOCK_POLL_SECONDS = 0.2
Endpoint = tuple[str, str, str | None]  # provider, model, address
LEDGER_ERRORS = (sqlite3.Error, *DAMAGE, OSError, UserError)
USUAL_ANSWER_TOKENS = 60  # a short list
CHARACTERS_PER_TOKEN = 4


@dataclass
class InFlightRequest:
    """A request being worked on, and how many wait for its answer."""

    task: "asyncio.Task[str]"
    waiting: int = 0
    paid: bool = False  # sent, or about to be: from here on nobody may call it off


class Dispatcher:
    """Answers requests: from the ledger, by joining an equal one, or by asking the provider."""

    def __init__(self, ledger: Ledger, request_locks: RequestLocks) -> None:
        self._ledger = ledger
        self._request_locks = request_locks
        self._budget = Budget(ledger, request_locks.others_have_some)
        self._staggered_start = StaggeredStart()
        self._under_way: Counter[Endpoint] = Counter()  # requests, by endpoint and model
        self._in_flight: dict[str, InFlightRequest] = {}
        # By endpoint and model, or by what was asked of it.
        self._refused: dict[object, Failure] = {}
        self._failed: dict[str, Failure] = {}  # by digest
        self._gave_up: dict[Endpoint, float] = {}  # when a request last did, as it is too busy
        self._broken: Failure | None = None
        self._closed = False
        self._runs: dict[str, Run] = {}  # the latest of each batch
        self._rate_limits = RateLimits()

    @property
    def busy(self) -> bool:
        """Whether any request is being worked on."""
        return bool(self._in_flight)

    def close(self) -> None:
        """Call off everything that was not sent yet, and take nothing more."""
        self._closed = True
        for in_flight in list(self._in_flight.values()):
            if not in_flight.paid:
                in_flight.task.cancel()

    def give_another_chance(self) -> None:
        """Forget what failed: a new run may come with the cause removed."""
        self._refused.clear()
        self._failed.clear()
        self._gave_up.clear()
        self._budget.give_another_chance()
        self._broken = None

    def start_run(self, batch: str, due: Mapping[str, int]) -> Run:
        """Begin a run of a batch: what is done for it is counted anew."""
        self._rate_limits.forget_pace()
        run = self._runs[batch] = Run(batch, due)
        return run

    def run_of(self, batch: str) -> Run:
        """Return the run that a request of a batch belongs to."""
        return self._runs.setdefault(batch, Run(batch))

    def status(self, run: Run) -> dict[str, Any]:
        """Return the state of a run as data, for JSON."""
        under_way: Counter[str] = Counter()
        for (provider, model, _), count in self._under_way.items():
            under_way[f"{provider}/{model}"] += count
        return run.status(self._rate_limits.status(), under_way)

    async def answer(self, name: str, request: Request, policy: RunPolicy) -> str:
        """Return the answer to a request, as JSON; for language models it is in the ledger by then.

        The `name` is the digest of the request. Being cancelled calls the request off unless
        somebody else waits for it or it was sent. No answer is a NoAnswerError.
        """
        if self._closed:
            raise asyncio.CancelledError
        if not find_provider(request["provider"]).asks_models:
            return await asyncio.to_thread(_free_answer, request)
        in_flight = self._in_flight.get(name)
        if in_flight is None:
            if stored := self._find(name):
                return stored
            if failure := self._failed.get(name):
                raise NoAnswerError(*failure)  # prefetching it failed: so it does for the job
            in_flight = InFlightRequest(asyncio.create_task(self._ask(name, request, policy)))
            self._in_flight[name] = in_flight
            in_flight.task.add_done_callback(lambda task: self._settle(name, task))
        in_flight.waiting += 1
        try:
            return await asyncio.shield(in_flight.task)
        finally:
            in_flight.waiting -= 1
            if not in_flight.waiting and not in_flight.paid:
                in_flight.task.cancel()

    def _settle(self, name: str, task: "asyncio.Task[str]") -> None:
        del self._in_flight[name]
        if not task.cancelled():
            task.exception()  # when nobody waits any more, nobody else would look at it

    async def _ask(self, name: str, request: Request, policy: RunPolicy) -> str:
        await asyncio.to_thread(llm.load_litellm)
        llm.check(request, policy.route(request))
        if stored := await self._lock_request(name):
            return stored
        try:
            return await self._ask_until_answered(name, request, policy)
        finally:
            self._request_locks.give_up(name)

    async def _lock_request(self, name: str) -> str | None:
        try:
            while not self._request_locks.take(name):  # another gateway is asking for it
                await asyncio.sleep(LOCK_POLL_SECONDS)
        except OSError as error:
            raise NoAnswerError(
                "ledger", f"requests cannot be locked beside the ledger ({error}); nothing is sent"
            ) from error
        try:
            stored = self._find(name)
        except NoAnswerError:
            self._request_locks.give_up(name)
            raise
        if stored:
            self._request_locks.give_up(name)
        return stored

    async def _ask_until_answered(self, name: str, request: Request, policy: RunPolicy) -> str:
        in_flight = self._in_flight[name]
        of_model, of_provider = self._rate_limits.of(request, policy.limits, policy.proxy)
        tokens = _about_tokens(request)
        attempts = slowdowns = 0
        while True:
            async with of_model.slot(tokens), of_provider.slot(tokens):
                self._check_not_refused(request, policy)
                in_flight.paid = True
                began = asyncio.get_running_loop().time()
                try:
                    attempt = attempts + slowdowns + 1
                    text, used = await self._ask_once(name, request, policy, attempt, of_model)
                except llm.TransportError as error:
                    fault = error
                else:
                    for rate_limit in (of_model, of_provider):
                        rate_limit.correct(tokens, used or tokens)
                    return text
                finally:
                    in_flight.paid = False
            self.run_of(policy.batch).retries += 1
            attempts += not fault.back_pressure
            slowdowns += fault.back_pressure
            if not in_flight.waiting or self._closed:
                raise asyncio.CancelledError
            if (
                (fault.retry_after_s or 0) > LONGEST_RETRY_AFTER_SECONDS
                or attempts >= MAX_ATTEMPTS
                or slowdowns >= MAX_SLOWDOWNS
            ):
                break
            if not fault.back_pressure:  # else the rate limit pauses
                await asyncio.sleep(_pause(attempts, fault.retry_after_s))
        tries = counted(attempts + slowdowns, "attempt")
        reason = f"{fault} (after {tries}; the next run tries again)"
        failure = self._failed[name] = Failure("transport", reason)
        if fault.back_pressure:
            self._note_busy(_endpoint(request, policy), began, of_model, failure)
        raise NoAnswerError(*failure)

    def _note_busy(
        self, endpoint: Endpoint, began: float, rate_limit: RateLimit, failure: Failure
    ) -> None:
        """Ask a model no more in this run once two requests, one after the other, gave up on it.

        Else every request would wait as long, and a run of thousands for days.
        """
        before = self._gave_up.get(endpoint, math.inf)
        if before <= began and rate_limit.succeeded_at < before:
            self._refused[endpoint] = failure
        self._gave_up[endpoint] = asyncio.get_running_loop().time()

    def _find(self, name: str) -> str | None:
        try:
            return self._ledger.find(name)
        except LEDGER_ERRORS as error:
            raise NoAnswerError("ledger", self._ledger.complaint(error)) from error

    def _check_not_refused(self, request: Request, policy: RunPolicy) -> None:
        for scope in (_endpoint(request, policy), _question(request, policy)):
            if failure := self._broken or self._refused.get(scope):
                raise NoAnswerError(*failure)

    async def _ask_once(
        self, name: str, request: Request, policy: RunPolicy, attempt: int, rate_limit: RateLimit
    ) -> tuple[str, int | None]:
        price = own_price(request, policy)
        started = asyncio.get_running_loop().time()
        try:
            async with self._budget.hold(request, price, policy) as reservation:
                try:
                    answer = await self._send(request, price, policy)
                    answer.attempts = attempt
                    cost = reservation.settle(answer.cost_usd)
                    if cost != answer.cost_usd:
                        answer.cost_usd = cost
                        answer.flags.append("usage_not_credible")
                    text, at = answer.to_json(), answer.answered_at
                    await self._keep(
                        Entry(name, request, text, at, cost, policy.batch, reservation.usd)
                    )
                except llm.TransportError as error:
                    reservation.refundable = not error.maybe_paid
                    raise
        except llm.ModelRefusedError as error:
            scope = (_endpoint if error.whole_model else _question)(request, policy)
            self._refused[scope] = error.failure
            raise
        except llm.TransportError as error:
            if error.back_pressure:
                # The one that was told so was under way as well.
                under_way = self._under_way[_endpoint(request, policy)] + 1
                wait_s = error.retry_after_s
                if wait_s is not None:
                    wait_s = min(wait_s, LONGEST_RETRY_AFTER_SECONDS)
                rate_limit.slow_down(under_way, started, wait_s, str(error))
            raise
        except NoAnswerError:
            raise
        except LEDGER_ERRORS as error:
            raise self._cannot_write(error) from error
        except Exception as error:
            # Ours to mend, but not to be paid for again and again in this run.
            reason = f"{label(request)}: the answer cannot be used: {type(error).__name__}: {error}"
            failure = self._failed[name] = Failure("unusable", reason)
            raise NoAnswerError(*failure) from error
        rate_limit.succeed()
        return text, llm.tokens_used(answer)

    async def _send(self, request: Request, price: llm.Price | None, policy: RunPolicy) -> Answer:
        endpoint = _endpoint(request, policy)
        async with self._staggered_start.turn():
            self._under_way[endpoint] += 1
            try:
                return await llm.answer(request, price, policy.route(request))
            finally:
                self._under_way[endpoint] -= 1

    async def _keep(self, entry: Entry) -> None:
        await asyncio.wrap_future(self._ledger.add([entry]))
        run, cost = self.run_of(entry.batch), entry.cost_usd
        run.spent_usd += cost or 0.0
        run.unpriced += cost is None
        run.answered[label(entry.request)] += 1

    def _cannot_write(self, error: Exception) -> NoAnswerError:
        # An answer that cannot be kept must be the last one that is paid for.
        self._broken = Failure(
            "ledger",
            f"the ledger cannot be written ({error}); nothing more is sent. "
            "Make room on the disk or mend its permissions, then run again",
        )
        return NoAnswerError(*self._broken)


def _endpoint(request: Request, policy: RunPolicy) -> Endpoint:
    return request["provider"], request["model"], policy.address(request)


def _question(request: Request, policy: RunPolicy) -> object:
    return digest({**request, "seed": None}), policy.proxy


def _about_tokens(request: Request) -> int:
    # Counting them takes half a second to load, and what was really used is known soon enough.
    characters = sum(len(message["content"]) for message in request["messages"])
    return characters // CHARACTERS_PER_TOKEN + USUAL_ANSWER_TOKENS


def _free_answer(request: Request) -> str:
    provider = find_provider(request["provider"]).load()
    try:
        answer: Answer = provider.answer(request)
    except UserError as error:
        raise NoAnswerError("recorded", str(error)) from error
    return answer.to_json()


def _pause(attempt: int, retry_after_s: float | None) -> float:
    if retry_after_s is not None:
        return retry_after_s + random.uniform(0, 1)
    longest = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (attempt - 1))
    return random.uniform(longest / 2, longest)
