"""Starting the gateway when there is none."""

import fcntl
import socket
import subprocess
import sys
from pathlib import Path

from divergent_bench.base.errors import UserError

READY = "ready"  # what a gateway says once it can be asked; anything else is why it cannot
# The shell leaves at once, so that the gateway is nobody's child and outlives who needed it first.
# No process forks without starting a program: macOS takes that ill of one that has threads.
_IN_THE_BACKGROUND = ["/bin/sh", "-c", '"$@" &', "sh"]


def start(path: str) -> None:
    """Return when a gateway listens on the socket at `path`, started here or by somebody else."""
    with Path(f"{path}.start").open("w") as lock:
        lock_file(lock.fileno(), f"{path}.start")  # many clients, one start
        if not _listens(path):
            _start(path)


def lock_file(descriptor: int, name: str) -> None:
    """Wait until an open file is locked; a UserError where its file system has no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        raise UserError(
            f"{name}: cannot be locked ({error.strerror}); let XDG_RUNTIME_DIR name a directory of "
            "yours on this machine's own disk or memory"
        ) from error


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        return connection.connect_ex(path) == 0


def _start(path: str) -> None:
    command = [sys.executable, "-m", "divergent_bench.sampling.gateway", path]
    with subprocess.Popen(
        [*_IN_THE_BACKGROUND, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as started:
        reason = "it gave no reason"
        for line in started.stdout or ():
            if line.strip() == READY:
                return
            reason = line.strip() or reason
    raise UserError(f"the gateway could not start: {reason}")
