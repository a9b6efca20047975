"""Signals that stop a run: noted, passed on once, and never waited for by what they interrupt."""

import asyncio
import logging
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from divergent_bench.running.signals import StopSignals


@pytest.fixture(autouse=True)
def _handlers_stay():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGURG)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_handler_may_take_a_lock_that_was_held_when_the_signal_came():
    lock, taken, done = threading.Lock(), [], threading.Event()

    def handler(number, frame):
        taken.append(lock.acquire(timeout=5))
        done.set()

    signal.signal(signal.SIGTERM, handler)
    stops = StopSignals()
    stops.watch()
    assert not stops
    with lock:
        os.kill(os.getpid(), signal.SIGTERM)  # which this very thread handles, here
    assert done.wait(10)
    assert taken == [True]
    assert stops


def schedule(do):
    """Do something as Snakemake's scheduler does."""
    do()


def wait(seconds=10.0):
    threading.Event().wait(seconds)


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def stops():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    watching = StopSignals()
    watching.watch()
    return watching


def test_ctrl_c_interrupts_the_scheduler_and_its_echo_does_not(stops):
    with pytest.raises(KeyboardInterrupt):
        schedule(interrupt)
    schedule(interrupt)
    assert stops


def test_ctrl_c_elsewhere_waits_for_the_scheduler_and_interrupts_once(stops):
    interrupt()
    assert stops
    wait(0.2)
    with pytest.raises(KeyboardInterrupt):
        schedule(wait)
    schedule(lambda: wait(0.2))


def test_ctrl_c_leaves_no_thread_that_nobody_knows_of(stops, monkeypatch):
    start = threading.Thread.start

    def interrupted(thread):
        start(thread)
        if thread.name.startswith("pool"):
            interrupt()
            wait(0.2)

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    pool = ThreadPoolExecutor(thread_name_prefix="pool")
    with pytest.raises(KeyboardInterrupt):
        schedule(lambda: (pool.submit(wait, 0.5), wait()))
    pool.shutdown()
    assert not [one for one in threading.enumerate() if one.name.startswith("pool")]


def test_ctrl_c_leaves_nothing_half_done_in_an_event_loop(stops):
    done = []

    async def work():
        interrupt()
        await asyncio.sleep(0.2)
        done.append(True)

    with pytest.raises(KeyboardInterrupt):
        schedule(lambda: (asyncio.run(work()), wait()))
    assert done


def test_no_message_swallows_ctrl_c(stops):
    class Handler(logging.Handler):
        def emit(self, record):
            with suppress(KeyboardInterrupt):
                interrupt()
                wait(0.2)

    record = logging.makeLogRecord({})
    with pytest.raises(KeyboardInterrupt):
        schedule(lambda: (Handler().handle(record), wait()))


def test_what_never_can_be_interrupted_is_in_the_end(stops, monkeypatch):
    monkeypatch.setattr("divergent_bench.running.signals.PATIENCE_SECONDS", 0.2)
    interrupt()
    with pytest.raises(KeyboardInterrupt):
        wait()


def test_what_is_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stops = StopSignals()
    stops.watch()
    interrupt()
    assert not stops
