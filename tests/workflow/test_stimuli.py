"""A task with stimuli through the whole workflow: each is asked, kept and scored by itself."""

import json
import random
import re
from typing import Any

import pandas as pd
import pytest

from divergent_bench.analysis.tables import read_table
from divergent_bench.base.names import unique_slug
from tests.helpers.loopback import NOUNS, Loopback
from tests.helpers.workflow import Workflow, jobs

pytestmark = pytest.mark.slow

CUES = ["ocean", "desk", "music", "winter", "bread"]
HOSTILE = "ice/cream '; touch owned; \""
SAMPLES = 3
MODELS = ["gpt-4o", "gpt-4o-mini"]
BASELINES = ["random-nouns", "nearest", "oracle"]


def about_the_cue(body: dict[str, Any]) -> str:
    """Return a list that depends on the model, the cue and the seed, and holds the cue."""
    cue = re.search('word "(.*)" and', body["messages"][-1]["content"]).group(1)
    draw = random.Random(f"{body['model']} {cue} {body['seed']}")
    return "\n".join(f"{i}. {word}" for i, word in enumerate([cue, *draw.sample(NOUNS, 9)], 1))


def config(server: Loopback, directory: Any, cues: list[str]) -> dict[str, Any]:
    people = [
        {"cue": cue, "response": ", ".join(random.Random(f"{cue} {n}").sample(NOUNS, 10))}
        for cue in CUES
        for n in range(2)
    ]
    (directory / "people.jsonl").write_text("\n".join(map(json.dumps, people)), encoding="utf-8")
    unsaid = {"model": None, "strategy": None, "temperature": None}
    experiment = {
        "name": "e",
        "providers": [
            {"provider": "openai", "models": MODELS, "api_base": server.url},
            {"provider": "baseline", "models": BASELINES},
        ],
        "strategies": ["cdat"],
        "samples": SAMPLES,
    }
    group = {
        "provider": "people",
        "model": "students",
        "file": str(directory / "people.jsonl"),
        "columns": unsaid | {"stimulus": "cue"},
    }
    return {
        "name": "bench",
        "defaults": {"stimuli": cues},
        "experiments": [
            experiment,
            {"name": "p", "providers": [group], "samples": "all", "stimuli": CUES},
        ],
        "analysis": {"spaces": ["minilm-l6", "glove-6b-100d"]},
    }


def asked(server: Loopback) -> list[tuple[str, str, int]]:
    return sorted(
        (
            body["model"],
            re.search('word "(.*)" and', body["messages"][-1]["content"]).group(1),
            body["seed"],
        )
        for body in server.requests
    )


def due(cues: list[str]) -> list[tuple[str, str, int]]:
    return sorted((model, cue, n) for model in MODELS for cue in cues for n in range(SAMPLES))


def test_each_stimulus_is_asked_and_one_more_is_only_its_samples(server: Loopback, tmp_path):
    server.answer = about_the_cue
    flow = Workflow(tmp_path, config(server, tmp_path, CUES))
    flow.run()
    assert asked(server) == due(CUES)
    paths = flow.samples()
    own = len(MODELS) + len(BASELINES)
    assert len(paths) == own * len(CUES) * SAMPLES + 2 * len(CUES)
    assert "Nothing to be done" in flow.run()

    scores = read_table("scores", flow.results() / "scores.csv")
    words = read_table("words", flow.results() / "words.csv")
    of_models = scores[scores["provider"] == "openai"]
    assert set(of_models["strategy"]) == {"cdat"}
    assert set(scores["stimulus"]) == set(CUES)
    assert scores["novelty"].equals(scores["score"])
    assert scores["appropriateness"].notna().equals(scores["score"].notna())
    assert scores["score"].notna().mean() > 0.9
    # The first word of each answer of a model is the cue.
    first = words[(words["provider"] == "openai") & (words["position"] == 0)]
    assert set(first["reason"]) == {"cue"}
    means = scores[scores["space"] == "minilm-l6"].groupby("model", observed=True)
    near = means["appropriateness"].mean()
    assert near["nearest"] > near["oracle"] > near["random-nouns"]
    report = (flow.results() / "report.md").read_text(encoding="utf-8")
    assert "Cue-based Divergent Association Task; Nakajima et al. 2026" in report
    assert "Olson" not in report  # whose people took another task
    assert "Verification" not in report
    assert '"{cue}"' in report
    assert "## Novelty and appropriateness" in report
    frontier = pd.read_csv(flow.results() / "frontier.csv")
    assert len(frontier) == 2 * (own + 1)
    assert frontier.loc[frontier["provider"] != "baseline", "gate"].notna().all()
    assert (flow.results() / "figures/frontier.svg").exists()
    assert "about 5 cues, which stand for all" in report
    tests = pd.read_csv(flow.results() / "tests.csv")
    assert set(tests.loc[tests["test"] == "mean_difference", "unit"]) == {"stimulus"}
    assert "bread, desk, music, ocean, winter" in report
    summary = pd.read_csv(flow.results() / "summary.csv")
    assert len(summary) == 2 * (own + 1)  # a condition is over its stimuli
    assert set(summary.loc[summary["provider"] != "people", "n"]) == {len(CUES) * SAMPLES}

    server.reset()
    kept = {path: path.read_bytes() for path in paths}
    flow.write(config(server, tmp_path, [*CUES, HOSTILE]))
    flow.config["analysis"] |= {"include_visualizations": False, "generate_report": False}
    # Nobody's neighbours: what no space knows.
    flow.config["experiments"][0]["providers"][1]["models"] = ["random-nouns"]
    flow.write(flow.config)
    sampling = jobs(flow.run("results/bench/scores.csv"))
    assert asked(server) == due([HOSTILE])
    assert sampling["sample_dat"] == (len(MODELS) + 1) * SAMPLES
    added = {path for path in flow.samples() if unique_slug(HOSTILE) in str(path)}
    assert set(flow.samples()) == {*paths} | added
    assert {path: path.read_bytes() for path in paths} == kept
    assert not list(tmp_path.rglob("owned"))
    scores = read_table("scores", flow.results() / "scores.csv")
    of_it = scores[scores["stimulus"] == HOSTILE]
    assert len(of_it) == 2 * (len(MODELS) + 1) * SAMPLES
    assert of_it["appropriateness"].isna().all()
