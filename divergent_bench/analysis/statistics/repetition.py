"""How often a list was given again: what the repetition of answers looks like.

Equal answers are independent draws like all others, so nothing here enters a test or an interval.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class ScoredLists:
    """The different scored word lists in a group of samples, in the order of their codes."""

    scores: NDArray[np.float64]  # of each list, shape (U,), in points
    counts: NDArray[np.int64]  # how many samples gave it, shape (U,), at least 1

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def n_samples(self) -> int:
        """Number of scorable samples behind the lists."""
        return int(self.counts.sum())


def list_codes(scores: pd.DataFrame) -> NDArray[np.int64]:
    """Give each row the number of its scored word list, -1 if nothing was scored; shape (n,).

    Equal numbers mean the same words in any order, as the score does not depend on it. The numbers
    follow the alphabetical order of the lists.
    """
    as_written, written = pd.factorize(scores["scored_words"])
    ordered = ["|".join(sorted(words.split("|"))) for words in written]
    codes, _ = pd.factorize(np.asarray(ordered, dtype=object), sort=True)
    # The last entry answers for the code -1 of a missing list.
    return np.append(codes, -1)[as_written]


def lists_by(samples: pd.DataFrame, by: str | list[str]) -> dict[Any, ScoredLists]:
    """Gather the lists of each group of samples."""
    codes, scores = list_codes(samples), samples["score"].to_numpy()
    groups = samples.groupby(by, observed=True).indices
    return {key: scored_lists(codes[rows], scores[rows]) for key, rows in groups.items()}


def scored_lists(codes: NDArray[np.int64], scores: NDArray[np.float64]) -> ScoredLists:
    """Gather samples by word list, given their `list_codes` and scores, both of shape (n,).

    The unscorable ones (NaN) are left out.
    """
    scorable = ~np.isnan(scores)
    _, position, counts = np.unique(codes[scorable], return_inverse=True, return_counts=True)
    totals = np.bincount(position, weights=scores[scorable], minlength=len(counts))
    return ScoredLists(scores=totals / counts, counts=counts)
