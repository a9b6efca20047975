"""Requests are joined, limited, retried, refused, called off; answers are kept before told."""

import asyncio
import errno
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from divergent_bench.base.failures import NoAnswerError
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.requests import digest
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.sampling.gateway import dispatcher as dispatcher_module
from divergent_bench.sampling.gateway import rate_limits as rate_limits_module
from divergent_bench.sampling.gateway.dispatcher import Dispatcher
from divergent_bench.sampling.gateway.ledger import Entry, Ledger
from divergent_bench.sampling.gateway.request_locks import RequestLocks
from divergent_bench.sampling.providers import llm
from tests.helpers import loopback, wires
from tests.helpers.loopback import Loopback


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch):
    monkeypatch.setattr(dispatcher_module, "FIRST_BACKOFF_SECONDS", 0.01)
    monkeypatch.setattr(rate_limits_module, "FIRST_PAUSE_SECONDS", 0.01)


@pytest.fixture(scope="module", autouse=True)
def _litellm():
    llm.load_litellm()


def open_dispatcher(ledger: Ledger) -> Dispatcher:
    return Dispatcher(ledger, RequestLocks(ledger.path.with_name("claims")))


def request(server: Loopback, seed: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "provider": "openai",
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "Name 10 words."}],
        "temperature": 0.7,
        "max_tokens": None,
        "structured": False,
        "api_base": server.url,
        "params": {},
        "seed": seed,
        **changes,
    }


def answer(dispatcher: Dispatcher, each: dict[str, Any], **policy: Any) -> Awaitable[str]:
    return dispatcher.answer(digest(each), each, RunPolicy("results/b", **policy))


def dispatched(ledger: Ledger, work: Callable[[Dispatcher], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        try:
            return await work(open_dispatcher(ledger))
        finally:
            await llm.close_connections()

    return asyncio.run(run())


def ask(ledger: Ledger, *requests: dict[str, Any], **policy: Any) -> list:
    async def work(dispatcher: Dispatcher) -> list[Any]:
        answers = (answer(dispatcher, each, **policy) for each in requests)
        return await asyncio.gather(*answers, return_exceptions=True)

    results = dispatched(ledger, work)
    return [json.loads(each) if isinstance(each, str) else each for each in results]


def test_an_answer_says_what_was_sent_served_used_and_paid(server, ledger):
    (answer,) = ask(ledger, request(server, seed=3))
    assert answer["text"] == loopback.ten_nouns(server.requests[0])
    assert answer["outcome"] == "ok"
    assert answer["sent"] == {
        "temperature": 0.7,
        "seed": 3,
        "structured": False,
        "max_tokens": None,
    }
    assert answer["parameters"] == {"temperature": 0.7, "seed": 3}
    assert answer["served_model"] == "gpt-4o-2026-01-01"
    assert answer["usage"]["total_tokens"] == 130
    # gpt-4o: 2.50 USD per million prompt tokens (90 here), 10 USD per million of answer (40).
    assert answer["cost_usd"] == pytest.approx(90 * 2.5e-6 + 40 * 10e-6)
    assert answer["attempts"] == 1
    assert set(answer["versions"]) == {"divergent_bench", "python", "litellm"}


def test_what_is_sent_is_what_was_asked_for(server, ledger):
    ask(ledger, request(server, seed=5, max_tokens=77, params={"top_p": 0.5}))
    (body,) = server.requests
    assert body == {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "Name 10 words."}],
        "temperature": 0.7,
        "seed": 5,
        "max_tokens": 77,
        "top_p": 0.5,
    }


def test_a_null_temperature_is_not_sent(server, ledger):
    (answer,) = ask(ledger, request(server, temperature=None))
    assert "temperature" not in server.requests[0]
    assert answer["sent"]["temperature"] is None


def test_structured_output_is_asked_for_as_a_schema_of_words(server, ledger):
    ask(ledger, request(server, structured=TASK.response_schema))
    assert server.requests[0]["response_format"]["json_schema"]["name"] == "ten_words"


def test_an_answer_is_paid_for_once(server, ledger):
    first = ask(ledger, request(server))
    again = ask(ledger, request(server))
    assert first == again
    assert len(server.requests) == 1


def test_equal_requests_in_flight_are_joined(server, ledger):
    server.delay_s = 0.1
    answers = ask(ledger, *[request(server)] * 5)
    assert len({json.dumps(answer) for answer in answers}) == 1
    assert len(server.requests) == 1


def test_replicates_are_never_joined(server, ledger):
    ask(ledger, *[request(server, seed=seed) for seed in range(5)])
    assert sorted(body["seed"] for body in server.requests) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ({}, 8),
        ({"openai": {"max_parallel": 3}}, 3),
        ({"openai/gpt-4o": {"max_parallel": 2}}, 2),
        ({"openai": {"max_parallel": 20}}, 20),
    ],
)
def test_no_more_are_in_flight_than_allowed(server, ledger, limits, most):
    server.delay_s = 0.6  # the first ones start 8 ms apart
    ask(ledger, *[request(server, seed=seed) for seed in range(most + 2)], limits=limits)
    assert server.most_in_flight == most


def test_requests_per_minute_set_the_pace(server, ledger):
    requests = [request(server, seed=seed) for seed in range(4)]
    started = time.monotonic()
    ask(ledger, *requests, limits={"openai": {"rpm": 600}})
    # One starts at once, the others 0.1 s apart.
    assert time.monotonic() - started >= 0.29


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_a_passing_fault_is_asked_again(server, ledger, status):
    faults = [wires.error(status, "busy", "busy", {"retry-after": "0"}) for _ in range(2)]
    server.fault = lambda body: faults.pop() if faults else None
    (answer,) = ask(ledger, request(server))
    assert answer["outcome"] == "ok"
    assert answer["attempts"] == 3


def test_a_lasting_fault_fails_this_request_alone_and_is_not_kept(server, ledger):
    server.fault = lambda body: wires.error(500, "down", "down") if body["seed"] == 1 else None
    good, bad = ask(ledger, request(server, seed=0), request(server, seed=1))
    assert good["outcome"] == "ok"
    assert "after 6 attempts; the next run tries again" in str(bad)
    assert len(ledger) == 1


@pytest.mark.parametrize(
    ("status", "hint"), [(401, "check the key"), (404, "check the name"), (400, "its parameters")]
)
def test_a_refused_model_is_asked_once_and_others_go_on(server, ledger, status, hint):
    server.fault = lambda body: (
        wires.error(status, "no", "no") if body["model"] == "gpt-4o" else None
    )
    limits = {"openai/gpt-4o": {"max_parallel": 1}}
    bad = [request(server, seed=seed) for seed in range(5)]
    *refused, good = ask(ledger, *bad, request(server, model="gpt-4o-mini"), limits=limits)
    assert good["outcome"] == "ok"
    assert all(isinstance(each, NoAnswerError) and hint in str(each) for each in refused)
    assert [body["model"] for body in server.requests].count("gpt-4o") == 1


def test_a_temperature_the_model_refuses_is_an_error_before_any_request(server, ledger):
    (error,) = ask(ledger, request(server, model="o3"))
    assert "openai/o3 takes no temperature of 0.7; write `temperature: null`" in str(error)
    assert server.requests == []


@pytest.mark.parametrize(
    ("message", "finish", "outcome"),
    [
        ({"content": "1. cat"}, "length", "truncated"),
        ({"content": ""}, "content_filter", "filtered"),
        ({"content": ""}, "stop", "empty"),
        ({"content": None, "refusal": "I will not."}, "stop", "refused"),
    ],
)
def test_what_is_no_full_answer_is_data(server, ledger, message, finish, outcome):
    def reply(body):
        content = wires.completion(body, "")
        content["choices"][0]["message"].update(message)
        content["choices"][0]["finish_reason"] = finish
        return web.json_response(content)

    server.fault = reply
    (answer,) = ask(ledger, request(server))
    assert answer["outcome"] == outcome
    assert len(ledger) == 1


def test_a_request_nobody_waits_for_is_called_off_unless_it_was_sent(server, ledger):
    server.delay_s = 0.2

    async def work(dispatcher: Dispatcher) -> None:
        limits = {"openai": {"max_parallel": 1}}
        asked = [
            asyncio.create_task(answer(dispatcher, request(server, seed=seed), limits=limits))
            for seed in (0, 1)
        ]
        await asyncio.sleep(0.1)  # the first is under way, the second waits in line
        for task in asked:
            task.cancel()
        await asyncio.sleep(0.4)
        assert not dispatcher.busy

    dispatched(ledger, work)
    assert [body["seed"] for body in server.requests] == [0]
    assert len(ledger) == 1  # paid for, so it is kept


def test_when_answers_cannot_be_kept_nothing_more_is_sent(server, ledger, monkeypatch):
    def full(entries):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(ledger, "add", full)
    limits = {"openai": {"max_parallel": 1}}
    errors = ask(ledger, *[request(server, seed=seed) for seed in range(4)], limits=limits)
    assert all("database or disk is full" in str(error) for error in errors)
    assert len(server.requests) == 1


def test_a_key_in_an_error_is_masked(server, ledger):
    server.fault = lambda body: wires.error(400, f"bad key {wires.KEY}!", "x")
    (error,) = ask(ledger, request(server))
    assert "[OPENAI_API_KEY]" in str(error)
    assert wires.KEY not in str(error)


def test_a_missing_key_stops_the_model_before_anything_is_sent(server, ledger, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    (error,) = ask(ledger, request(server, api_base=None))
    assert "OPENAI_API_KEY" in str(error)
    assert "attempts" not in str(error)
    assert server.requests == []


def test_a_server_that_cannot_be_reached_is_a_passing_fault(server, ledger):
    (error,) = ask(ledger, request(server, api_base="http://127.0.0.1:9/v1"))
    assert "after 6 attempts" in str(error)


def test_a_pause_that_the_provider_asks_for_is_kept(server, ledger):
    faults = [wires.error(429, "slow down", "rate_limit", {"retry-after": "1"})]
    server.fault = lambda body: faults.pop() if faults else None
    started = time.monotonic()
    (answer,) = ask(ledger, request(server))
    assert answer["attempts"] == 2
    assert time.monotonic() - started >= 1.0


def test_a_pause_of_hours_is_left_to_the_next_run(server, ledger):
    server.fault = lambda body: wires.error(429, "tomorrow", "x", {"retry-after": "86400"})
    (error,) = ask(ledger, request(server))
    assert "after 1 attempt; the next run tries again" in str(error)


def test_without_credit_a_model_is_asked_once(server, ledger):
    server.fault = lambda body: wires.error(
        429, "You exceeded your current quota", "insufficient_quota"
    )
    requests = [request(server, seed=seed) for seed in range(4)]
    errors = ask(ledger, *requests, limits={"openai": {"max_parallel": 1}})
    assert all("check the billing" in str(error) for error in errors)
    assert len(server.requests) == 1


def test_a_refused_parameter_stops_only_what_was_asked_with_it(server, ledger):
    server.fault = lambda body: (
        wires.error(400, "temperature too high", "x") if body["temperature"] > 1 else None
    )
    bad = [request(server, seed=seed, temperature=2.0) for seed in range(3)]
    good = [request(server, seed=seed, temperature=0.5) for seed in range(3)]
    results = ask(ledger, *bad, *good, limits={"openai": {"max_parallel": 1}})
    assert [isinstance(each, NoAnswerError) for each in results] == [True] * 3 + [False] * 3
    assert len(server.requests) == 1 + 3


def test_the_first_request_does_not_load_what_it_does_not_use():
    code = """
import sys
from divergent_bench.sampling.providers.llm import load_litellm
load_litellm()
import openai
client = openai.AsyncOpenAI(api_key="none")
client.chat.completions
assert "openai.resources.beta" not in sys.modules
from openai.resources import Embeddings
assert isinstance(openai.OpenAI(api_key="none").embeddings, Embeddings)
assert not hasattr(openai.resources, "no_such_endpoint")
assert "openai.resources.beta" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_half_a_character_is_kept_like_any_other_answer(server, ledger):
    def reply(body):
        content = json.dumps(wires.completion(body, "1. cat HALF")).replace("HALF", "\\ud83d")
        return web.Response(text=content, content_type="application/json")

    server.fault = reply
    (answer,) = ask(ledger, request(server))
    assert answer["text"] == "1. cat \ud83d"
    assert ask(ledger, request(server)) == [answer]
    assert len(server.requests) == 1


def test_one_answer_that_cannot_be_stored_takes_no_other_with_it(server, ledger, monkeypatch):
    store = ledger.add

    def picky(entries):
        if any(entry.request["seed"] == 1 for entry in entries):
            raise ValueError("not this one")
        return store(entries)

    monkeypatch.setattr(ledger, "add", picky)
    results = ask(ledger, *[request(server, seed=seed) for seed in range(4)])
    assert [isinstance(each, NoAnswerError) for each in results] == [False, True, False, False]
    assert len(ledger) == 3


def test_what_failed_in_prefetching_is_not_paid_for_again_by_its_job(server, ledger, monkeypatch):
    def broken(*response):
        raise ValueError("cannot be read")

    monkeypatch.setattr(llm.asking, "_answer_of", broken)

    async def work(dispatcher: Dispatcher) -> None:
        for _ in range(3):
            with pytest.raises(NoAnswerError, match="the answer cannot be used: ValueError"):
                await answer(dispatcher, request(server))

    dispatched(ledger, work)
    assert len(server.requests) == 1


def test_a_request_that_another_gateway_asks_is_waited_for(server, ledger, tmp_path):
    # Locks belong to processes, so the other gateway is one.
    code = f"""
import sys
from pathlib import Path
from divergent_bench.sampling.gateway.request_locks import RequestLocks
locks = RequestLocks(Path({str(tmp_path / "claims")!r}))
assert locks.take({digest(request(server))!r})
print("locked", flush=True)
sys.stdin.readline()
"""
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "locked\n"
    request_locks = RequestLocks(tmp_path / "claims")
    assert request_locks.others_have_some()

    async def work(dispatcher: Dispatcher) -> str:
        waiting = asyncio.create_task(answer(dispatcher, request(server)))
        await asyncio.sleep(0.5)
        assert server.requests == []
        theirs = Entry(digest(request(server)), request(server), '"theirs"', "2026-01-01", None)
        ledger.add([theirs]).result()
        await asyncio.to_thread(other.communicate, "done\n")
        return await waiting

    assert dispatched(ledger, work) == '"theirs"'
    assert server.requests == []
    assert request_locks.take("ab" * 32)
    assert not request_locks.others_have_some(), "they are our own"
    request_locks.close()


def test_locks_that_the_file_system_cannot_keep_end_in_a_reason(server, ledger, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    async def work(dispatcher: Dispatcher) -> None:
        monkeypatch.setattr("divergent_bench.sampling.gateway.request_locks.fcntl.lockf", refuse)
        with pytest.raises(NoAnswerError, match=r"cannot be locked .*No locks available"):
            await answer(dispatcher, request(server))

    dispatched(ledger, work)
    assert server.requests == []


FOREVER = ("99999999", "1e30", "9" * 30, "Fri, 31 Dec 9999 23:59:59 GMT")


@pytest.mark.parametrize("wait", FOREVER)
def test_a_wait_beyond_the_cap_pauses_the_model_up_to_the_cap(server, ledger, monkeypatch, wait):
    monkeypatch.setattr(dispatcher_module, "LONGEST_RETRY_AFTER_SECONDS", 0.2)
    first, later = request(server, seed=0), request(server, seed=1)
    busy = wires.refusal(429, "Come back next week.", retry_after=wait)
    server.fault = lambda body: busy if body["seed"] == 0 else None

    async def work(dispatcher: Dispatcher) -> dict[str, Any]:
        run = dispatcher.start_run("results/b", {"openai/gpt-4o": 2})
        with pytest.raises(NoAnswerError, match="Come back next week"):
            await answer(dispatcher, first)
        status = dispatcher.status(run)["models"]["openai/gpt-4o"]
        async with asyncio.timeout(10):
            await answer(dispatcher, later)
        return status

    status = dispatched(ledger, work)
    assert 0 < status["paused_s"] <= 0.2
    assert "Come back next week" in status["reason"]


@pytest.mark.parametrize("wait", ["-5", "nan", "soon", "", "Thu, 01 Jan 1970 00:00:00 GMT", "0x10"])
def test_a_wait_that_is_none_is_not_waited_for(server, ledger, wait):
    faults = iter([wires.refusal(429, retry_after=wait)])
    server.fault = lambda body: next(faults, None)
    (found,) = ask(ledger, request(server))
    assert found["attempts"] == 2


def test_a_model_that_is_busy_for_ever_is_given_up_for_this_run(server, ledger, monkeypatch):
    monkeypatch.setattr(dispatcher_module, "LONGEST_RETRY_AFTER_SECONDS", 0.01)
    server.fault = lambda body: wires.refusal(429, "Come back next week.", retry_after="86400")
    results = ask(
        ledger,
        *[request(server, seed=seed) for seed in range(50)],
        limits={"openai": {"max_parallel": 1}},
    )
    assert all("Come back next week" in str(each) for each in results)
    assert len(server.requests) == 2, "the next run tries again"
