"""How much of its lists each model gives to each word."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.analysis.tables import CONDITION, MODEL, kinds, model_labels
from divergent_bench.base.provider_catalogue import Kind


@dataclass(frozen=True)
class WordShares:
    """The words of a space and who uses them.

    Attributes
    ----------
    words
        The valid words of all lists, in alphabetical order, length W.
    users
        A row per model, cohort of people and baseline, of which there are U: ``provider``,
        ``model``, ``label``, and ``n_lists``, the samples with at least one valid word.
    shares
        Shape (W, U): the share of the lists of a user that hold the word, 0 to 1.
    """

    words: NDArray[np.object_]
    users: pd.DataFrame
    shares: NDArray[np.float64]

    def of_kind(self, kind: Kind) -> NDArray[np.float64]:
        """Return the shares of the users of a kind, shape (W, as many as there are)."""
        return self.shares[:, kinds(self.users["provider"]).eq(kind).to_numpy()]


def word_shares(words: pd.DataFrame, space: str) -> WordShares:
    """Count in how many lists each word is.

    Parameters
    ----------
    words
        As `divergent_bench.analysis.tables.read_table` gives it.
    space
        The semantic space whose valid words are counted.
    """
    valid = words.loc[words["accepted"] & words["space"].eq(space), [*CONDITION, "seed", "word"]]
    numbers, vocabulary = pd.factorize(valid["word"], sort=True)
    by_model = valid.groupby(MODEL, observed=True)
    user = by_model.ngroup().to_numpy()
    users = by_model.size().reset_index()[MODEL].astype(str)
    samples = valid.drop_duplicates([*CONDITION, "seed"])
    n_lists = samples.groupby(MODEL, observed=True).size().to_numpy()
    counts = np.bincount(numbers * len(users) + user, minlength=len(vocabulary) * len(users))
    return WordShares(
        words=np.asarray(vocabulary, dtype=object),
        users=users.assign(label=model_labels(users), n_lists=n_lists),
        shares=counts.reshape(len(vocabulary), len(users)) / n_lists,
    )
