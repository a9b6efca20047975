"""Group commit: answers that arrive together share one flush to disk."""

import asyncio
from collections.abc import Callable

from divergent_bench.sampling.gateway.ledger import Entry


class GroupCommit:
    """Stores entries in a thread, many at a time, and tells each writer when its own is on disk.

    The ledger lets threads share a commit, but the event loop has few threads, and more answers.

    Parameters
    ----------
    store
        Called in a thread with a list of entries; they are durable when it returns.
    """

    def __init__(self, store: Callable[[list[Entry]], None]) -> None:
        self._store = store
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def add(self, entry: Entry) -> None:
        """Return when `entry` is on disk; raise what the store raised when it is not."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._store, [entry for entry, _ in batch])
            except Exception:
                for entry, done in batch:
                    await self._write_alone(entry, done)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)

    async def _write_alone(self, entry: Entry, done: "asyncio.Future[None]") -> None:
        try:
            await asyncio.to_thread(self._store, [entry])
        except Exception as error:
            if not done.done():
                done.set_exception(error)
        else:
            if not done.done():
                done.set_result(None)
