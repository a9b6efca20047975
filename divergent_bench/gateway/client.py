"""Asking the gateway, and starting it when there is none.

Standard library only, and little of it: one process per sample imports this.
"""

import fcntl
import json
import socket
import sys
import time

from divergent_bench.errors import UserError
from divergent_bench.gateway.address import socket_path

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from typing import Any

ATTEMPTS = 20


class SampleError(Exception):
    """No answer could be had; the message says why. The next run tries again."""


def ask(request: "dict[str, Any]", limits: "dict[str, Any]") -> "Any":
    """Return the answer to one request, waiting as long as it takes.

    Raises
    ------
    SampleError
        When the provider gave none.
    """
    path = socket_path()
    for attempt in range(ATTEMPTS):
        try:
            with connect(path) as connection:
                send(connection, {"op": "answer", "request": request, "limits": limits})
                with connection.makefile("rb") as lines:
                    reply = lines.readline()
            if reply.endswith(b"\n"):
                return _answer(json.loads(reply))
        except OSError:
            pass
        # The gateway went away; what it had paid for is in the ledger.
        time.sleep(0.05 * attempt)
    raise SampleError(f"the gateway went away {ATTEMPTS} times; its log may say why")


def _answer(reply: "dict[str, Any]") -> "Any":
    if "error" in reply:
        raise SampleError(reply["error"])
    return reply["answer"]


def send(connection: socket.socket, message: "dict[str, Any]") -> None:
    """Send one message: a line of JSON."""
    connection.sendall(json.dumps(message).encode() + b"\n")


def connect(path: str) -> socket.socket:
    """Return a connection to the gateway at a socket, started if need be.

    Raises
    ------
    UserError
        When it cannot be started.
    """
    try:
        return _connect(path)
    except OSError:
        return _start_and_connect(path)


def _connect(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(path)
    except BaseException:
        connection.close()
        raise
    return connection


def _start_and_connect(path: str) -> socket.socket:
    with open(f"{path}.start", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # many clients, one start
        try:
            return _connect(path)
        except OSError:
            _start(path)
            return _connect(path)


def _start(path: str) -> None:
    import subprocess  # slow to import, and seldom needed

    started = subprocess.run(
        [sys.executable, "-m", "divergent_bench.gateway", path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if started.returncode:
        reason = (started.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise UserError(f"the gateway could not start: {reason}")
