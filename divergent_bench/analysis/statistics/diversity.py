"""Diversity across samples: how much a model repeats itself from list to list.

The score of one list says nothing of the next one: a model may answer with the same ten unrelated
words for ever. Here a list is the set of the valid words of a sample, all of them and not only the
scored ones; samples without a valid word are no lists. Order plays no part.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import gammaln

from divergent_bench.analysis.tables import CONDITION, DISTINCT_AT, MODEL, model_labels, table_of

EXACT_UP_TO: Final = 2_000  # different lists, all pairs of which are compared
TOP_WORDS: Final = 10
_ROWS_AT_ONCE: Final = 500
_STEPS: Final = (1, 2, 5)  # of the curve, times powers of ten


@dataclass(frozen=True)
class WordLists:
    """The different lists of a group of samples."""

    lists: tuple[tuple[int, ...], ...]  # sorted word numbers, by first appearance
    counts: NDArray[np.int64]  # how many samples gave each, shape (L,), at least 1

    @classmethod
    def of(cls, samples: NDArray[np.int64], words: NDArray[np.int64]) -> "WordLists":
        """Gather the lists from their words: the sample and the word of each, shape (W,)."""
        order = np.lexsort((words, samples))
        samples, words = samples[order], words[order]
        starts = np.flatnonzero(np.diff(samples)) + 1
        found = Counter(tuple(part.tolist()) for part in np.split(words, starts) if len(part))
        return cls(tuple(found), np.array(list(found.values()), dtype=np.int64))

    @property
    def n(self) -> int:
        """Number of lists, repetitions included."""
        return int(self.counts.sum())

    @property
    def effective_n(self) -> float:
        """Kish's effective number of lists, 1 to `n`, with the repetitions as the weights."""
        return float(self.n) ** 2 / float((self.counts**2).sum()) if self.n else 0.0

    @cached_property
    def word_counts(self) -> dict[int, int]:
        """In how many lists each word is."""
        totals: Counter[int] = Counter()
        for words, count in zip(self.lists, self.counts.tolist(), strict=True):
            for word in words:
                totals[word] += count
        return dict(totals)

    def mean_shared(self) -> float:
        """Return the mean number of words that two lists share; NaN with fewer than two.

        A word in c of n lists is shared by c (c - 1) of the n (n - 1) ordered pairs, so that no
        pair has to be looked at.
        """
        if self.n < 2:
            return float("nan")
        return sum(c * (c - 1) for c in self.word_counts.values()) / (self.n * (self.n - 1))

    def mean_jaccard(self) -> float:
        """Return the mean Jaccard index of two lists, 0 to 1; NaN with fewer than two.

        The words that two lists share, of those in either. It is no sum over words, so the
        different lists are compared pair by pair, each as often as it was given; more than
        `EXACT_UP_TO` of them are estimated from a random sample of that many lists (seed 0).
        """
        if self.n < 2:
            return float("nan")
        if len(self.lists) > EXACT_UP_TO:
            drawn = np.random.default_rng(0).multivariate_hypergeometric(self.counts, EXACT_UP_TO)
            kept = np.flatnonzero(drawn)
            return WordLists(tuple(self.lists[i] for i in kept), drawn[kept]).mean_jaccard()
        sizes = np.array([len(words) for words in self.lists])
        _, columns = np.unique(np.concatenate(self.lists), return_inverse=True)
        rows = np.repeat(np.arange(len(sizes)), sizes)
        incidence = csr_array((np.ones(len(rows)), (rows, columns)))
        total = 0.0
        for start in range(0, len(sizes), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            shared = (incidence[part] @ incidence.T).toarray()
            index = shared / (sizes[part, None] + sizes - shared)
            total += float(self.counts[part] @ index @ self.counts)
        return (total - self.n) / (self.n * (self.n - 1))  # less each list with itself

    def rarefy(self, sizes: Sequence[int]) -> NDArray[np.float64]:
        """Return how many distinct words so many lists of these are expected to have.

        In the shape of `sizes`, NaN beyond the number of lists there are. Exact: a word in c of n
        lists is missing from m of them with probability C(n - c, m) / C(n, m). Colwell, Mao & Chang
        (2004). Interpolating, extrapolating, and comparing incidence-based species accumulation
        curves. Ecology 85(10), equation 5.
        """
        frequencies = Counter(self.word_counts.values())
        c = np.array(list(frequencies), dtype=float)
        words = np.array(list(frequencies.values()), dtype=float)
        left = self.n - c
        expected = np.full(len(sizes), np.nan)
        for i, m in enumerate(sizes):
            if m > self.n:
                continue
            can_miss = left >= m
            log_missed = _log_choose(left[can_miss], m) - _log_choose(float(self.n), m)
            expected[i] = words.sum() - words[can_miss] @ np.exp(log_missed)
        return expected


def measure_diversity(words: pd.DataFrame) -> pd.DataFrame:
    """Measure how different the lists of each model and condition are: the table ``diversity``.

    Spaces are in the order of `words`, models before conditions. All is exact but `mean_jaccard`.
    """
    rows = []
    for key, found, vocabulary in _groups(words):
        sizes = np.array([len(each) for each in found.lists])
        rows.append(
            key
            | {
                "n_lists": found.n,
                "n_different_lists": len(found.lists),
                "effective_lists": found.effective_n,
                "n_distinct_words": len(found.word_counts),
                "mean_list_length": float(sizes @ found.counts) / found.n,
                "mean_shared_words": found.mean_shared(),
                "mean_jaccard": found.mean_jaccard(),
                "top_words": _top_words(found, vocabulary),
            }
            | {
                f"distinct_at_{size}": expected
                for size, expected in zip(DISTINCT_AT, found.rarefy(DISTINCT_AT), strict=True)
            }
        )
    return table_of(rows, "diversity")


def rarefy(words: pd.DataFrame) -> pd.DataFrame:
    """Return the rarefaction curve of each model and condition: the table ``rarefaction``.

    It has the expected distinct words at 1, 2, 5, 10, 20, ... lists and at all of them.
    """
    rows = []
    for key, lists, _ in _groups(words):
        sizes = _curve(lists.n)
        rows += [
            key | {"n_lists": size, "expected_distinct_words": expected}
            for size, expected in zip(sizes, lists.rarefy(sizes), strict=True)
        ]
    return table_of(rows, "rarefaction")


def compare_vocabularies(words: pd.DataFrame) -> pd.DataFrame:
    """Say how many words each two models share over all conditions: the table ``overlap``.

    A model of more lists has more words, so read the shares beside the numbers of words they come
    from.
    """
    valid = words[words["accepted"]]
    rows = []
    for space in words["space"].unique():
        here = valid[valid["space"] == space]
        by_label = here["word"].groupby(model_labels(here).astype(str))
        vocabularies = [(str(label), set(found)) for label, found in by_label]
        for (a, of_a), (b, of_b) in combinations(vocabularies, 2):
            shared = len(of_a & of_b)
            rows.append(
                {
                    "space": str(space),
                    "model_a": a,
                    "model_b": b,
                    "n_distinct_a": len(of_a),
                    "n_distinct_b": len(of_b),
                    "n_shared": shared,
                    "vocabulary_jaccard": shared / len(of_a | of_b),
                    "shared_of_a": shared / len(of_a),
                    "shared_of_b": shared / len(of_b),
                }
            )
    return table_of(rows, "overlap")


def _groups(words: pd.DataFrame) -> Iterator[tuple[dict[str, Any], WordLists, "pd.Index[str]"]]:
    """Give the key of each model and condition, its lists, and the words by their numbers."""
    valid = words[words["accepted"]]
    for space in words["space"].unique():
        here = valid[valid["space"] == space]
        numbers, vocabulary = pd.factorize(here["word"], sort=True)
        samples = here.groupby([*CONDITION, "seed"], dropna=False, observed=True).ngroup()
        coded = here[CONDITION].assign(
            number=numbers.astype(np.int64), sample=samples.to_numpy(dtype=np.int64)
        )
        for level, keys in (("model", MODEL), ("condition", CONDITION)):
            for key, group in coded.groupby(keys, dropna=False, observed=True):
                named = {"space": str(space), "level": level, **dict(zip(keys, key, strict=True))}
                lists = WordLists.of(group["sample"].to_numpy(), group["number"].to_numpy())
                yield named, lists, vocabulary


def _log_choose(n: Any, m: float) -> Any:
    return gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1)


def _curve(n: int) -> list[int]:
    steps = (step * 10**power for power in range(len(str(n))) for step in _STEPS)
    return [*(size for size in steps if size < n), n]


def _top_words(lists: WordLists, vocabulary: "pd.Index[str]") -> str:
    ordered = sorted(lists.word_counts.items(), key=lambda item: (-item[1], item[0]))
    shown = (f"{vocabulary[word]} {count / lists.n:.3f}" for word, count in ordered[:TOP_WORDS])
    return "|".join(shown)
