"""The Divergent Association Task: ten nouns as different from each other as possible.

Olson, J. A., Nahas, J., Chmoulevitch, D., Cropper, S. J., & Webb, M. E. (2021). Naming unrelated
words predicts creativity. PNAS, 118(25), e2022340118.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from divergent_bench.instrument.prompts import read_prompts, word_list_schema
from divergent_bench.instrument.tasks import Task

if TYPE_CHECKING:
    from divergent_bench.instrument.scoring import DistanceScorer, ScoringOptions
    from divergent_bench.instrument.spaces.store import Space
    from divergent_bench.instrument.verification import Check


class DivergentAssociation(Task):
    """Score: 100 times the mean cosine distance of all pairs of the first seven valid words."""

    name = "dat"
    title = "Divergent Association Task"
    reference = "Olson et al. 2021, PNAS 118(25)"
    score_name = "DAT score"
    score_axis = "DAT score (mean distance between words x 100)"
    score_range = (0.0, 200.0)
    n_asked = 10
    n_needed = 7
    n_scored = 7
    unscorable = "fewer than seven valid words"
    method = (
        "The score of an answer is 100 times the mean cosine distance between all pairs of its "
        "first seven valid words (Divergent Association Task; Olson et al. 2021, PNAS 118(25))."
    )
    # Its name is part of requests that were paid for; see docs/reference/records.md.
    response_schema = word_list_schema("ten_words")
    plain = "none"
    baselines = ("random-nouns", "common-nouns")
    norms = ("olson2021_study2", "bellemare2024_100k")
    slots, prompts = read_prompts(Path(__file__).with_name("strategies.yaml"))

    def scorer(self, space: "Space", options: "ScoringOptions") -> "DistanceScorer":
        """Return what checks and scores lists in a space."""
        from divergent_bench.instrument.scoring import DistanceScorer

        return DistanceScorer(space, options)

    def verify(self, space: "Space") -> "list[Check]":
        """Recompute in a space what is published, and check what must hold there."""
        from divergent_bench.instrument.tasks.dat.verification import verify

        return verify(space)


TASK = DivergentAssociation()
