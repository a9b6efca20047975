"""Who hears what of a shared commit, and that nobody waits for ever."""

import asyncio
import sqlite3
import subprocess
import sys
import threading

import pytest

from divergent_bench.sampling.gateway.group_commit import GroupCommit

AT_ITS_END = """
import sys
from pathlib import Path
from divergent_bench.sampling.gateway.ledger import Entry, Ledger
ledger = Ledger(Path(sys.argv[1]))
request = {"provider": "openai", "model": "m", "seed": 1}
for number in range(50):
    ledger.add([Entry(f"d{number}", request, "{}", "2026-01-01", None)])
"""


@pytest.fixture
def commits():
    opened = GroupCommit(threading.Lock(), lambda works: [work() for work in works])
    yield opened
    opened.close()


def refuse(fault):
    raise fault


@pytest.mark.parametrize("fault", [ValueError(), SystemExit(), KeyboardInterrupt()])
def test_whatever_is_raised_reaches_its_writer_and_nobody_else(commits, fault):
    with commits._lock:
        futures = [commits.submit(lambda: 1), commits.submit(lambda: refuse(fault))]
        futures.append(commits.submit(lambda: 3))
    assert futures[0].result(timeout=10) == 1
    assert futures[1].exception(timeout=10) is fault
    assert futures[2].result(timeout=10) == 3
    assert commits.submit(lambda: 4).result(timeout=10) == 4


def test_all_hear_of_a_full_disk_at_once(commits):
    tries = []

    def full():
        tries.append(1)
        raise sqlite3.OperationalError("database or disk is full")

    with commits._lock:
        futures = [commits.submit(full) for _ in range(5)]
    assert {str(each.exception(timeout=10)) for each in futures} == {"database or disk is full"}
    assert len(tries) == 1


def test_a_writer_that_gives_up_does_not_undo_what_it_submitted(commits):
    written = []

    async def give_up():
        with commits._lock:
            future = commits.submit(lambda: written.append("paid for"))
            waiting = asyncio.ensure_future(asyncio.wrap_future(future))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        return future

    assert asyncio.run(give_up()).result(timeout=10) is None
    assert written == ["paid for"]


def test_more_may_wait_in_an_event_loop_than_it_has_threads(commits):
    async def write():
        with commits._lock:
            futures = [commits.submit(lambda number=number: number) for number in range(200)]
        return await asyncio.gather(*map(asyncio.wrap_future, futures))

    assert asyncio.run(asyncio.wait_for(write(), timeout=10)) == list(range(200))


def test_closing_waits_for_what_was_submitted(commits):
    future = commits.submit(lambda: 1)
    commits.close()
    assert future.done()
    with pytest.raises(RuntimeError):  # rather than to wait for nobody
        commits.submit(lambda: 2)


def test_a_process_that_ends_writes_what_it_has_submitted(tmp_path):
    path = tmp_path / "l.sqlite"
    subprocess.run([sys.executable, "-c", AT_ITS_END, path], check=True, timeout=30)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM responses").fetchone() == (50,)
    connection.close()
