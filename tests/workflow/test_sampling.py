"""Sampling through the whole workflow, against a provider on loopback: paid once, never lost."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from divergent_bench.base.records import read_record
from tests.helpers.loopback import Loopback
from tests.helpers.processes import gateways, wait_until
from tests.helpers.wires import KEY, asked, error
from tests.helpers.workflow import Workflow, jobs

pytestmark = pytest.mark.slow

SAMPLES = 3
# What comes after the scores is tested elsewhere.
SCORES_ALONE: dict[str, Any] = {
    "analysis": {"include_visualizations": False, "generate_report": False},
    "output": {"generate_summary": False},
}


def config(server: Loopback, *models: str, **settings: Any) -> dict[str, Any]:
    experiment = {
        "name": "e",
        "providers": [{"provider": "openai", "models": list(models), "api_base": server.url}],
        "strategies": ["none", "mine"],
        "samples": SAMPLES,
        **settings,
    }
    return {
        "name": "bench",
        "experiments": [experiment],
        "strategies": {"mine": {"text": "Ten words, please.\n\n{rules}"}},
        **SCORES_ALONE,
    }


@pytest.fixture
def flow(server: Loopback, tmp_path: Path) -> Workflow:
    return Workflow(tmp_path, config(server, "gpt-4o", "vendor/model:8b x"))


def test_each_sample_is_asked_for_once_and_its_record_is_complete(flow, server):
    flow.run()
    assert len(server.requests) == 2 * 2 * SAMPLES
    assert set(server.answered.values()) == {1}
    assert len(flow.samples()) == 2 * 2 * SAMPLES
    path = "samples/openai/vendor-model-8b-x/mine/t0.7/seed2.json"
    record = read_record(str(flow.results() / path))
    assert record["key"] == {
        "provider": "openai",
        "model": "vendor/model:8b x",
        "strategy": "mine",
        "temperature": 0.7,
        "seed": 2,
    }
    assert record["request"]["model"] == "vendor/model:8b x"
    assert record["request"]["messages"][0]["content"].startswith("Ten words, please.\n\nRules:")
    assert record["answer"]["sent"] == {
        "temperature": 0.7,
        "seed": 2,
        "structured": False,
        "max_tokens": None,
    }
    assert record["answer"]["served_model"] == "vendor/model:8b x-2026-01-01"
    assert "score" not in json.dumps(record)
    assert (flow.results() / "scores.csv").exists()
    again = flow.run()
    assert "Nothing to be done" in again
    assert len(server.requests) == 2 * 2 * SAMPLES


def test_a_trial_asks_for_the_first_samples_and_the_whole_run_for_the_others(flow, server):
    def seeds() -> list[int]:
        return sorted(record["key"]["seed"] for record in flow.records())

    given = ["limit=1", "analysis={equivalence_margin: 2.5, scoring: {fold_diacritics: true}}"]
    flow.run("--config", *given)
    assert seeds() == [0] * 4
    assert len(pd.read_csv(flow.results() / "partial/scores.csv")) == 4
    note = (flow.results() / "partial/note.txt").read_text(encoding="utf-8")
    assert note == "Partial: 4 of 12 samples\n"
    kept = yaml.safe_load((flow.results() / "config.yaml").read_text(encoding="utf-8"))
    assert "limit" not in kept
    assert kept["analysis"]["equivalence_margin"] == 2.5
    assert kept["analysis"]["scoring"] == {"fold_diacritics": True}
    assert kept["analysis"]["generate_report"] is False, "the rest of the block stays"

    flow.run("samples")
    assert seeds() == sorted(list(range(SAMPLES)) * 4)
    assert set(server.answered.values()) == {1}


def test_only_what_is_missing_or_changed_is_done_again(flow, server):
    flow.run()
    asked_first = len(server.requests)

    # Deleted files come back from the ledger.
    for path in flow.samples()[:3]:
        path.unlink()
    assert jobs(flow.run())["sample_dat"] == 3
    assert len(server.requests) == asked_first

    # So does a whole directory of results.
    shutil.rmtree(flow.results())
    flow.run()
    assert len(flow.samples()) == asked_first
    assert len(server.requests) == asked_first

    # One more model: only its samples.
    server.reset()
    flow.write(config(server, "gpt-4o", "vendor/model:8b x", "gpt-4o-mini"))
    assert jobs(flow.run())["sample_dat"] == 2 * SAMPLES
    assert {body["model"] for body in server.requests} == {"gpt-4o-mini"}
    assert len(server.requests) == 2 * SAMPLES

    # One strategy edited: only its samples.
    server.reset()
    changed = config(server, "gpt-4o", "vendor/model:8b x", "gpt-4o-mini")
    changed["strategies"]["mine"]["text"] = "Ten other words."
    flow.write(changed)
    assert jobs(flow.run())["sample_dat"] == 3 * SAMPLES
    assert {body["messages"][0]["content"] for body in server.requests} == {"Ten other words."}
    assert len(server.requests) == 3 * SAMPLES

    # Another pace, another analysis: no sample.
    server.reset()
    changed["experiments"][0]["providers"][0]["max_parallel"] = 3
    changed["analysis"]["statistical_tests"] = ["kruskal_wallis"]
    flow.write(changed)
    assert "sample_dat" not in jobs(flow.run())
    assert server.requests == []


# Ctrl-C comes just when a thread has started: that which prefetches, or that of the first job.
INTERRUPTED = """
import os, signal, sys, threading
from snakemake.cli import main

def start(thread, original=threading.Thread.start, started=[]):
    original(thread)
    started.append(thread.name.split("-")[0])
    if "prefetch" in started and started[-1] == sys.argv[1]:
        threading.Thread.start = original
        os.kill(os.getpid(), signal.SIGINT)

threading.Thread.start = start
main(sys.argv[2:])
"""


@pytest.mark.parametrize("thread", ["prefetch", "ThreadPoolExecutor"])
def test_ctrl_c_in_the_midst_of_something_ends_the_run_in_order(flow, server, thread):
    server.delay_s = 1.0
    flow.write(config(server, "gpt-4o", samples=2))
    command = [sys.executable, "-c", INTERRUPTED, thread, *flow.command("samples")[1:]]
    ended = subprocess.run(command, cwd=flow.checkout, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 130, ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list((flow.directory / ".snakemake").glob("locks/*"))


@pytest.mark.parametrize(
    "blow",
    [
        "sigint",
        "kill both",
        *(pytest.param(f"kill {one}", marks=pytest.mark.storm) for one in ("snakemake", "gateway")),
    ],
)
def test_whatever_is_killed_the_next_run_finishes_and_pays_for_nothing_twice(
    flow, server, blow, tmp_path
):
    server.delay_s = 0.3
    slow = config(server, "gpt-4o", "gpt-4o-mini", samples=10)
    slow["experiments"][0]["providers"][0]["max_parallel"] = 6
    flow.write(slow)
    wanted = () if blow == "kill both" else ("samples",)
    process = flow.start(*wanted, start_new_session=True)
    wait_until(lambda: len(flow.samples()) >= 8)
    if blow == "sigint":
        os.killpg(process.pid, signal.SIGINT)
    if blow in ("kill snakemake", "kill both"):
        os.killpg(process.pid, signal.SIGKILL)
    if blow in ("kill gateway", "kill both"):
        (gateway,) = gateways(tmp_path)
        os.kill(gateway, signal.SIGKILL)
    process.communicate(timeout=120)
    if blow == "kill gateway":
        assert process.returncode == 0, "the run starts another gateway and goes on"
    else:
        assert len(flow.samples()) < 40
        time.sleep(0.5)  # on a busy machine the gateway hears of it a moment later
        sent = len(server.requests)
        time.sleep(1.0)
        assert len(server.requests) == sent, "nothing is sent for a run that is no more"
        whole = [read_record(str(path)) for path in flow.samples()]
        assert all(record["answer"]["outcome"] == "ok" for record in whole)
        if blow != "sigint":
            subprocess.run(flow.command("--unlock"), cwd=flow.checkout, check=True)
        flow.run(*wanted)
    assert len(flow.samples()) == 40
    # The server may have finished an answer that a killed gateway could no longer take.
    allowed = 6 if "gateway" in blow or "both" in blow else 0
    assert sum(server.answered.values()) <= 40 + allowed
    if not allowed:
        assert set(server.answered.values()) == {1}
    # A process that is killed outright may leave its hidden temporary file, never half a sample.
    leftovers = [path.name for path in tmp_path.rglob(".seed*")]
    assert len(leftovers) <= (4 if blow in ("kill snakemake", "kill both") else 0), leftovers
    assert all(record["answer"]["outcome"] == "ok" for record in flow.records())


def test_two_runs_at_once_share_a_gateway_and_pay_once(server, tmp_path):
    server.delay_s = 0.2
    first = Workflow(tmp_path, config(server, "gpt-4o"))
    first.run("resources/spaces/glove-6b-100d")
    runs = [first.start(), None]
    wait_until(lambda: server.requests)
    second = Workflow(tmp_path, config(server, "gpt-4o") | {"name": "second"})
    runs[1] = second.start("--nolock")
    for run in runs:
        output, _ = run.communicate(timeout=120)
        assert run.returncode == 0, output
    assert len(server.requests) == 2 * SAMPLES


def test_a_wrong_key_fails_with_one_reason_and_the_key_is_nowhere(
    flow, server, tmp_path, monkeypatch
):
    wrong = "sk-wrong-0123456789abcdef"
    monkeypatch.setenv("OPENAI_API_KEY", wrong)
    output = flow.run(fails=True)
    assert "Incorrect API key provided" in output
    assert "check the key in the environment" in output
    summary = output.split("Samples without an answer; the same command asks for them again:")[1]
    assert "    12 x openai/" in summary or "    6 x openai/" in summary  # one line per model
    assert server.answered == {}
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    flow.run()  # the right key counts at once, although the gateway with the wrong one may linger
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert wrong.encode() not in content, path
            assert KEY.encode() not in content, path


def test_one_failing_model_does_not_stop_the_others(flow, server):
    server.fault = lambda body: (
        error(404, "The model does not exist", "model_not_found")
        if body["model"] == "gpt-4o"
        else None
    )
    flow.write(config(server, "gpt-4o", "vendor/model:8b x", samples=6))
    output = flow.run(fails=True)
    assert "check the name of the model" in output
    assert len(flow.samples()) == 2 * 6
    assert sum(asked(body)[0].startswith("gpt-4o ") for body in server.requests) <= 8


def test_tables_tell_what_was_requested_and_sent_zeros_included(server, tmp_path):
    described = config(server, "gpt-4o", strategies=["none"], temperatures=[0.0, None], samples=2)
    baseline = {"provider": "baseline", "model": "random-nouns"}
    described["experiments"][0]["providers"].append(baseline)
    flow = Workflow(tmp_path, described)
    flow.run(f"results/{described['name']}/scores.csv")
    scores = pd.read_csv(flow.results() / "scores.csv", keep_default_na=False)
    told = scores.groupby(["provider", "temperature"])[["requested", "sent"]].agg(set)
    assert told.loc[("openai", "0.0")].tolist() == [{"temperature|seed"}, {"temperature|seed"}]
    assert told.loc[("openai", "")].tolist() == [{"seed"}, {"seed"}]
    assert told.loc[("baseline", "")].tolist() == [{""}, {""}]
    assert {"gpt-4o-2026-01-01"} == set(scores.loc[scores["provider"] == "openai", "served_model"])
