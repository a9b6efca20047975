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

    It is true once one came.
    """

    def __init__(self) -> None:
        self._times: list[float] = []
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def __bool__(self) -> bool:
        return bool(self._times)

    def watch(self) -> None:
        """Begin. Call it from the main thread, once the handlers are those that are to be kept."""
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._times.append(time.monotonic())
        if len(self._times) > 1 and self._times[-1] - self._times[-2] <= ECHO_SECONDS:
            return
        handler = self._handlers[number]
        if number == signal.SIGINT:
            handler(number, frame)  # raises KeyboardInterrupt, which belongs here
        else:
            # Snakemake's takes a lock. What is interrupted here may hold it, and would for ever.
            threading.Thread(target=handler, args=(number, None), daemon=True).start()
