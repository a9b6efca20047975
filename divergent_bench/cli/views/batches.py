"""Batches as a table, how far one of them is, and what one came to."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import counted, slug
from divergent_bench.cli.views.plan import spent, usd
from divergent_bench.cli.views.tables import text_table
from divergent_bench.running.batches import INTERRUPTED, SCORES, Batch, open_batch

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_PACE_SECONDS: Final = 60.0
_TOP: Final = 20
_BAR: Final = 12  # characters
UNREADABLE: Final = "unreadable"


@dataclass(frozen=True)
class Entry:
    """A batch in a list; of one that is ``unreadable``, `reason` is known instead of the rest."""

    directory: str
    name: str
    state: str  # as `Batch.state` says, or `UNREADABLE`
    done: int | None = None
    samples: int | None = None
    models: Sequence[str] = ()
    changed: datetime | None = None
    spent_usd: float | None = None
    unpriced: int = 0  # answers at prices that are not known, which `spent_usd` leaves out
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as data for JSON."""
        changed = self.changed.isoformat(timespec="seconds") if self.changed else None
        return asdict(self) | {"changed": changed}


def entry(directory: Path) -> Entry:
    """Return how a results directory is listed, also one whose config is of no use any more."""
    try:
        batch = open_batch(directory)
        spending = batch.spending()
        return Entry(
            directory=str(batch.directory),
            name=batch.config.name,
            state=batch.state(),
            done=batch.done(),
            samples=batch.samples,
            models=list(batch.asked_by_model()),
            changed=batch.changed(),
            spent_usd=None if spending is None else spending.spent_usd,
            unpriced=batch.unpriced(),
        )
    except UserError as error:
        return Entry(str(directory), directory.name, UNREADABLE, reason=str(error))


def batches_table(entries: Sequence[Entry]) -> "Table":
    """Return batches as a table, a row each."""
    columns = ["batch", "state", "samples", "models", "changed", "USD"]
    table = text_table(columns, map(_row, entries), right=5, width=16)
    table.columns[1].justify = "left"
    return table


def _row(batch: Entry) -> tuple[str, ...]:
    # The directory is mostly the name; where it is not, both are worth knowing.
    own = "" if slug(batch.name) == Path(batch.directory).name else f" ({batch.name})"
    return (
        batch.directory + own,
        batch.state,
        "" if batch.samples is None else f"{batch.done:,}/{batch.samples:,}",
        "" if batch.samples is None else f"{len(batch.models):,}",
        _moment(batch.changed) if batch.changed else "",
        "" if batch.spent_usd is None else _money(batch.spent_usd, batch.unpriced),
    )


def _money(spent_usd: float, unpriced: int) -> str:
    if not unpriced:
        return usd(spent_usd)
    return f"{usd(spent_usd)} + ?" if spent_usd else "?"


def notes_on_batches(entries: Sequence[Entry]) -> list[str]:
    """Return why batches cannot be read, a line each."""
    return [each.reason for each in entries if each.reason]


def _moment(changed: datetime) -> str:
    here = changed.astimezone()
    today = here.date() == datetime.now(UTC).astimezone().date()
    return f"{here:%H:%M}" if today else f"{here:%Y-%m-%d}"


@dataclass(frozen=True)
class RunStatus:
    """How far a batch is at one moment."""

    directory: str
    name: str
    state: str
    pid: int | None  # of the run at work on it, if one is
    done: int
    samples: int
    models: dict[str, tuple[int, int]]  # samples there and asked for, by model
    reasons: dict[str, int]  # why samples are missing, with how many each
    per_minute: float | None  # in the last minute; None at the first look, and where nothing came
    seconds_left: float | None  # at that pace
    budget_usd: float | None
    spent_usd: float | None
    unpriced: int  # answers at prices that are not known
    in_doubt_usd: float | None  # held for requests under way, or for some that were never answered

    def to_json(self) -> dict[str, Any]:
        """Return it as data for JSON."""
        models = {name: {"done": d, "samples": n} for name, (d, n) in self.models.items()}
        return asdict(self) | {"models": models}


class Watch:
    """Looks at a batch again and again, and so knows its pace."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._asked = batch.asked_by_model()
        self._seen: deque[tuple[float, int]] = deque()

    def look(self) -> RunStatus:
        """Return how far the batch is now."""
        batch = self._batch
        run = batch.run()
        of_models = batch.done_by_model()
        done = of_models.total()
        pace = self._pace(done)
        spending = batch.spending()
        # What a job of the run at work has not written yet is under way, and no failure.
        reasons = batch.reasons(run.created) if run else batch.reasons()
        if run:
            del reasons[INTERRUPTED]
        return RunStatus(
            directory=str(batch.directory),
            name=batch.config.name,
            state=batch.state(),
            pid=run.pid if run else None,
            done=done,
            samples=batch.samples,
            models={name: (of_models[name], asked) for name, asked in self._asked.items()},
            reasons={failure.message: count for failure, count in reasons.most_common()},
            per_minute=pace,
            seconds_left=(batch.samples - done) / pace * 60 if pace else None,
            budget_usd=batch.config.budget_usd,
            spent_usd=spending.spent_usd if spending else None,
            unpriced=batch.unpriced(),
            in_doubt_usd=spending.reserved_usd if spending else None,
        )

    def _pace(self, done: int) -> float | None:
        now = time.monotonic()
        self._seen.append((now, done))
        while now - self._seen[0][0] > _PACE_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        return (done - before) / (now - since) * 60 if done > before else None


def run_status_view(run_status: RunStatus) -> "RenderableType":
    """Return how far a batch is, for a terminal or a pipe."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    models = Table(box=None, show_header=False, pad_edge=False)
    models.add_column(overflow="fold")
    models.add_column(width=_BAR)
    models.add_column(justify="right", no_wrap=True)
    for name, (done, asked) in run_status.models.items():
        bar = ProgressBar(total=asked, completed=done, width=_BAR)
        models.add_row(Text(name), bar, f"{done:,}/{asked:,}")
    who = f" (pid {run_status.pid})" if run_status.pid else ""
    samples = f"{run_status.done:,} of {run_status.samples:,} samples"
    headline = Text(f"{run_status.directory}: {run_status.state}{who}, {samples}", style="bold")
    return Group(headline, models, *map(Text, _after(run_status)))


def _after(run_status: RunStatus) -> list[str]:
    lines = []
    if run_status.per_minute and run_status.seconds_left is not None:
        left = timedelta(seconds=round(run_status.seconds_left))
        lines.append(f"{run_status.per_minute:,.0f} per minute, {left} left")
    if run_status.spent_usd is not None:
        budget = "" if run_status.budget_usd is None else f" (budget {run_status.budget_usd:g} USD)"
        what = "held for requests under way" if run_status.pid else "in doubt"
        held = f", {usd(run_status.in_doubt_usd)} {what}" if run_status.in_doubt_usd else ""
        lines.append(f"{spent(run_status.spent_usd, run_status.unpriced)}{budget}{held}")
    lines += [f"{count:,} x {reason}" for reason, count in run_status.reasons.items()]
    if run_status.state not in ("running", "complete"):
        lines.append(f"To go on: divergent-bench batch run --resume {run_status.directory}")
    return lines


def ranking_tables(batch: Batch) -> "Iterator[tuple[Table, list[str]]]":
    """Yield the leaderboard of each task, with notes on it; none before there are scores.

    Of many models it shows the first `_TOP`, and says how many follow; people and baselines are all
    there.
    """
    file = batch.analysis / SCORES
    if not file.exists():
        return
    from divergent_bench.analysis.summaries import rank_models
    from divergent_bench.analysis.tables import of_task, read_table, tasks_in
    from divergent_bench.cli.views.outcomes import leaderboard_table
    from divergent_bench.reporting.report.scorability import spent_on_reasoning
    from divergent_bench.reporting.report.wording import in_plain_text

    scores = read_table("scores", file)
    for task in tasks_in(scores):
        ranking = rank_models(of_task(scores, task), [])
        further = ranking.index[ranking["rank"].gt(_TOP).fillna(ranking["kind"].eq("model"))]
        notes = list(spent_on_reasoning(ranking, in_plain_text))
        if len(further):
            more = f"And {counted(len(further), 'more model')}: {batch.analysis}/leaderboard.md"
            notes.insert(0, more)
        table = leaderboard_table(ranking.drop(further))
        table.title = task if scores["task"].nunique() > 1 else None
        yield table, notes
