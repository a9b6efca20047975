"""Signals that stop a run, seen from within it. Standard library only."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

ECHO_SECONDS = 3.0  # `divergent-bench` passes Ctrl-C on a second after the terminal has sent it


class StopSignals:
    """Notes the signals that stop this process, and passes each on to the handler there was.

    It is true once one came. The first Ctrl-C is passed on as SIGTERM is: Snakemake starts nothing
    more and ends when its jobs have, which the terminal has told as well. Its KeyboardInterrupt may
    come in the start of a thread, which would be forgotten and go on, or in a message that swallows
    it; it is for whoever does not want to wait, and for jobs on other machines, which it cancels.
    """

    def __init__(self) -> None:
        self._times: list[float] = []
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._in_order = False

    def __bool__(self) -> bool:
        return bool(self._times)

    def watch(self, *, in_order: bool = True) -> None:
        """Begin. Call it from the main thread, once the handlers are those that are to be kept.

        Unless `in_order`, the first Ctrl-C interrupts too.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._note)
        self._in_order = in_order and signal.SIGTERM in self._handlers

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._times.append(time.monotonic())
        if len(self._times) > 1 and self._times[-1] - self._times[-2] <= ECHO_SECONDS:
            return
        if number == signal.SIGINT and not (self._in_order and len(self._times) == 1):
            self._handlers[number](number, frame)  # raises KeyboardInterrupt, which belongs here
        else:
            # Snakemake's takes a lock. What is interrupted here may hold it, and would for ever.
            handler = self._handlers[signal.SIGTERM]
            threading.Thread(target=handler, args=(signal.SIGTERM, None), daemon=True).start()
