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


def test_ctrl_c_interrupts_and_its_echo_does_not():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stops = StopSignals()
    stops.watch()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)
    assert stops


def test_what_is_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stops = StopSignals()
    stops.watch()
    os.kill(os.getpid(), signal.SIGINT)
    assert not stops
