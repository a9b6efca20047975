"""The tests and factors of an analysis, by the names that configs and tables use."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

StatisticalTest = Literal[
    "kruskal_wallis",
    "mann_whitney",
    "permutation",
    "cliffs_delta",
    "hedges_g",
    "equivalence",
    "scorability",
]
Factor = Literal["model", "strategy", "temperature"]
Decider = Literal["mean", "mann_whitney", "permutation"]
OVER_TASKS: Final = ("ranks", "task_agreement")  # tables that are made where there are several
DEFAULT_DECIDER: Final[Decider] = "mean"
DEFAULT_TESTS: tuple[StatisticalTest, ...] = (
    "kruskal_wallis",
    "mann_whitney",
    "hedges_g",
    "scorability",
)


class Meaning(NamedTuple):
    """What is told of a test or an effect size: to whoever writes a config, and in the report."""

    asks: str  # as a question
    method: str  # as part of a sentence; {margin} stands for that of equivalence, in points


MEANINGS: Final[Mapping[str, Meaning]] = {
    "kruskal_wallis": Meaning(
        "does any level of a factor differ?",
        "Kruskal-Wallis over all levels of a factor (within cells), with epsilon squared",
    ),
    "mann_whitney": Meaning(
        "do two levels differ, by ranks?",
        "Mann-Whitney per pair (van Elteren over several cells), with the probability that an "
        "answer of the first scores higher, ties counted half",
    ),
    "permutation": Meaning(
        "do the means of two levels differ, by permutations however many answers there are?",
        "a studentised permutation test of the difference of means per pair",
    ),
    "cliffs_delta": Meaning(
        "by how much do two levels differ, by ranks, from -1 to 1?", "Cliff's delta per pair"
    ),
    "hedges_g": Meaning(
        "by how much do two levels differ, in standard deviations?", "Hedges' g per pair"
    ),
    "equivalence": Meaning(
        "are two means the same, give or take equivalence_margin?",
        "two one-sided tests of equivalence within {margin}, with a 90 % interval",
    ),
    "scorability": Meaning(
        "does the share of answers that can be scored differ?",
        "an exact test per pair of the shares of scorable answers, within cells, with their "
        "difference",
    ),
}
