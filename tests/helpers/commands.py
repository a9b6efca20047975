"""Running `divergent-bench` as a user does."""

import subprocess
from pathlib import Path

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
    )
    output, complaint = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, output + complaint
    assert "Traceback" not in complaint
    return output if code == 0 else output + complaint
