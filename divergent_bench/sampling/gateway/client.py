"""Collecting answers from the gateway.

One process per job imports this, so it loads next to nothing: each millisecond here is one per
sample. `socket`, `json` and `argparse` together would double the life of a job.
"""

import os
import time
from _socket import AF_UNIX, SOCK_STREAM, socket

from divergent_bench.base.files import LEDGER_DIRECTORY, read_text, write_text

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    Failures = dict[int, tuple[str, str]]

ADDRESS = "DAT_GATEWAY"  # the environment variable by which a workflow tells its jobs
ATTEMPTS = 20
LOG = f"{LEDGER_DIRECTORY}/gateway.log"


class SampleError(Exception):
    """Some answers could not be had. The next run tries again.

    The `failures` have, by seed, the cause (`base.failures.Cause`) and a message for people.
    """

    def __init__(self, failures: "Failures") -> None:
        super().__init__("\n".join(dict.fromkeys(message for _, message in failures.values())))
        self.failures = failures


def collect(
    question: str, kept: "dict[int, str | None]", keep: "Callable[[int, bytes], None]"
) -> None:
    """Collect answers, each as soon as it is there, waiting as long as it takes.

    The `question` is members of a JSON object: ``"condition"``, ``"request"`` (a template, see
    `base.requests`), ``"policy"``. `kept` has the seeds that are wanted, each with the digest of
    the answer that is kept already, if any; what is still wanted is left in it. `keep` is called
    with a seed and the content of its sample file. Seeds without an answer are a SampleError, and
    the others were kept.
    A gateway that cannot be started is a UserError.
    """
    failures: Failures = {}
    for attempt in range(ATTEMPTS):
        try:
            with converse(_message(question, kept)) as replies:
                _receive(replies, kept, keep, failures)
        except OSError:
            pass
        if not kept:
            break
        time.sleep(0.05 * attempt)  # the gateway went away; what it had paid for is in the ledger
    else:
        reason = f"the gateway went away {ATTEMPTS} times; see the end of its log, {LOG}"
        failures |= dict.fromkeys(kept, ("gateway", reason))
    if failures:
        raise SampleError(failures)


def write_failures(log: str, failures: "Failures") -> None:
    """Write beside the log of a job why samples are missing, for programs."""
    lines = (
        f"{seed}\t{cause}\t{message.replace(chr(10), ' ')}\n"
        for seed, (cause, message) in failures.items()
    )
    write_text(_failures_beside(log), "".join(lines))


def read_failures(log: str) -> "Failures":
    """Return what the latest job with this log has written of its failures."""
    file = _failures_beside(log)
    try:
        # Each job begins its log anew. What an earlier one has left beside it is older.
        if os.stat(file).st_mtime_ns < os.stat(log).st_mtime_ns:
            return {}
    except FileNotFoundError:
        return {}
    try:
        lines = [line.split("\t", 2) for line in read_text(file).split("\n") if line]
        return {int(seed): (cause, message) for seed, cause, message in lines}
    except ValueError:  # somebody changed it; the log of the job says it to people
        return {}


def _failures_beside(log: str) -> str:
    return f"{log.removesuffix('.log')}.failures.tsv"


def _message(question: str, kept: "dict[int, str | None]") -> bytes:
    wanted = ",".join(
        f'"{seed}":' + (f'"{digest}"' if digest else "null") for seed, digest in kept.items()
    )
    return f'{{"op":"collect",{question},"kept":{{{wanted}}}}}\n'.encode()


def _receive(
    replies: "BinaryIO",
    kept: "dict[int, str | None]",
    keep: "Callable[[int, bytes], None]",
    failures: "Failures",
) -> None:
    # A reply is a line "SEED answer|kept|CAUSE LENGTH" and then so many bytes.
    while kept:
        header = replies.readline().split()
        if len(header) != 3:
            return
        seed, outcome, length = int(header[0]), header[1], int(header[2])
        content = replies.read(length)
        if len(content) < length:
            return
        if outcome == b"answer":
            keep(seed, content)
        elif outcome != b"kept":
            failures[seed] = outcome.decode(), content.decode()
        del kept[seed]


def converse(message: bytes) -> "BinaryIO":
    """Send one message to the gateway, started if need be, and return its replies.

    A gateway that goes away in that moment is an OSError, one that cannot be started a UserError.
    """
    path = os.environ.get(ADDRESS)
    if not path:
        from divergent_bench.sampling.gateway.address import socket_path  # jobs do without

        path = socket_path()
    descriptor = _connect(path).detach()
    replies = open(descriptor, "rb")
    try:
        with open(descriptor, "wb", closefd=False) as stream:
            stream.write(message)
    except BaseException:
        replies.close()
        raise
    return replies


def _connect(path: str) -> socket:
    connection = socket(AF_UNIX, SOCK_STREAM)
    try:
        try:
            connection.connect(path)
        except OSError:
            from divergent_bench.sampling.gateway.spawn import start  # seldom needed

            start(path)
            connection.connect(path)
    except BaseException:
        connection.close()
        raise
    return connection
