"""The Divergent Association Task: ten nouns as different from each other as possible.

Olson, J. A., Nahas, J., Chmoulevitch, D., Cropper, S. J., & Webb, M. E. (2021). Naming unrelated
words predicts creativity. PNAS, 118(25), e2022340118.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from divergent_bench.instrument.prompts import read_prompts, word_list_schema
from divergent_bench.instrument.tasks import Rule, Task

if TYPE_CHECKING:
    from divergent_bench.instrument.scoring import DistanceScorer, ScoringOptions
    from divergent_bench.instrument.spaces.lexicon import WordFacts
    from divergent_bench.instrument.spaces.store import Space
    from divergent_bench.instrument.verification import Check

VERY_RARE = 32_600
"""Frequency rank from which on a word is very rare.

People keep to the words before it: of the 81,247 words of the 8,572 people of Olson et al. 2021,
study 2 that have a rank, 95 % have one of at most 32,613 (half 4,126, 99 % 54,859).
"""


def _is_very_rare(word: "WordFacts") -> bool:
    # Names are not in the task's dictionary, so that they have no rank however well known they are.
    if word.frequency_rank is None:
        return not word.is_proper_noun
    return word.frequency_rank > VERY_RARE


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
    rules = {  # noqa: RUF012 - nobody changes it
        "no_noun": Rule("WordNet does not have it as a noun", lambda word: not word.is_noun),
        "proper_noun": Rule("WordNet has it as a name only", lambda word: word.is_proper_noun),
        "very_rare": Rule(
            f"its frequency rank in GloVe 6B is above {VERY_RARE:,}, as is that of 5 % of the "
            "words of people (Olson et al. 2021, study 2)",
            _is_very_rare,
        ),
    }
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
