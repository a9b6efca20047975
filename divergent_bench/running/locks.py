"""Who runs the workflow in this directory: marks of runs, and the locks that dead ones leave.

Snakemake locks what it makes and unlocks it at its end. A run that is killed outright does not get
there, and its lock does not say whose it is: the mark that each run keeps beside it does.
"""

import atexit
import json
import os
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text

MARKS: Final = Path(".snakemake/divergent-bench")
LOCKS: Final = Path(".snakemake/locks")
_MOST_PID: Final = 2**31
SAME_SECONDS: Final = 2.0  # a process number comes again much later


@dataclass(frozen=True, slots=True)
class Mark:
    """A run of the workflow, as it says of itself."""

    host: str
    pid: int
    created: float  # seconds since 1970; the number of a process alone may be that of another
    results: str  # their directory
    booted: float | None = None  # when its machine was, by the clock of that moment

    @classmethod
    def read(cls, file: Path) -> "Mark":
        """Return the mark in a file; a ValueError or TypeError where there is none."""
        mark = cls(**json.loads(file.read_text(encoding="utf-8")))
        texts = isinstance(mark.host, str) and isinstance(mark.results, str)
        times = (mark.created, 0.0 if mark.booted is None else mark.booted)
        numbers = type(mark.pid) is int and all(isinstance(time, float | int) for time in times)
        if not (texts and numbers):
            raise TypeError(f"holds {mark}")
        if not 0 < mark.pid < _MOST_PID:
            raise ValueError(f"pid is {mark.pid}")
        return mark

    @property
    def is_here(self) -> bool:
        """Whether it runs, or ran, on this machine."""
        return self.host == socket.gethostname()

    def is_alive(self) -> bool:
        """Say whether its process still runs; of another machine nobody knows."""
        if not self.is_here:
            return False
        try:
            process = psutil.Process(self.pid)
            return self._is_of(process) and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def _is_of(self, process: psutil.Process) -> bool:
        # Some systems keep when a process began, others how long after the boot: both moments move
        # when the clock is set.
        created = process.create_time()
        apart = [created - self.created]
        if self.booted is not None:
            apart.append(created - psutil.boot_time() - (self.created - self.booted))
        return bool(min(map(abs, apart)) < SAME_SECONDS)


def mark_run(results: str) -> None:
    """Say that this process runs the workflow here, until it ends."""
    process = psutil.Process()
    began = process.create_time(), psutil.boot_time()
    mark = Mark(socket.gethostname(), process.pid, began[0], results, began[1])
    for file, other in _marks().items():
        if other.is_here and not other.is_alive():
            file.unlink(missing_ok=True)
    file = MARKS / f"{mark.host}-{mark.pid}.json"
    write_text(file, json.dumps(asdict(mark)))

    def remove() -> None:
        if os.getpid() == mark.pid:  # not in a copy of this process
            file.unlink(missing_ok=True)

    atexit.register(remove)


def live_runs() -> list[Mark]:
    """Return the runs of the workflow in this directory that are alive."""
    return [mark for mark in _marks().values() if mark.is_alive()]


def was_killed(results: str) -> bool:
    """Say whether a run on this machine that made these results ended without a word."""
    return any(
        mark.results == results and mark.is_here and not mark.is_alive()
        for mark in _marks().values()
    )


def refuse_a_second_run() -> None:
    """Make sure that no other run works in this directory; a UserError names the one that does."""
    for mark in live_runs():
        raise UserError(
            f"another run (pid {mark.pid}, {mark.results}) works in this directory; wait for its "
            "end (`divergent-bench batch monitor` shows how far it is), or stop it with Ctrl-C "
            f"or `kill {mark.pid}`"
        )


def release(unlock: Callable[[], object]) -> bool:
    """Remove the locks of runs that are certainly dead, by `unlock`; say whether there were any.

    It is a UserError when another run works here, or when nobody knows whose the locks are.
    """
    refuse_a_second_run()
    if not any(LOCKS.glob("*.lock")):
        return False
    for pid in _snakemake_processes():
        raise UserError(
            f"another run of Snakemake (pid {pid}) works in this directory; wait for its end"
        )
    marks = _marks()
    if not marks or not all(mark.is_here for mark in marks.values()):
        hosts = ", ".join({mark.host for mark in marks.values() if not mark.is_here})
        raise UserError(
            "this directory is locked, and whether that run is still at work cannot be told from "
            f"here{f' (it was started on {hosts})' if hosts else ''}; when you are sure that none "
            "is, remove the lock: the same command with --unlock at its end, as in\n"
            "    snakemake --cores 1 --configfile CONFIG --unlock"
        )
    unlock()
    for file in marks:
        file.unlink(missing_ok=True)
    return True


def _marks() -> dict[Path, Mark]:
    found = {}
    for file in sorted(MARKS.glob("*.json")):
        try:
            found[file] = Mark.read(file)
        except FileNotFoundError:
            continue  # that run has just ended
        except (OSError, ValueError, TypeError) as error:
            raise UserError(
                f"{file}: should say who runs the workflow here, and cannot be read ({error}); "
                "when you are sure that no run is at work in this directory, remove it"
            ) from error
    return found


def _snakemake_processes() -> list[int]:
    """Return the processes that run Snakemake in this directory, with a mark or without one."""
    here = str(Path.cwd())
    return [
        process.pid
        for process in psutil.process_iter(["cwd", "cmdline", "status"])
        if process.info["cwd"] == here
        and process.info["status"] != psutil.STATUS_ZOMBIE
        and process.pid != os.getpid()
        # python .../bin/snakemake, or python -m snakemake
        and any(Path(word).name == "snakemake" for word in (process.info["cmdline"] or [])[:4])
    ]
