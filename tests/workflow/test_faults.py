"""A bad provider and processes that are killed: nothing is lost and nothing is paid for twice."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from divergent_bench.base.records import read_record
from divergent_bench.base.requests import digest
from tests.helpers.fork_server import PLACE
from tests.helpers.loopback import Loopback
from tests.helpers.processes import gateways, wait_until
from tests.helpers.wires import KEY, Fault
from tests.helpers.workflow import Workflow, jobs
from tests.workflow.test_sampling import SCORES_ALONE

pytestmark = pytest.mark.storm

SAMPLES = 500
IN_FLIGHT = 32
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
FAULTS = (  # (share of the requests, what happens to them)
    (0.05, Fault("status", 429, "Rate limit reached", "rate_limit_exceeded")),
    (0.05, Fault("status", 429, "Rate limit reached", headers={"retry-after": "0.1"})),
    (0.05, Fault("status", 500, "The server had an error", "server_error")),
    (0.01, Fault("reset")),
    (0.01, Fault("reset_in_body")),
    (0.01, Fault("cut_json")),
    (0.01, Fault("html")),
)


@dataclass
class BadProvider:
    """Faults drawn from a seeded generator, and when every request came."""

    draw: random.Random
    arrivals: list[tuple[int, float]] = field(default_factory=list)  # seed, time
    faults: Counter[str] = field(default_factory=Counter)

    def fault(self, body: dict[str, Any]) -> Fault | None:
        self.arrivals.append((body["seed"], time.time()))
        dice = self.draw.random()
        for share, fault in FAULTS:
            dice -= share
            if dice < 0:
                self.faults[f"{fault.kind} {fault.status}"] += 1
                return fault
        return None


def config(server: Loopback, seeds_per_job: int | str, samples: int = SAMPLES) -> dict[str, Any]:
    provider = {
        "provider": "openai",
        "model": "gpt-4o",
        "api_base": server.url,
        "max_parallel": IN_FLIGHT,
    }
    experiment = {"name": "e", "providers": [provider], "samples": samples}
    bench = {"name": "bench", "experiments": [experiment], "seeds_per_job": seeds_per_job}
    return bench | SCORES_ALONE


def strike(flow: Workflow, process: "subprocess.Popen[str]", target: str, number: int) -> None:
    """Kill Snakemake or the gateway."""
    if target == "gateway":
        for gateway in gateways(flow.directory):
            os.kill(gateway, number)
    elif number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)


@pytest.mark.parametrize("seeds_per_job", [1, 10, "auto"])
def test_whatever_happens_every_sample_is_there_and_paid_for_once(
    server, tmp_path, monkeypatch, seeds_per_job
):
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "3")
    draw = random.Random(f"faults {seeds_per_job}")
    provider = BadProvider(random.Random("provider"))
    server.fault, server.delay_s = provider.fault, 0.3
    flow = Workflow(tmp_path, config(server, seeds_per_job))
    # Each of the six blows twice, in any order.
    blows = [(target, number) for target in ("snakemake", "gateway") for number in SIGNALS]
    to_come = [blow for _ in range(2) for blow in draw.sample(blows, len(blows))]
    struck: Counter[str] = Counter()
    in_doubt = 0  # answers that a gateway may have waited for when it was killed outright
    for _ in range(40):
        log = (tmp_path / "output.log").open("a", encoding="utf-8")
        process = flow.start("samples", start_new_session=True, output=log)
        while process.poll() is None and to_come:
            with suppress(subprocess.TimeoutExpired):
                process.wait(draw.uniform(2.0, 5.0))
            if process.poll() is None:
                target, number = to_come.pop(0)
                strike(flow, process, target, number)
                struck[f"{target} {number.name}"] += 1
                if (target, number) == ("gateway", signal.SIGKILL):
                    in_doubt += IN_FLIGHT
                if (target, number) == ("snakemake", signal.SIGKILL):
                    process.wait()
                    log.close()
                    subprocess.run(flow.command("--unlock"), cwd=flow.checkout, check=True)
        process.wait(timeout=240)
        log.close()
        if process.returncode == 0:
            break
    assert process.returncode == 0, (tmp_path / "output.log").read_text(encoding="utf-8")[-5000:]

    assert len(struck) >= 4, struck
    # Every sample is present and valid, none is half written.
    records = [read_record(str(path)) for path in flow.samples()]
    assert sorted(record["key"]["seed"] for record in records) == list(range(SAMPLES))
    assert all(record["answer"]["outcome"] == "ok" for record in records)
    assert all(record["digest"] == digest(record["request"]) for record in records)
    assert list(tmp_path.rglob(".seed*")) == []

    # No answer that was paid for is requested again.
    kept = ledger(tmp_path)
    assert set(kept) == set(range(SAMPLES))
    again = [seed for seed, moment in provider.arrivals if moment > kept[seed]]
    assert again == []
    delivered = sum(server.answered.values())
    assert SAMPLES <= delivered <= SAMPLES + in_doubt

    # No process is left, and the key is in no file.
    wait_until(lambda: not gateways(tmp_path), seconds=20)
    assert jobs_alive(tmp_path) == []
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path
    print(
        f"seeds per job {seeds_per_job}: {len(provider.arrivals)} requests,"
        f" {dict(provider.faults)}, {delivered} answers delivered for {SAMPLES} samples,"
        f" {in_doubt} in flight when a gateway was killed; {dict(struck)}"
    )


def mounted(directory: Path, size: str) -> bool:
    """Mount a small file system, or change its size; say whether we may."""
    directory.mkdir(parents=True, exist_ok=True)
    options = f"{'remount,' if directory.is_mount() else ''}size={size}"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_full_disk_stops_the_spending_and_loses_nothing(server, tmp_path):
    ledger_directory = tmp_path / "results/ledger"
    if not mounted(ledger_directory, "512k"):
        pytest.skip("needs the right to mount a small file system")
    try:
        flow = Workflow(tmp_path, config(server, "auto"))
        output = flow.run("samples", fails=True)
        assert "the ledger cannot be written (database or disk is full)" in output
        assert "nothing more is sent. Make room on the disk" in output
        assert "Traceback" not in output
        sent = len(server.requests)
        assert sent < SAMPLES
        for gateway in gateways(tmp_path):
            os.kill(gateway, signal.SIGTERM)
        wait_until(lambda: not gateways(tmp_path))
        kept = len(ledger(tmp_path))
        assert sent - kept <= IN_FLIGHT  # only what was under way when the disk filled up

        mounted(ledger_directory, "64m")
        flow.run("samples")
        assert len(flow.samples()) == SAMPLES
        assert len(server.requests) == sent + SAMPLES - kept
    finally:
        for gateway in gateways(tmp_path):
            os.kill(gateway, signal.SIGKILL)
        subprocess.run(["umount", "--lazy", str(ledger_directory)], check=True)


def faketime() -> str:
    """Return libfaketime; the test is skipped where it is missing."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        pytest.skip("needs Debian's faketime, which .ci/run installs as root")
    return str(found[0])


def test_a_clock_that_is_set_and_a_directory_that_moves_buy_nothing_again(
    server, tmp_path, monkeypatch
):
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "1")
    before, after = tmp_path / "before", tmp_path / "other machine" / "after"
    before.mkdir()
    after.parent.mkdir()
    flow = Workflow(before, config(server, 1, samples=4))
    flow.run("samples")
    wait_until(lambda: not gateways(before))
    flow.write(config(server, 1, samples=8))
    with monkeypatch.context() as earlier:
        earlier.setenv("LD_PRELOAD", faketime())
        earlier.setenv("FAKETIME", "-90d")
        # Processes of the fork server would have another clock.
        earlier.delenv(PLACE, raising=False)
        process = flow.start("samples", start_new_session=True)
        output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert sorted(body["seed"] for body in server.requests) == list(range(8))
    moments = sorted(ledger(before).values())
    assert moments[4] - moments[3] > 80 * 24 * 3600, "the clock was not set"

    wait_until(lambda: not gateways(before))
    flow.samples()[0].unlink()  # the ledger has it
    before.rename(after)
    moved = Workflow(after)
    assert jobs(moved.run("samples"))["sample_dat"] == 1
    assert len(moved.samples()) == len(server.requests) == 8


def ledger(directory: Path) -> dict[int, float]:
    """Return when each answer was received, by seed; each is there once."""
    with sqlite3.connect(directory / "results/ledger/ledger.sqlite") as connection:
        rows = connection.execute("SELECT request, answered_at FROM responses").fetchall()
    connection.close()
    found = {json.loads(request)["seed"]: at for request, at in rows}
    assert len(found) == len(rows)
    return {seed: datetime.fromisoformat(at).timestamp() for seed, at in found.items()}


def jobs_alive(directory: Path) -> list[str]:
    """Return the command lines of sampling jobs that work in a directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes()
            at_work = (process / "cwd").resolve()
            if b"sample_dat.py" in command and at_work.is_relative_to(directory):
                found.append(command.decode())
    return found
