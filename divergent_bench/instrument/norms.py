"""Human norms: where a score stands among people.

Two samples, because the choice matters (a score of 84.19 is percentile 82 in one and 65 in the
other):

``olson2021_study2``
    8,572 people who took the test in English; Olson, Nahas, Chmoulevitch, Cropper & Webb (2021),
    *Naming unrelated words predicts creativity*, PNAS 118(25), study 2 (data at osf.io/vjazn).
``bellemare2024_100k``
    100,000 people; the human reference set of Bellemare-Pepin et al. (2024), *Divergent creativity
    in humans and large language models* (data in github.com/AntoineBellemare/DAT_GPT).

The percentiles in ``data/human_norms.csv`` were computed for this project from those two files.
They hold for scores of that task in GloVe 840B 300d only.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.tasks import Task

PUBLISHED_SPACE: Final = "glove-840b-300d"
EMBEDDED_SPACE: Final = "wordnet"


@dataclass(frozen=True)
class Norm:
    """A published human distribution."""

    name: str  # of its column in the table
    label: str  # for people
    n: int  # how many people
    space: str = PUBLISHED_SPACE  # the semantic space of its scores


NORMS: Final = {
    norm.name: norm
    for norm in (
        Norm("olson2021_study2", "Olson et al. 2021, study 2", 8_572),
        Norm("bellemare2024_100k", "Bellemare-Pepin et al. 2024", 100_000),
    )
}


@dataclass(frozen=True)
class DiversityReference:
    """How different the lists of people are from each other.

    How many different words they have depends on how words are cleaned, by one or two per cent:
    lower-cased, with letters, hyphens and spaces only, the lists below have 1,995.
    """

    n_lists: int  # of words, each of another person
    n_distinct_words: int  # in all of them
    mean_jaccard: float  # words that two lists share of those in either, mean over all pairs
    source: str  # of the lists


HUMAN_DIVERSITY: Final = DiversityReference(500, 1_968, 0.013, "Olson et al. 2021, study 2")


def percentile(score: ArrayLike, norm: str) -> NDArray[np.float64]:
    """Give the percentage of people in a norm set who score at most `score`.

    Parameters
    ----------
    score
        Scores of the task and in the space of the norm, any shape.
    norm
        A name in `NORMS`.

    Returns
    -------
    ndarray
        In the shape of `score`, interpolated linearly between the published percentiles, which end
        at 0.1 and 99.9; NaN where the score is NaN.

    Raises
    ------
    UserError
        If no such norm set is known.
    """
    percentiles, scores = _table(norm)
    return np.asarray(np.interp(np.asarray(score, dtype=float), scores, percentiles))


def score_at(percentiles: ArrayLike, norm: str) -> NDArray[np.float64]:
    """Give the scores at percentiles (0.1 to 99.9) of a norm set, as `percentile` the other way."""
    known, scores = _table(norm)
    return np.asarray(np.interp(np.asarray(percentiles, dtype=float), known, scores))


def norms_of(task: Task, space: str) -> list[Norm]:
    """Return the norms that hold for scores of a task in a semantic space."""
    return [norm for norm in map(NORMS.__getitem__, task.norms) if norm.space == space]


def space_statement(space: str) -> str:
    """Say in one line what the scores of a semantic space may be compared with."""
    if space == PUBLISHED_SPACE:
        return "Space: GloVe 840B 300d (the published one)"
    if space == EMBEDDED_SPACE:
        return "Embedded WordNet space: not GloVe scores"
    return f"Space: {space}, not the published GloVe space; human norms do not apply"


@cache
def _table(norm: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if norm not in NORMS:
        raise UserError(f"no human norm set {norm!r}; choose one of {', '.join(sorted(NORMS))}")
    norms = files("divergent_bench.instrument") / "data/human_norms.csv"
    with norms.open(encoding="utf-8") as table:
        columns = np.genfromtxt(table, delimiter=",", names=True)
    return columns["percentile"], columns[norm]
