"""The ledger keeps every answer and is never overwritten."""

import errno
import fcntl
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.sampling.gateway.ledger import Entry, Ledger
from tests.helpers.processes import wait_until

REQUEST = {"provider": "openai", "model": "m", "seed": 1}
WRITER = """
import sys
from pathlib import Path
from divergent_bench.sampling.gateway.ledger import Entry, Ledger
from tests.helpers.processes import wait_until
ledger, request = Ledger(Path(sys.argv[1])), {"provider": "openai", "model": "m", "seed": 1}
print("ready", flush=True)
sys.stdin.readline()
sent = 0
while ledger.reserve("b", 1.0, 60.0).result():
    sent += 1
    name = f"{sys.argv[2]} {sent}"
    ledger.add([Entry(name, request, "{}", "2026-01-01", 1.0, "b", reserved_usd=1.0)]).result()
print(sent)
"""
# Forks one writer after another. Each commits answers, and says of each when it is on disk, until
# it is killed: by the kernel in the midst of a commit, when that writes beyond so many pages more
# (SIGXFSZ), or by SIGKILL at any moment. An answer has several pages: its commit takes a while.
KILLED = """
import json, os, random, resource, signal, sys, time
from pathlib import Path
from divergent_bench.sampling.gateway.ledger import Entry, Ledger
path, request = Path(sys.argv[1]), {"provider": "openai", "model": "m", "seed": 1}
Ledger(path).close()
draw = random.Random("kills")
for number, pages in enumerate([0, 1, 2, 3, 5, 8, 13, 21, *[None] * int(sys.argv[2])]):
    here, there = os.pipe()
    child = os.fork()
    if not child:
        ledger = Ledger(path)
        if pages is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            most = path.stat().st_size + 4096 * pages + 1
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        for each in range(10_000):
            name = f"{number} {each}"
            assert ledger.reserve("b", 2.0, 1e9).result()
            os.write(there, f"sent {name}\\n".encode())
            entry = Entry(name, request, "x" * 9000, "2026-01-01", 1.0, "b", reserved_usd=2.0)
            ledger.add([entry]).result()
            os.write(there, f"kept {name}\\n".encode())
    os.close(there)
    if pages is None:
        time.sleep(draw.uniform(0.0, 0.05))
        os.kill(child, signal.SIGKILL)
    with open(here) as pipe:
        said = pipe.read().splitlines()
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    journal = path.with_name(path.name + "-journal")
    print(json.dumps([-ended, said, journal.exists() and journal.stat().st_size > 0]))
"""


def test_an_answer_is_there_for_the_next_process(tmp_path):
    path = tmp_path / "deep" / "ledger.sqlite"
    first = Ledger(path)
    first.add([Entry("d1", REQUEST, '{"text": "a"}', "2026-01-01", 0.5)]).result()
    # Not closed: as after a kill.
    second = Ledger(path)
    assert second.find("d1") == '{"text": "a"}'
    assert second.find("d2") is None
    assert len(second) == 1
    first.close()
    second.close()


def test_the_newest_answer_to_a_request_counts_and_the_older_stays(tmp_path):
    ledger = Ledger(tmp_path / "l.sqlite")
    ledger.add(
        [
            Entry("d", REQUEST, "old", "2026-01-01", None),
            Entry("d", REQUEST, "new", "2026-01-02", None),
        ]
    ).result()
    assert ledger.find("d") == "new"
    assert len(ledger) == 2
    ledger.close()


def test_only_the_user_can_read_it(tmp_path):
    path = tmp_path / "l.sqlite"
    Ledger(path).close()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content", [b"this is no database at all" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_damaged_file_is_reported_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "l.sqlite"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"l\.sqlite: cannot use the ledger"):
        Ledger(path)
    assert path.read_bytes() == content


def test_a_ledger_of_another_schema_is_refused(tmp_path):
    path = tmp_path / "l.sqlite"
    Ledger(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(UserError, match="is a ledger of schema 99"):
        Ledger(path)


def test_a_failed_write_leaves_nothing_and_the_next_one_works(tmp_path):
    ledger = Ledger(tmp_path / "l.sqlite")
    with pytest.raises(sqlite3.Error):
        ledger.add(
            [Entry("d", REQUEST, "kept?", "2026-01-01", None), Entry("e", REQUEST, "x", None, None)]
        ).result()
    assert len(ledger) == 0
    ledger.add([Entry("d", REQUEST, "kept", "2026-01-01", None)]).result()
    assert ledger.find("d") == "kept"
    ledger.close()


def test_a_ledger_that_is_deleted_under_a_running_gateway_is_begun_anew(tmp_path):
    path = tmp_path / "results" / "l.sqlite"
    ledger = Ledger(path)
    ledger.add([Entry("old", REQUEST, "gone", "2026-01-01", None)]).result()
    shutil.rmtree(path.parent)
    assert ledger.find("old") is None
    shutil.rmtree(path.parent)
    ledger.add([Entry("new", REQUEST, "kept", "2026-01-01", None)]).result()
    ledger.close()
    again = Ledger(path)
    assert again.find("new") == "kept"
    again.close()


def test_a_ledger_that_is_replaced_under_a_running_gateway_is_left_alone(tmp_path):
    path = tmp_path / "l.sqlite"
    backup = Ledger(tmp_path / "backup.sqlite")
    backup.add([Entry("d", REQUEST, "from the backup", "2026-01-01", None)]).result()
    backup.close()
    ledger = Ledger(path)
    (tmp_path / "backup.sqlite").replace(path)
    content = path.read_bytes()
    with pytest.raises(UserError, match="was replaced while it was in use"):
        ledger.find("d")
    with pytest.raises(UserError, match="was replaced while it was in use"):
        ledger.add([Entry("e", REQUEST, "x", "2026-01-01", None)]).result()
    assert path.read_bytes() == content
    ledger.close()


def test_gateways_of_two_machines_share_a_ledger_and_its_budget(tmp_path):
    path = tmp_path / "l.sqlite"
    command = [sys.executable, "-c", WRITER, str(path)]
    both = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen([*command, name], **both) for name in "ab"]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 2
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    sent = [int(writer.communicate(timeout=60)[0]) for writer in writers]
    assert sum(sent) == 60
    assert min(sent) > 0  # each had its turn
    ledger = Ledger(path)
    assert len(ledger) == len(ledger.digests()) == 60
    assert ledger.spending("b") == (60.0, 0.0)
    assert ledger.query("PRAGMA integrity_check") == [("ok",)]
    ledger.close()
    assert not path.with_name("l.sqlite-wal").exists()  # which needs memory that they share


def killed_writers(path, kills):
    """Return how each writer ended, what it said, and whether it left a commit half done."""
    command = [sys.executable, "-c", KILLED, str(path), str(kills)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    "kills", [8, pytest.param(400, marks=pytest.mark.storm, id="400 of a storm")]
)
def test_a_kill_within_a_commit_loses_nothing_that_was_told_and_frees_no_money(tmp_path, kills):
    path = tmp_path / "l.sqlite"
    writers = killed_writers(path, kills)
    assert [ended for ended, *_ in writers] == [signal.SIGXFSZ] * 8 + [signal.SIGKILL] * kills
    assert any(half_done for *_, half_done in writers), "no writer was killed within a commit"
    said = [line for _, lines, _ in writers for line in lines]
    sent, kept = ({line[5:] for line in said if line.startswith(what)} for what in ("sent", "kept"))
    assert len(kept) > 8
    ledger = Ledger(path)
    assert ledger.query("PRAGMA integrity_check") == [("ok",)]
    there = ledger.digests()
    assert kept <= there <= sent
    assert len(ledger) == len(there)
    # What was sent and has no answer stays reserved; so may what was killed before it was sent.
    spending = ledger.spending("b")
    assert spending.spent_usd == len(there)
    in_doubt = spending.reserved_usd / 2.0 - len(sent - there)
    assert 0 <= in_doubt <= len(writers)
    ledger.close()


def test_others_have_their_turn_between_the_commits_of_a_busy_gateway(tmp_path):
    ledger = Ledger(tmp_path / "l.sqlite")
    answers = [Entry("d", REQUEST, "x" * 500, "2026-01-01", None)] * 16
    done = threading.Event()

    def write_without_a_pause():
        while not done.is_set():
            ledger.add(answers).result()

    with ThreadPoolExecutor() as pool:
        writing = pool.submit(write_without_a_pause)
        reader = sqlite3.connect(ledger.path, timeout=60)
        began = time.monotonic()
        for _ in range(20):
            reader.execute("SELECT count(*) FROM responses").fetchone()
            time.sleep(0.005)
        took_s = time.monotonic() - began
        reader.close()
        done.set()
        writing.result()
    assert took_s < 3  # 9 where each commit follows the last one at once
    ledger.close()


def test_what_threads_write_at_the_same_time_shares_a_commit_and_not_a_failure(tmp_path):
    ledger = Ledger(tmp_path / "l.sqlite")
    statements: list[str] = []
    ledger._connection.set_trace_callback(statements.append)

    def write(entry):
        ledger.add([entry]).result()

    def add_at_once(*times):
        with ThreadPoolExecutor(len(times)) as pool:
            with ledger._one_at_a_time:  # as if the last commit were still under way
                futures = [
                    pool.submit(write, Entry(f"d{number}", REQUEST, "x", at, None))
                    for number, at in enumerate(times)
                ]
                wait_until(lambda: len(ledger._commits.waiting) == len(times))
            return [future.exception() for future in futures]

    assert add_at_once(*["2026-01-01"] * 5) == [None] * 5
    assert statements.count("COMMIT") == 1
    faults = add_at_once("2026-01-02", None, "2026-01-02")  # a row needs its time
    assert [type(fault) for fault in faults] == [type(None), sqlite3.IntegrityError, type(None)]
    assert len(ledger) == 7
    ledger.close()


def test_a_ledger_of_an_earlier_release_is_taken_over_once_nobody_else_holds_it(
    tmp_path, monkeypatch
):
    path = tmp_path / "l.sqlite"
    ledger = Ledger(path)
    ledger.add([Entry("d", REQUEST, "kept", "2026-01-01", None)]).result()
    ledger.close()
    older = sqlite3.connect(path, check_same_thread=False)
    assert older.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    assert older.execute("SELECT count(*) FROM responses").fetchone() == (1,)
    with monkeypatch.context() as impatient:
        impatient.setenv("DIVERGENT_BENCH_LEDGER_WAIT", "0.1")
        with pytest.raises(UserError, match="a gateway of an earlier version leaves within"):
            Ledger(path)
    leaving = threading.Timer(0.5, older.close)
    leaving.start()
    ledger = Ledger(path)  # waits for it
    assert ledger.query("PRAGMA journal_mode") == [("truncate",)]
    assert ledger.find("d") == "kept"
    ledger.close()


def test_a_file_system_without_locks_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", refuse)
    with pytest.raises(UserError, match=r"has no file locks .No locks available.*-o flock"):
        Ledger(tmp_path / "l.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "ledger").write_text("a file where a directory should be", encoding="utf-8")
    with pytest.raises(UserError, match=r"ledger/l\.sqlite: cannot use the ledger"):
        Ledger(tmp_path / "ledger" / "l.sqlite")
