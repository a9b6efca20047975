"""Lanes: how many requests may be under way, and how many may start per minute."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

DEFAULT_MAX_PARALLEL = 8
DEFAULTS: dict[str, int] = {"ollama": 2}  # a machine of one's own answers few at a time


class Lane:
    """The limits of one provider, or of one model of it.

    Waiting in line is first come, first served. Limits may change while requests wait.

    Parameters
    ----------
    max_parallel
        Requests under way at once, or None for no limit.
    """

    def __init__(self, max_parallel: int | None) -> None:
        self._max_parallel = max_parallel
        self._rpm: int | None = None
        self._active = 0
        self._line: deque[asyncio.Future[None]] = deque()
        self._next_start = 0.0

    def limit(self, limits: dict[str, Any]) -> None:
        """Take over `max_parallel` and `rpm` where they are given."""
        self._max_parallel = limits.get("max_parallel", self._max_parallel)
        self._rpm = limits.get("rpm", self._rpm)
        self._admit()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for the right to send one request, and hold it."""
        await self._enter()
        try:
            await self._keep_pace()
            yield
        finally:
            self._leave()

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
        while self._line and (self._max_parallel is None or self._active < self._max_parallel):
            turn = self._line.popleft()
            if not turn.done():
                self._active += 1
                turn.set_result(None)

    async def _keep_pace(self) -> None:
        # One request per interval rather than a burst per minute: providers dislike bursts.
        if self._rpm:
            now = asyncio.get_running_loop().time()
            start = max(now, self._next_start)
            self._next_start = start + 60 / self._rpm
            await asyncio.sleep(start - now)


class Lanes:
    """All lanes of the gateway, made as they are needed."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[str, ...], Lane] = {}

    def of(self, request: dict[str, Any], limits: dict[str, Any]) -> tuple[Lane, Lane]:
        """Return the lane of the model and that of the provider, under these limits.

        A lane belongs to an endpoint: the same provider at another `api_base` is another lane.
        """
        provider, model, base = request["provider"], request["model"], str(request["api_base"])
        of_provider = self._lane(
            (provider, base), DEFAULTS.get(provider, DEFAULT_MAX_PARALLEL), limits.get(provider, {})
        )
        of_model = self._lane((provider, base, model), None, limits.get(f"{provider}/{model}", {}))
        return of_model, of_provider

    def _lane(self, key: tuple[str, ...], max_parallel: int | None, limits: dict[str, Any]) -> Lane:
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(max_parallel)
        lane.limit(limits)
        return lane
