"""How near the words of an answer are to the cue."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from divergent_bench.instrument.scoring import StimulusScorer, unit_vectors


class CueScorer(StimulusScorer):
    """Takes nouns that are no form of the cue, and scores lists by the distances between them.

    Nakajima et al. (2026), arXiv 2601.20546.
    """

    given = "cue"

    def measures(
        self, lists: Sequence[Sequence[str]], stimuli: Sequence[str | None]
    ) -> Mapping[str, NDArray[np.float64]]:
        """Return ``novelty``, the score, and ``appropriateness``, both in points, shape (lists,).

        The latter is 200 less 100 times the mean cosine distance of the words from the cue: 0
        (opposite to it) to 200. It is NaN where there is no cue or the space does not know it.
        """
        near = [self._appropriateness(*each) for each in zip(lists, stimuli, strict=True)]
        return {"novelty": self.scores(lists), "appropriateness": np.array(near, dtype=np.float64)}

    def _appropriateness(self, words: Sequence[str], stimulus: str | None) -> float:
        cue = None if stimulus is None else self.forms_of(stimulus)
        if not cue:
            return np.nan
        vectors = unit_vectors(self.space, [*cue, *words])
        return 100 + 100 * float((vectors[len(cue) :] @ vectors[: len(cue)].T).mean())
