"""Group commit: what is to be written at the same time shares one transaction."""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from divergent_bench.base.errors import UserError

LONGEST_REST_SECONDS = 0.1  # between two commits, for the programs that wait for a turn
T = TypeVar("T")
Work = Callable[[], Any]


class GroupCommit:
    """Writes in one thread, for threads and event loops.

    The disk takes as long for one write as for many. The `lock` is held during a transaction;
    `transact` does several works in one, and returns what each returned once it is on disk.
    """

    def __init__(
        self, lock: threading.Lock, transact: Callable[[Sequence[Work]], list[Any]]
    ) -> None:
        self.waiting: deque[tuple[Work, Future[Any]]] = deque()
        self._lock = lock
        self._transact = transact
        self._writer = ThreadPoolExecutor(1, "group-commit")
        self._next = 0.0  # when a commit may begin

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have some work done in a transaction.

        The future has its result once it is on disk, or what went wrong. It cannot be cancelled:
        whoever waits for it may give up, the work is done all the same.
        """
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()
        self.waiting.append((work, done))
        self._writer.submit(self._commit_all)
        return done

    def close(self) -> None:
        """Return when all that was submitted has been written."""
        self._writer.shutdown()

    def _commit_all(self) -> None:
        if not self.waiting:
            return  # an earlier commit included it
        # SQLite does not queue: others look again now and then, and must find the ledger free.
        time.sleep(max(0.0, self._next - time.monotonic()))
        with self._lock:
            began = time.monotonic()
            self._commit([self.waiting.popleft() for _ in range(len(self.waiting))])
            ended = time.monotonic()
        self._next = ended + min(ended - began, LONGEST_REST_SECONDS)

    def _commit(self, works: Sequence[tuple[Work, Future[Any]]]) -> None:
        try:
            results = self._transact([work for work, _ in works])
        except (sqlite3.OperationalError, OSError, UserError) as error:
            for _, done in works:  # locked or full: each of them alone would fare the same
                done.set_exception(error)
        except BaseException as error:  # somebody waits for it, whatever it is
            if len(works) == 1:
                works[0][1].set_exception(error)
                return
            for each in works:  # the others are not to suffer for it
                self._commit([each])
        else:
            for (_, done), result in zip(works, results, strict=True):
                done.set_result(result)
