"""A live view of a run: samples done, pace of each provider, spending, time left."""

import logging
import sys
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from divergent_bench.base.files import read_text
from divergent_bench.base.names import counted, printable

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

PLAIN_SECONDS = 10.0
_REMARKING = frozenset({"job_scheduler", "jobs"})  # modules of Snakemake
Status = Mapping[str, Any]


class Progress:
    """Shows the states of a run that the gateway sends.

    On a terminal, a few lines at its bottom that change in place; lines that `logger` prints
    meanwhile scroll by above them. Elsewhere a plain line every ten seconds.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._live: Live | None = None
        self._status: Status | None = None
        self._shown = 0.0
        self._redirected: list[logging.StreamHandler[Any]] = []

    def show(self, status: Status) -> None:
        """Take over a newer state."""
        self._status = status
        if sys.stderr.isatty() or self._live:
            self._show_live(status)
        elif time.monotonic() - self._shown >= PLAIN_SECONDS or finished(status):
            self._shown = time.monotonic()
            print(plain(status), file=sys.stderr, flush=True)
        if finished(status):
            self.close()

    def say(self, line: str) -> None:
        """Print a line, above the live ones where there are any."""
        if self._live:
            self._live.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the last state on the terminal."""
        for handler in self._redirected:
            handler.setStream(sys.__stderr__)
        self._redirected.clear()
        if self._live:
            self._live.stop()
            self._live = None

    def _show_live(self, status: Status) -> None:
        if self._live is None:
            from rich.console import Console
            from rich.live import Live

            plain_stderr = sys.stderr
            self._live = Live(console=Console(stderr=True), refresh_per_second=4)
            self._live.start()
            for handler in self._logger.handlers:
                if isinstance(handler, logging.StreamHandler) and handler.stream is plain_stderr:
                    handler.setStream(sys.stderr)  # which prints above the live lines now
                    self._redirected.append(handler)
        self._live.update(rendered(status))


class SamplingFilter(logging.Filter):
    """Leaves out what Snakemake says of sampling jobs: the live view says it better.

    That holds for jobs that fail, too: each would be told with its whole command, and the reasons
    are told at the end, each once. What is said of all other jobs passes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.jobs: frozenset[int] = frozenset()  # the numbers of the sampling jobs
        self._last_was_ours = False

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is to be shown."""
        match _event(record):
            case "job_info" | "shellcmd" | "job_error":
                return getattr(record, "jobid", None) not in self.jobs
            case "job_started":
                return not self.jobs.issuperset(getattr(record, "jobs", ()))
            case "job_finished":
                self._last_was_ours = getattr(record, "job_id", None) in self.jobs
                return not self._last_was_ours
            case "progress":
                return not self._last_was_ours
            case "error":  # the command is all that tells of which job it is
                return not (self.jobs and "/sample_dat.py" in record.getMessage())
        # What the scheduler and jobs remark in passing, in every round and of every file.
        remark = record.levelno <= logging.INFO and record.module in _REMARKING
        return not (self.jobs and remark)


class StepTeller(logging.Filter):
    """Tells in a line when a job is done, or what went wrong; lets nothing of Snakemake's pass.

    Nothing is told of sampling jobs: the live view is of these.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self.jobs: frozenset[int] = frozenset()  # the numbers of the sampling jobs
        self._say = say
        self._begun: dict[int, tuple[str, float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Take note of a record; none is shown as it is."""
        told = record.__dict__
        match _event(record):
            case "job_info" if told["shellcmd"]:
                self._begun[told["jobid"]] = told["rule_name"], time.monotonic()
            case "job_finished" if told["job_id"] not in self.jobs:
                name, begun = self._begun.get(told["job_id"], ("", 0.0))
                if name:
                    self._say(f"{name}: done, {time.monotonic() - begun:.1f} s")
            case "job_error" if told["jobid"] not in self.jobs:
                self._say(f"{told['rule_name']}: failed")
                for log in told["log"]:
                    self._say(f"{log}:")
                    self._say(_content(log))
            case "job_error":
                pass
            case "error" if told["exception"] == "RuleException":
                pass  # of a job, which is told of next
            case _ if record.levelno >= logging.ERROR:
                self._say(record.getMessage())
        return False


def _event(record: logging.LogRecord) -> str:
    return str(getattr(record, "event", "")).rpartition(".")[2].lower()


def _content(log: str) -> str:
    try:
        return read_text(log)
    except (OSError, UnicodeDecodeError) as error:
        return f"cannot be read ({error})"


def finished(status: Status) -> bool:
    """Say whether all samples of the run were delivered or given up."""
    return bool(status["collected"] + status["failed"] >= status["due"])


def seconds_left(status: Status) -> float | None:
    """Return how long the run will still take at its present pace, or None before there is one."""
    remaining = status["due"] - status["collected"] - status["failed"]
    if not remaining:
        return 0.0
    estimates = [
        (model["due"] - model["answered"]) * max(60 / model["per_minute"], model["interval_s"])
        for model in status["models"].values()
        if model["per_minute"] and model["due"] > model["answered"]
    ]
    if status["collected"]:
        estimates.append(remaining * status["elapsed_s"] / status["collected"])
    return max(estimates, default=None)


def plain(status: Status) -> str:
    """Return the state as one line."""
    if finished(status):
        done = f"{status['collected']:,} of {counted(status['due'], 'sample')}"
        return "sampling: " + ", ".join([done, *_asides(status)])
    models = status["models"].values()
    answered = sum(model["answered"] for model in models)
    ahead = f" ({answered:,} answered)" if answered > status["collected"] else ""
    pace = (
        f"{sum(model['in_flight'] for model in models)} in flight",
        f"{sum(model['per_minute'] for model in models):.0f} per minute",
    )
    parts = [
        f"{status['collected']:,} of {status['due']:,} samples{ahead}",
        *(pace if models else ()),  # else nobody is asked
        *_asides(status),
        *(
            f"{name} is {_pace_note(model)}"
            for name, model in status["models"].items()
            if model["paused_s"] >= PLAIN_SECONDS
        ),
    ]
    return "sampling: " + ", ".join(parts)


def _asides(status: Status) -> list[str]:
    asides = []
    if status["failed"]:
        asides.append(f"{status['failed']:,} failed")
    if status["retries"]:
        asides.append(f"{status['retries']:,} retries")
    if status["spent_usd"] or status["models"]:
        amount = f"{status['spent_usd']:.4f} USD"
        if status["unpriced"]:
            amount = f"{amount} and more" if status["spent_usd"] else "price not known"
        asides.append(amount)
    if left := seconds_left(status):
        asides.append(f"{timedelta(seconds=round(left))} left")
    return asides


def rendered(status: Status) -> "Table":
    """Return the state as a few lines for a terminal."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    head = Table.grid(padding=(0, 1))
    head.add_row(
        "sampling",
        ProgressBar(total=max(status["due"], 1), completed=status["collected"], width=24),
        f"{status['collected']:,}/{status['due']:,}",
        Text(", ".join(_asides(status)), "dim"),
    )
    models = Table.grid(padding=(0, 2))
    models.add_column(overflow="ellipsis", no_wrap=True, max_width=28)
    for _ in range(3):
        models.add_column(justify="right", no_wrap=True)
    models.add_column(no_wrap=True)
    for name, model in status["models"].items():
        models.add_row(
            Text(f"  {name}"),
            f"{model['answered']:,}/{model['due']:,}",
            f"{model['in_flight']} in flight",
            f"{model['per_minute']:.0f}/min",
            Text(_pace_note(model), "yellow"),
        )
    both = Table.grid()
    both.add_row(head)
    both.add_row(models)
    return both


def _pace_note(model: Status) -> str:
    if model["paused_s"]:
        reason = f" ({printable(model['reason'])})" if model.get("reason") else ""
        return f"pausing {model['paused_s']:.0f} s{reason}"
    return f"slowed to {model['allowed']}" if model["slowed"] else ""
