"""A live view of answers: seed, score and first words of each sample as its file arrives."""

import math
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from divergent_bench.base.names import format_temperature, model_labels, printable
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.records import read_record
from divergent_bench.design.grid import Grid, PlannedCondition
from divergent_bench.instrument.scoring import score_answers
from divergent_bench.instrument.tasks import Scorer, Task

if TYPE_CHECKING:
    from rich.table import Table

LOOK_SECONDS: Final = 0.25
_ROWS: Final = 15
_WIDEST_LABEL: Final = 26
_FIRST_WORDS: Final = 5
NOT_SCORABLE: Final = "not scorable"


class Arrival(NamedTuple):
    """A sample that arrived."""

    label: str  # of its model, and of its strategy and temperature where there are several
    seed: int
    score: float  # NaN where the answer is not scorable
    words: tuple[str, ...]  # the first ones, as they were written
    outcome: str


class LiveAnswers:
    """Finds the sample files of a grid as they appear, and scores each once."""

    def __init__(self, grid: Grid, task: Task, scorer: Scorer) -> None:
        self._task, self._scorer = task, scorer
        self._missing = {
            directory: {f"seed{seed}.json": seed for seed in planned.seeds}
            for directory, planned in grid.by_directory.items()
        }
        self._stimuli = {each.directory: each.condition.stimulus for each in grid.conditions}
        self._labels = _labels(grid.conditions)
        self.several = len(grid.conditions) > 1
        self.label_width = max(map(len, self._labels.values()))  # characters
        self.samples = sum(map(len, self._missing.values()))
        self.done = 0
        self.scorable = 0
        self.total = 0.0  # of the scores
        self.last: deque[Arrival] = deque(maxlen=_ROWS)  # the newest

    def look(self) -> list[Arrival]:
        """Return what arrived since the last look, by condition and seed."""
        arrived = []
        for directory, missing in self._missing.items():
            if not missing or not Path(directory).is_dir():
                continue
            # One listing costs less than to look at each of a thousand files.
            with os.scandir(directory) as entries:
                there = missing.keys() & {entry.name for entry in entries}
            for name in sorted(there, key=missing.__getitem__):
                seed = missing.pop(name)
                arrived.append(self._read(directory, name, seed))
        self.last.extend(arrived)
        return arrived

    def _read(self, directory: str, name: str, seed: int) -> Arrival:
        answer = read_record(f"{directory}/{name}")["answer"]
        truncated = answer["outcome"] == "truncated"
        words = self._task.parse(answer["text"], truncated=truncated).words
        stimulus = self._stimuli[directory]
        checks = self._scorer.check(words, stimulus)
        score = float(score_answers(self._scorer, [checks], [stimulus]).scores[0])
        self.done += 1
        if not math.isnan(score):
            self.scorable += 1
            self.total += score
        first = tuple(printable(" ".join(word.split())) for word in words[:_FIRST_WORDS])
        first += ("...",) * (len(words) > _FIRST_WORDS)
        return Arrival(self._labels[directory], seed, score, first, answer["outcome"])


@contextmanager
def watching(arrivals: LiveAnswers) -> Iterator[None]:
    """Show samples on stderr as they arrive, for the length of the block.

    On a terminal a table that changes in place; elsewhere a plain line for each sample that was not
    there at the beginning.
    """
    arrivals.look()
    over = threading.Event()
    lines = partial(_print_lines, arrivals)
    with _in_a_table(arrivals) if sys.stderr.isatty() else nullcontext(lines) as show:

        def look() -> None:
            if arrived := arrivals.look():
                show(arrived)

        def look_again_and_again() -> None:
            while not over.wait(LOOK_SECONDS):
                look()

        thread = threading.Thread(target=look_again_and_again, name="watching", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            look()


def _print_lines(arrivals: LiveAnswers, arrived: Sequence[Arrival]) -> None:
    for each in arrived:
        label = each.label if arrivals.several else ""
        parts = (label, f"seed {each.seed}", score_text(each), ", ".join(each.words))
        print("  ".join(filter(None, parts)), file=sys.stderr)
    print(headline(arrivals), file=sys.stderr, flush=True)


@contextmanager
def _in_a_table(arrivals: LiveAnswers) -> Iterator[Callable[[Sequence[Arrival]], None]]:
    """Show the last of what arrived in a table that changes in place; yield what changes it."""
    from rich.console import Console
    from rich.live import Live

    ascii_only = not sys.stderr.encoding.lower().startswith("utf")
    table = partial(rendered, arrivals, ascii_only=ascii_only)
    try:
        with Live(table(), console=Console(stderr=True), auto_refresh=False) as live:
            yield lambda _: live.update(table(), refresh=True)
    finally:
        print(file=sys.stderr)  # what it came to follows


def headline(arrivals: LiveAnswers) -> str:
    """Return how far it is, and what the scores are like so far."""
    parts = [f"{arrivals.done:,} of {arrivals.samples:,} samples"]
    if arrivals.done:
        parts.append(f"{arrivals.scorable:,} scorable")
    # Over models and baselines together, a mean would be of nothing in particular.
    if arrivals.scorable and not arrivals.several:
        parts.append(f"mean {arrivals.total / arrivals.scorable:.2f}")
    return ", ".join(parts)


def score_text(arrival: Arrival) -> str:
    """Return the score of an arrival, or why there is none."""
    if not math.isnan(arrival.score):
        return f"{arrival.score:.2f}"
    return NOT_SCORABLE if arrival.outcome == "ok" else arrival.outcome


def rendered(arrivals: LiveAnswers, *, ascii_only: bool = False) -> "Table":
    """Return the last arrivals as a table for a terminal, the state above them."""
    from rich.table import Table
    from rich.text import Text

    rows = Table(box=None, header_style="bold", pad_edge=False, expand=True)
    cut: Literal["crop", "ellipsis"] = "crop" if ascii_only else "ellipsis"
    if arrivals.several:
        width = min(arrivals.label_width, _WIDEST_LABEL)
        rows.add_column("condition", no_wrap=True, overflow=cut, min_width=width, max_width=width)
    rows.add_column("seed", justify="right", no_wrap=True, min_width=len("seed"))
    rows.add_column("score", justify="right", no_wrap=True, min_width=len(NOT_SCORABLE))
    rows.add_column("first words", no_wrap=True, overflow=cut, ratio=1)
    for each in arrivals.last:
        label = [Text(each.label)] if arrivals.several else []
        rows.add_row(*label, str(each.seed), Text(score_text(each)), Text(", ".join(each.words)))
    both = Table.grid()
    both.add_row(Text(headline(arrivals)))
    if arrivals.last:
        both.add_row(rows)
    return both


def _labels(conditions: Sequence[PlannedCondition]) -> dict[str, str]:
    """Name conditions by what tells them apart, by directory."""
    of = [planned.condition for planned in conditions]
    models = model_labels((c.provider, c.model) for c in of)
    asked = [c for c in of if find_provider(c.provider).takes_prompts]
    treatments = {(c.strategy, c.temperature) for c in asked}
    treated = "{0}, {1.strategy}, t{2}" if len(treatments) > 1 else "{0}"
    about = ", {1.stimulus}" if len({c.stimulus for c in of}) > 1 else ""
    return {
        planned.directory: (treated + about).format(
            models[c.provider, c.model], c, format_temperature(c.temperature)
        )
        for planned, c in zip(conditions, of, strict=True)
    }
