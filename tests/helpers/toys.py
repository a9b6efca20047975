"""A provider and a task that no package of ours knows: what a stranger's package would bring."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from divergent_bench.base.answers import Answer
from divergent_bench.base.provider_catalogue import Provider
from divergent_bench.instrument.parsing import ParsedResponse, ParsedWord
from divergent_bench.instrument.scoring import ScoringOptions, WordValidator
from divergent_bench.instrument.spaces.store import Space
from divergent_bench.instrument.tasks import Task

WORDS = ["apple", "river", "engine", "music", "doctor", "cloud", "anger", "pencil", "rain", "cat"]
PROVIDER = Provider(
    "parrot", description="says words of its own", module=__name__, asks_models=False
)


def answer(request):
    """Return three words that depend on the model and the seed."""
    draw = random.Random(f"{request['model']} {request['seed']}")
    assert request["messages"][0]["content"] == "Name three words. Be brief."
    return Answer.of_text("/".join(draw.sample(WORDS, 3)))


class InitialsScorer(WordValidator):
    """Scores a list by how many different letters its words begin with."""

    def scores(self, lists):
        """Return ten points for each letter; NaN for an empty list."""
        return np.array([10.0 * len({word[0] for word in words}) or np.nan for words in lists])


class Initials(Task):
    """Three words; ten points for each letter that one of them begins with."""

    name = "initials"
    title = "Initials Task"
    reference = "nowhere"
    score_name = "Initials score"
    score_axis = "Initials score (points)"
    score_range = (0.0, 30.0)
    n_asked = 3
    n_needed = 2
    n_scored = 3
    unscorable = "fewer than two valid words"
    slots: ClassVar = {"manner": "Be brief."}
    prompts: ClassVar = {
        "three": {"text": "Name three words. {manner}", "description": "Asks for three words."}
    }
    response_schema: ClassVar = {}

    def parse(self, text: str) -> ParsedResponse:
        """Read words between slashes."""
        items, start = [], 0
        for word in text.split("/"):
            items.append(ParsedWord(word, (start, start + len(word)), word))
            start += len(word) + 1
        return ParsedResponse(tuple(items), "separators", ())

    def scorer(self, space: Space, options: ScoringOptions) -> InitialsScorer:
        """Return what scores lists."""
        return InitialsScorer(space, options)


TASK = Initials()


def install(directory: Path) -> Path:
    """Make a directory that brings both, as `pip install` of a package would; return it."""
    found = directory / "toys-1.0.dist-info"
    found.mkdir(parents=True)
    (found / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1.0\n")
    (found / "entry_points.txt").write_text(
        f"[divergent_bench.providers]\nparrot = {__name__}:PROVIDER\n"
        f"[divergent_bench.tasks]\ninitials = {__name__}:TASK\n"
    )
    return directory


def config(**more: object) -> dict[str, object]:
    """Return a config in which the provider answers the task."""
    experiment = {
        "name": "toys",
        "providers": [{"provider": "parrot", "models": ["grey", "macaw"]}],
        "strategies": ["three"],
        "samples": 12,
    }
    baselines = {"provider": "baseline", "model": "common-nouns"}
    return {
        "name": "toys",
        "experiments": [experiment, {"name": "b", "providers": [baselines], "samples": 12}],
        **more,
    }


def expected_scores(model: str, seeds: Sequence[int]) -> list[float]:
    """Return what the answers of a model score."""
    texts = (
        answer(
            {"model": model, "seed": s, "messages": [{"content": "Name three words. Be brief."}]}
        )
        for s in seeds
    )
    return [10.0 * len({word[0] for word in found.text.split("/")}) for found in texts]
