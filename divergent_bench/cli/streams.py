"""Standard output and error, as pipes of a shell need them."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO


class _Stream:
    """A stream whose reader may leave (`| head`): that ends the command, quietly and well."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            raise SystemExit(0) from None

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            raise SystemExit(0) from None

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def writing_to_whoever_reads() -> Iterator[None]:
    """Let the block write for as long as anybody reads, and leave nothing to be written after it.

    Python itself would write what is left at its end, and complain where that fails.
    """
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_Stream, streams)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
        for stream in streams:
            try:
                stream.flush()
            except OSError:
                _discard(stream)


def _discard(stream: TextIO) -> None:
    with suppress(OSError, ValueError):  # it is none of the process
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
        stream.flush()
