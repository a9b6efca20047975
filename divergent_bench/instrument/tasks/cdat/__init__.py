"""The Cue-based Divergent Association Task: ten different nouns that all go with a cue word.

Nakajima et al. (2026). Beyond Divergent Creativity. arXiv 2601.20546. Random words differ as
much as can be; what they lack is that they have to do with the cue.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from divergent_bench.instrument.prompts import read_prompts, word_list_schema
from divergent_bench.instrument.tasks import Gate, Measure, Task

if TYPE_CHECKING:
    from divergent_bench.instrument.scoring import ScoringOptions
    from divergent_bench.instrument.spaces.store import Space
    from divergent_bench.instrument.tasks.cdat.scoring import CueScorer

_HERE = Path(__file__).parent


class CueBasedDivergentAssociation(Task):
    """Score: the novelty of the first seven valid words; beside it, their appropriateness."""

    name = "cdat"
    title = "Cue-based Divergent Association Task"
    reference = "Nakajima et al. 2026, arXiv 2601.20546"
    score_name = "CDAT novelty score"
    score_axis = "CDAT novelty (mean distance between words x 100)"
    score_range = (0.0, 200.0)
    n_asked = 10
    n_needed = 7
    n_scored = 7
    unscorable = "fewer than seven valid nouns"
    method = (
        "The score of an answer is its novelty, 100 times the mean cosine distance between all "
        "pairs of its first seven valid nouns. Its appropriateness is 200 less 100 times their "
        "mean distance from the cue. The cue itself and its other forms are not valid (Cue-based "
        "Divergent Association Task; Nakajima et al. 2026, arXiv 2601.20546)."
    )
    response_schema = word_list_schema("ten_words")
    plain = "cdat"
    stimulus_slot = "cue"
    stimuli = tuple((_HERE / "cues.txt").read_text(encoding="utf-8").split())
    baselines = ("random-nouns", "common-nouns", "nearest", "oracle")
    measures = (
        Measure(
            "novelty",
            "novelty",
            "novelty (mean distance between words x 100)",
            "0 to 200",
            "how different the scored words are from each other, which is the score: 100 times "
            "their mean cosine distance; missing where the answer is unscorable",
        ),
        Measure(
            "appropriateness",
            "appropriateness",
            "appropriateness (200 less mean distance from the cue x 100)",
            "0 to 200",
            "how near the scored words are to the cue: 200 less 100 times their mean cosine "
            "distance from it; missing likewise, or where the space does not know the cue",
        ),
    )
    gate = Gate("appropriateness", "random-nouns", 0.001, "more to the point than random words")
    published_spaces = ("minilm-l6",)
    slots, prompts = read_prompts(_HERE / "strategies.yaml")

    def scorer(self, space: "Space", options: "ScoringOptions") -> "CueScorer":
        """Return what checks and scores lists in a space."""
        from divergent_bench.instrument.tasks.cdat.scoring import CueScorer

        return CueScorer(space, options)


TASK = CueBasedDivergentAssociation()
