"""``divergent-bench batch``: running, stopping, going on, looking."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from tests.helpers.commands import divergent_bench, in_process, run_in_process
from tests.helpers.loopback import Loopback
from tests.helpers.processes import gateways, wait_until
from tests.helpers.wires import KEY, error
from tests.helpers.workflow import BIN

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _work_in_a_directory_of_its_own(workdir):
    yield
    for gateway in gateways(workdir):
        os.kill(gateway, signal.SIGTERM)
    wait_until(lambda: not gateways(workdir), seconds=20)


def config(server: Loopback, **changes: Any) -> dict[str, Any]:
    provider = {"provider": "openai", "models": ["gpt-4o", "gpt-4o-mini"], "api_base": server.url}
    analysis = {"generate_report": False, "include_visualizations": False}
    return {
        "name": "bench",
        "experiments": [{"name": "e", "providers": [provider], "samples": 10}],
        "analysis": analysis,
        "output": {"generate_summary": False},
        **changes,
    }


def write(data: dict[str, Any]) -> None:
    Path("bench.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")


def start() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(BIN / "divergent-bench"), "batch", "run", "bench.yaml"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def samples() -> list[Path]:
    return sorted(Path("results").glob("*/samples/**/seed*.json"))


def test_a_batch_is_run_once_and_looked_at(server):
    write(config(server))
    assert "results: there is no batch yet" in in_process("batch", "list")

    printed = divergent_bench("batch", "run", "bench.yaml", "--parallel", "2")

    assert len(server.requests) == 20
    *table, last = printed.splitlines()
    head = next(n for n, line in enumerate(table) if line.split()[:2] == ["rank", "model"])
    named = {word for line in table[head + 1 :] for word in line.split()}
    assert named >= {"gpt-4o", "gpt-4o-mini"}
    # 90 tokens of prompt and 40 of answer: 10 x (90 x 2.50 + 40 x 10) / 1e6 = 0.00625 USD for
    # gpt-4o, and 10 x (90 x 0.15 + 40 x 0.60) / 1e6 = 0.000375 for gpt-4o-mini.
    assert last == "20 of 20 samples are there; 0.0066 USD spent in this run"

    again = json.loads(divergent_bench("batch", "run", "--resume", "results/bench", "--json"))

    assert len(server.requests) == 20
    assert again == {
        "directory": "results/bench",
        "exit": "ok",
        "done": 20,
        "samples": 20,
        "spent_usd": 0.0,
        "unpriced": 0,
        "report": None,
    }
    Path("results/broken").mkdir()
    Path("results/broken/config.yaml").write_text("name: broken\n", encoding="utf-8")
    whole, broken = json.loads(in_process("batch", "list", "--json"))
    assert (whole["directory"], whole["state"], whole["done"]) == ("results/bench", "complete", 20)
    assert whole["models"] == ["openai/gpt-4o", "openai/gpt-4o-mini"]
    assert whole["spent_usd"] == pytest.approx(0.006625)
    assert broken["state"] == "unreadable"
    assert "experiments: is missing" in broken["reason"]
    listed = in_process("batch", "list")
    assert listed.splitlines()[1].split()[:4] == ["results/bench", "complete", "20/20", "2"]
    assert "experiments: is missing" in listed
    state = json.loads(in_process("batch", "monitor", "results/bench", "--json"))
    assert state["models"] == {
        f"openai/{model}": {"done": 10, "samples": 10} for model in ("gpt-4o", "gpt-4o-mini")
    }
    assert state["pid"] is None


def test_after_a_kill_the_same_command_goes_on_and_asks_nothing_twice(server):
    server.delay_s = 1.0
    data = config(server)
    data["experiments"][0]["samples"] = 20
    data["experiments"][0]["providers"][0]["max_parallel"] = 2
    write(data)
    running = start()
    wait_until(lambda: len(samples()) >= 4)

    second = divergent_bench("batch", "run", "bench.yaml", code=2)
    state = json.loads(in_process("batch", "monitor", "--json"))

    assert f"another run (pid {state['pid']}, results/bench) works in this directory" in second
    assert state["state"] == "running"
    assert state["reasons"] == {}
    (snakemake,) = psutil.Process(running.pid).children()
    assert snakemake.pid == state["pid"]
    snakemake.kill()
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 130, output
    (kept,) = re.findall(r"Interrupted: (\d+) of 40 samples are kept", output)
    assert 4 <= int(kept) <= len(samples()) < 40
    assert "    divergent-bench batch run --resume results/bench" in output
    assert "interrupted" in in_process("batch", "list")
    assert any(Path(".snakemake/locks").iterdir())

    server.delay_s = 0.0
    divergent_bench("batch", "run", "bench.yaml")

    assert len(samples()) == 40
    assert len(server.requests) == 40
    assert set(server.answered.values()) == {1}


def test_ctrl_c_ends_a_run_and_resume_goes_on(server):
    server.delay_s = 0.4
    data = config(server, output={"directory": "results/b_{timestamp}", "generate_summary": False})
    data["experiments"][0]["providers"][0]["max_parallel"] = 2
    write(data)
    running = start()
    wait_until(lambda: len(samples()) >= 4)

    os.killpg(running.pid, signal.SIGINT)

    output, _ = running.communicate(timeout=60)
    assert running.returncode == 130, output
    (directory,) = Path("results").glob("b_*")
    assert f"batch run --resume {directory}" in output
    server.delay_s = 0.0
    divergent_bench("batch", "run", "--resume", str(directory))
    assert len(samples()) == 20
    assert len(server.requests) == 20


def test_a_budget_that_is_reached_is_not_a_failure(server):
    data = config(server, budget_usd=0.006)
    data["experiments"][0]["providers"][0]["max_tokens"] = 100
    write(data)
    complaint = divergent_bench("batch", "run", "bench.yaml", code=3)
    assert "x the budget of 0.006 USD is reached" in complaint
    assert 0 < len(server.requests) < 20


def test_samples_that_cannot_be_had_are_said(server):
    server.fault = lambda body: (
        error(404, "The model does not exist", "model_not_found")
        if body["model"] == "gpt-4o"
        else None
    )
    write(config(server))
    complaint = divergent_bench("batch", "run", "bench.yaml", code=1)
    assert "    10 x openai/gpt-4o: " in complaint
    assert "10 of 20 samples are there" in complaint


def test_what_a_run_would_refuse_sends_nothing(server, monkeypatch):
    elsewhere = config(server)
    elsewhere["experiments"][0]["providers"][0]["api_base"] = "https://models.example/v1"
    write(elsewhere)
    monkeypatch.delenv("OPENAI_API_KEY")
    assert "nothing was sent:" in divergent_bench("batch", "run", "bench.yaml", code=2)
    assert server.requests == []
    assert KEY not in Path("results/bench/config.yaml").read_text(encoding="utf-8")


def test_a_dry_run_says_what_it_costs_and_makes_nothing(server):
    write(config(server, output={"directory": "results/b_{timestamp}"}))
    plan = json.loads(in_process("batch", "run", "bench.yaml", "--dry-run", "--json"))
    assert plan["to_ask"] == 20
    assert plan["cost_usd"] > 0
    assert server.requests == []
    assert not Path("results").exists()


def test_a_model_that_nobody_has_heard_of_is_noted(workdir):
    asked = {"provider": "openai", "models": ["gpt-4o-mni", "ft:gpt-4o:us::1"]}
    write({"name": "b", "experiments": [{"name": "e", "providers": [asked]}]})
    printed, said, code = run_in_process("batch", "validate", "bench.yaml")
    assert code == 0, said
    assert said.startswith("note: openai has no model 'gpt-4o-mni' that is known here")
    assert "did you mean 'gpt-4o-mini'" in said
    assert "ft:" not in said
    assert "valid; 20 samples" in printed


def test_a_config_is_validated_with_every_mistake_at_once(server):
    write(config(server))
    valid = json.loads(in_process("batch", "validate", "bench.yaml", "--json"))
    assert (valid["conditions"], valid["samples"]) == (2, 20)
    assert valid["models"][1] == {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "conditions": 1,
        "samples": 10,
    }
    Path("bench.yaml").write_text(
        "name: b\nbudget: 3\nexperiments:\n- name: e\n  strategies: [nune]\n"
        "  providers:\n  - {provider: openai, model: gpt-4o}\n  temperatures: [3]\n",
        encoding="utf-8",
    )
    complaint = in_process("batch", "validate", "bench.yaml", code=2)
    assert "bench.yaml, line 2, budget: unknown key 'budget'" in complaint
    assert "bench.yaml, line 5" in complaint
    assert "bench.yaml, line 8" in complaint


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "give either a config file or --resume"),
        (["run", "bench.yaml", "--resume", "results/x"], "give either a config file or --resume"),
        (["run", "--resume", "results/x"], "results/x: there is no such directory"),
        (["run", "nowhere.yaml"], "nowhere.yaml: cannot read the config"),
        (["monitor"], "there is no batch below results/"),
        (["monitor", "results/x"], "results/x: there is no such directory"),
    ],
)
def test_wrong_use_is_said(arguments, said):
    assert said in in_process("batch", *arguments, code=2)
