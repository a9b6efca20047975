"""Signals that stop a run: noted, passed on once, and never waited for by what they interrupt."""

import os
import signal
import threading

import pytest

from divergent_bench.running.signals import StopSignals


@pytest.fixture(autouse=True)
def _handlers_stay():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
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


@pytest.fixture
def handled():
    """Watch handlers as Snakemake has them: what came of SIGTERM, and when."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    came = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: came.set())
    return came


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_ctrl_c_ends_in_order_and_breaks_nothing_off(handled):
    stops = StopSignals()
    stops.watch()
    interrupt()
    assert handled.wait(10)
    interrupt()  # its echo
    assert stops


def test_another_ctrl_c_interrupts(handled, monkeypatch):
    monkeypatch.setattr("divergent_bench.running.signals.ECHO_SECONDS", 0.0)
    StopSignals().watch()
    interrupt()
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_where_jobs_are_on_other_machines_ctrl_c_interrupts_and_its_echo_does_not(handled):
    stops = StopSignals()
    stops.watch(in_order=False)
    with pytest.raises(KeyboardInterrupt):
        interrupt()
    interrupt()
    assert stops
    assert not handled.is_set()


def test_what_is_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stops = StopSignals()
    stops.watch()
    interrupt()
    assert not stops
