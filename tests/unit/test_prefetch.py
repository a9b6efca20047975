"""What tells the gateway of a run: it is there before the jobs are."""

import json
import time
from contextlib import contextmanager

from divergent_bench.base.errors import UserError
from divergent_bench.base.policy import RunPolicy
from divergent_bench.sampling.gateway import prefetch

POLICY = RunPolicy(batch="b")
STATE = {"collected": 0, "failed": 0, "due": 0, "settled": []}


def test_jobs_begin_once_the_gateway_counts_what_they_collect(monkeypatch):
    shown = []

    @contextmanager
    def slowly(_):
        time.sleep(0.2)
        yield [json.dumps(STATE)]

    monkeypatch.setattr(prefetch, "converse", slowly)
    prefetch.Prefetch([], [], POLICY, show=shown.append).start()
    assert [state["collected"] for state in shown] == [0]


def test_jobs_begin_where_no_gateway_can_be_reached_and_say_so_themselves(monkeypatch):
    @contextmanager
    def never(_):
        raise UserError("the gateway does not start")
        yield

    monkeypatch.setattr(prefetch, "converse", never)
    monkeypatch.setattr(prefetch, "COUNTED_SECONDS", 60.0)
    thread = prefetch.Prefetch([], [], POLICY)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
