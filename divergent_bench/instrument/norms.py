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
They hold in one semantic space: those of the two files themselves in GloVe 840B 300d, and those of
study 2 scored anew, by `tools.human_norms`, in the spaces of their columns' names. Of the
100,000 people only scores are published, not the lists.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces.embedded import GLOVE, MINILM, STATEMENTS
from divergent_bench.instrument.tasks import Task

PUBLISHED_SPACE: Final = "glove-840b-300d"


@dataclass(frozen=True)
class Norm:
    """The scores of a sample of people in a semantic space."""

    name: str  # of the sample, as configs and columns have it
    label: str  # for people
    n: int  # how many people have a score in the space
    space: str = PUBLISHED_SPACE

    @property
    def column(self) -> str:
        """Its column in the table: the sample, and the space where it is not the published one."""
        return self.name if self.space == PUBLISHED_SPACE else f"{self.name}@{self.space}"


NORMS: Final = (
    Norm("olson2021_study2", "Olson et al. 2021, study 2", 8_572),
    Norm("olson2021_study2", "Olson et al. 2021, study 2", 8_551, GLOVE),
    Norm("olson2021_study2", "Olson et al. 2021, study 2", 8_317, MINILM),
    Norm("bellemare2024_100k", "Bellemare-Pepin et al. 2024", 100_000),
)
SAMPLES: Final = tuple(dict.fromkeys(norm.name for norm in NORMS))
"""The samples of people, by the names that configs choose from."""


@dataclass(frozen=True)
class DiversityReference:
    """How different the lists of people are from each other, in the valid words of a space.

    How many different words they have depends on how words are cleaned, by one or two per cent:
    lower-cased, with letters, hyphens and spaces only, the lists below have 1,995.
    """

    n_lists: int  # of words, each of another person
    n_distinct_words: int  # in all of them
    mean_jaccard: float  # words that two lists share of those in either, mean over all pairs
    source: str  # of the lists
    sample: str = "olson2021_study2"  # whose lists they are, a name in `SAMPLES`


HUMAN_DIVERSITY: Final = {
    PUBLISHED_SPACE: DiversityReference(500, 1_968, 0.013, "Olson et al. 2021, study 2"),
    GLOVE: DiversityReference(500, 1_747, 0.014, "Olson et al. 2021, study 2"),
    MINILM: DiversityReference(500, 1_587, 0.014, "Olson et al. 2021, study 2"),
}
"""By the space in which their words are valid."""


def percentile(score: ArrayLike, norm: Norm) -> NDArray[np.float64]:
    """Give the percentage of the people of a norm who score at most `score`.

    Parameters
    ----------
    score
        Scores of the task and in the space of the norm, any shape.

    Returns
    -------
    ndarray
        In the shape of `score`, interpolated linearly between the known percentiles, which end at
        0.1 and 99.9; NaN where the score is NaN.
    """
    percentiles, scores = _table(norm)
    return np.asarray(np.interp(np.asarray(score, dtype=float), scores, percentiles))


def percentile_as_text(value: float, digits: int = 0) -> str:
    """Write a percentile, which norms tell from 0.1 to 99.9."""
    return ">= 99.9" if value >= 99.9 else "<= 0.1" if value <= 0.1 else f"{value:.{digits}f}"


def score_at(percentiles: ArrayLike, norm: Norm) -> NDArray[np.float64]:
    """Give the scores at percentiles (0.1 to 99.9) of a norm, as `percentile` the other way."""
    known, scores = _table(norm)
    return np.asarray(np.interp(np.asarray(percentiles, dtype=float), known, scores))


def norms_of(task: Task, space: str) -> list[Norm]:
    """Return the norms that hold for scores of a task in a semantic space."""
    return [norm for norm in NORMS if norm.name in task.norms and norm.space == space]


def human_diversity(task: Task, space: str) -> DiversityReference | None:
    """Return how different the lists of people are in a task and a space, where that is known."""
    found = HUMAN_DIVERSITY.get(space)  # in another space other words are valid
    return found if found and found.sample in task.norms else None


def find_norm(name: str, space: str = PUBLISHED_SPACE) -> Norm:
    """Return the norm of a sample of people in a space; a UserError where there is none."""
    for norm in NORMS:
        if (norm.name, norm.space) == (name, space):
            return norm
    known = ", ".join(f"{norm.name} in {norm.space}" for norm in NORMS)
    raise UserError(f"no human norm {name!r} in the space {space!r}; there are {known}")


def space_statement(space: str) -> str:
    """Say in one line what the scores of a semantic space may be compared with."""
    if space == PUBLISHED_SPACE:
        return "Space: GloVe 840B 300d (the published one)"
    elsewhere = f"Space: {space}, not the published GloVe space; human norms do not apply"
    return STATEMENTS.get(space, elsewhere)


@cache
def _table(norm: Norm) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    path = files("divergent_bench.instrument") / "data/human_norms.csv"
    with path.open(encoding="utf-8") as table:
        names = table.readline().strip().split(",")
        columns = np.loadtxt(table, delimiter=",", unpack=True)
    return columns[0], columns[names.index(norm.column)]
