"""`dat run`, `compare` and `resume`, as a user gives them, against a provider on loopback."""

import csv
import io
import itertools
import json
import os
import random
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.helpers.commands import divergent_bench, in_process
from tests.helpers.loopback import NOUNS
from tests.helpers.processes import gateways, wait_until
from tests.helpers.wires import KEYS, error
from tests.helpers.workflow import BIN

NAME = "dat-openai-gpt-4o-none-t0.7"
RUN = ("dat", "run", "--model", "gpt-4o")


@pytest.fixture
def here(workdir, server, monkeypatch):
    """Stand in an empty directory, from where two providers are on loopback."""
    for provider in ("openai", "anthropic"):
        monkeypatch.setenv(f"{provider.upper()}_API_BASE", server.base(provider))
        monkeypatch.setenv(f"{provider.upper()}_API_KEY", KEYS[provider])
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "60")  # one for all commands of a test
    # Anthropic is sent no seed, so that answers have to differ by themselves.
    turns = itertools.count()
    server.answer = lambda body: ", ".join(random.Random(next(turns)).sample(NOUNS, 10))
    yield workdir
    for gateway in gateways(workdir):
        os.kill(gateway, signal.SIGTERM)
    wait_until(lambda: not gateways(workdir), seconds=20)


def samples(name=NAME):
    return len(list(Path("results", name, "samples").rglob("seed*.json")))


def asked_for(name=NAME):
    config = yaml.safe_load(Path("results", name, "config.yaml").read_text(encoding="utf-8"))
    return config["experiments"][0]["samples"]


@pytest.mark.slow
def test_nothing_is_asked_twice(here, server):
    document = json.loads(divergent_bench(*RUN, "-n", "20", "--json", "--output", "run.json"))
    assert len(server.requests) == 20
    assert [sample["seed"] for sample in document["samples"]] == list(range(20))
    assert document["summary"]["n"] == document["summary"]["samples_asked"] == 20
    assert document["results"] == f"results/{NAME}"
    assert json.loads(Path("run.json").read_text(encoding="utf-8")) == document
    first = document["samples"][0]
    assert {"score", "outcome", "response", "cost_usd"} <= first.keys()
    assert ", ".join(first["words"]) == first["response"]  # all ten are valid nouns

    # The same again, as a table and through a pipe: plain text.
    shown = divergent_bench(*RUN, "-n", "20")
    assert len(server.requests) == 20
    assert "\x1b" not in shown
    (line,) = [line for line in shown.splitlines() if line.startswith("mean score")]
    assert f"{document['summary']['mean']:.2f} [" in line
    assert "near scores in GloVe 840B, not the same" in shown
    assert "among 8,551 people (Olson et al. 2021, study 2)" in shown

    # Fewer than there are: the others stay.
    fewer = json.loads(divergent_bench(*RUN, "-n", "5", "--json", "-o", "few.csv"))
    assert fewer == document
    with Path("few.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["score"]) for row in rows] == [s["score"] for s in document["samples"]]
    assert asked_for() == 20

    # Ten more, by the file that was written.
    divergent_bench("dat", "resume", "run.json", "--additional-samples", "10")
    assert len(server.requests) == 30
    assert samples() == asked_for() == 30
    assert set(Counter(body["seed"] for body in server.requests).values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_a_run_killed_half_way_goes_on_with_the_rest(here, server, kill):
    server.delay_s = 0.2
    running = subprocess.Popen(
        [BIN / "divergent-bench", *RUN, "-n", "24", "--parallel", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A test in the background was told to ignore it, and would pass that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_until(lambda: samples() >= 6)
    os.killpg(running.pid, kill)
    _, said = running.communicate(timeout=60)
    assert "Traceback" not in said
    if kill is signal.SIGINT:
        assert running.returncode == 130
        assert "samples are kept" in said
    kept = samples()
    assert 6 <= kept < 24

    document = json.loads(divergent_bench(*RUN, "-n", "24", "--json"))

    assert document["summary"]["n"] == 24
    assert sorted(body["seed"] for body in server.requests) == list(range(24))  # each once


@pytest.mark.slow
def test_models_side_by_side(here, server):
    command = ("dat", "compare", "--providers", "openai", "--providers", "anthropic", "-n", "12")
    table = divergent_bench(*command)
    assert len(server.requests) == 2 * 12
    heads = [line.split("  ")[0] for line in table.splitlines()]
    for name in ("gpt-4o-mini", "claude-haiku-4-5", "random-nouns (baseline)"):
        assert name in heads
    assert "does not make two levels equal" in table

    document = json.loads(divergent_bench(*command, "--output-format", "json", "-o", "all.csv"))
    assert [row["kind"] for row in document["models"]].count("baseline") == 2
    assert all(row["n"] == 12 for row in document["models"])
    (pair,) = document["pairs"]  # what is no model takes no part
    assert (pair["a"], pair["b"]) == ("claude-haiku-4-5", "gpt-4o-mini")
    means = {row["label"]: row["mean"] for row in document["models"]}
    assert pair["points"] == pytest.approx(means[pair["a"]] - means[pair["b"]])
    differ = pair["p_adjusted"] < 0.05
    higher = max((pair["a"], pair["b"]), key=means.__getitem__)
    assert pair["verdict"] == (f"{higher} higher" if differ else "not shown to differ")

    printed = divergent_bench(*command, "--output-format", "csv")
    assert Path("all.csv").read_text(encoding="utf-8") == printed
    assert [row["label"] for row in csv.DictReader(io.StringIO(printed))] == [
        row["label"] for row in document["models"]
    ]
    assert len(server.requests) == 2 * 12


@pytest.mark.slow
def test_a_server_of_ones_own_is_asked_for_what_it_serves_with_a_prompt_of_ones_own(
    here, server, monkeypatch
):
    monkeypatch.delenv("OPENAI_API_BASE")
    Path("own.yaml").write_text("haiku:\n  text: Write a haiku. {rules}\n", encoding="utf-8")
    server.answer = lambda body: "<think>A haiku has"
    server.fault = lambda body: "truncated"
    at = ("--api-base", server.url, "--strategies", "own.yaml", "-s", "haiku", "-n", "2")

    shown = divergent_bench("dat", "run", "-m", "vendor/smol", *at)

    assert [asked["model"] for asked in server.requests] == ["vendor/smol"] * 2
    assert {asked["messages"][-1]["content"][:15] for asked in server.requests} == {
        "Write a haiku. "
    }
    shown = " ".join(shown.split())
    assert "vendor/smol: 2 of 2 answers reached the limit of tokens" in shown
    assert "still reasoning" in shown


@pytest.mark.slow
def test_samples_without_an_answer_are_missing_from_what_is_shown(here, server):
    server.fault = lambda body: error(400, "no", "no") if body["seed"] % 2 else None

    shown = divergent_bench(*RUN, "-n", "6", code=1)

    assert re.search(r"samples +3 of 6", shown)
    server.fault = lambda body: None
    server.requests.clear()
    assert json.loads(divergent_bench(*RUN, "-n", "6", "--json"))["summary"]["n"] == 6
    assert sorted(body["seed"] for body in server.requests) == [1, 3, 5]


@pytest.mark.slow
def test_a_generator_is_asked_without_any_key(workdir):
    command = ("dat", "run", "-p", "baseline", "-m", "random-words", "-n", "3", "--json")
    document = json.loads(divergent_bench(*command))

    assert document["summary"]["kind"] == "baseline"
    assert len(document["samples"]) == 3


@pytest.mark.slow
def test_what_is_refused_leaves_everything_as_it_was(here, server, monkeypatch):
    divergent_bench(*RUN, "-n", "2", "--output", "run.json")
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_API_BASE", "https://models.example/v1")  # here none is needed
    before = Path("results", NAME, "config.yaml").read_bytes()
    server.requests.clear()

    for command, said in [
        (("dat", "resume", f"results/{NAME}"), "set OPENAI_API_KEY in the environment"),
        (("dat", "run", "-m", "gpt-4.1"), "set OPENAI_API_KEY in the environment"),
    ]:
        assert said in in_process(*command, code=2)
    monkeypatch.setenv("OPENAI_API_KEY", KEYS["openai"])
    monkeypatch.setenv("OPENAI_API_BASE", server.base("openai"))
    refused = in_process("dat", "run", "-m", "o3", code=2)
    assert "openai/o3 takes no temperature of 0.7" in refused
    assert "--temperature default" in refused

    assert server.requests == []
    assert Path("results", NAME, "config.yaml").read_bytes() == before
    assert {path.name for path in Path("results").iterdir()} == {NAME, "ledger"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "-p", "opnai"], "did you mean 'openai'?"),
        (["run", "-m", "gpt-4oo"], "--model: openai has no model 'gpt-4oo'"),
        (["run", "-m", "gpt-4oo"], "did you mean 'gpt-4o'?"),
        (["run", "-s", "etymologie"], "did you mean 'etymology'?"),
        (["run", "-t", "hot"], "--temperature: 'hot' is no number"),
        (["run", "-t", "2.5"], "--temperature: 2.5 is out of range"),
        (["run", "-n", "0"], "Invalid value for '--samples'"),
        (["run", "-o", "results.txt"], "results.txt ends neither in .json nor in .csv"),
        (["run", "-o", "nowhere/x.json"], "there is no directory nowhere"),
        (["compare", "-p", "openai"], "needs two models"),
        (["compare", "-p", "openai", "-p", "anthropc"], "did you mean 'anthropic'?"),
        (["compare", "--output-format", "xml"], "Invalid value for '--output-format'"),
        (["resume", "nowhere"], "nowhere: there is no such directory"),
        (["resume", "."], "is no results directory"),
        (["resume", "nowhere.json"], "nowhere.json: cannot be read"),
    ],
)
def test_wrong_use_is_said_before_anything_happens(arguments, said, workdir, monkeypatch):
    monkeypatch.delenv("OPENAI_API_BASE", raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    assert said in in_process("dat", *arguments, code=2)
    assert list(workdir.iterdir()) == []
