"""Whole answers in odd forms: read, or kept raw, and never bought a second time."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from divergent_bench.analysis.summaries import measure
from divergent_bench.base.answers import Answer, outcome_of
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.requests import digest
from divergent_bench.sampling.gateway import dispatcher as dispatching
from divergent_bench.sampling.gateway.dispatcher import Dispatcher
from divergent_bench.sampling.gateway.request_locks import RequestLocks
from divergent_bench.sampling.providers import llm
from tests.gateway.test_wire_formats import request
from tests.helpers import loopback
from tests.helpers.scores import scores_table
from tests.helpers.wires import MODELS, WIRES, completion

Change = Callable[[dict[str, Any]], Any]

CASES = Path(__file__).parents[3] / "shared/data/cases"
LIST = "1. Lamp\n2. River"
# litellm prints what does not fit its models.
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")


@pytest.fixture
def server(monkeypatch):
    loopback.set_keys(monkeypatch)
    with loopback.loopback() as running:
        yield running


@pytest.fixture
def ask(server, loop) -> Callable[..., Answer]:
    return lambda provider="openai": loop.run(llm.answer(request(server, provider)))


def replies(server: loopback.Loopback, content: object) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    server.fault = lambda _: web.Response(text=text, content_type="application/json")


def whole(**changes: Any) -> dict[str, Any]:
    return completion({"model": "m", "messages": []}, LIST) | changes


def with_choice(**changes: Any) -> dict[str, Any]:
    return whole(choices=[whole()["choices"][0] | changes])


def with_message(**changes: Any) -> dict[str, Any]:
    return with_choice(message={"role": "assistant", "content": LIST} | changes)


PARTS = [{"type": "text", "text": "1. Lamp\n"}, {"type": "text", "text": "2. River"}]
READ = {
    "parts": with_message(content=PARTS),
    "parts beside reasoning": with_message(content=[{"type": "thinking", "thinking": []}, *PARTS]),
    "parts without a type": with_message(content=["1. Lamp", "2. River"]),
    "one part": with_message(content={"type": "output_text", "text": LIST}),
    "a message that is the text": with_choice(message=LIST),
    "text of a completion": whole(choices=[{"index": 0, "text": LIST}]),
    "no date": whole(created=None),
    "a date in words": whole(created="2026-01-01T00:00:00Z"),
    "a date with a fraction": whole(created=1.5),
    "a date that is no number": whole(created=math.nan),
    "a role of its own": with_message(role="bot"),
    "tools that are none": with_message(tool_calls="none", annotations="none", audio=""),
    "reasoning in parts": with_message(reasoning_content=["hm"], thinking_blocks="hm"),
    "an end that is no word": with_choice(finish_reason=["stop"]),
    "a model that is no name": whole(model=["m"]),
    "an error that is none": whole(error=None),
}


@pytest.mark.parametrize("name", READ)
def test_a_list_in_an_odd_form_is_read(server, ask, name):
    replies(server, READ[name])
    answer = ask()
    assert (answer.text, answer.outcome) == (LIST, "ok")
    assert answer.usage["total_tokens"] == 130
    # gpt-4o: 2.50 USD per million prompt tokens (90 here), 10 USD per million of answer (40).
    assert answer.cost_usd == pytest.approx(90 * 2.5e-6 + 40 * 10e-6)
    assert answer.served_model in {whole()["model"], None}


NO_COUNTS = ([1, 2], "lots", {"prompt_tokens": [1], "completion_tokens": {}, "total_tokens": 1.5})


@pytest.mark.parametrize("usage", NO_COUNTS, ids=["list", "text", "mixed"])
def test_usage_in_an_odd_form_costs_no_answer(server, ask, usage):
    replies(server, whole(usage=usage))
    answer = ask()
    assert (answer.text, answer.outcome) == (LIST, "ok")
    assert (answer.usage, answer.cost_usd) == (None, None)
    assert answer.flags == ["usage_not_credible"]


def test_a_total_alone_has_no_known_cost(server, ask):
    replies(server, whole(usage={"total_tokens": 130}))
    answer = ask()
    assert answer.cost_usd is None
    assert llm.tokens_used(answer) == 130


def test_a_byte_that_is_no_utf_8_costs_one_letter(server, ask):
    content = json.dumps(whole(), ensure_ascii=False).replace("Lamp", "Caf\xe9").encode("latin-1")
    server.fault = lambda _: web.Response(body=content, content_type="application/json")
    assert ask().text == "1. Caf\ufffd\n2. River"


@pytest.mark.parametrize("provider", ["anthropic", "gemini", "ollama"])
def test_an_answer_of_another_format_is_read_whatever_its_usage(server, ask, provider):
    def reply(body):
        content = WIRES[provider].answer(body, LIST, "ok")
        odd = {"usage": "lots", "usageMetadata": [1], "eval_count": [40], "created_at": 7}
        return web.json_response(content | {k: v for k, v in odd.items() if k in content})

    server.fault = reply
    assert ask(provider).text == LIST


UNREADABLE = {
    "a number": with_message(content=12),
    "an object": with_message(content={"words": ["lamp"]}),
    "no choice, and counts": whole(choices=[]),
    "no list of choices": whole(choices=None),
    "a list of answers": [whole()],
    "a stream": f"data: {json.dumps(whole())}\n\ndata: [DONE]\n\n",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_kept_raw(server, ask, name):
    replies(server, UNREADABLE[name])
    answer = ask()
    assert (answer.text, answer.outcome) == ("", "unreadable")
    sent = UNREADABLE[name]
    assert answer.raw == (sent if isinstance(sent, dict) else {"body": sent})
    if isinstance(sent, dict):
        assert answer.cost_usd == pytest.approx(90 * 2.5e-6 + 40 * 10e-6)


def asked_twice(server, ledger, loop) -> list[dict[str, Any]]:
    """Ask the same two times, as two runs would."""
    each = request(server, "openai")

    async def work() -> list[str]:
        policy = RunPolicy("results/b", budget_usd=1.0)
        locks = ledger.path.with_name("claims")
        dispatchers = [Dispatcher(ledger, RequestLocks(locks)) for _ in range(2)]
        return [await one.answer(digest(each), each, policy) for one in dispatchers]

    return [json.loads(text) for text in loop.run(work())]


def test_an_unreadable_answer_is_bought_once_and_counts_as_paid(server, ledger, loop):
    replies(server, UNREADABLE["a number"])
    first, second = asked_twice(server, ledger, loop)
    assert first == second
    assert first["outcome"] == "unreadable"
    assert len(server.requests) == 1
    spending = ledger.spending("results/b")
    assert spending.spent_usd == pytest.approx(90 * 2.5e-6 + 40 * 10e-6)
    assert spending.reserved_usd == 0


def test_an_end_by_a_fault_is_no_answer_and_asked_again(server, ledger, loop, monkeypatch):
    monkeypatch.setattr(dispatching, "FIRST_BACKOFF_SECONDS", 0.01)
    ends = iter(["error", "Aborted", "stop", "stop"])
    server.fault = lambda _: web.json_response(with_choice(finish_reason=next(ends)))
    first, _ = asked_twice(server, ledger, loop)
    assert (first["outcome"], first["attempts"]) == ("ok", 3)


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are beside a checkout only")
def test_the_error_of_the_field_is_no_good_end(server, ask):
    replies(server, (CASES / "s-finish-error.json").read_text(encoding="utf-8"))
    with pytest.raises(llm.TransportError, match="failed while it answered") as raised:
        ask()
    assert raised.value.maybe_paid


def test_of_an_answer_that_is_there_already_half_is_kept():
    assert outcome_of(LIST, "ERROR") == "truncated"
    assert Answer.of_text("", "insufficient_system_resource").outcome == "truncated"


def test_an_end_that_litellm_does_not_know_keeps_its_meaning(server, ask):
    replies(server, with_choice(finish_reason="model_length"))
    assert (ask().outcome, ask().finish_reason) == ("truncated", "model_length")


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("/home/ann/models/smol.gguf", "smol.gguf"),
        ("C:\\Users\\ann\\smol.gguf", "smol.gguf"),
        ("./models/smol/", "smol"),
        ("models/smol.gguf", "smol.gguf"),
        ("meta-llama/Llama-3.3-70B", "meta-llama/Llama-3.3-70B"),
        ("accounts/fireworks/models/llama", "accounts/fireworks/models/llama"),
    ],
)
def test_of_a_path_the_served_model_is_its_file(server, ask, named, kept):
    replies(server, whole(model=named))
    assert ask().served_model == kept


def test_the_served_model_of_ollama_is_what_it_sent(ask):
    assert ask("ollama").served_model == MODELS["ollama"]


def test_answers_that_were_all_reasoning_are_counted():
    silent = {"outcome": "truncated", "n_words": 0, "layout": "none", "flags": "fewer-than-asked"}
    rows = [
        silent,
        silent | {"layout": "prose", "flags": "unclosed-reasoning|fewer-than-asked"},
        silent | {"flags": "cut-off|fewer-than-asked"},  # it had begun to list
        silent | {"layout": "prose"},  # it had begun to talk
        silent | {"outcome": "empty"},
        {"outcome": "truncated", "score": 80.0},
    ]
    assert measure(scores_table(rows), ["space"])["n_only_reasoning"].tolist() == [2]
