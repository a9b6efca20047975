"""Which words of an answer count, how different they are, and how near to the cue."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from divergent_bench.instrument.scoring import DistanceScorer, Reason
from divergent_bench.instrument.spaces.lexicon import word_facts
from divergent_bench.instrument.spaces.nouns import base_form


class CueScorer(DistanceScorer):
    """Takes nouns that are no form of the cue, and scores lists by the distances between them.

    Nakajima et al. (2026), arXiv 2601.20546.
    """

    def refuse(self, word: str, stimulus: str | None) -> Reason:
        """Say whether a word of the space is a form of the cue, or no noun."""
        if stimulus is not None and base_form(word) == base_form(self._cue(stimulus) or stimulus):
            return "cue"
        facts = word_facts(word)
        return "" if facts.is_noun and not facts.is_proper_noun else "no noun"

    def measures(
        self, lists: Sequence[Sequence[str]], stimuli: Sequence[str | None]
    ) -> Mapping[str, NDArray[np.float64]]:
        """Return ``novelty``, the score, and ``appropriateness``, both in points, shape (lists,).

        The latter is 200 less 100 times the mean cosine distance of the words from the cue: 0
        (opposite to it) to 200. It is NaN for a list without words, and where there is no cue or
        the space does not know it.
        """
        cues = [None if stimulus is None else self._cue(stimulus) for stimulus in stimuli]
        near = [
            self._appropriateness(words, cue) if words and cue else np.nan
            for words, cue in zip(lists, cues, strict=True)
        ]
        return {"novelty": self.scores(lists), "appropriateness": np.array(near, dtype=np.float64)}

    def _cue(self, stimulus: str) -> str | None:
        return (self._known.get(stimulus) or self._look_up(stimulus)).word

    def _appropriateness(self, words: Sequence[str], cue: str) -> float:
        rows = [self.space.rows[word] for word in (cue, *words)]
        vectors = self.space.vectors[rows].astype(np.float64)
        # Of unit length only as far as float32 goes.
        vectors /= np.sqrt(np.einsum("wd,wd->w", vectors, vectors))[:, None]
        return 100 + 100 * float((vectors[1:] @ vectors[0]).mean())
