"""Three tasks through the whole workflow: each stimulus is asked, kept and scored by itself."""

import json
import random
import re
from typing import Any

import pandas as pd
import pytest

from divergent_bench.analysis.tables import of_task, read_table
from divergent_bench.base.names import unique_slug
from divergent_bench.instrument.tasks import find_task
from tests.helpers.loopback import NOUNS, Loopback
from tests.helpers.workflow import Workflow, jobs

pytestmark = pytest.mark.slow

CUES = ["ocean", "desk", "music", "winter", "bread"]
SETS = ["gene, market", "valve, proof, comet"]
TASKS = ["dat", "cdat", "drat"]
HOSTILE = "ice/cream '; touch owned; \""
SAMPLES = 3
MODELS = ["gpt-4o", "gpt-4o-mini"]
BASELINES = ["random-nouns", "nearest", "oracle"]


def stimulus_of(body: dict[str, Any]) -> str:
    """Return what a request is about: a cue, a set of anchors, or nothing."""
    text = body["messages"][-1]["content"]
    found = re.search('word "(.*)" and', text) or re.search(r"distant fields: (.*)\.\n", text)
    return found.group(1) if found else ""


def about_the_stimulus(body: dict[str, Any]) -> str:
    """Return a list that depends on the model, the stimulus and the seed, and holds its words."""
    given = [word for word in stimulus_of(body).split(", ") if word]
    draw = random.Random(f"{body['model']} {given} {body['seed']}")
    words = [*given, *draw.sample(NOUNS, 10 - len(given))]
    return "\n".join(f"{i}. {word}" for i, word in enumerate(words, 1))


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
        "strategies": ["none", "cdat", "drat"],
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
        "defaults": {"stimuli": {"cdat": cues, "drat": SETS}},
        "experiments": [
            experiment,
            {
                "name": "p",
                "providers": [group],
                "strategies": ["cdat"],
                "samples": "all",
                "stimuli": CUES,
            },
        ],
        "analysis": {"spaces": ["minilm-l6", "glove-6b-100d"], "include_visualizations": False},
    }


def asked(server: Loopback) -> list[tuple[str, str, int]]:
    return sorted((body["model"], stimulus_of(body), body["seed"]) for body in server.requests)


def due(stimuli: list[str]) -> list[tuple[str, str, int]]:
    return sorted((model, each, n) for model in MODELS for each in stimuli for n in range(SAMPLES))


def _of_several_tasks(flow: Workflow, scores: pd.DataFrame, words: pd.DataFrame, own: int) -> None:
    """Check that the tasks of a run stand side by side, and that none is pooled with another."""
    assert list(dict.fromkeys(scores["task"])) == list(dict.fromkeys(words["task"])) == TASKS
    counts = of_task(scores, "drat")["stimulus"].value_counts()
    assert counts.to_dict() == dict.fromkeys(SETS, 2 * own * SAMPLES)
    drat = of_task(words, "drat")
    assert drat["survivor"].sum() == of_task(scores, "drat")["n_survivors"].sum()
    assert drat.loc[drat["survivor"], "utility"].notna().all()
    assert set(drat.loc[drat["provider"].eq("openai") & drat["position"].lt(2), "reason"]) == {
        "anchor"
    }
    assert of_task(words, "dat")["utility"].isna().all()
    tests, ranks, agreement = (
        read_table(name, flow.results() / f"{name}.csv")
        for name in ("tests", "ranks", "task_agreement")
    )
    for task in TASKS:
        strategies = tests.loc[tests["task"].eq(task) & tests["factor"].eq("strategy")]
        assert strategies.empty  # each task has one prompt here
        assert set(ranks.loc[ranks["task"].eq(task), "rank"]) <= {1, 2}
        shown = (flow.results() / f"figures/{task}/ranking.svg").read_text(encoding="utf-8")
        assert find_task(task).score_name in shown
        assert (flow.results() / f"figures/{task}/models/openai/gpt-4o.svg").exists()
    assert len(agreement) == 2 * 3
    # Who does not pass the gate has no rank, and with five cues nobody may.
    of_pair = agreement.set_index(["task_a", "task_b"])["n_models"]
    assert set(of_pair["dat", "drat"]) == {2}
    assert of_pair.max() == 2
    assert agreement["value"].isna().all()  # of two models
    report = (flow.results() / "report.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", report, re.MULTILINE)
    assert headings == [
        "Models over tasks",
        "Divergent Association Task",
        "Cue-based Divergent Association Task",
        "Divergent Remote Association Task",
        "Appendix",
    ]
    board = (flow.results() / "leaderboard.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", board, re.MULTILINE) == headings[1:4]


def test_each_stimulus_is_asked_and_one_more_is_only_its_samples(server: Loopback, tmp_path):
    server.answer = about_the_stimulus
    flow = Workflow(tmp_path, config(server, tmp_path, CUES))
    flow.run()
    assert asked(server) == due(["", *CUES, *SETS])
    paths = flow.samples()
    own = len(MODELS) + len(BASELINES)
    assert len(paths) == own * (1 + len(CUES) + len(SETS)) * SAMPLES + 2 * len(CUES)
    assert "Nothing to be done" in flow.run()
    # Some of the figures, which take longest.
    flow.draw(*((task, "ranking") for task in TASKS), ("cdat", "frontier"))
    flow.draw(*((task, "openai", "gpt-4o") for task in TASKS), ("cdat", "people", "students"))

    scores, words = (
        read_table(name, flow.results() / f"{name}.csv") for name in ("scores", "words")
    )
    _of_several_tasks(flow, scores, words, own)
    scores, words = (of_task(table, "cdat") for table in (scores, words))
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
    part = report.split("\n## ")[3]
    assert part.startswith("Cue-based Divergent Association Task\n")
    assert "Olson" not in part  # whose people took another task
    assert "Verification" not in part
    assert '"{cue}"' in report
    assert "### Score and appropriateness" in part
    frontier = pd.read_csv(flow.results() / "frontier.csv")
    assert set(frontier["task"]) == {"cdat"}
    assert len(frontier) == 2 * (own + 1)
    assert frontier.loc[frontier["provider"] != "baseline", "gate"].notna().all()
    assert (flow.results() / "figures/cdat/frontier.svg").exists()
    assert "about 5 cues, which stand for all" in part
    tests = of_task(read_table("tests", flow.results() / "tests.csv"), "cdat")
    assert set(tests.loc[tests["test"] == "mean_difference", "unit"]) == {"stimulus"}
    assert "bread; desk; music; ocean; winter" in report
    summary = of_task(read_table("summary", flow.results() / "summary.csv"), "cdat")
    assert len(summary) == 2 * (own + 1)  # a condition is over its stimuli
    assert set(summary.loc[summary["provider"] != "people", "n"]) == {len(CUES) * SAMPLES}

    server.reset()
    kept = {path: path.read_bytes() for path in paths}
    flow.write(config(server, tmp_path, [*CUES, HOSTILE]))
    flow.config["analysis"] |= {"generate_report": False}
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
