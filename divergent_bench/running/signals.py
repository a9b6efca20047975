"""Signals that stop a run, seen from within it. Standard library only."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

ECHO_SECONDS = 3.0  # `divergent-bench` passes Ctrl-C on a second after the terminal has sent it
AGAIN_AFTER_SECONDS = 0.01
PATIENCE_SECONDS = 10.0
_FRAGILE = ("asyncio", "concurrent.futures.thread", "logging", "snakemake.logging")
_REMINDER = signal.SIGURG  # nobody else sends it, and it is ignored where nobody handles it


class StopSignals:
    """Notes the signals that stop this process, and passes each on to the handler there was.

    It is true once one came. The first SIGINT waits for a moment in which Snakemake schedules jobs
    and can stand the KeyboardInterrupt that comes of it: a thread that is being started would be
    forgotten and go on; a message that is being written swallows it.
    """

    def __init__(self) -> None:
        self._times: list[float] = []
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._interrupted = False

    def __bool__(self) -> bool:
        return bool(self._times)

    def watch(self) -> None:
        """Begin. Call it from the main thread, once the handlers are those that are to be kept."""
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._note)
        signal.signal(_REMINDER, self._remind)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._times.append(time.monotonic())
        if len(self._times) > 1 and self._times[-1] - self._times[-2] <= ECHO_SECONDS:
            return
        if number == signal.SIGINT:
            self._interrupt(frame)
        else:
            # Snakemake's takes a lock. What is interrupted here may hold it, and would for ever.
            handler = self._handlers[number]
            threading.Thread(target=handler, args=(number, None), daemon=True).start()

    def _remind(self, _: int, frame: FrameType | None) -> None:
        if not self._interrupted:
            self._interrupt(frame)

    def _interrupt(self, frame: FrameType | None) -> None:
        patient = time.monotonic() - self._times[0] < PATIENCE_SECONDS
        if patient and not self._interrupted and not _can_be_interrupted(frame):
            main = threading.main_thread().ident
            again = threading.Timer(AGAIN_AFTER_SECONDS, signal.pthread_kill, [main, _REMINDER])
            again.daemon = True
            again.start()
            return
        self._interrupted = True
        self._handlers[signal.SIGINT](signal.SIGINT, frame)  # raises KeyboardInterrupt


def _can_be_interrupted(frame: FrameType | None) -> bool:
    """Tell whether this is Snakemake's scheduler, and in nothing that an exception would break."""
    while frame and frame.f_code.co_name != "schedule":
        if f"{frame.f_globals['__name__']}.".startswith(tuple(f"{name}." for name in _FRAGILE)):
            return False
        frame = frame.f_back
    return frame is not None
