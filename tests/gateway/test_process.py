"""The gateway as a process: started by its clients, private, gone when idle."""

import errno
import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import get_args

import psutil
import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.base.failures import Cause
from divergent_bench.base.policy import RunPolicy
from divergent_bench.sampling.gateway import address
from divergent_bench.sampling.gateway import server as server_module
from divergent_bench.sampling.gateway.address import socket_path
from divergent_bench.sampling.gateway.client import SampleError, read_failures
from divergent_bench.sampling.gateway.ledger import LEDGER
from tests.gateway.test_dispatcher import request
from tests.helpers import fork_server
from tests.helpers.asking import ask
from tests.helpers.processes import gateways, wait_until
from tests.helpers.wires import KEY, error
from tests.helpers.workflow import ROOT


def recorded(seed: int) -> dict:
    columns = {"response": "response", "model": None, "strategy": None, "temperature": None}
    return {
        "provider": "recorded",
        "model": "m",
        "file": "answers.csv",
        "columns": columns,
        "strategy": "none",
        "temperature": None,
        "seed": seed,
    }


def text(seed: int) -> str:
    return ask(recorded(seed))["answer"]["text"]


@pytest.fixture
def answers(workdir: Path) -> Path:
    file = workdir / "answers.csv"
    file.write_text("response\none\ntwo\n", encoding="utf-8")
    return file


def test_clients_start_one_gateway_and_it_leaves_when_idle(workdir, answers):
    found = []
    clients = [threading.Thread(target=lambda: found.append(text(1))) for _ in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert found == ["two"] * 8
    assert len(gateways(workdir)) == 1
    wait_until(lambda: not gateways(workdir), seconds=10)
    assert not Path(socket_path()).exists()
    assert text(0) == "one"  # and the next client starts another


def test_free_answers_need_no_litellm(workdir, answers, monkeypatch):
    monkeypatch.delenv(fork_server.PLACE, raising=False)
    text(0)
    (gateway,) = gateways(workdir)
    maps = Path(f"/proc/{gateway}/maps").read_text(encoding="utf-8")
    assert "numpy" not in maps
    assert "pydantic_core" not in maps  # which litellm loads


def test_nobody_else_can_reach_the_socket(workdir, answers):
    text(0)
    path = Path(socket_path())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_directory_that_others_may_enter_is_refused(workdir, monkeypatch):
    with tempfile.TemporaryDirectory() as runtime:  # short enough for a socket
        (Path(runtime) / "divergent-bench").mkdir()
        (Path(runtime) / "divergent-bench").chmod(0o755)
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        with pytest.raises(UserError, match="must be a directory of yours"):
            socket_path()


def test_another_key_is_another_gateway_and_no_key_shows_in_its_address(workdir, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    first = socket_path()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-another-0123456789")
    assert socket_path() != first
    assert KEY not in first
    assert len(first) < 107


def test_another_version_has_a_gateway_of_its_own_and_takes_over_what_it_was_told(
    workdir, server, monkeypatch
):
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "60")
    kept = ask(request(server, seed=1))["answer"]["text"]
    (older,) = gateways(workdir)
    monkeypatch.setattr(address, "__version__", "99.0")  # an upgrade, while the older one is there
    assert ask(request(server, seed=1))["answer"]["text"] == kept
    ask(request(server, seed=2))
    newer = set(gateways(workdir)) - {older}
    assert len(newer) == 1
    assert [body["seed"] for body in server.requests] == [1, 2]
    for process in (older, *newer):
        os.kill(process, signal.SIGTERM)
    wait_until(lambda: not gateways(workdir))


def test_a_place_for_the_socket_without_locks_is_named(workdir, answers, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(
        UserError, match=r"cannot be locked \(No locks available\); let XDG_RUNTIME"
    ):
        text(0)
    assert gateways(workdir) == []


def test_a_gateway_is_nobodys_child_and_leads_its_session(workdir, answers):
    text(0)
    (gateway,) = map(psutil.Process, gateways(workdir))
    assert gateway.pid not in {child.pid for child in psutil.Process().children()}
    assert os.getsid(gateway.pid) == gateway.pid


def test_a_recorded_answer_that_is_not_there_is_an_error(workdir, answers):
    with pytest.raises(SampleError, match=r"answers\.csv: has 2 such answers, so none at seed 7"):
        text(7)


def job(asked: dict, *seeds: int) -> "subprocess.Popen[bytes]":
    """Start the job that collects some seeds in a row, as the workflow does."""
    template = json.dumps({key: value for key, value in asked.items() if key != "seed"})
    command = [sys.executable, "-S", ROOT / "scripts/sample_dat.py", "--condition", "{}"]
    command += ["--request", template, "--policy", RunPolicy("results/b").to_json()]
    command += ["--log", "job.log", "--first", f"{seeds[0]}.json", "--samples", str(len(seeds))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Path("job.log").open("wb") as log:
        return subprocess.Popen(command, stderr=log, env=environment)


def test_a_job_leaves_the_cause_of_each_failure_beside_its_log(workdir, server):
    server.fault = lambda body: error(400, "interrupted", "no") if body["seed"] else None
    assert job(request(server), 0, 1, 2).wait(timeout=60) == 1
    failures = read_failures("job.log")
    assert {seed: cause for seed, (cause, _) in failures.items()} == {1: "refused", 2: "refused"}
    assert Path("job.log").read_text(encoding="utf-8").strip() == failures[1][1]
    assert Path("0.json").exists()


def test_a_job_that_is_stopped_says_nothing(workdir, server):
    server.delay_s = 1.0
    stopped = job(request(server), 0)
    wait_until(lambda: server.in_flight == 1)
    stopped.send_signal(signal.SIGINT)
    assert stopped.wait(timeout=60) == 1
    assert Path("job.log").read_bytes() == b""
    assert read_failures("job.log") == {}


def test_a_damaged_ledger_is_an_error_that_names_it(workdir):
    LEDGER.parent.mkdir(parents=True)
    LEDGER.write_bytes(b"no database " * 1000)
    with pytest.raises(UserError, match=r"could not start: .*ledger\.sqlite: cannot use"):
        text(0)
    assert LEDGER.read_bytes() == b"no database " * 1000


def test_a_gateway_told_to_stop_keeps_what_it_has_paid_for(workdir, server):
    server.delay_s = 1.0
    code = f"""
from tests.helpers import fork_server
from tests.helpers.asking import ask
print(ask({request(server, seed=1)!r})["answer"]["text"])
"""
    client = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    wait_until(lambda: server.in_flight == 1)
    (gateway,) = gateways(workdir)
    os.kill(gateway, signal.SIGTERM)
    output, _ = client.communicate(timeout=60)
    assert output.startswith("1. ")
    assert len(server.requests) == 1


def test_a_gateway_whose_directory_was_deleted_makes_room_for_another(workdir, monkeypatch):
    place = workdir / "place"
    for content in ("first", "second"):
        place.mkdir()
        monkeypatch.chdir(place)
        (place / "answers.csv").write_text(f"response\n{content}\n", encoding="utf-8")
        assert text(0) == content
        shutil.rmtree(place)
        monkeypatch.chdir(workdir)


def test_an_error_in_the_log_names_no_key(capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    try:
        raise ValueError(f"illegal header value: Bearer {KEY}")
    except ValueError:
        server_module._log_exception()
    logged = capsys.readouterr().err
    assert "illegal header value: Bearer [OPENAI_API_KEY]" in logged
    assert KEY not in logged


def test_no_cause_of_a_failure_can_be_taken_for_an_answer():
    # On the socket the cause stands where "answer" and "kept" stand otherwise.
    assert {"answer", "kept"}.isdisjoint(get_args(Cause))
    assert all(cause.isidentifier() for cause in get_args(Cause))
