"""From samples to the report: the demo, real answers, several spaces, toggles."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from divergent_bench.reporting.figure_catalogue import FIGURES, figures_of
from tests.helpers.finished import GROUPS, MODELS, copy_of
from tests.helpers.fork_server import EVERYTHING
from tests.helpers.workflow import BIN, ROOT, Workflow, jobs

pytestmark = pytest.mark.slow
NO_FIGURES = {"include_visualizations": False}  # which take longest


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def baselines(**rest: Any) -> dict[str, Any]:
    entry = {"provider": "baseline", "models": ["random-nouns", "common-nouns", "oracle"]}
    return {
        "name": "small",
        "experiments": [{"name": "b", "providers": [entry], "samples": 4}],
        **rest,
    }


def test_the_demo_ends_in_a_report_and_a_second_run_has_nothing_to_do(finished_demo, tmp_path):
    flow = copy_of(finished_demo, tmp_path)
    results = flow.results()
    assert len(flow.samples()) == 250
    scores = {(r["model"], r["seed"]): r["score"] for r in rows(results / "scores.csv")}
    assert len(scores) == 250
    assert all(50 < float(score) < 120 for score in scores.values() if score)
    ranking = (results / "leaderboard.md").read_text(encoding="utf-8")
    order = [ranking.index(f"*{model}*") for model in ("oracle", "random-nouns", "common-nouns")]
    assert order == sorted(order), "the ceiling lies above any noun, and that above common nouns"
    for figure in figures_of(set()):
        assert (results / f"figures/{figure}.svg").read_text(encoding="utf-8").startswith("<?xml")
        assert (results / f"figures/{figure}.png").read_bytes().startswith(b"\x89PNG")
    report = (results / "report.md").read_text(encoding="utf-8")
    assert "Space: GloVe 6B 100d (embedded): near scores in GloVe 840B, not the same" in report
    finding = report.partition("## Finding")[2].partition("## Design")[0]
    model = "**SmolLM2-135M-Instruct** scored"
    for told in (model, "of 100 answers", "8,551 people", "random-nouns"):
        assert told in finding
    page = (results / "report.html").read_text(encoding="utf-8")
    leads_to = set(re.findall(r'href="([^#"]+)', page))
    assert {"answers.html", "figures/models/recorded/SmolLM2-135M-Instruct.svg"} <= leads_to
    assert all((results / file).exists() for file in leads_to), "though this is a copy elsewhere"
    assert "Nothing to be done" in flow.run()

    page = (results / "report.html").read_bytes()
    flow.run("--forcerun", "write_report")
    assert (results / "report.md").read_text(encoding="utf-8") == report
    assert (results / "report.html").read_bytes() == page


def test_what_a_larger_run_varies_is_drawn_and_what_has_nothing_to_draw_is_named(
    finished_run, tmp_path
):
    names = {*figures_of({"model", "strategy", "temperature"}, people=True)} - {*figures_of(set())}
    assert len(names) > 5
    tables = {table for name in names for table in FIGURES[name].tables}
    subprocess.run(
        [
            *(sys.executable, ROOT / "scripts/plot_figures.py", "--empty", tmp_path / "empty.txt"),
            *(f"--{table}={finished_run.results() / table}.csv" for table in tables),
            *(w for name in names for w in ("--figure", "dat", name, tmp_path / f"{name}.svg")),
        ],
        check=True,
        env={**os.environ, **EVERYTHING},
    )

    drawn = {file.stem: file.read_text(encoding="utf-8") for file in tmp_path.glob("*.svg")}
    assert set(drawn) == names
    of_models = {name for name, text in drawn.items() if all(m in text for m in MODELS)}
    assert of_models == names - {"variance_shares"}
    empty = (tmp_path / "empty.txt").read_text(encoding="utf-8")
    assert empty.splitlines() == ["dat cost"], "recorded answers have no price"


def test_plain_snakemake_runs_the_demo():
    command = [BIN / "snakemake", "--dry-run", "--forceall", "--quiet", "reason", "-p"]
    for_paper = "figures={formats: [pdf], titles: false, dpi: 600, width: single}"
    listed = subprocess.run(
        [*command, "--config", for_paper],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **EVERYTHING},
    )
    assert jobs(listed.stdout)["sample_dat_10"] == 25
    (drawn,) = [line for line in listed.stdout.splitlines() if "plot_figures.py" in line]
    figures = "results/demo/figures"
    assert (
        f"--figure dat ranking {figures}/ranking.svg {figures}/ranking.png {figures}/ranking.pdf "
    ) in drawn
    assert "--width single --dpi 600 --no-titles" in drawn


def test_two_spaces_score_every_sample_in_each_and_analyse_the_first(finished_run):
    scores = rows(finished_run.results() / "scores.csv")
    n = len(finished_run.records())
    assert n == 4 * 2 * 2 * 4 + 2 * 4
    assert [row["space"] for row in scores] == ["wordnet"] * n + ["own"] * n
    summary = rows(finished_run.results() / "summary.csv")
    assert {row["space"] for row in summary} == {"wordnet", "own"}
    # Baselines draw from words that every space knows, so that they have a score in each.
    own = [(row["model"], row["score"] != "") for row in scores if row["space"] == "own"]
    assert [scored for model, scored in own if model == "random-nouns"] == [True] * 4
    assert all(scored for model, scored in own if model in (*MODELS, *GROUPS))


def test_output_and_analysis_do_what_they_say(tmp_path):
    flow = Workflow(
        tmp_path,
        baselines(
            analysis={"include_visualizations": False, "generate_report": False},
            output={
                "directory": "elsewhere/{name}",
                "format": "json",
                "include_raw_responses": True,
                "generate_summary": False,
            },
        ),
    )
    flow.run()
    results = tmp_path / "elsewhere/small"
    made = {path.name for path in results.iterdir()} - {"samples", "logs"}
    assert made == {
        "config.yaml",
        "samples.csv",
        *("scores.csv", "words.csv", "tests.csv", "power.csv"),
        *("scores.json", "words.json", "tests.json", "power.json"),
    }
    table = json.loads((results / "scores.json").read_text(encoding="utf-8"))
    scores = rows(results / "scores.csv")
    assert [row["score"] for row in table] == [pytest.approx(float(row["score"])) for row in scores]
    sample = json.loads((tmp_path / scores[0]["sample"]).read_text(encoding="utf-8"))
    assert scores[0]["response"] == sample["answer"]["text"]
    assert scores[0]["digest"] == sample["digest"]


def test_a_table_can_be_asked_for_by_its_name(tmp_path):
    quiet = NO_FIGURES | {"generate_report": False}
    flow = Workflow(tmp_path, baselines(analysis=quiet, output={"generate_summary": False}))
    wanted = ("tests.csv", "summary.md", "leaderboard.md")
    due = jobs(flow.run(*(f"results/small/{name}" for name in wanted)))
    assert (due["analyze_scores"], due["analyze_further"]) == (1, 2)
    made = {path.name for path in flow.results().iterdir() if path.is_file()}
    assert made == {"config.yaml", "samples.csv", "scores.csv", "words.csv", "power.csv", *wanted}
    assert "oracle" in (flow.results() / "summary.md").read_text(encoding="utf-8")
    flow.run("results/small/nonsense.csv", fails=True)


def test_editing_the_analysis_reruns_only_the_analysis(finished_demo, tmp_path):
    flow = copy_of(finished_demo, tmp_path)
    tests = {"statistical_tests": ["kruskal_wallis"]}
    flow.write(flow.config | {"analysis": flow.config["analysis"] | NO_FIGURES | tests})
    again = ("analyze_scores", "write_pages", "write_report", "all")
    assert jobs(flow.run()) == dict.fromkeys(again, 1)


def test_a_sample_that_answers_another_request_is_not_scored(finished_demo, tmp_path):
    flow = copy_of(finished_demo, tmp_path)
    path = flow.samples()[0]
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(record | {"digest": "0" * 64}), encoding="utf-8")
    output = flow.run(fails=True)
    assert "answers another request than the config asks for now; delete it and run again" in output


def test_real_answers_of_real_models_go_through_the_whole_workflow(shared_data, tmp_path):
    entry = {
        "provider": "recorded",
        "file": str(shared_data / "llm_responses.jsonl"),
        "models": ["claude_3", "llama3.2", "sample_stablelm"],
    }
    experiment = {
        "name": "real",
        "providers": [entry],
        "strategies": ["none", "nothing"],
        "temperatures": [0.5, 0.7, 0.9, 1.0],
        "samples": "all",
    }
    flow = Workflow(tmp_path, {"name": "real", "experiments": [experiment], "analysis": NO_FIGURES})
    flow.run()
    summary = rows(flow.results() / "summary.csv")
    scorable: dict[str, list[int]] = {}
    for row in summary:
        counts = scorable.setdefault(row["model"], [0, 0])
        counts[0] += int(row["n_scorable"])
        counts[1] += int(row["n"])
    # Read from the file: 90, 90 and 300 answers. The chat models answer with lists, the early
    # open model often with prose.
    assert {model: n for model, (_, n) in scorable.items()} == {
        "claude_3": 90,
        "llama3.2": 90,
        "sample_stablelm": 300,
    }
    assert scorable["claude_3"][0] == 90
    assert scorable["sample_stablelm"][0] < 0.8 * 300
    report = (flow.results() / "report.md").read_text(encoding="utf-8")
    assert "differ" in report.split("## Design")[0]
