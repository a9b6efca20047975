"""Batches: what a results directory says of the run that it belongs to."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

import yaml

from divergent_bench.base.errors import UserError
from divergent_bench.base.failures import Failure
from divergent_bench.base.files import read_text, write_text
from divergent_bench.config import Config, load_config
from divergent_bench.design.expansion import expand
from divergent_bench.design.grid import Grid, PlannedCondition
from divergent_bench.running.locks import Mark, live_runs, was_killed
from divergent_bench.sampling.gateway.client import read_failures
from divergent_bench.sampling.gateway.ledger import Spending, reading
from divergent_bench.sampling.gateway.ledger_queries import unpriced

CONFIG_FILE: Final = "config.yaml"  # in a results directory: the config of its run
PARTIAL: Final = "partial"  # in a results directory: the analysis of some of its samples
REPORT: Final = "report.md"
REPORT_PAGE: Final = "report.html"
ANSWERS: Final = "answers.html"
SCORES: Final = "scores.csv"
WORDS: Final = "words.csv"
INTERRUPTED: Final = Failure("interrupted", "interrupted")
_HEADER: Final = "# The config of the run that made these results; written by the workflow.\n"


@dataclass(frozen=True)
class Batch:
    """A results directory and the config it was made by."""

    directory: Path  # relative to where the workflow runs
    config: Config

    @classmethod
    def of(cls, config: Config) -> "Batch":
        """Return the batch that a config describes."""
        return cls(config.results(), config)

    @cached_property
    def asked(self) -> Grid:
        """What the config asks for."""
        return expand(self.config)

    @cached_property
    def grid(self) -> Grid:
        """What a run asks for: all of it, or in a trial the first samples of each condition."""
        return self.asked.first(self.config.limit) if self.config.limit else self.asked

    @property
    def analysis(self) -> Path:
        """Where the tables and the report are."""
        return self.directory if self.grid is self.asked else self.directory / PARTIAL

    @cached_property
    def samples(self) -> int:
        """Number of samples that a run asks for."""
        return len(self.grid.paths())

    def done(self) -> int:
        """Count the samples that are there."""
        return sum(self.done_by_model().values())

    def done_by_model(self) -> Counter[str]:
        """Count the samples that are there of each of `asked_by_model`."""
        done: Counter[str] = Counter()
        for planned in self.grid.conditions:
            done[_model(planned)] += len(planned.seeds) - len(_missing_seeds(planned))
        return done

    def asked_by_model(self) -> Counter[str]:
        """Count the samples that a run asks for, by ``provider/model``."""
        asked: Counter[str] = Counter()
        for planned in self.grid.conditions:
            asked[_model(planned)] += len(planned.seeds)
        return asked

    def run(self) -> Mark | None:
        """Return the run that is at work on it right now, if one is."""
        name = self.directory.as_posix()
        return next((mark for mark in live_runs() if mark.results == name), None)

    def state(self) -> str:
        """Return how a batch stands.

        ``running``; ``complete``; ``analysis due``: all samples are there, and not all that is made
        of them. Where samples are missing ``failed``, ``budget reached`` or ``interrupted``, as the
        jobs of the last run say; ``deleted``, which were there when scores were made; ``partial``
        or ``empty``, which nobody has asked for yet.
        """
        if self.run():
            return "running"
        if (done := self.done()) < self.samples:
            return self._why_unfinished() or ("partial" if done else "empty")
        made = min(_changed(self.directory / name) for name in self._made_last())
        return "analysis due" if made < self._last_sample() else "complete"

    def _why_unfinished(self) -> str:
        """Say what became of samples that a run has asked for; empty where none has."""
        scored = _changed(self.directory / SCORES)
        last = self.reasons(since=scored)
        if only_budget(last):
            return "budget reached"
        if last.keys() - {INTERRUPTED}:
            return "failed"
        if last or was_killed(self.directory.as_posix()):
            return "interrupted"
        return "deleted" if scored and self.reasons() else ""

    def _made_last(self) -> list[str]:
        """Return the files that are there at the end of a run, but for figures and tables."""
        report = [REPORT, REPORT_PAGE, ANSWERS] if self.config.analysis.generate_report else []
        return [SCORES, WORDS, *report]

    def changed(self) -> datetime:
        """Return when something in it changed last."""
        with os.scandir(self.directory) as entries:
            times = [entry.stat().st_mtime for entry in entries]
        return datetime.fromtimestamp(max([*times, self._last_sample()]), UTC)

    def _last_sample(self) -> float:
        # A directory changes when a file comes into it: no need to look at every sample.
        directories = (Path(planned.directory) for planned in self.grid.conditions)
        return max((d.stat().st_mtime for d in directories if d.exists()), default=0.0)

    def reasons(self, since: float = 0.0) -> Counter[Failure]:
        """Say why samples are missing, as `missing_samples`."""
        size = self.config.job_size(self.samples)
        return missing_samples(self.grid, self.directory, size, since)

    def spending(self) -> Spending | None:
        """Return what it has spent so far, or None where there is no ledger."""
        with reading() as ledger:
            return ledger.spending(self.directory.as_posix()) if ledger else None

    def unpriced(self) -> int:
        """Count the answers that it got at prices that are not known."""
        with reading() as ledger:
            return unpriced(ledger, self.directory.as_posix()) if ledger else 0


def open_batch(directory: Path) -> Batch:
    """Return the batch of a results directory.

    It is a UserError when the config there cannot be used any more, or its results go elsewhere.
    """
    file = directory / CONFIG_FILE
    if not file.is_file():
        what = "is no results directory" if directory.is_dir() else "there is no such directory"
        raise UserError(
            f"{directory}: {what}; name one that holds a {CONFIG_FILE}, such as results/NAME "
            "(`divergent-bench batch list` lists them)"
        )
    config = load_config(file)
    if config.results().resolve() != directory.resolve():
        raise UserError(
            f"{file}: is about {config.results()}, seen from here; go to the directory in which "
            "the batch was run, or, if you moved it, edit `output.directory` there"
        )
    return Batch.of(config)


def find_batches(results: Path) -> list[Path]:
    """Return the results directories below `results`, by name."""
    return sorted(file.parent for file in results.glob(f"*/{CONFIG_FILE}"))


def load_to_start(file: Path, moment: datetime | None = None) -> Config:
    """Return a config as a run that starts now would have it: ``{timestamp}`` is filled in."""
    return load_config(file, timestamp=f"{moment or datetime.now(UTC):%Y%m%dT%H%M%SZ}")


def start_batch(file: Path, moment: datetime | None = None) -> Path:
    """Return the config to run for a config file.

    That is the file itself, unless the directory of its results has the time in its name: then it
    is a copy in that directory, which is made, so that no other run has it.
    """
    moment = moment or datetime.now(UTC)
    config = load_to_start(file, moment)
    expand(config)
    if config.results() == load_to_start(file, moment + timedelta(days=1)).results():
        return file
    while True:
        try:
            config.results().mkdir(parents=True)
            return write_config(config)
        except FileExistsError:  # begun in the same second
            moment += timedelta(seconds=1)
            config = load_to_start(file, moment)


def write_config(config: Config) -> Path:
    """Write the config of a run into its results, unless it is there already."""
    data = config.model_dump(mode="json", exclude_unset=True)
    text = _HEADER + yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    file = config.results() / CONFIG_FILE
    there = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    if there and not is_written_by_a_run(file.parent):
        raise UserError(
            f"{file}: is there, and no run wrote it; choose another `output.directory`, or move it"
        )
    if there != text:
        write_text(file, text)
    return file


def is_written_by_a_run(directory: Path) -> bool:
    """Say whether a directory is that of the results of a run: a run wrote the config there."""
    file = directory / CONFIG_FILE
    if not file.is_file():
        return False
    with file.open("rb") as content:
        return content.read(len(_HEADER)) == _HEADER.encode()


def missing_samples(
    grid: Grid, results: Path, seeds_per_job: int, since: float = 0.0
) -> Counter[Failure]:
    """Say why samples are missing, from what their jobs have left, with how many each.

    Samples whose job never ran are not among them, nor are those whose log was last written before
    `since`, in seconds since 1970.
    """
    found: Counter[Failure] = Counter()
    for log, missing in _failed_jobs(grid, results, seeds_per_job):
        if log.stat().st_mtime >= since:
            # A job that is stopped says nothing. One that breaks off says why, in Python's words.
            text = read_text(log)
            untold = Failure("unknown", text) if text else INTERRUPTED
            told = read_failures(str(log))
            found.update(Failure._make(told.get(seed, untold)) for seed in missing)
    return found


def _failed_jobs(grid: Grid, results: Path, seeds_per_job: int) -> Iterator[tuple[Path, set[int]]]:
    samples, logs = results / "samples", results / "logs" / "samples"
    for planned in grid.conditions:
        missing = _missing_seeds(planned)
        if not missing:
            continue
        of_condition = logs / Path(planned.directory).relative_to(samples)
        there = _names(of_condition)
        for seeds in planned.blocks(seeds_per_job):
            log = f"seed{seeds[0]}.log"
            lost = missing.intersection(seeds)
            if lost and log in there:
                yield of_condition / log, lost


def missing_in_words(found: Counter[Failure]) -> str:
    """Return what `missing_samples` found as lines for people, the most frequent reason first."""
    lines = [f"{count:>6} x {failure.message}" for failure, count in found.most_common()]
    return "\n".join(["Samples without an answer; the same command asks for them again:", *lines])


def only_budget(found: Counter[Failure]) -> bool:
    """Say whether the budget is why samples are missing that `missing_samples` found, all alone."""
    return {failure.cause for failure in found} - {INTERRUPTED.cause} == {"budget"}


def _missing_seeds(planned: PlannedCondition) -> set[int]:
    there = _names(Path(planned.directory))
    return {seed for seed in planned.seeds if f"seed{seed}.json" not in there}


def _changed(file: Path) -> float:
    """Return when a file changed last, in seconds since 1970; 0 where there is none."""
    return file.stat().st_mtime if file.exists() else 0.0


def _names(directory: Path) -> set[str]:
    # One listing is a hundred times cheaper than to look at each of a thousand files.
    return set(os.listdir(directory)) if directory.is_dir() else set()  # noqa: PTH208  faster


def _model(planned: PlannedCondition) -> str:
    return f"{planned.condition.provider}/{planned.condition.model}"
