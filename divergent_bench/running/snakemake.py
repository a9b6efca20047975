"""Running the workflow: where its files are, the command for it, and what its end means."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import IntEnum
from pathlib import Path
from types import FrameType
from typing import Final, TextIO

import divergent_bench
from divergent_bench.base.environment import GATEWAY_IDLE, LEDGER_WAIT, STEPS, seconds_from
from divergent_bench.base.errors import UserError
from divergent_bench.config import Config, load_config
from divergent_bench.running import locks
from divergent_bench.running.batches import Batch, missing_in_words, only_budget

_PACKAGE: Final = Path(divergent_bench.__file__).parent
_OF_SNAKEMAKE: Final = Path(".snakemake")
_LINKS: Final = _OF_SNAKEMAKE / "package"
CORES: Final = 4
_STDERR: Final = 2
_FROM_THE_TERMINAL_SECONDS: Final = 1.0
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


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


def package_path(*, alone: bool) -> str:
    """Return the directory that Python needs on its path to find this package.

    The Python of another environment needs it `alone`: an installed package lies among the
    libraries of its own Python, which another must not load; a link to it lies alone.
    """
    if not alone or workflow_directory() == _PACKAGE.parent:
        return str(_PACKAGE.parent)
    directory = _LINKS.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    link = directory / _PACKAGE.name
    if link.resolve() != _PACKAGE.resolve():
        new = directory / f"{_PACKAGE.name}.{os.getpid()}"  # several jobs may do so at once
        new.unlink(missing_ok=True)
        new.symlink_to(_PACKAGE)
        new.replace(link)
    return str(directory)


def snakemake_command(
    config: Path,
    targets: Sequence[str] = (),
    *,
    cores: int | None = CORES,
    options: Sequence[str] = (),
) -> list[str]:
    """Return the command that runs the workflow on a config, as a person would type it.

    Results go where it is run. In a checkout, Snakemake finds the Snakefile and the profile itself.
    """
    home = workflow_directory()
    found = ["--snakefile", str(home / "Snakefile"), "--profile", str(home / "profiles/default")]
    if Path.cwd().resolve() == home.resolve():
        found = []
    return [
        "snakemake",
        *targets,  # first: several flags take as many values as follow
        *found,
        *(["--cores", str(cores)] if cores else []),  # else as a profile says
        *options,
        "--configfile",
        str(config),
    ]


def run_snakemake(
    command: Sequence[str], quiet_log: Path | None = None, *, steps: bool = False
) -> int:
    """Run a command of `snakemake_command` with the Python of this process; return its exit code.

    Ctrl-C and SIGTERM end the run in order, and are waited for; the code is `Exit.INTERRUPTED` when
    it was stopped or killed before its end. Call it from the main thread. What Snakemake prints
    goes to `quiet_log`, or to the error stream: the output belongs to what is asked for. With
    `steps` it says nothing, and the workflow tells its steps itself, a line each.
    """
    program = Path(sys.executable).with_name(command[0])
    if not program.is_file():
        raise UserError(f"{program} is missing; install divergent-bench together with snakemake")
    with ExitStack() as stack:
        output: int | TextIO = _STDERR
        if quiet_log:
            quiet_log.parent.mkdir(parents=True, exist_ok=True)
            output = stack.enter_context(quiet_log.open("w", encoding="utf-8"))
        quiet, told = (["--quiet", "all"], {STEPS: "1"}) if steps else ([], {})
        process = subprocess.Popen(
            [str(program), *command[1:], *quiet],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | _cache() | told,
        )
        stopped = stack.enter_context(_passing_on_to(process))
        code = process.wait()
    return Exit.INTERRUPTED if code < 0 or (code and stopped) else code


def _check_surroundings() -> None:
    """Make sure that a run can write here and has sound settings: its jobs would fail later."""
    for setting in (GATEWAY_IDLE, LEDGER_WAIT):
        seconds_from(setting, default=0.0)
    try:
        _OF_SNAKEMAKE.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=_OF_SNAKEMAKE) as probe:
            probe.write(b"x")
    except OSError as error:
        raise UserError(
            f"{Path.cwd()}: cannot be written to ({error.strerror}), which a run needs; make room, "
            "mend its permissions, or go to a directory of your own"
        ) from error


def _cache() -> dict[str, str]:
    """Return where Snakemake keeps what it has read: in this directory, if not below the home."""
    variable = "XDG_CACHE_HOME"
    try:
        usual = Path(os.environ.get(variable) or "~/.cache", "snakemake").expanduser()
        usual.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=usual):
            return {}
    except (OSError, RuntimeError):  # or there is no home at all
        return {variable: str((_OF_SNAKEMAKE / "cache").absolute())}


@contextmanager
def _passing_on_to(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Pass on what would stop this process, for as long as the block lasts; yield what came."""
    came: list[int] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        came.append(number)
        # Ctrl-C reaches Snakemake from the terminal as well, and twice is too often: it would break
        # off its tidying. SIGTERM would let it go on with what it has begun.
        wait_s = _FROM_THE_TERMINAL_SECONDS if number == signal.SIGINT else 0.0
        timer = threading.Timer(wait_s, process.send_signal, [signal.SIGINT])
        timer.daemon = True
        timer.start()

    before = {
        number: signal.signal(number, pass_on)
        for number in _STOPPING
        if signal.getsignal(number) != signal.SIG_IGN  # as in the background: Snakemake does, too
    }
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def make(
    config: Path,
    targets: Sequence[str] = (),
    *,
    cores: int | None = CORES,
    options: Sequence[str] = (),
    limit: int | None = None,
    quiet_log: Path | None = None,
    steps: bool = False,
) -> Exit:
    """Run the workflow on a config, saying how, and what came of it where that is not all.

    With a `limit` it is a trial, of so many samples of each condition.

    After a failure the content of `quiet_log` is shown, or why samples are missing. `steps` as
    for `run_snakemake`. It is a
    UserError when another run works in this directory, or may do so.
    """
    _check_surroundings()
    trial = ["--config", f"limit={limit}"] if limit else []
    command = snakemake_command(config, targets, cores=cores, options=[*options, *trial])
    alone = "--nolock" not in options
    if alone and locks.release(lambda: _unlock(command)):
        _say("A run that was killed had left its lock; it is removed.")
    if not quiet_log:
        _say(f"$ {shlex.join(command)}")
    started = time.time()
    code = run_snakemake(command, quiet_log, steps=steps)
    if code == Exit.OK:
        return Exit.OK
    if code == Exit.INTERRUPTED:
        batch = Batch.of(_load(config, limit))
        again: Sequence[str] = command
        if not targets and not options:
            trial = ["--limit", str(limit)] if limit else []
            again = ["divergent-bench", "batch", "run", *trial, "--resume", str(batch.directory)]
        _say(
            f"Interrupted: {batch.done():,} of {batch.samples:,} samples are kept, and what was "
            f"paid for is in the ledger. To go on:\n    {shlex.join(again)}"
        )
        return Exit.INTERRUPTED
    told = quiet_log.read_text(encoding="utf-8").rstrip() if quiet_log else ""
    if code == Exit.WRONG_USE:
        _say(told)
        return Exit.WRONG_USE
    if alone:
        locks.refuse_a_second_run()  # which came first by a second: Snakemake could not lock
    reasons = Batch.of(_load(config, limit)).reasons(since=started)
    if quiet_log:
        _say(missing_in_words(reasons) if reasons else told)
    return Exit.BUDGET_REACHED if only_budget(reasons) else Exit.SAMPLES_MISSING


def _load(config: Path, limit: int | None) -> Config:
    return load_config(config).model_copy(update={"limit": limit})


def _unlock(command: Sequence[str]) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name(command[0])), *command[1:], "--unlock"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(f"the lock of a killed run cannot be removed:\n{done.stderr.strip()}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
