"""The Divergent Remote Association Task: nouns that connect words of distant fields.

Schapiro et al. (2026), arXiv 2605.13450. Words that differ count only where they have to do with
one of the anchors.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from divergent_bench.instrument.prompts import read_prompts, word_list_schema
from divergent_bench.instrument.stimuli import base_forms, joined_words, words_of
from divergent_bench.instrument.tasks import Measure, Task

if TYPE_CHECKING:
    from divergent_bench.instrument.scoring import ScoringOptions
    from divergent_bench.instrument.spaces.store import Space
    from divergent_bench.instrument.tasks.drat.scoring import AnchorScorer

FEWEST_ANCHORS: Final = 2
MOST_ANCHORS: Final = 4
_HERE = Path(__file__).parent


class DivergentRemoteAssociation(Task):
    """Score: how different the words are that are nearer to an anchor than most nouns."""

    name = "drat"
    title = "Divergent Remote Association Task"
    reference = "Schapiro et al. 2026, arXiv 2605.13450"
    score_name = "DRAT score"
    score_axis = "DRAT score (mean distance between useful words x 100)"
    score_range = (0.0, 200.0)
    n_asked = 10
    n_needed = 5
    n_scored = 10
    unscorable = "no valid noun"
    method = (
        "The utility of a word is its highest cosine to any of the anchors. The first ten valid "
        "nouns are looked at; those whose utility is above the 90th percentile of that of a fixed "
        "pool of random nouns survive. The score of an answer is 100 times the mean cosine "
        "distance between all pairs of the survivors, and 0 where fewer than five survive. The "
        "anchors themselves and their other forms are not valid (Divergent Remote Association "
        "Task; Schapiro et al. 2026, arXiv 2605.13450)."
    )
    response_schema = word_list_schema("ten_words")
    plain = "drat"
    stimulus_slot = "anchors"
    stimulus_name = "anchor set"
    stimuli = tuple((_HERE / "anchors.txt").read_text(encoding="utf-8").splitlines())
    baselines = ("random-nouns", "common-nouns", "nearest", "oracle")
    measures = (
        Measure(
            "n_survivors",
            "survivors",
            "survivors (words of an answer above the threshold)",
            "words",
            "words of the answer whose utility is above the threshold; with fewer than the minimum "
            "the score is 0",
        ),
    )
    word_measures = (
        Measure(
            "utility",
            "utility",
            "utility (highest cosine to an anchor)",
            "-1 to 1",
            "highest cosine of a valid word to any of the anchors; missing for other words, or "
            "where the space does not know an anchor",
        ),
        Measure(
            "survivor",
            "survivor",
            "survivor",
            "",
            "whether it is one of the first valid words and its utility is above the threshold: "
            "the 90th percentile of the utility of a fixed pool of random nouns",
            "boolean",
        ),
    )
    slots, prompts = read_prompts(_HERE / "strategies.yaml")

    def stimulus(self, text: str) -> str:
        """Return a set of anchors as it is asked about: ``gene, valley, piston``."""
        words = words_of(text)
        if not FEWEST_ANCHORS <= len(words) <= MOST_ANCHORS:
            raise ValueError(
                f"{text!r} has {len(words)} word{'s' * (len(words) != 1)}; a set of anchors is "
                f"{FEWEST_ANCHORS} to {MOST_ANCHORS} words with commas between them: gene, valley"
            )
        if len(base_forms(text)) < len(words):
            raise ValueError(f"{text!r} has an anchor twice; each needs to be another word")
        return joined_words(words)

    def scorer(self, space: "Space", options: "ScoringOptions") -> "AnchorScorer":
        """Return what checks and scores lists in a space."""
        from divergent_bench.instrument.tasks.drat.scoring import AnchorScorer

        return AnchorScorer(space, options)


TASK = DivergentRemoteAssociation()
