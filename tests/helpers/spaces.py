"""The embedded spaces: each is unpacked once for all tests of a session. Nobody writes into it."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from divergent_bench.instrument.spaces import embedded

_PLACE = "TESTS_SPACES"


@contextmanager
def spaces() -> Iterator[None]:
    """Have a place for them, for this process and those that it starts."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ[_PLACE] = directory
        yield


@cache
def store(name: str) -> Path:
    """Return the store of an embedded space; the first to ask makes it, while others wait."""
    directory = Path(os.environ[_PLACE], name)
    with directory.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        if not directory.exists():
            embedded.unpack(name, directory)
    return directory
