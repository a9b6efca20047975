"""How much of its lists each model gives to each word, and of its words to each category."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.analysis.tables import MODEL, SAMPLE, kinds, model_labels
from divergent_bench.base.provider_catalogue import Kind

NO_CATEGORY: Final = ""  # of words that are no noun


@dataclass(frozen=True)
class WordShares:
    """The words of a space and who uses them."""

    words: NDArray[np.object_]  # valid words of all lists, in alphabetical order, length W
    users: pd.DataFrame  # models, cohorts, baselines (U): provider, model, label, n_lists, n_words
    shares: NDArray[np.float64]  # of the lists of a user that hold the word, 0 to 1; shape (W, U)

    def of_kind(self, kind: Kind) -> NDArray[np.float64]:
        """Return the shares of the users of a kind, shape (W, as many as there are)."""
        return self.shares[:, kinds(self.users["provider"]).eq(kind).to_numpy()]


def valid_words(words: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the words that are valid in the primary space, the first one named."""
    return words[words["accepted"] & words["space"].isin(words["space"].unique()[:1])]


def word_shares(valid: pd.DataFrame) -> WordShares:
    """Count in how many lists each word is, given `valid_words`; a list has at least one."""
    found = _count(valid, "word")
    return replace(found, shares=found.shares / found.users["n_lists"].to_numpy())


def category_shares(valid: pd.DataFrame) -> WordShares:
    """Count how many of its words each user gives to a category, or to `NO_CATEGORY`.

    The ``words`` are the categories, and the shares of a user sum to 1.
    """
    found = _count(valid, "category")
    return replace(found, shares=found.shares / found.shares.sum(axis=0))


def _count(valid: pd.DataFrame, column: str) -> WordShares:
    """Count the valid words with each value of a column; the shares are numbers of words."""
    values = valid[column].astype(object).fillna(NO_CATEGORY)
    numbers, vocabulary = pd.factorize(values, sort=True)
    by_model = valid.groupby(MODEL, observed=True)
    user = by_model.ngroup().to_numpy()
    users = by_model.size().reset_index()[MODEL].astype(str)
    samples = valid.drop_duplicates(SAMPLE)
    n_lists = samples.groupby(MODEL, observed=True).size().to_numpy()
    counts = np.bincount(numbers * len(users) + user, minlength=len(vocabulary) * len(users))
    return WordShares(
        words=np.asarray(vocabulary, dtype=object),
        users=users.assign(
            label=model_labels(users), n_lists=n_lists, n_words=np.bincount(user, minlength=1)
        ),
        shares=counts.reshape(len(vocabulary), len(users)).astype(np.float64),
    )
