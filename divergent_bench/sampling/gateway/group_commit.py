"""Shared commits: what several threads want to write at the same time is one transaction."""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from divergent_bench.base.errors import UserError

LONGEST_REST_SECONDS = 0.1  # between two commits, for the programs that wait for a turn
T = TypeVar("T")
Work = Callable[[], Any]


class SharedCommits:
    """Does what threads want to write; the disk takes as long for one of them as for many.

    Parameters
    ----------
    lock
        Held during a transaction.
    transact
        Does several works in one transaction, and returns what each returned once it is on disk.
    """

    def __init__(
        self, lock: threading.Lock, transact: Callable[[Sequence[Work]], list[Any]]
    ) -> None:
        self.waiting: deque[tuple[Work, Future[Any]]] = deque()
        self._lock = lock
        self._transact = transact
        self._next = 0.0  # when a commit may begin

    def write(self, work: Callable[[], T]) -> T:
        """Do some work in a transaction, and return what it returns once it is on disk."""
        done: Future[T] = Future()
        self.waiting.append((work, done))
        # SQLite does not queue: others look again now and then, and must find the ledger free.
        time.sleep(max(0.0, self._next - time.monotonic()))
        with self._lock:
            if not done.done():
                self._commit([self.waiting.popleft() for _ in range(len(self.waiting))])
        return done.result()

    def _commit(self, works: Sequence[tuple[Work, Future[Any]]]) -> None:
        began = time.monotonic()
        try:
            results = self._transact([work for work, _ in works])
        except (sqlite3.OperationalError, OSError, UserError) as error:
            for _, done in works:  # locked or full: each of them alone would fare the same
                done.set_exception(error)
        except Exception as error:
            if len(works) == 1:
                works[0][1].set_exception(error)
                return
            for each in works:  # the others are not to suffer for it
                self._commit([each])
        else:
            for (_, done), result in zip(works, results, strict=True):
                done.set_result(result)
        ended = time.monotonic()
        self._next = ended + min(ended - began, LONGEST_REST_SECONDS)
