"""A batch on a Slurm cluster: few cluster jobs, and nothing paid for twice."""

import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from divergent_bench.running.snakemake import Exit
from divergent_bench.sampling.gateway.address import socket_path
from tests.helpers import slurm
from tests.helpers.finished import demo
from tests.helpers.loopback import Loopback
from tests.helpers.processes import gateways, wait_until
from tests.helpers.wires import KEY
from tests.helpers.workflow import BIN, ROOT, Workflow
from tests.workflow.test_sampling import SCORES_ALONE

PROFILE = ROOT / "profiles" / "slurm" / "config.yaml"
PLUGINS = BIN.parent / "cluster"  # apart, because every start of Snakemake imports its plugins
SEEDS = 10  # of each model, in one job: each job on the cluster starts Snakemake twice


class OnSlurm(Workflow):
    """A workflow that Snakemake runs on the cluster."""

    def command(self, *arguments: str) -> list[str]:
        """Return the command line, which asks more often than usual how the jobs are."""
        return [
            str(BIN / "snakemake"),
            *arguments,
            *("--profile", "profiles/slurm"),
            *("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "4"),
            *("--directory", str(self.directory), "--configfile", str(self.config_file)),
        ]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if reason := slurm.why_not():
        pytest.skip(reason)
    monkeypatch.syspath_prepend(PLUGINS)
    if not find_spec("snakemake_executor_plugin_slurm"):
        pytest.skip("needs snakemake-executor-plugin-slurm")
    monkeypatch.setenv("PYTHONPATH", str(PLUGINS))
    with slurm.slurm():
        yield


def demo_and(server: Loopback) -> dict[str, Any]:
    """Return a short demo of one baseline, less its figures, and a model that answers slowly."""
    config = demo()
    model = {
        "provider": "openai",
        "model": "gpt-4o",
        "api_base": server.url,
        "max_parallel": 2,
    }
    experiment = {"name": "models", "providers": [model], "samples": SEEDS}
    baseline = {"provider": "baseline", "model": "random-nouns"}
    baselines = {"name": "baselines", "providers": [baseline], "samples": SEEDS}
    return config | SCORES_ALONE | {"experiments": [baselines, experiment]}


def kept(directory: Path) -> set[int]:
    """Return the seeds that the ledger has an answer to."""
    with sqlite3.connect(directory / "results/ledger/ledger.sqlite") as ledger:
        found = ledger.execute("SELECT json_extract(request, '$.seed') FROM responses").fetchall()
    ledger.close()
    return {seed for (seed,) in found}


@pytest.mark.cluster
@pytest.mark.slurm
def test_a_batch_goes_on_where_a_killed_cluster_job_left_it(cluster, server, tmp_path, monkeypatch):
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "5")
    server.delay_s = 0.5
    config = demo_and(server)
    Workflow(tmp_path, config).run("resources/spaces/glove-6b-100d")  # which may need the network
    flow = OnSlurm(tmp_path, config)
    process = flow.start()
    wait_until(lambda: slurm.jobs() != [], seconds=120)
    time.sleep(1)
    assert server.requests == []  # nobody but the cluster job asks
    wait_until(lambda: server.answered.total() >= SEEDS // 2, seconds=120)
    (number,) = slurm.jobs("RUNNING")
    slurm.kill(number)
    for gateway in gateways(tmp_path):
        os.kill(gateway, signal.SIGKILL)
    sent, saved = len(server.requests), kept(tmp_path)
    assert 0 < len(saved) < SEEDS
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == Exit.INTERRUPTED, output
    assert "keeps the limits of openai for itself, and up to 4 run at once" in output

    flow.run()
    # All that sample together, once more, and all of the analysis together.
    assert len(slurm.jobs()) == 3
    assert {body["seed"] for body in server.requests[sent:]} == set(range(SEEDS)) - saved
    assert len(server.requests) == sent + SEEDS - len(saved)
    scores = pd.read_csv(flow.results() / "scores.csv")
    assert scores.groupby("model").size().to_dict() == {"gpt-4o": SEEDS, "random-nouns": SEEDS}
    assert scores["score"].notna().all()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_each_cluster_job_has_a_gateway_of_its_own_wherever_it_runs(monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/of-the-login-node")
    addresses = set()
    for number in ("", "7", "8"):
        monkeypatch.setenv("SLURM_JOB_ID", number)
        addresses.add(socket_path())
    assert len(addresses) == 3
    assert {Path(path).parent for path in addresses} == {
        Path(f"/tmp/divergent-bench-{os.getuid()}")
    }


def test_the_profile_groups_every_rule_of_the_analysis():
    pattern = r"^(?:use rule \w+ as|rule) (\w+)"
    rules = {
        name
        for file in (ROOT / "workflow/rules").glob("*.smk")
        for name in re.findall(pattern, file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    groups = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))["groups"]
    assert set(groups) == {f"{rule}=analysis" for rule in rules - {"samples", "prepare_space"}}
