"""Starting the gateway when there is none."""

import fcntl
import socket
import subprocess
import sys
from pathlib import Path

from divergent_bench.base.errors import UserError


def start(path: str) -> None:
    """Return when a gateway listens on the socket at `path`, started here or by somebody else."""
    with Path(f"{path}.start").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # many clients, one start
        if not _listens(path):
            _start(path)


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        return connection.connect_ex(path) == 0


def _start(path: str) -> None:
    started = subprocess.run(
        [sys.executable, "-m", "divergent_bench.sampling.gateway", path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if started.returncode:
        reason = (started.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise UserError(f"the gateway could not start: {reason}")
