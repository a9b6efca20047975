"""How much of its lists each model gives to each word."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.analysis.tables import MODEL, SAMPLE, kinds, model_labels
from divergent_bench.base.provider_catalogue import Kind


@dataclass(frozen=True)
class WordShares:
    """The words of a space and who uses them."""

    words: NDArray[np.object_]  # valid words of all lists, in alphabetical order, length W
    users: pd.DataFrame  # models, cohorts, baselines (U): provider, model, label, n_lists
    shares: NDArray[np.float64]  # of the lists of a user that hold the word, 0 to 1; shape (W, U)

    def of_kind(self, kind: Kind) -> NDArray[np.float64]:
        """Return the shares of the users of a kind, shape (W, as many as there are)."""
        return self.shares[:, kinds(self.users["provider"]).eq(kind).to_numpy()]


def word_shares(words: pd.DataFrame, space: str) -> WordShares:
    """Count in how many lists each word is that is valid in a space; a list has at least one."""
    valid = words.loc[words["accepted"] & words["space"].eq(space), [*SAMPLE, "word"]]
    numbers, vocabulary = pd.factorize(valid["word"], sort=True)
    by_model = valid.groupby(MODEL, observed=True)
    user = by_model.ngroup().to_numpy()
    users = by_model.size().reset_index()[MODEL].astype(str)
    samples = valid.drop_duplicates(SAMPLE)
    n_lists = samples.groupby(MODEL, observed=True).size().to_numpy()
    counts = np.bincount(numbers * len(users) + user, minlength=len(vocabulary) * len(users))
    return WordShares(
        words=np.asarray(vocabulary, dtype=object),
        users=users.assign(label=model_labels(users), n_lists=n_lists),
        shares=counts.reshape(len(vocabulary), len(users)) / n_lists,
    )
