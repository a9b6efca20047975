"""How many requests may be under way, and how many may start per minute."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from divergent_bench.base.policy import Limits
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.requests import Request, label

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.5
USUAL_WEIGHT = 0.1  # of the latest request in a running mean
RATE_SECONDS = 60.0  # over which the pace is shown
STAGGER_SECONDS = 0.008  # about twice what an answer takes to be dealt with


class RateLimit:
    """The limits of one provider, or of one model of it, and what it says about our pace.

    Waiting in line is first come, first served. Limits may change while requests wait. When the
    provider asks to slow down, half as many requests may be under way after a pause; each success
    raises that again, by one per round of requests, until the limit is reached (additive increase,
    multiplicative decrease, as in TCP; Chiu and Jain 1989).
    """

    def __init__(self, limits: Mapping[str, int] | None = None) -> None:
        self._window: float | None = None  # below `max_parallel` while the provider is busy
        self._active = 0
        self._line: deque[asyncio.Future[None]] = deque()
        self._gate = asyncio.Lock()  # one after the other waits for the pace, first come first
        self._last_start = 0.0
        self._owed_tokens = 0  # by the last start; less than none where it took fewer than expected
        self._usual_tokens = 0.0  # per request, a running mean
        self._paused_until = 0.0
        self._slowed_at = -1.0
        self._pauses = 0  # in a row
        self._reason = ""  # of the latest pause
        self.succeeded_at = -1.0  # when the latest answer came, by the event loop's clock
        self._finished: deque[float] = deque()
        self.limit(limits or {})

    def limit(self, limits: Mapping[str, int]) -> None:
        """Keep to these `max_parallel`, `rpm` and `tpm` from now on; what is absent is no limit."""
        self._max_parallel = limits.get("max_parallel")
        self._rpm = limits.get("rpm")
        self._tpm = limits.get("tpm")
        self._admit()

    @asynccontextmanager
    async def slot(self, tokens: int = 0) -> AsyncIterator[None]:
        """Wait for the right to send one request of about so many tokens, and hold it."""
        await self._enter()
        try:
            await self._keep_pace(tokens)
            yield
        finally:
            self._leave()

    def correct(self, expected: int, used: int) -> None:
        """Account for the tokens that a request really took."""
        self._owed_tokens += used - expected
        self._usual_tokens += (used - self._usual_tokens) * USUAL_WEIGHT

    def slow_down(
        self, under_way: int, started: float, pause_s: float | None, reason: str = ""
    ) -> None:
        """Heed a provider that asks for a slower pace, with so many requests under way.

        `started` is when the request that was told so began; those that began before we last slowed
        down say nothing new. `pause_s` are the seconds to wait, if the provider names them. The
        `reason` is for people.
        """
        self._reason = reason
        now = _now()
        if started > self._slowed_at:
            self._slowed_at = now
            self._window = max(1.0, min(self._window or under_way, under_way) / 2)
            longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**self._pauses)
            self._pauses += 1
            pause_s = random.uniform(longest / 2, longest) if pause_s is None else pause_s
        self._paused_until = max(self._paused_until, now + (pause_s or 0.0))

    def succeed(self) -> None:
        """Note an answer: it counts for the pace, and lets a slowed limit recover."""
        now = _now()
        self._finished.append(now)
        self.succeeded_at = now
        while self._finished[0] < now - RATE_SECONDS:
            self._finished.popleft()
        self._pauses = 0
        if self._window is not None:
            self._window += 1 / self._window
            if self._max_parallel is not None and self._window >= self._max_parallel:
                self._window = None
            self._admit()

    def forget_pace(self) -> None:
        """Count answers per minute anew, as for a new run."""
        self._finished.clear()

    def status(self) -> dict[str, Any]:
        """Return the pace: requests allowed at once, answers per minute, whether it is slowed.

        A pause has its reason beside it.
        """
        now = _now()
        paused_s = round(max(0.0, self._paused_until - now), 1)
        recent = [moment for moment in self._finished if moment > now - RATE_SECONDS]
        span = max(1.0, min(RATE_SECONDS, now - recent[0])) if recent else RATE_SECONDS
        return {
            "allowed": self._allowed(),
            "interval_s": self._interval_s(self._usual_tokens),
            "per_minute": round(len(recent) * 60 / span, 1),
            "slowed": self._window is not None,
            "paused_s": paused_s,
            "reason": self._reason if paused_s else "",
        }

    def _interval_s(self, tokens: float) -> float:
        """Return the seconds that the limits leave between two starts, for so many tokens."""
        by_requests = 60 / self._rpm if self._rpm else 0.0
        return max(by_requests, tokens * 60 / self._tpm if self._tpm else 0.0)

    def _allowed(self) -> int | None:
        if self._window is None:
            return self._max_parallel
        return int(min(self._window, self._max_parallel or self._window))

    async def _enter(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # admitted and called off in one moment
                self._leave()
            raise

    def _leave(self) -> None:
        self._active -= 1
        self._admit()

    def _admit(self) -> None:
        while self._line and ((allowed := self._allowed()) is None or self._active < allowed):
            turn = self._line.popleft()
            if not turn.done():
                self._active += 1
                turn.set_result(None)

    async def _keep_pace(self, tokens: int) -> None:
        # One request per interval rather than a burst per minute: providers dislike bursts.
        async with self._gate:
            while (wait := self._seconds_to_wait()) > 0:
                await asyncio.sleep(min(wait, LOOK_AGAIN_SECONDS))  # the limits may change
            self._owed_tokens = tokens + min(0, self._owed_tokens)
            self._usual_tokens = self._usual_tokens or tokens
            self._last_start = _now()

    def _seconds_to_wait(self) -> float:
        start = self._last_start + self._interval_s(self._owed_tokens)
        return max(start, self._paused_until) - _now()


def configured_limits(
    request: Request, limits: Limits, proxy: str | None = None
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the limits for the model of a request and for its provider.

    Where the config gives none, a model at its provider's own address has those of a first-tier
    key. Behind a proxy it is the proxy that keeps to them, for all who ask it.
    """
    provider = find_provider(request["provider"])
    of_provider = limits.get(provider.name, {})
    # A limit that the config gives for the provider replaces the usual one of each model, too.
    usual = {
        key: value
        for key, value in provider.first_limits.items()
        if key not in of_provider and not request["api_base"] and not proxy
    }
    of_model = limits.get(label(request), {})
    for_provider = {"max_parallel": provider.max_parallel, **of_provider}
    for_model = {"max_parallel": for_provider["max_parallel"], **usual, **of_model}
    return for_model, for_provider


class RateLimits:
    """The limits of all providers and models, made as they are needed."""

    def __init__(self) -> None:
        self._rate_limits: dict[tuple[str, ...], RateLimit] = {}

    def of(
        self, request: Request, limits: Limits, proxy: str | None = None
    ) -> tuple[RateLimit, RateLimit]:
        """Return the limit of the model and that of the provider.

        They belong to an endpoint: the same provider at another `api_base`, or behind a proxy, has
        limits of its own.
        """
        of_model, of_provider = configured_limits(request, limits, proxy)
        provider, base = request["provider"], str(proxy or request["api_base"])
        return (
            self._rate_limit((provider, base, request["model"]), of_model),
            self._rate_limit((provider, base), of_provider),
        )

    def _rate_limit(self, key: tuple[str, ...], limits: Mapping[str, int]) -> RateLimit:
        rate_limit = self._rate_limits.setdefault(key, RateLimit())
        rate_limit.limit(limits)
        return rate_limit

    def forget_pace(self) -> None:
        """Count answers per minute anew, as for a new run."""
        for rate_limit in self._rate_limits.values():
            rate_limit.forget_pace()

    def status(self) -> dict[str, dict[str, Any]]:
        """Return the state of the limit of each model, by provider and model."""
        return {
            f"{key[0]}/{key[2]}": rate_limit.status()
            for key, rate_limit in self._rate_limits.items()
            if len(key) > 2
        }


class StaggeredStart:
    """Spaces the requests that make more of them be under way than ever before.

    Requests that start in one burst are answered in one burst, again and again, and each answer
    then waits for all others to be dealt with: with 64 at a time, every round takes a quarter of a
    second longer. Spread out once, they stay spread out.
    """

    def __init__(self) -> None:
        self._under_way = 0
        self._most = 0
        self._next_start = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Be one of the requests under way, from a moment on that suits the others."""
        if not self._under_way:
            self._most = 0  # after a pause there is nothing to be spread out any more
        self._under_way += 1
        try:
            if self._under_way > self._most:
                self._most = self._under_way
                start = max(_now(), self._next_start)
                self._next_start = start + STAGGER_SECONDS
                await asyncio.sleep(start - _now())
            yield
        finally:
            self._under_way -= 1


def _now() -> float:
    return asyncio.get_running_loop().time()
