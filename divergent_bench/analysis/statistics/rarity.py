"""How rare the words of a list are, and how its score goes with that."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.analysis.tables import CONDITION, MODEL
from divergent_bench.instrument.spaces.lexicon import LAST_RANK

_SAMPLE: Final = [*CONDITION, "seed"]


_GROUPS: Final = 8  # at most
_IN_A_GROUP: Final = 10  # lists, at least


@dataclass(frozen=True)
class ScoreByRarity:
    """What lists score at each rarity: means of equal groups of lists, the most frequent first."""

    rarity: NDArray[np.float64]  # mean of each group
    score: NDArray[np.float64]  # likewise
    share: float  # of the variance of scores that lies between the groups, 0 to 1


def lists_with_rarity(scores: pd.DataFrame, words: pd.DataFrame) -> pd.DataFrame:
    """Return the scored lists of one space, with ``rarity``.

    That is the mean decimal logarithm of the frequency ranks of the scored words. A word without a
    rank counts as just rarer than the rarest that has one. The order of the rows does not matter;
    names of models are text.
    """
    here = words["scored"] & words["space"].eq(str(scores["space"].iloc[0]))
    scored = words.loc[here, [*_SAMPLE, "frequency_rank"]]
    ranks = scored["frequency_rank"].fillna(LAST_RANK + 1).astype(np.float64)
    by_list = scored.assign(rarity=np.log10(ranks)).groupby(_SAMPLE, dropna=False, observed=True)
    rarity = by_list["rarity"].mean().reset_index()
    names = dict.fromkeys([*MODEL, "strategy"], str)
    merged = (
        scores[[*_SAMPLE, "wording", "score"]].astype(names).merge(rarity.astype(names), on=_SAMPLE)
    )
    return merged[merged["score"].notna()].sort_values(_SAMPLE, ignore_index=True)


def score_by_rarity(lists: pd.DataFrame) -> ScoreByRarity | None:
    """Part lists into groups of like rarity; None where there are too few for two groups.

    The rows are those of `lists_with_rarity`. The share is epsilon squared, which is 0 on average
    where rarity tells nothing (Kelley 1935, PNAS 21); NaN where all scores are equal.
    """
    ordered = lists.sort_values(["rarity", "score"])
    n_groups = min(_GROUPS, len(ordered) // _IN_A_GROUP)
    if n_groups < 2:
        return None
    rarity, score = (
        np.array_split(ordered[name].to_numpy(dtype=np.float64), n_groups)
        for name in ("rarity", "score")
    )
    within = sum(((group - group.mean()) ** 2).sum() for group in score) / (len(ordered) - n_groups)
    total = float(ordered["score"].var())
    return ScoreByRarity(
        np.array([group.mean() for group in rarity]),
        np.array([group.mean() for group in score]),
        max(0.0, 1 - within / total) if total > 0 else np.nan,
    )
