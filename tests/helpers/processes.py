"""Finding the processes that a test may have left behind."""

import time
from pathlib import Path


def gateways(directory: Path) -> list[int]:
    """Return the process numbers of the gateways that work in or below a directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            name = (process / "comm").read_text()
            at_work = (process / "cwd").resolve()
        except OSError:
            continue
        # One that the fork server has started has the command line of that.
        is_one = b"-m\0divergent_bench.sampling.gateway" in command or name == "gateway\n"
        if is_one and at_work.is_relative_to(directory):
            found.append(int(process.name))
    return found


def wait_until(condition, seconds: float = 60) -> None:
    """Wait for a condition; fail when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "took too long"
        time.sleep(0.02)
