"""Whose lock it is: marks of runs that are alive, dead, or of another machine."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.running import locks

HERE = socket.gethostname()
NOBODY = 2**22 + 1  # above the highest number that Linux gives a process


@pytest.fixture(autouse=True)
def _in_a_directory_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def mark(pid, created=0.0, host=HERE, results="results/a"):
    locks.MARKS.mkdir(parents=True, exist_ok=True)
    content = {"host": host, "pid": pid, "created": created, "results": results}
    file = locks.MARKS / f"{host}-{pid}.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def lock():
    locks.LOCKS.mkdir(parents=True)
    (locks.LOCKS / "0.output.lock").write_text("results/a/scores.csv\n", encoding="utf-8")


def released():
    calls = []
    return locks.release(lambda: calls.append("unlock")), calls


@pytest.fixture
def process():
    """Run something else for the length of a test."""
    running = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield psutil.Process(running.pid)
    running.kill()
    running.wait()


def test_without_a_lock_there_is_nothing_to_release():
    mark(NOBODY)
    assert released() == (False, [])


def test_the_lock_of_a_dead_run_is_released_and_its_mark_goes():
    lock()
    file = mark(NOBODY)
    assert released() == (True, ["unlock"])
    assert not file.exists()


def test_the_lock_of_a_run_whose_number_another_process_has_now_is_released(process):
    lock()
    mark(process.pid, process.create_time() - 3600)
    assert released() == (True, ["unlock"])


def test_a_process_that_ended_and_was_not_waited_for_is_dead():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    created = psutil.Process(child.pid).create_time()
    mark(child.pid, created)
    assert len(locks.live_runs()) == 1
    child.kill()
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert locks.live_runs() == []
    child.communicate()


@pytest.mark.parametrize("locked", [True, False])  # it locks a moment after it has begun
def test_a_run_that_is_alive_keeps_its_lock_and_is_named(process, locked):
    if locked:
        lock()
    mark(process.pid, process.create_time())
    with pytest.raises(UserError, match=rf"another run \(pid {process.pid}, results/a\) works in"):
        released()


@pytest.mark.parametrize("seconds", [-86_400.0, 3600.0])
def test_a_run_is_alive_whatever_the_clock_is_set_to(monkeypatch, seconds):
    locks.mark_run("results/a")
    created, booted = psutil.Process.create_time, psutil.boot_time()
    monkeypatch.setattr(psutil, "boot_time", lambda: booted + seconds)
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: created(self) + seconds)
    assert [run.results for run in locks.live_runs()] == ["results/a"]
    with pytest.raises(UserError, match="another run"):
        locks.refuse_a_second_run()


def test_a_lock_without_a_mark_is_left_to_people():
    lock()
    with pytest.raises(UserError, match=r"(?s)this directory is locked.* --unlock"):
        released()


def test_a_lock_that_may_be_of_another_machine_is_left_to_people():
    lock()
    mark(NOBODY)
    mark(7, host="elsewhere")
    with pytest.raises(UserError, match="started on elsewhere"):
        released()


def test_a_snakemake_that_left_no_mark_keeps_its_lock(tmp_path):
    lock()
    mark(NOBODY)
    program = tmp_path / "snakemake"
    program.write_text("import time; print(flush=True); time.sleep(60)", encoding="utf-8")
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE) as running:
        running.stdout.readline()
        with pytest.raises(UserError, match=rf"another run of Snakemake \(pid {running.pid}\)"):
            released()
        running.kill()


def test_a_run_is_marked_from_its_beginning_to_its_end():
    old = mark(NOBODY)
    code = (
        "from divergent_bench.running.locks import live_runs, mark_run\n"
        "mark_run('results/b')\n"
        "print(*(run.results for run in live_runs()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "results/b\n"
    assert not old.exists()
    assert list(locks.MARKS.iterdir()) == []
    assert Path(locks.MARKS).is_dir()
