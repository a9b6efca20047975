"""How alike the lists of two models are, beside how alike each model's own are.

A model may vary its lists and still say what all others say. `diversity` says what a list is, and
its vector.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from divergent_bench.analysis.statistics.diversity import (
    Floats,
    Integers,
    WordLists,
    coded_words,
    columns_of,
    estimate,
    moments,
    word_vectors,
)
from divergent_bench.analysis.statistics.estimates import Estimate
from divergent_bench.analysis.tables import are_compared, kinds, model_labels, table_of
from divergent_bench.instrument.spaces.store import Space

MOST_LISTS: Final = 500  # of a model; of more, a random sample is compared


@dataclass(frozen=True)
class _User:
    """A model or a cohort of people, and its lists."""

    lists: WordLists
    vectors: Floats  # of the different lists, shape (L, d)
    is_people: bool

    @cached_property
    def columns(self) -> tuple[NDArray[np.float32], Integers]:
        """Which of its words is in which list, shape (V + 1, L), and the row of a word by number.

        The last row is that of all other words; so is the last entry of the second array.
        """
        size = len(self.lists.words)
        dense = np.zeros((size + 1, len(self.lists.lists)), dtype=np.float32)
        dense[:size] = self.lists.incidence.toarray().T
        rows = np.full(int(self.lists.words[-1]) + 2, size)
        rows[self.lists.words] = np.arange(size)
        return dense, rows


def measure_homogeneity(words: pd.DataFrame, space: Space) -> pd.DataFrame:
    """Say how alike the lists of models and people are: the table ``homogeneity``.

    In one space, a row for each two of them over all their conditions, and for each with itself.
    Measures are means over pairs of lists: the Jaccard index of their words and the cosine of their
    vectors. Rows of one model have the ratio to people's own value, the mean over cohorts, where
    there are people.
    """
    users = _users(words, space)
    own = {label: _within(user) for label, user in users.items()}
    of_people = {
        measure: np.mean([own[label][measure].value for label in users if users[label].is_people])
        for measure in ("mean_jaccard", "mean_similarity")
        if any(user.is_people for user in users.values())
    }
    rows = []
    for a, b in combinations_with_replacement(users, 2):
        found = own[a] if a == b else _between(users[a], users[b])
        row: dict[str, Any] = {"space": space.name, "model_a": a, "model_b": b}
        row |= {"n_lists_a": users[a].lists.n, "n_lists_b": users[b].lists.n}
        row |= columns_of("mean_jaccard", found["mean_jaccard"], 0.0, 1.0)
        row |= columns_of("mean_similarity", found["mean_similarity"], -1.0, 1.0)
        if a == b:
            row |= {
                f"{measure.removeprefix('mean_')}_to_people": found[measure].value / value
                for measure, value in of_people.items()
            }
        rows.append(row)
    return table_of(rows, "homogeneity")


def _users(words: pd.DataFrame, space: Space) -> dict[str, _User]:
    valid = words[
        words["accepted"] & words["space"].eq(space.name) & are_compared(words["provider"])
    ]
    if valid.empty:
        return {}
    coded, vocabulary = coded_words(valid)
    of_words = word_vectors(space, vocabulary)
    return dict(_gathered(coded, of_words))


def _gathered(coded: pd.DataFrame, of_words: Floats) -> Iterator[tuple[str, _User]]:
    for label, group in coded.groupby(model_labels(coded).to_numpy(dtype=str)):
        lists = WordLists.of(group["sample"].to_numpy(), group["number"].to_numpy())
        lists = lists.sampled(MOST_LISTS)
        is_people = kinds(group["provider"]).iloc[0] == "people"
        yield str(label), _User(lists, lists.vectors(of_words), is_people)


def _within(user: _User) -> Mapping[str, Estimate]:
    return {
        "mean_jaccard": user.lists.mean_jaccard(),
        "mean_similarity": user.lists.mean_similarity(user.vectors),
    }


def _between(a: _User, b: _User) -> Mapping[str, Estimate]:
    index = _jaccard(a, b)
    mean_a, mean_b = (user.lists.counts @ user.vectors / user.lists.n for user in (a, b))
    return {
        "mean_jaccard": _over_pairs(
            a, b, index @ b.lists.counts / b.lists.n, a.lists.counts @ index / a.lists.n
        ),
        "mean_similarity": _over_pairs(a, b, a.vectors @ mean_b, b.vectors @ mean_a),
    }


def _jaccard(a: _User, b: _User) -> Floats:
    """Return the Jaccard index of each list of `a` with each of `b`, shape (L_a, L_b)."""
    columns, rows = b.columns
    numbers = np.concatenate(a.lists.lists)
    there = rows[np.minimum(numbers, len(rows) - 1)]
    ends = a.lists.incidence.indptr
    shape = (len(a.lists.lists), len(columns))
    shared = csr_array((np.ones(len(there), dtype=np.float32), there, ends), shape=shape) @ columns
    either = np.add.outer(a.lists.sizes, b.lists.sizes).astype(np.float32) - shared
    return np.asarray(np.divide(shared, either, dtype=np.float64))


def _over_pairs(a: _User, b: _User, means_a: Floats, means_b: Floats) -> Estimate:
    """Estimate a mean over pairs of lists of two models from the mean of each over the others.

    Hoeffding's projection: the variance of the one means over their number, and that of the others
    over theirs; degrees of freedom of Welch and Satterthwaite.
    """
    value, variance_a = moments(means_a, a.lists.counts)
    _, variance_b = moments(means_b, b.lists.counts)
    parts = np.array([variance_a / a.lists.n, variance_b / b.lists.n])
    found = estimate(value, float(parts.sum()), min(a.lists.n, b.lists.n))
    if not found.se > 0:
        return found
    df = parts.sum() ** 2 / (parts**2 / (np.array([a.lists.n, b.lists.n]) - 1)).sum()
    return found._replace(df=float(df))
