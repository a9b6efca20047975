"""Diversity across samples: how much a model repeats itself from list to list.

The score of one list says nothing of the next one: a model may answer with the same ten unrelated
words for ever. Here a list is the set of the valid words of a sample, all of them and not only the
scored ones; samples without a valid word are no lists. Order plays no part. In a semantic space a
list is a unit vector: the mean of the vectors of its words, scaled to length 1.

Intervals take the lists for independent draws from all that may be answered, and are of what as
many draws give on average. None comes from a bootstrap: a list that is drawn twice is its own twin,
which makes pairs of lists alike and adds no word, so that resampled lists are less diverse than
those that were given. Means over pairs have the error of Hoeffding's projection, distinct words
and the Vendi score that of a jackknife. How often they hold the truth is in
docs/decisions/0021-intervals-of-diversity.md.
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

from divergent_bench.analysis.statistics.estimates import Estimate
from divergent_bench.analysis.statistics.intervals import FEWEST
from divergent_bench.analysis.tables import (
    CONDITION,
    DISTINCT_AT,
    MODEL,
    SAMPLE,
    model_labels,
    table_of,
)
from divergent_bench.instrument.spaces.store import Space

EXACT_UP_TO: Final = 2_000  # different lists, all pairs of which are compared
TOP_WORDS: Final = 10
_GROUPS: Final = 20  # of lists, each of which is left out once
_ROUNDING: Final = 1e-9  # standard errors and eigenvalues below it are 0
_ROWS_AT_ONCE: Final = 500
_STEPS: Final = (1, 2, 5)  # of the curve, times powers of ten

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class WordLists:
    """The different lists of a group of samples."""

    lists: tuple[tuple[int, ...], ...]  # sorted word numbers, by first appearance
    counts: Integers  # how many samples gave each, shape (L,), at least 1

    @classmethod
    def of(cls, samples: Integers, words: Integers) -> "WordLists":
        """Gather the lists from their words: the sample and the word of each, shape (W,)."""
        order = np.lexsort((words, samples))
        samples, words = samples[order], words[order]
        starts = np.flatnonzero(np.diff(samples)) + 1
        found = Counter(tuple(part.tolist()) for part in np.split(words, starts) if len(part))
        return cls(tuple(found), np.array(list(found.values()), dtype=np.int64))

    @cached_property
    def n(self) -> int:
        """Number of lists, repetitions included."""
        return int(self.counts.sum())

    @cached_property
    def sizes(self) -> Integers:
        """Number of words of each list, shape (L,)."""
        return np.array([len(words) for words in self.lists], dtype=np.int64)

    @cached_property
    def words(self) -> Integers:
        """The numbers of the words in the lists, in order, shape (V,)."""
        return np.unique(np.concatenate(self.lists)).astype(np.int64)

    @cached_property
    def incidence(self) -> csr_array:
        """Which list has which of `words`: 1 or 0, shape (L, V)."""
        columns = np.searchsorted(self.words, np.concatenate(self.lists))
        starts = np.concatenate([[0], np.cumsum(self.sizes)])
        shape = (len(self.lists), len(self.words))
        return csr_array((np.ones(len(columns)), columns, starts), shape=shape)

    @cached_property
    def word_counts(self) -> Integers:
        """In how many lists each of `words` is, shape (V,)."""
        return np.asarray(np.rint(self.counts @ self.incidence), dtype=np.int64)

    def sampled(self, size: int) -> "WordLists":
        """Draw so many of the lists (seed 0); all of them where there are no more."""
        if self.n <= size:
            return self
        drawn = np.random.default_rng(0).multivariate_hypergeometric(self.counts, size)
        kept = np.flatnonzero(drawn)
        return WordLists(tuple(self.lists[i] for i in kept), drawn[kept])

    def vectors(self, of_words: Floats) -> Floats:
        """Return the unit vector of each list, shape (L, d), given those of all words, by number.

        A list whose words cancel out, which hardly happens, has the vector 0.
        """
        sums = self.incidence @ of_words[self.words]
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(sums / np.maximum(lengths, _ROUNDING))

    @cached_property
    def groups(self) -> Integers:
        """How many of each list are in each of 20 random groups of lists (seed 0), shape (G, L).

        The groups differ by one list at most; with fewer lists each is a group.
        """
        of_answers = np.repeat(np.arange(len(self.lists)), self.counts)
        size = min(_GROUPS, self.n)
        members = np.zeros((size, len(self.lists)), dtype=np.int64)
        places = np.arange(self.n) % size
        np.add.at(members, (places, np.random.default_rng(0).permutation(of_answers)), 1)
        return members

    def mean_shared(self) -> Estimate:
        """Estimate the mean number of words that two lists share.

        The words of a list are in so many others that no pair has to be looked at.
        """
        return self._over_pairs(self.incidence @ self.word_counts, self.sizes)

    def mean_jaccard(self) -> Estimate:
        """Estimate the mean Jaccard index of two lists, 0 to 1.

        The words that two lists share, of those in either. It is no sum over words, so the
        different lists are compared pair by pair, each as often as it was given; more than
        `EXACT_UP_TO` of them are estimated from a random sample of that many lists.
        """
        if len(self.lists) > EXACT_UP_TO:
            return self.sampled(EXACT_UP_TO).mean_jaccard()
        with_all = np.empty(len(self.lists))
        for start in range(0, len(self.lists), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            shared = (self.incidence[part] @ self.incidence.T).toarray()
            index = shared / (self.sizes[part, None] + self.sizes - shared)
            with_all[part] = index @ self.counts
        return self._over_pairs(with_all, np.ones(len(self.lists)))

    def mean_similarity(self, vectors: Floats) -> Estimate:
        """Estimate the mean cosine of two lists, -1 to 1, from their `vectors`."""
        with_all = vectors @ (self.counts @ vectors)
        return self._over_pairs(with_all, (vectors**2).sum(axis=1))

    def _over_pairs(self, with_all: Floats, with_itself: Floats | Integers) -> Estimate:
        """Estimate a mean over pairs of lists from sums over all lists, and of each with itself.

        With r the mean of a list with all others, its variance is 4 var(r) / n: Hoeffding, W.
        (1948). A class of statistics with asymptotically normal distribution. Annals of
        Mathematical Statistics 19, 293-325. As each list is among the others of all others, the r
        lie closer together by (n - 2) / (n - 1); with that made good it is the jackknife's.
        """
        n = self.n
        if n < 2:
            return Estimate(np.nan, np.nan, np.nan)
        value, variance = moments((with_all - with_itself) / (n - 1), self.counts)
        return estimate(value, 4 * variance / n * ((n - 1) / max(n - 2, 1)) ** 2, n)

    def rarefy(self, sizes: Sequence[int]) -> Floats:
        """Return how many distinct words so many lists of these are expected to have.

        In the shape of `sizes`, NaN beyond the number of lists there are. Exact: a word in c of n
        lists is missing from m of them with probability C(n - c, m) / C(n, m). Colwell, Mao & Chang
        (2004). Interpolating, extrapolating, and comparing incidence-based species accumulation
        curves. Ecology 85(10), equation 5.
        """
        return np.array(
            [_expected(self.word_counts, self.n, m) if m <= self.n else np.nan for m in sizes]
        )

    def distinct(self, sizes: Sequence[int]) -> list[Estimate]:
        """Estimate what `rarefy` returns, with errors.

        By a jackknife that leaves out one of 20 groups of lists at a time. Where fewer lists are
        left than the number asked for, the words are counted in these, and how they spread stands
        for how those in all of the lists would.
        """
        values = self.rarefy(sizes).tolist()
        if self.n < FEWEST:
            return [Estimate(value, np.nan, np.nan) for value in values]
        left = self.counts - self.groups
        in_lists = np.rint(left @ self.incidence).astype(np.int64)
        n_left = left.sum(axis=1).tolist()
        found = []
        for value, m in zip(values, sizes, strict=True):
            size = min(m, *n_left)
            parts = [_expected(c, n, size) for c, n in zip(in_lists, n_left, strict=True)]
            found.append(jackknife(value, parts))
        return found

    def vendi(self, vectors: Floats) -> tuple[float, float, float]:
        """Return the Vendi score of the lists, and its 95 % interval: three numbers from 1 on.

        exp of the entropy of the eigenvalues of K / n, where K holds the cosines of all lists, from
        their `vectors`: how many lists without anything in common would be as diverse. It grows
        with the number of lists: compare it at equal numbers. Friedman, D. & Dieng, A. B. (2023).
        The Vendi score: a diversity evaluation metric for machine learning. Transactions on Machine
        Learning Research. The interval is that of the entropy, by the jackknife of `distinct`.
        """
        entropy = _entropy(vectors, self.counts)
        if self.n < FEWEST:
            return float(np.exp(entropy)), np.nan, np.nan
        parts = [_entropy(vectors, self.counts - group) for group in self.groups]
        low, high = jackknife(entropy, parts).interval()
        return float(np.exp(entropy)), np.maximum(np.exp(low), 1.0), np.exp(high)


def jackknife(value: float, parts: Sequence[float]) -> Estimate:
    """Return an estimate, given what it is without each group of the lists."""
    size = len(parts)
    return estimate(value, (size - 1) * float(np.var(parts)), size)


def moments(values: Floats, counts: Integers) -> tuple[float, float]:
    """Return mean and sample variance of values, each of which counts so many times."""
    n = int(counts.sum())
    mean = float(counts @ values) / n
    return mean, float(counts @ (values - mean) ** 2) / (n - 1) if n > 1 else np.nan


def estimate(value: float, variance: float, n: int) -> Estimate:
    """Return an estimate from n independent parts; without an error of fewer than three."""
    se = float(np.sqrt(variance)) if n >= FEWEST else np.nan
    return Estimate(value, 0.0 if se < _ROUNDING else se, n - 1)


def measure_diversity(words: pd.DataFrame, space: Space | None = None) -> pd.DataFrame:
    """Measure how different the lists of each model and condition are: the table ``diversity``.

    Spaces are in the order of `words`, models before conditions. What is measured by the vectors of
    words is missing in other spaces than `space`. Values have a ``_low`` and a ``_high`` beside
    them: the 95 % interval, missing with fewer than three lists and where these are all alike.
    """
    rows = []
    vectors: dict[str, Floats] = {}
    of_models: dict[tuple[Any, ...], tuple[int, dict[str, Any]]] = {}
    for key, found, vocabulary in _groups(words):
        if space and key["space"] == space.name and space.name not in vectors:
            vectors[space.name] = word_vectors(space, vocabulary)
        model = key["space"], key["provider"], key["model"]
        n_of_model, measured = of_models.get(model, (0, {}))
        if n_of_model != found.n:  # else it is the only condition of the model
            measured = _measure(found, vocabulary, vectors.get(key["space"]))
            of_models.setdefault(model, (found.n, measured))
        rows.append(key | measured)
    return table_of(rows, "diversity")


def word_vectors(space: Space, words: "pd.Index[str]") -> Floats:
    """Return the unit vectors of words in a space, shape (W, d)."""
    return np.stack([space.vector(word) for word in words]).astype(np.float64)


def _measure(
    lists: WordLists, vocabulary: "pd.Index[str]", of_words: Floats | None
) -> dict[str, Any]:
    measured = {
        "n_lists": lists.n,
        "n_different_lists": len(lists.lists),
        "n_distinct_words": len(lists.words),
        "mean_list_length": float(lists.sizes @ lists.counts) / lists.n,
        **columns_of("mean_shared_words", lists.mean_shared()),
        **columns_of("mean_jaccard", lists.mean_jaccard(), 0.0, 1.0),
        "top_words": _top_words(lists, vocabulary),
    }
    for size, expected in zip(DISTINCT_AT, lists.distinct(DISTINCT_AT), strict=True):
        most = float(size * lists.sizes.max())
        measured |= columns_of(f"distinct_at_{size}", expected, most=most)
    if of_words is not None:
        vectors = lists.vectors(of_words)
        measured |= columns_of("mean_similarity", lists.mean_similarity(vectors), -1.0, 1.0)
        vendi, low, high = lists.vendi(vectors)
        measured |= {"vendi": vendi, "vendi_low": low, "vendi_high": high}
    return measured


def columns_of(
    name: str, found: Estimate, least: float = 0.0, most: float = np.inf
) -> dict[str, float]:
    """Return the columns of an estimate: its value, and its interval within what there can be."""
    low, high = found.interval()
    return {
        name: found.value,
        f"{name}_low": np.maximum(low, least),
        f"{name}_high": np.minimum(high, most),
    }


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
        coded, vocabulary = coded_words(valid[valid["space"] == space])
        for level, keys in (("model", MODEL), ("condition", CONDITION)):
            for key, group in coded.groupby(keys, dropna=False, observed=True):
                named = {"space": str(space), "level": level, **dict(zip(keys, key, strict=True))}
                lists = WordLists.of(group["sample"].to_numpy(), group["number"].to_numpy())
                yield named, lists, vocabulary


def coded_words(valid: pd.DataFrame) -> tuple[pd.DataFrame, "pd.Index[str]"]:
    """Give numbers to the valid words of a space, and to the samples they are from.

    Each word has its condition, ``number`` and ``sample``; then come the words by their numbers.
    """
    numbers, vocabulary = pd.factorize(valid["word"], sort=True)
    samples = valid.groupby(SAMPLE, dropna=False, observed=True).ngroup()
    coded = valid[CONDITION].assign(
        number=numbers.astype(np.int64), sample=samples.to_numpy(dtype=np.int64)
    )
    return coded, vocabulary


def _expected(counts: Integers, n: int, m: int) -> float:
    """Return the distinct words expected in m of n lists, at most n, of words in so many lists."""
    c = np.arange(n + 1, dtype=float)
    can_miss = n - c >= m
    missed = np.zeros(n + 1)
    missed[can_miss] = np.exp(_log_choose(n - c[can_miss], m) - _log_choose(float(n), m))
    return float((1 - missed[counts]).sum())


def _entropy(vectors: Floats, counts: Integers) -> float:
    """Return the entropy of the eigenvalues of the cosines of vectors, over their number.

    The vectors, shape (L, d), count so many times.
    """
    scaled = vectors * np.sqrt(counts / counts.sum())[:, None]
    # Both products have the same eigenvalues but for zeros; the smaller one is quicker.
    small = scaled @ scaled.T if len(scaled) < scaled.shape[1] else scaled.T @ scaled
    values = np.linalg.eigvalsh(small)
    values = values[values > _ROUNDING]
    return -float(values @ np.log(values))


def _log_choose(n: Any, m: float) -> Any:
    return gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1)


def _curve(n: int) -> list[int]:
    steps = (step * 10**power for power in range(len(str(n))) for step in _STEPS)
    return [*(size for size in steps if size < n), n]


def _top_words(lists: WordLists, vocabulary: "pd.Index[str]") -> str:
    order = np.lexsort((lists.words, -lists.word_counts))[:TOP_WORDS]
    return "|".join(
        f"{vocabulary[lists.words[i]]} {lists.word_counts[i] / lists.n:.3f}" for i in order
    )
