"""One answer: its sample file, and how its words score in the spaces of its run."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from divergent_bench.base.errors import UserError
from divergent_bench.base.records import STIMULUS, check_whole, read_record
from divergent_bench.config.analysis import SpaceEntry
from divergent_bench.design.spaces import spaces
from divergent_bench.instrument.parsing import ParsedResponse
from divergent_bench.instrument.scoring import ScoringOptions, WordCheck, distances, score_answers
from divergent_bench.instrument.spaces import STORES, open_space
from divergent_bench.instrument.spaces.store import Space
from divergent_bench.instrument.tasks import Task, find_task
from divergent_bench.running.batches import CONFIG_FILE, PARTIAL, open_batch

_DIGEST: Final = re.compile(r"[0-9a-f]{8,64}")
_LISTING: Final = "samples.csv"  # of a run: its samples, and the digests of their requests


@dataclass(frozen=True)
class InSpace:
    """What became of the words of an answer, as one to a task, in a semantic space."""

    task: Task
    space: str
    checks: Sequence[WordCheck]  # of each word
    scored: Sequence[str] | None  # None where it is unscorable
    score: float | None
    measures: Mapping[str, float]  # beside the score, in points
    distances: NDArray[np.float64]  # of the scored words, in points, shape (scored, scored)


@dataclass(frozen=True)
class OneAnswer:
    """An answer, read and scored as its run does it."""

    path: Path
    record: Mapping[str, Any]
    parsed: ParsedResponse
    # By task, as a list of a baseline may be an answer to several; the primary space first.
    found: Sequence[InSpace]


def find_sample(named: str, results: Path) -> Path:
    """Return a sample file, given its path or the first digits of the digest of its request.

    Digests are looked up in what runs below `results` have scored. A UserError says what is wrong:
    nothing has this digest, or several requests begin with it.
    """
    if Path(named).is_file():
        return Path(named)
    if not _DIGEST.fullmatch(named):
        raise UserError(
            f"{named}: is no sample file, and no digest of a request (8 to 64 hexadecimal digits, "
            "as scores.csv and the page of answers have them)"
        )
    found: dict[str, Path] = {}
    analyses = (f"*/{_LISTING}", f"*/{PARTIAL}/{_LISTING}")
    for listing in sorted(file for pattern in analyses for file in results.glob(pattern)):
        with listing.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["digest"].startswith(named):
                    found.setdefault(row["digest"], Path(row["sample"]))
    if not found:
        raise UserError(
            f"{named}: no sample that was scored below {results} answers a request with this "
            "digest; name the sample file, or the directory (--results-dir)"
        )
    if len(found) > 1:
        raise UserError(f"{named}: {len(found):,} requests have digests that begin so; give more")
    return next(iter(found.values()))


def read_answer(path: Path) -> OneAnswer:
    """Read a sample of a run, and score it as the config of the run says."""
    record = read_record(str(path))
    check_whole(record, str(path))
    home = next((each for each in path.parents if (each / CONFIG_FILE).is_file()), None)
    if home is None:
        raise UserError(
            f"{path}: is not in the results of a run, so nothing says how to score it; "
            "`divergent-bench parse` reads any text"
        )
    batch = open_batch(home)
    planned = batch.asked.by_directory.get(path.parent.as_posix())
    if planned is None:
        raise UserError(
            f"{path}: belongs to no condition of {home / CONFIG_FILE}; name the file as the run "
            "has it, from where it was started"
        )
    tasks = [find_task(name) for name in planned.tasks]
    answer, stimulus = record["answer"], record["key"].get(STIMULUS)
    parsed = tasks[0].parse(answer["text"], truncated=answer["outcome"] == "truncated")
    opened = {name: open_configured(name, entry) for name, entry in spaces(batch.config).items()}
    scoring = batch.config.analysis.scoring
    found = [
        _in_space(name, space, task, scoring.options(task), parsed, stimulus)
        for task in tasks
        for name, space in opened.items()
    ]
    return OneAnswer(path, record, parsed, found)


def _in_space(
    name: str,
    space: Space,
    task: Task,
    options: ScoringOptions,
    parsed: ParsedResponse,
    stimulus: str | None,
) -> InSpace:
    scorer = task.scorer(space, options)
    checks = scorer.check(parsed.words, stimulus)
    of_answer = score_answers(scorer, [checks], [stimulus])
    (scored,), (score,) = of_answer.words, of_answer.scores
    measures = {each: float(value) for each, (value,) in of_answer.measures.items()}
    return InSpace(
        task,
        name,
        checks,
        scored,
        None if scored is None else float(score),
        {} if scored is None else measures,
        distances(scored or (), space),
    )


def open_configured(name: str, entry: SpaceEntry | None) -> Space:
    """Open a space as `design.spaces.spaces` gives it: from its store, where there is one."""
    if entry is None:
        return open_space(name)
    if (store := STORES / name).is_dir():
        return open_space(store)
    return open_space(entry.path, dictionary=entry.dictionary)
