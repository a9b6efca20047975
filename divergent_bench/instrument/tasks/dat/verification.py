"""Whether a space gives the published scores of the task, and behaves as any space must.

``published_scores.json`` has distances, scores and word forms in GloVe 840B 300d, the space of
Olson et al. (2021), PNAS 118(25), each with its source. In any other space those absolute figures
are no yardstick; what must hold there is checked instead.

``validity.csv`` says how scores of the embedded spaces agree with published ones. It is what
`tools.space_validity` printed of lists that are not in the package.
"""

import csv
import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from divergent_bench.instrument.spaces.store import Space
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.instrument.tasks.dat.scoring import dat_score, find_word
from divergent_bench.instrument.verification import Check, Outcome

ROUNDING = 1e-5
"""What float32 unit vectors may lose in a distance."""

EXAMPLES = {
    "low": ["arm", "eyes", "feet", "hand", "head", "leg", "body"],
    "average": ["bag", "bee", "burger", "feast", "office", "shoes", "tree"],
    "high": ["hippo", "jumper", "machinery", "prickle", "tickets", "tomato", "violin"],
}
"""The lists of figure 1 of Olson et al. (2021), by how different their words are."""

_MEASURES = {
    "r": "correlation with",
    "mean_difference": "mean difference from",
    "sd_difference": "SD of differences from",
}

NONSENSE = ["qzzvk", "xxwqj", "vbbkz", "jjqfx", "kwwzq", "zxvvj", "qkjjw"]


def verify(space: Space) -> list[Check]:
    """Recompute in `space` what is published, and check what must hold in any space.

    The published figures count only where the space is the published one; elsewhere they are not
    applicable, and shown beside what the space gives.
    """
    return [*_published(space), *_properties(space), *_validity(space)]


def _published(space: Space) -> Iterator[Check]:
    figures = json.loads(Path(__file__).with_name("published_scores.json").read_text("utf-8"))
    for row in figures["distances"]:
        a, b = row["words"]
        found = space.distance(a, b) if a in space and b in space else None
        yield _published_check(space, f"distance {a}, {b}", row, row["distance"], found)
    for row in figures["scores"]:
        what = f"score of {', '.join(row['words'])}"
        yield _published_check(space, what, row, row["score"], dat_score(row["words"], space))
    for row in figures["forms"]:
        found_word = find_word(row["answer"], space)
        yield _published_check(space, f"word for {row['answer']}", row, row["word"], found_word)


def _published_check(
    space: Space,
    what: str,
    row: dict[str, Any],
    expected: float | str | None,
    found: float | str | None,
) -> Check:
    tolerance = row.get("tolerance")
    outcome = _outcome(expected, found, tolerance) if space.info.published else "not applicable"
    return Check(what, row["source"], expected, found, tolerance, outcome)


def _properties(space: Space) -> Iterator[Check]:
    yield from _unscorable(space)
    words = _known_words(space)
    pairs = list(combinations(words, 2))
    yield _property(
        "largest difference of distance a, b from distance b, a",
        "a distance is symmetric",
        0.0,
        max((abs(space.distance(a, b) - space.distance(b, a)) for a, b in pairs), default=None),
    )
    yield _property(
        "largest distance of a word from itself",
        "a word is as close to itself as can be",
        0.0,
        max((abs(space.distance(word, word)) for word in words), default=None),
    )
    yield _order(space)


def _validity(space: Space) -> Iterator[Check]:
    """Tell what is known of an embedded space; a space of that name has no other vectors."""
    table = Path(__file__).with_name("validity.csv").read_text("utf-8")
    for row in csv.DictReader(table.splitlines()):
        source = f"{row['n_scorable']} lists, {row['source']}; tools.space_validity"
        for measure, expected in (("r", 1.0), ("mean_difference", 0.0), ("sd_difference", 0.0)):
            what = f"{_MEASURES[measure]} published scores: {row['population']}"
            if row["space"] == space.name:
                found = float(row[measure]) if row[measure] else None  # where no list has a score
                yield Check(what, source, expected, found, None, "not applicable")


def _unscorable(space: Space) -> Iterator[Check]:
    why = f"fewer than {TASK.n_needed} valid, different words have no score"
    few = _known_words(space)[: TASK.n_needed - 1]
    for what, words in {
        "no words": [],
        "seven words of nonsense": NONSENSE,
        f"{len(few)} words": few,
        f"{len(few)} words, twice each": [*few, *few],
    }.items():
        yield _property(f"score of {what}", why, None, dat_score(words, space))


def _order(space: Space) -> Check:
    expected = " < ".join(EXAMPLES)
    scores = {name: dat_score(words, space) for name, words in EXAMPLES.items()}
    known = {name: score for name, score in scores.items() if score is not None}
    found = " < ".join(sorted(known, key=known.__getitem__))
    complete = len(known) == len(EXAMPLES)
    outcome = _outcome(expected, found, None) if complete else "not applicable"
    what, why = "order of the example lists by score", "Olson et al. 2021, figure 1"
    return Check(what, why, expected, found or None, None, outcome)


def _property(what: str, why: str, expected: float | None, found: float | None) -> Check:
    tolerance = None if expected is None else ROUNDING
    missing = expected is not None and found is None  # the space knows none of the words
    outcome: Outcome = "not applicable" if missing else _outcome(expected, found, tolerance)
    return Check(what, why, expected, found, tolerance, outcome)


def _outcome(
    expected: float | str | None, found: float | str | None, tolerance: float | None
) -> Outcome:
    if isinstance(expected, float) and isinstance(found, float) and tolerance is not None:
        return "passed" if abs(found - expected) <= tolerance else "failed"
    return "passed" if found == expected else "failed"


def _known_words(space: Space) -> list[str]:
    return [word for words in EXAMPLES.values() for word in words if word in space]
