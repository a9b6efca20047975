"""From a config made from flags to its outcome: check, run the workflow, read what is there.

What is heavy is imported where it is used: `divergent-bench --help` comes by here.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from divergent_bench.base.errors import UserError
from divergent_bench.cli.views.tables import say

if TYPE_CHECKING:
    from divergent_bench.cli.views.outcomes import Outcome
    from divergent_bench.instrument.scoring import ScoringOptions
    from divergent_bench.instrument.spaces.store import Space
    from divergent_bench.instrument.tasks import Task
    from divergent_bench.reporting.report.pairs import PairResult
    from divergent_bench.running.config_from_flags import Setup
    from divergent_bench.running.snakemake import Exit


def make_samples(setup: "Setup", parallel: int, verbose: bool) -> "Exit":
    """Check what is due, write the config, and run the workflow on it.

    Nothing is written before the check, and the config is put back where nothing could be begun.
    """
    from divergent_bench.base.provider_catalogue import find_provider
    from divergent_bench.running.batches import write_config
    from divergent_bench.running.snakemake import Exit, make
    from divergent_bench.sampling.gateway import prefetch

    missing = prefetch.unanswered(setup.grid.samples())
    samples = len(setup.grid.paths())
    say(f"{samples:,} samples: {samples - len(missing):,} are there, {len(missing):,} to get")
    if any(find_provider(sample.condition.provider).asks_models for sample in missing):
        for note in prefetch.notes_on_ledger(setup.grid.samples()):
            say(f"note: {note}")
    with _naming_flags():
        prefetch.prepare(missing, setup.policy, fresh=False)
    watched = nullcontext() if verbose or not missing else _watching(setup)
    log = None if verbose else setup.directory / "logs" / "snakemake.log"
    before = setup.file.read_bytes() if setup.file.exists() else None
    write_config(setup.config)
    try:
        with watched:
            code = make(setup.file, _targets(setup), cores=parallel, quiet_log=log)
    except UserError:
        _put_back(setup.file, before)
        raise
    if code is Exit.WRONG_USE:
        _put_back(setup.file, before)
    return code


@contextmanager
def _naming_flags() -> Iterator[None]:
    from divergent_bench.base.failures import Failure
    from divergent_bench.running.config_from_flags import NO_TEMPERATURE

    try:
        yield
    except UserError as error:
        causes = {each.cause for each in error.details if isinstance(each, Failure)}
        if "temperature" not in causes:
            raise
        raise UserError(f"{error}\n({NO_TEMPERATURE})") from error


def _put_back(file: Path, before: bytes | None) -> None:
    from divergent_bench.base.files import write_bytes

    if before is None:
        file.unlink(missing_ok=True)
    else:
        write_bytes(str(file), before)


def _targets(setup: "Setup") -> list[str]:
    """Return what to make: the tables; everything where there is a report to be renewed."""
    from divergent_bench.running.batches import REPORT

    if (setup.directory / REPORT).exists():
        return []
    tables = ["summary", "tests"] if len(setup.grid.conditions) > 1 else ["summary"]
    return [(setup.directory / f"{table}.csv").as_posix() for table in tables]


def _watching(setup: "Setup") -> Any:
    from divergent_bench.cli.views.live_answers import LiveAnswers, watching

    task, options, space = _scoring(setup)
    return watching(LiveAnswers(setup.grid, task, task.scorer(space, options)))


def _scoring(setup: "Setup") -> "tuple[Task, ScoringOptions, Space]":
    """Return how answers are scored: in the primary space, from the store where it has one."""
    from divergent_bench.instrument.tasks import find_task
    from divergent_bench.running.one_answer import open_configured

    (name,) = setup.grid.tasks
    task = find_task(name)
    options = setup.config.analysis.scoring.options(task)
    name, entry = next(iter(setup.spaces.items()))
    return task, options, open_configured(name, entry)


def outcome_of(setup: "Setup") -> "Outcome | None":
    """Score what is there; None where nothing is."""
    from divergent_bench.analysis.evaluation import evaluate_grid
    from divergent_bench.analysis.tables import SCORES, WORDS
    from divergent_bench.cli.views.outcomes import Outcome
    from divergent_bench.sampling.gateway.prefetch import unanswered

    samples = list(setup.grid.samples())
    missing = {sample.path for sample in unanswered(samples)}
    there = {sample.path for sample in samples}.difference(missing)
    if not there:
        return None
    task, options, space = _scoring(setup)
    grid = setup.grid.restricted_to(there)
    scores, words = evaluate_grid(grid, [space], {task.name: options})
    # As they are read from a file: a column without any value has its type all the same.
    scores, words = scores.astype(dict(SCORES)), words.astype(dict(WORDS))
    return Outcome(scores, words, setup.config.analysis.norms, len(samples), setup.directory)


def pairs_of(setup: "Setup") -> "list[PairResult]":
    """Return the pairs of models, as the workflow tested them in the primary space."""
    from divergent_bench.analysis.tables import read_table
    from divergent_bench.reporting.report.pairs import pairs

    tests = read_table("tests", setup.directory / "tests.csv")
    return [pair for pair in pairs(tests, *setup.plans.values()) if pair.factor == "model"]
