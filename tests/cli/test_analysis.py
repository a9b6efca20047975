"""`divergent-bench analyze` and `report`: of complete batches, and of what is there of others."""

import csv
import io
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.commands import divergent_bench, in_process, run_in_process
from tests.helpers.loopback import Loopback
from tests.helpers.processes import gateways, wait_until
from tests.helpers.workflow import Workflow

pytestmark = pytest.mark.slow

BASELINES = ["random-nouns", "common-nouns", "oracle"]
CONTRASTS = [{"model": ["oracle", "random-nouns"]}, {"model": ["oracle", "common-nouns"]}]
NOTHING_MORE = {
    "analysis": {
        "include_visualizations": False,
        "generate_report": False,
        "primary": CONTRASTS,
    },
    "output": {"generate_summary": False},
}


def baselines(**keys: Any) -> dict[str, Any]:
    entry = {"provider": "baseline", "models": BASELINES}
    return {
        "name": "b",
        "experiments": [{"name": "b", "providers": [entry], "samples": 4}],
        **keys,
    }


def analyzed(directory: Path, *arguments: str, code: int = 0) -> tuple[str, str]:
    """Analyse a batch; return what is printed, and what is said beside it."""
    printed, said, exited = run_in_process("analyze", *arguments, directory=directory)
    assert exited == code, printed + said
    assert "Traceback" not in said
    return printed, said


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workflow]:
    """Sample a batch of which nothing is analysed yet, nor is it asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "1")
        flow = Workflow(tmp_path_factory.mktemp("complete"), baselines(**NOTHING_MORE))
        flow.run("samples")
        yield flow
        wait_until(lambda: not gateways(flow.directory), seconds=20)


def test_analyze_makes_what_is_due_and_prints_it_in_each_format(complete):
    shown, said = analyzed(complete.directory, "results/b")
    assert said == ""
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.index("oracle") < shown.index("By model")
    assert "2 planned pairs, " in shown

    document = json.loads(analyzed(complete.directory, "results/b/", "--format", "json")[0])
    assert (document["partial"], document["samples"], document["asked"]) == (False, 12, 12)
    assert document["directory"] == "results/b"
    assert document["models"][0]["label"] == "oracle"
    assert {each["n"] for each in document["models"]} == {4}
    planned = [each for each in document["comparisons"] if each["test"] == "mean_difference"]
    assert [(each["group_a"], each["group_b"]) for each in planned] == [
        tuple(contrast["model"]) for contrast in CONTRASTS
    ]
    assert all(each["role"] == "confirmatory" for each in planned)

    rows = list(
        csv.DictReader(io.StringIO(analyzed(complete.directory, "results/b", "--format=csv")[0]))
    )
    assert [row["label"] for row in rows] == [each["label"] for each in document["models"]]
    assert [float(row["mean"]) for row in rows] == [each["mean"] for each in document["models"]]
    assert {row["partial"] for row in rows} == {"False"}

    text, _ = analyzed(complete.directory, "results/b", "--format", "markdown")
    assert text.startswith("# b\n\n| model | n | scorable | M |")
    assert "## Finding\n\n- Only baselines were sampled" in text
    for form, begins in (("latex", "% Needs"), ("html", "<table>")):
        text, _ = analyzed(complete.directory, "results/b", "--format", form)
        assert text.startswith(begins)
        assert text.index("oracle") < text.index("random-nouns")
    assert not (complete.results() / "partial").exists()


def test_partial_of_a_complete_batch_is_the_complete_analysis(complete):
    document, said = analyzed(complete.directory, "results/b", "--partial", "--format", "json")
    assert "All 12 samples are there" in said
    assert json.loads(document)["partial"] is False
    assert not (complete.results() / "partial").exists()


def test_report_makes_one_page_and_prints_where_it_is(complete):
    printed = divergent_bench("report", "results/b", directory=complete.directory)
    assert printed == "results/b/full-report.html\n"
    page = complete.results() / "full-report.html"
    assert "safe center" in page.read_text(encoding="utf-8"), "our own style is in it"

    other = complete.directory / "elsewhere" / "page.html"
    other.parent.mkdir()
    arguments = ("report", "results/b", "--output", str(other), "--no-open")
    assert divergent_bench(*arguments, directory=complete.directory) == f"{other}\n"
    assert other.stat().st_size > 100_000


def test_an_unfinished_batch_is_refused_or_analysed_apart_and_says_so_everywhere(workdir):
    analysis = {"primary": CONTRASTS}
    output = {"format": ["json"]}
    flow = Workflow(workdir, baselines(analysis=analysis, output=output))
    flow.run("samples")
    kept = dict.fromkeys(flow.samples())
    absent = [path for path in kept if "oracle" in path.parts or path.name == "seed3.json"]
    for path in absent:
        kept[path] = path.read_bytes()
        path.unlink()

    for command in ("analyze", "report"):
        said = in_process(command, "results/b", directory=workdir, code=1)
        assert "6 of 12 samples are there" in said
        assert "divergent-bench batch run --resume results/b" in said
        assert "--partial" in said
    assert not (flow.results() / "partial").exists()

    shown, said = analyzed(workdir, "results/b", "--partial")
    assert not any(path.exists() for path in absent), "nothing is sampled"
    assert "Partial: 6 of 12 samples" in said
    assert shown.startswith("Partial: 6 of 12 samples; ")
    assert "oracle has no answer" in " ".join(shown.split())
    assert "oracle (baseline)" not in shown
    document, _ = analyzed(workdir, "results/b", "--partial", "--format", "json")
    part = json.loads(document)
    assert (part["partial"], part["samples"], part["asked"]) == (True, 6, 12)
    assert part["directory"] == "results/b/partial"
    table, _ = analyzed(workdir, "results/b", "--partial", "--format", "csv")
    assert {row["partial"] for row in csv.DictReader(io.StringIO(table))} == {"True"}
    markdown, _ = analyzed(workdir, "results/b", "--partial", "--format", "markdown")
    assert markdown.startswith("> **Partial: 6 of 12 samples**\n\n# b\n")

    made = flow.results() / "partial"
    assert {path.name for path in flow.results().iterdir()} == {
        *("samples", "logs", "config.yaml", "partial")
    }
    report = (made / "report.md").read_text(encoding="utf-8")
    assert report.startswith("> **Partial: 6 of 12 samples; no sample yet in 1 condition")
    assert "of which 2 could not be tested" in report
    page = (made / "report.html").read_text(encoding="utf-8")
    assert page.index("Partial: 6 of 12") < page.index("<h1")
    assert len(json.loads((made / "scores.json").read_text(encoding="utf-8"))) == 6
    figures = sorted(made.glob("figures/**/*.svg"))
    assert len(figures) > 4

    before = {p: p.read_bytes() for p in made.rglob("*") if p.is_file() and "logs" not in p.parts}
    for path, content in kept.items():
        if content is not None:
            path.write_bytes(content)
    quick = baselines(analysis=analysis | {"include_visualizations": False}, output=output)
    (flow.results() / "config.yaml").write_text(yaml.safe_dump(quick), encoding="utf-8")
    _, said = analyzed(workdir, "results/b")
    assert {p: p.read_bytes() for p in before} == before
    whole = (flow.results() / "report.md").read_text(encoding="utf-8")
    assert whole.startswith("# b\n")
    assert "Partial" not in (flow.results() / "leaderboard.md").read_text(encoding="utf-8")


def test_what_is_there_can_be_analysed_while_a_batch_runs_and_after_it_was_interrupted(
    workdir, server: Loopback
):
    server.fault = lambda body: "stall" if body["model"] == "gpt-4o-mini" else None
    models = ["gpt-4o", "gpt-4o-mini"]
    entry = {"provider": "openai", "models": models, "api_base": server.url}
    data = baselines(analysis=NOTHING_MORE["analysis"] | {"primary": [{"model": models}]})
    data["experiments"] = [{"name": "e", "providers": [entry], "samples": 3}]
    flow = Workflow(workdir, data)

    running = flow.start("samples", output=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_until(lambda: len(flow.samples()) == 3 and len(server.requests) == 6)
        document = json.loads(analyzed(workdir, "results/b", "--partial", "--format=json")[0])
        assert (document["partial"], document["samples"], document["asked"]) == (True, 3, 6)
        assert [each["label"] for each in document["models"]] == ["gpt-4o"]
        assert running.poll() is None, "the batch goes on"
    finally:
        os.killpg(running.pid, signal.SIGINT)
        running.wait(60)

    asked = len(server.requests)
    flow.samples()[0].unlink()
    shown, _ = analyzed(workdir, "results/b", "--partial")
    assert shown.startswith("Partial: 2 of 6 samples")
    assert "gpt-4o - gpt-4o-mini: not tested" in " ".join(shown.split())
    assert len(server.requests) == asked
    assert len(flow.samples()) == 2


def test_analyze_of_what_is_no_batch_or_of_nothing_is_wrong_use(workdir):
    said = in_process("analyze", "results/no", directory=workdir, code=2)
    assert "there is no such directory" in said
    flow = Workflow(workdir, baselines())
    flow.results().mkdir(parents=True)
    (flow.results() / "config.yaml").write_bytes(flow.config_file.read_bytes())
    said = in_process("analyze", "results/b", "--partial", directory=workdir, code=2)
    assert "none of the 12 samples is there yet" in said
