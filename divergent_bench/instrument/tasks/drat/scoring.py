"""Which words have to do with an anchor, and how different those are."""

import random
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.scoring import (
    StimulusScorer,
    WordCheck,
    accepted_words,
    score_words,
    unit_vectors,
)
from divergent_bench.instrument.spaces.nouns import nouns

POOL_SIZE: Final = 2_001  # of an odd number like this, the percentile is a value and no mean of two
POOL_SEED: Final = 260513450
PERCENTILE: Final = 90
# Sums of products differ in their last digits by how many are computed at once. A word that lies at
# the threshold is to lie at it.
_DECIMALS: Final = 12


class _Aim(NamedTuple):
    """What the words of an answer are measured by."""

    anchors: NDArray[np.float64]  # shape (anchors, dimensions), of length 1
    threshold: float  # of utility, in the space


class AnchorScorer(StimulusScorer):
    """Takes nouns that are no form of an anchor, and scores those that have to do with one.

    Schapiro et al. (2026), arXiv 2605.13450.
    """

    given = "anchor"

    @cached_property
    def pool(self) -> list[str]:
        """The random nouns that utility is compared with: the first drawn that the space knows."""
        drawn = random.Random(POOL_SEED).sample(nouns(), len(nouns()))
        return [noun for noun in drawn if noun in self.space][:POOL_SIZE]

    def threshold(self, stimulus: str) -> float | None:
        """Return the utility that a word has to exceed; None where the space lacks an anchor."""
        aim = self._aim(stimulus)
        return None if aim is None else aim.threshold

    def utilities(self, words: Sequence[str], stimulus: str) -> NDArray[np.float64] | None:
        """Return the utility of words of the space, shape (words,): -1 to 1, or None likewise."""
        aim = self._aim(stimulus)
        return None if aim is None else self._nearness(words, aim.anchors)

    def scored(self, checks: Sequence[WordCheck], stimulus: str | None = None) -> list[str] | None:
        """Return the survivors; None where no word is valid or the anchors are not known."""
        words = accepted_words(checks)[: self.options.scored]
        aim = None if stimulus is None else self._aim(stimulus)
        if not words or aim is None:
            return None
        above = self._nearness(words, aim.anchors) > aim.threshold
        return [word for word, survives in zip(words, above.tolist(), strict=True) if survives]

    def scores(self, lists: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Return 100 times the mean distances of survivors; 0 where they are too few."""
        enough = [words if len(words) >= self.options.minimum else [] for words in lists]
        return np.nan_to_num(score_words(enough, self.space), nan=0.0)

    def measures(
        self,
        lists: Sequence[Sequence[str]],
        stimuli: Sequence[str | None],  # noqa: ARG002  of the contract
    ) -> Mapping[str, NDArray[np.float64]]:
        """Return ``n_survivors``, shape (lists,)."""
        return {"n_survivors": np.array([len(words) for words in lists], dtype=np.float64)}

    def word_measures(
        self, checks: Sequence[WordCheck], stimulus: str | None
    ) -> Mapping[str, Sequence[Any]]:
        """Return ``utility`` and ``survivor`` of each word of an answer."""
        words = accepted_words(checks)
        found = None if stimulus is None else self.utilities(words, stimulus)
        utilities = iter([None] * len(words) if found is None else found.tolist())
        survivors = set(self.scored(checks, stimulus) or [])
        return {
            "utility": [None if check.reason else next(utilities) for check in checks],
            "survivor": [not check.reason and check.word in survivors for check in checks],
        }

    @cached_property
    def _aims(self) -> dict[str, _Aim | None]:
        return {}

    def _aim(self, stimulus: str) -> _Aim | None:
        if stimulus not in self._aims:
            forms = self.forms_of(stimulus)
            self._aims[stimulus] = self._aim_of(forms) if forms else None
        return self._aims[stimulus]

    def _aim_of(self, anchors: Sequence[str]) -> _Aim:
        if not self.pool:
            raise UserError(
                f"the space {self.space.name} knows no English noun, of which a pool is needed to "
                "tell which words have to do with an anchor; score in another space"
            )
        vectors = unit_vectors(self.space, anchors)
        nearness = self._nearness(self.pool, vectors)
        return _Aim(vectors, float(np.percentile(nearness, PERCENTILE)))

    def _nearness(self, words: Sequence[str], anchors: NDArray[np.float64]) -> NDArray[np.float64]:
        cosines = unit_vectors(self.space, words) @ anchors.T
        nearness: NDArray[np.float64] = cosines.max(axis=1).round(_DECIMALS)
        return nearness
