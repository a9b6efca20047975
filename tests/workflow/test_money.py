"""Budgets, fresh answers, checks before the first request: through the whole workflow."""

import json
import os
import shutil
import signal
import subprocess

import pytest

from tests.helpers.commands import divergent_bench
from tests.helpers.fork_server import EVERYTHING
from tests.helpers.processes import gateways, wait_until
from tests.helpers.wires import KEY, error
from tests.helpers.workflow import BIN, Workflow, jobs
from tests.workflow.test_sampling import config

pytestmark = pytest.mark.slow

# The loopback's answers have 90 + 40 tokens: 0.0013 USD each at ten USD per million.
PRICE = {"input": 10.0, "output": 10.0}
COST = 0.0013


@pytest.fixture
def flow(server, tmp_path):
    return Workflow(tmp_path, priced(server))


def priced(server, **extra):
    described = config(server, "gpt-4o", strategies=["none"], samples=20)
    described["experiments"][0]["providers"][0] |= {"price": PRICE, "max_tokens": 40}
    return described | {"output": {"generate_summary": True}} | extra


def plan(flow, *arguments):
    command = [BIN / "divergent-bench", "plan", flow.config_file, "--json", *arguments]
    done = subprocess.run(
        command,
        cwd=flow.directory,
        env={**os.environ, **EVERYTHING},
        capture_output=True,
        text=True,
        check=False,
    )
    made = json.loads(done.stdout)
    assert done.returncode == (2 if made["problems"] else 0), done.stderr
    return made


def test_a_budget_is_a_hard_stop_and_a_raised_one_goes_on(flow, server):
    flow.write(priced(server, budget_usd=10 * COST))
    output = flow.run(fails=True)
    first = len(server.requests)
    assert 5 <= first <= 10
    assert len(flow.samples()) == first  # what is done stays done
    assert f"{20 - first} x the budget of 0.013 USD is reached" in output
    assert len(output.splitlines()) < 80  # each reason once, not each job
    assert "raise `budget_usd` in the config and run again" in output
    made = plan(flow)
    assert made["spent_usd"] == pytest.approx(first * COST)
    assert made["to_ask"] == 20 - first
    # Until it is raised, the next run stops before it begins.
    (problem,) = made["problems"]
    assert "one request could cost up to" in problem
    process = flow.start()
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 2
    assert problem in output
    assert len(server.requests) == first

    flow.write(priced(server, budget_usd=1.0))
    flow.run()
    assert len(server.requests) == 20
    summary = (flow.results() / "summary.csv").read_text(encoding="utf-8").splitlines()
    row = dict(zip(summary[0].split(","), summary[1].split(","), strict=True))
    assert float(row["cost_usd"]) == pytest.approx(20 * COST)


def test_fresh_answers_are_asked_for_and_an_interrupted_fresh_run_goes_on_without_the_flag(
    flow, server
):
    flow.run()
    shutil.rmtree(flow.results() / "samples")
    assert plan(flow)["to_ask"] == 0
    assert plan(flow, "--fresh")["to_ask"] == 20
    assert plan(flow, "--fresh")["cost_usd"] > 0
    dry = flow.run("-n", "--config", "fresh=true")
    assert "20 requests, about" in dry
    assert "fresh: what is due is asked again" in dry

    server.reset()
    server.fault = lambda body: None if body["seed"] < 15 else server_error()
    flow.run("--config", "fresh=true", fails=True)
    # What is refused once is not asked again in a run: those answered before are fresh.
    fresh = {seed for _, _, seed in server.answered}
    assert fresh
    assert fresh <= set(range(15))
    server.reset()
    server.fault = lambda body: None
    flow.run()  # the others are fresh, too
    assert sorted(body["seed"] for body in server.requests) == sorted(set(range(20)) - fresh)
    server.reset()
    assert "Nothing to be done" in flow.run()


def server_error():
    return error(400, "not now", "not_now")


def test_everything_wrong_is_said_before_anything_is_sent(flow, server, monkeypatch):
    described = config(server, "o3", "gpt-4o")
    described["budget_usd"] = 1.0
    described["experiments"][0]["providers"].append(
        {"provider": "openai", "model": "my-own", "api_base": server.url}
    )
    described["experiments"][0]["providers"].append({"provider": "anthropic", "model": "claude-x"})
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    flow.write(described)
    process = flow.start()
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 2, output
    assert "nothing was sent:" in output
    assert "openai/o3 takes no temperature of 0.7; write `temperature: null`" in output
    assert "openai/my-own: what a request may cost is not known" in output
    assert "set ANTHROPIC_API_KEY in the environment" in output
    assert "Traceback" not in output
    assert server.requests == []
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    flow.write(priced(server))
    flow.run("samples")  # the lock is gone
    assert len(flow.samples()) == 20


def test_an_exit_code_does_not_come_from_the_words_of_a_message(flow, server):
    described = priced(server, budget_usd=10.0)
    described["experiments"][0]["providers"][0]["models"] = ["interrupted-1b"]
    flow.write(described)
    said = "the budget of x is reached: interrupted by a KeyboardInterrupt"
    server.fault = lambda body: error(400, said, "not_now")
    complaint = divergent_bench("batch", "run", "bench.yaml", code=1, directory=flow.directory)
    assert "20 x openai/interrupted-1b: the budget of x is reached" in complaint


def test_a_large_run_collects_several_seeds_per_job_and_resumes_by_file(flow, server):
    flow.write(priced(server, seeds_per_job=8))
    assert jobs(flow.run("samples"))["sample_dat_10"] == 2  # the nearest to 8
    assert len(server.requests) == 20
    assert len(flow.samples()) == 20

    # Three deleted files, of two groups: two jobs, no request, the same answers.
    before = {path: path.read_bytes() for path in flow.samples()}
    for path in flow.samples()[:3]:
        path.unlink()
    server.reset()
    due = jobs(flow.run("samples"))
    assert sum(count for rule, count in due.items() if rule.startswith("sample_dat")) == 2
    assert server.requests == []
    assert {path: path.read_bytes() for path in flow.samples()} == before

    # Another size of job is no change of a sample.
    for size in (1, 5, 100):
        flow.write(priced(server, seeds_per_job=size))
        assert "Nothing to be done" in flow.run("samples")

    # Files are answers, too: without the ledger only what is missing is asked.
    shutil.rmtree(flow.directory / "results" / "ledger")
    flow.samples()[0].unlink()
    flow.run("samples")
    assert len(server.requests) == 1


def test_a_job_that_misses_one_of_its_samples_keeps_the_others(flow, server):
    flow.write(priced(server, seeds_per_job=10))
    server.fault = lambda body: server_error() if body["seed"] == 19 else None
    output = flow.run("samples", fails=True)
    assert "1 x openai/gpt-4o" in output
    assert len(flow.samples()) == 19
    server.reset()
    server.fault = lambda body: None
    flow.run("samples")
    assert [body["seed"] for body in server.requests] == [19]


def test_a_damaged_ledger_stops_the_run_before_it_begins(flow, server):
    flow.write(priced(server))
    flow.run("samples")
    flow.samples()[0].unlink()
    for gateway in gateways(flow.directory):
        os.kill(gateway, signal.SIGTERM)
    wait_until(lambda: not gateways(flow.directory))
    ledger = flow.directory / "results/ledger/ledger.sqlite"
    ledger.write_bytes(b"no database " * 1000)
    process = flow.start("samples")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 2, output
    assert "results/ledger/ledger.sqlite: cannot use the ledger" in output
    assert len(server.requests) == 20
    assert ledger.read_bytes() == b"no database " * 1000
