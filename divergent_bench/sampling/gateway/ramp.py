"""A ramp: more and more requests under way, rather than all of them at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

STEP_SECONDS = 0.008  # about twice what an answer takes to be dealt with


class StaggeredStart:
    """Spaces the requests that make more of them be under way than ever before.

    Requests that start in one burst are answered in one burst, again and again, and each answer
    then waits for all others to be dealt with: 64 at a time, that makes every round a quarter of a
    second longer. Spread out once, they stay spread out.
    """

    def __init__(self) -> None:
        self._under_way = 0
        self._most = 0
        self._next_step = 0.0

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """Be one of the requests under way, from a moment on that suits the others."""
        if not self._under_way:
            self._most = 0  # after a pause there is nothing to be spread out any more
        self._under_way += 1
        try:
            if self._under_way > self._most:
                self._most = self._under_way
                now = asyncio.get_running_loop().time()
                start = max(now, self._next_step)
                self._next_step = start + STEP_SECONDS
                await asyncio.sleep(start - now)
            yield
        finally:
            self._under_way -= 1
