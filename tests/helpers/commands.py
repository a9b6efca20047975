"""Running `divergent-bench` as a user does."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from tests.helpers.fork_server import EVERYTHING
from tests.helpers.workflow import BIN


def divergent_bench(
    *arguments: str, code: int = 0, given: str = "", directory: Path | None = None
) -> str:
    """Run a command with `given` as its input; return what it printed, or its complaint.

    Fails when the exit code is another than `code`, or at a traceback.
    """
    done = subprocess.run(
        [str(BIN / "divergent-bench"), *arguments],
        input=given.encode(),
        capture_output=True,
        check=False,
        cwd=directory,
        env={**os.environ, **EVERYTHING},
    )
    return _said(done.stdout.decode(), done.stderr.decode(), done.returncode, code)


def in_process(
    *arguments: str, code: int = 0, given: str = "", directory: Path | None = None
) -> str:
    """Do the same without a process of its own, which takes a second less.

    For commands that start nothing in the background and do not ask a terminal.
    """
    return _said(*run_in_process(*arguments, given=given, directory=directory), code)


def run_in_process(
    *arguments: str, given: str = "", directory: Path | None = None
) -> tuple[str, str, int]:
    """Run the entry point here; return what it printed, what it said beside it, its exit code."""
    from divergent_bench.cli.app import main  # what only starts processes need not import it

    output, complaint = (_stream() for _ in range(2))
    command = [str(BIN / "divergent-bench"), *arguments]
    code = 0
    with (
        _back_here(directory),
        mock.patch.dict(os.environ, EVERYTHING),
        mock.patch.object(sys, "argv", command),
        mock.patch.object(sys, "stdin", _stream(given)),
        redirect_stdout(output),
        redirect_stderr(complaint),
    ):
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else bool(leaving.code)
    return _written(output), _written(complaint), code


@contextmanager
def _back_here(directory: Path | None) -> Iterator[None]:
    here = Path.cwd()
    os.chdir(directory or here)
    try:
        yield
    finally:
        os.chdir(here)


def _stream(text: str = "") -> io.TextIOWrapper:
    """Return a stream as Python gives a process one: bytes below text."""
    encoding = os.environ.get("PYTHONIOENCODING", "utf-8")
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding=encoding, write_through=True)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()


def _said(output: str, complaint: str, exited: int, code: int) -> str:
    assert exited == code, output + complaint
    assert "Traceback" not in complaint
    return output if code == 0 else output + complaint
