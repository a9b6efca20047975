"""Lanes: how many requests may be under way, and how many may start per minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiolimiter import AsyncLimiter

DEFAULT_MAX_PARALLEL = 8
DEFAULTS: dict[str, int] = {"ollama": 2}  # a machine of one's own answers few at a time


class Lane:
    """The limits of one provider, or of one model of it.

    Waiting in line is first come, first served.

    Attributes
    ----------
    max_parallel
        Requests under way at once, or None for no limit.
    """

    def __init__(self, max_parallel: int | None) -> None:
        self.max_parallel = max_parallel
        self._active = 0
        self._changed = asyncio.Condition()
        self._rpm: int | None = None
        self._pace: AsyncLimiter | None = None

    def limit(self, limits: dict[str, Any]) -> None:
        """Take over `max_parallel` and `rpm` where they are given."""
        self.max_parallel = limits.get("max_parallel", self.max_parallel)
        rpm = limits.get("rpm")
        if rpm != self._rpm:
            self._rpm = rpm
            # One request per interval rather than a burst per minute: providers dislike bursts.
            self._pace = AsyncLimiter(1, 60 / rpm) if rpm else None

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for the right to send one request, and hold it."""
        async with self._changed:
            await self._changed.wait_for(self._has_room)
            self._active += 1
        try:
            if self._pace:
                await self._pace.acquire()
            yield
        finally:
            async with self._changed:
                self._active -= 1
                self._changed.notify()

    def _has_room(self) -> bool:
        return self.max_parallel is None or self._active < self.max_parallel


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
