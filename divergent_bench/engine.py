"""Running the workflow: where its files are, the command for it, and what its end means."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Final

import divergent_bench
from divergent_bench.errors import UserError

_PACKAGE: Final = Path(divergent_bench.__file__).parent
_CORES: Final = 4


class Exit(IntEnum):
    """Exit codes of the command line."""

    OK = 0
    SAMPLES_MISSING = 1
    WRONG_USE = 2
    BUDGET_REACHED = 3
    INTERRUPTED = 130


def workflow_directory() -> Path:
    """Return the directory with the Snakefile: that of a checkout, or the copy in a wheel."""
    checkout = _PACKAGE.parent
    return checkout if (checkout / "Snakefile").is_file() else _PACKAGE / "_workflow"


def snakemake_command(
    config: Path, targets: Sequence[str] = (), *, cores: int = _CORES, options: Sequence[str] = ()
) -> list[str]:
    """Return the command that runs the workflow on a config, as a person would type it.

    Results go where it is run. In a checkout, Snakemake finds the Snakefile and the profile itself.
    """
    home = workflow_directory()
    here = Path.cwd().resolve() == home.resolve()
    found = [] if here else ["--snakefile", str(home / "Snakefile")]
    found += [] if here else ["--profile", str(home / "profiles" / "default")]
    return [
        "snakemake",
        *found,
        "--cores",
        str(cores),
        *options,
        *targets,
        "--configfile",  # last: it takes several files
        str(config),
    ]


def run_snakemake(command: Sequence[str]) -> int:
    """Run a command of `snakemake_command` with the Python of this process; return its exit code.

    Ctrl-C reaches Snakemake as part of the terminal's group; here it is waited for until its end.

    Raises
    ------
    UserError
        When Snakemake is not installed beside this Python.
    """
    program = Path(sys.executable).with_name(command[0])
    if not program.is_file():
        raise UserError(f"{program} is missing; install divergent-bench together with snakemake")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(
            [str(program), *command[1:]], preexec_fn=lambda: signal.signal(signal.SIGINT, before)
        )
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
