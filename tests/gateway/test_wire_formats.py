"""Five providers, each in its own wire format through the real litellm: answers, ends, faults."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import pytest
from aiohttp import web

from divergent_bench.base.answers import Answer
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.sampling.providers import llm
from divergent_bench.sampling.providers.llm import asking
from tests.helpers import loopback, wires
from tests.helpers.loopback import Loopback
from tests.helpers.wires import KEYS, MODELS, WIRES, Fault, refusal

PROVIDERS = list(MODELS)
WITH_KEY = list(KEYS)
Ask = Callable[..., Answer]
# USD per token, as litellm's table had them when this was written.
PRICES = {
    "openai": (2.5e-6, 10e-6),
    "anthropic": (3e-6, 15e-6),
    "gemini": (0.3e-6, 2.5e-6),
    "ollama": (0.0, 0.0),
    "deepseek": (0.28e-6, 0.42e-6),
}


@pytest.fixture(scope="module")
def running() -> Iterator[Loopback]:
    with loopback.loopback() as server:
        yield server


@pytest.fixture
def server(running: Loopback, monkeypatch: pytest.MonkeyPatch) -> Loopback:
    loopback.set_keys(monkeypatch)
    running.reset()
    running.fault = lambda body: None
    return running


@pytest.fixture
def ask(server: Loopback, loop: asyncio.Runner) -> Ask:
    """Return a function that asks a provider on loopback once."""

    def once(wire: str, price: llm.Price | None = None, **changes: Any) -> Answer:
        return loop.run(llm.answer(request(server, wire, **changes), price))

    return once


def request(server: Loopback, wire: str, **changes: Any) -> dict[str, Any]:
    return {
        "provider": wire,
        "model": MODELS[wire],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Name 10 words."},
        ],
        "temperature": 0.7,
        "max_tokens": None,
        "structured": False,
        "api_base": server.base(wire),
        "params": {},
        "seed": 3,
        **changes,
    }


def fails(server: Loopback, fault: Fault | str) -> None:
    server.fault = lambda body: fault


def assert_written(server: Loopback, answers: int) -> None:
    deadline = time.monotonic() + 2  # the server counts an answer a moment after it is read
    while (written := sum(server.answered.values())) < answers and time.monotonic() < deadline:
        time.sleep(0.005)
    assert written == answers


# --- Answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_answer_is_read(server, ask, provider):
    answer = ask(provider)
    (asked,) = server.requests
    assert asked.provider == provider
    assert asked["messages"][-1]["content"] == "Name 10 words."
    assert answer.text == loopback.ten_nouns(asked)
    assert answer.outcome == "ok"
    assert answer.finish_reason == "stop"
    assert MODELS[provider] in answer.served_model
    assert llm.tokens_used(answer) == 130  # 90 of the prompt, 40 of the answer
    assert answer.raw["choices"][0]["message"]["content"] == answer.text
    assert_written(server, 1)
    assert server.strays == []


SENT = {
    "openai": {"temperature": 0.2, "seed": 5, "max_tokens": 77},
    "anthropic": {"temperature": 0.2, "max_tokens": 77},
    "gemini": {"temperature": 0.2, "seed": 5, "max_output_tokens": 77},
    "ollama": {"temperature": 0.2, "seed": 5, "num_predict": 77},
    "deepseek": {"temperature": 0.2, "seed": 5, "max_tokens": 77},
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_record_says_what_went_over_the_wire(server, ask, provider):
    answer = ask(provider, temperature=0.2, max_tokens=77, seed=5)
    seed = None if provider == "anthropic" else 5  # it takes none
    assert answer.sent == {"temperature": 0.2, "seed": seed, "structured": False, "max_tokens": 77}
    assert answer.parameters == SENT[provider]
    (asked,) = server.requests
    assert (asked["temperature"], asked.get("seed"), asked["max_tokens"]) == (0.2, seed, 77)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_not_asked_for_is_not_sent(server, ask, provider):
    answer = ask(provider, temperature=None, seed=None)
    # Anthropic demands a longest answer; litellm sends the longest this model can give.
    most = 64000 if provider == "anthropic" else None
    assert answer.sent == {
        "temperature": None,
        "seed": None,
        "structured": False,
        "max_tokens": most,
    }
    (asked,) = server.requests
    assert asked.get("temperature") is None
    assert asked.get("seed") is None
    assert asked.get("max_tokens") == most


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_temperature_of_zero_is_sent_as_zero(server, ask, provider):
    assert ask(provider, temperature=0).sent["temperature"] == 0
    assert server.requests[0]["temperature"] == 0


SCHEMA_PLACE = {
    "openai": ("response_format", "json_schema", "schema"),
    "anthropic": ("output_format", "schema"),
    "gemini": ("generationConfig", "response_json_schema"),
    "ollama": ("format",),
}


@pytest.mark.parametrize("provider", SCHEMA_PLACE)
def test_a_schema_goes_where_the_provider_wants_it(server, ask, provider):
    words = '{"words": ["cat", "algorithm"]}'
    server.answer = lambda body: words
    try:
        answer = ask(provider, structured=TASK.response_schema)
    finally:
        server.answer = loopback.ten_nouns
    assert answer.sent["structured"] is True
    assert answer.text == words
    found: Any = server.requests[0].body
    for key in SCHEMA_PLACE[provider]:
        found = found[key]
    assert found["properties"]["words"]["items"] == {"type": "string"}


def test_a_schema_is_not_sent_to_a_model_that_knows_none(server, ask, monkeypatch):
    # litellm would send it; its table says that the model takes none.
    monkeypatch.setenv("TOGETHERAI_API_KEY", KEYS["openai"])  # the same wire format
    model = {"provider": "together_ai", "model": "meta-llama/Llama-3-8b-chat-hf"}
    assert ask("openai", **model, structured=TASK.response_schema).sent["structured"] is False
    assert "response_format" not in server.requests[0]


def test_a_schema_is_not_sent_to_deepseek_and_the_record_says_so(server, ask):
    # litellm's table says that its models take one; its API documents no such format.
    answer = ask("deepseek", structured=TASK.response_schema)
    assert answer.sent["structured"] is False
    assert "response_format" not in answer.parameters
    assert "response_format" not in server.requests[0].body


def test_a_timeout_of_the_config_counts(server, ask):
    ask("openai")  # the first one of all takes longer
    fails(server, "stall")
    error = transport_error(ask, "openai", params={"timeout": 0.2})
    assert "no answer within 0.2 s" in str(error)
    assert len(server.requests) == 2
    assert "timeout" not in server.requests[1].body


def test_an_ollama_server_is_asked_for_answers_only(server, ask):
    for seed in range(3):
        ask("ollama", model="a-model-not-seen-before", seed=seed)
    assert server.strays == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_answer_costs_its_tokens_times_their_price(ask, provider):
    into, out = PRICES[provider]
    assert ask(provider).cost_usd == pytest.approx(90 * into + 40 * out)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_price_of_the_config_counts_instead(ask, provider):
    price = llm.Price(input=1e-6, output=2e-6)
    assert ask(provider, price).cost_usd == pytest.approx(90e-6 + 80e-6)


@pytest.mark.parametrize("provider", ["openai", "deepseek"])
def test_what_was_not_counted_has_no_known_cost(server, ask, provider):
    def uncounted(body: Any) -> web.Response:
        content = wires.completion(body, "1. cat")
        del content["usage"]
        return web.json_response(content)

    server.fault = uncounted
    answer = ask(provider)
    assert answer.usage is None
    assert llm.tokens_used(answer) is None
    assert answer.cost_usd is None


# --- Ends that are data -------------------------------------------------------------------------

ENDS = [
    *[(provider, "truncated", "truncated") for provider in PROVIDERS],
    *[(provider, "empty", "empty") for provider in PROVIDERS],
    *[(provider, "filtered", "filtered") for provider in WITH_KEY],
    ("openai", "refused", "refused"),
    ("deepseek", "refused", "refused"),
    ("anthropic", "refused", "filtered"),  # stop_reason refusal: its classifiers stepped in
    ("gemini", "refused", "filtered"),  # finishReason RECITATION
    ("gemini", "blocked", "filtered"),  # promptFeedback.blockReason, and no candidate
]


@pytest.mark.parametrize(("provider", "end", "outcome"), ENDS)
def test_an_unusual_end_is_data_and_was_paid(server, ask, provider, end, outcome):
    fails(server, end)
    answer = ask(provider)
    assert answer.outcome == outcome
    assert (answer.cost_usd or 0) > 0 or provider == "ollama"
    assert len(server.requests) == 1


@pytest.mark.parametrize("provider", ["openai", "deepseek"])
def test_the_words_of_a_refusal_are_kept(server, ask, provider):
    fails(server, "refused")
    assert ask(provider).text == loopback.ten_nouns(server.requests[0])


@pytest.mark.parametrize("provider", ["openai", "anthropic", "deepseek"])
def test_a_prompt_against_the_rules_is_data(server, ask, provider):
    fails(server, "policy")  # an error with status 400
    answer = ask(provider)
    assert answer.outcome == "filtered"
    assert answer.text == ""
    assert WIRES[provider].policy().message in answer.raw["error"]
    assert answer.cost_usd == 0  # an error is not billed
    assert len(server.requests) == 1


# --- Faults that may pass -----------------------------------------------------------------------


def transport_error(ask: Ask, provider: str, **changes: Any) -> llm.TransportError:
    with pytest.raises(llm.TransportError) as raised:
        ask(provider, **changes)
    return raised.value


@pytest.mark.parametrize("kind", ["reset", "reset_in_body", "cut_json", "html", "no_choices"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_answer_that_got_lost_may_have_been_paid(server, ask, provider, kind):
    fails(server, kind)
    error = transport_error(ask, provider)
    assert error.maybe_paid
    assert not error.back_pressure
    assert "Traceback" not in str(error)
    assert len(server.requests) == 1  # nothing below us asked again
    assert sum(server.answered.values()) == 0


@pytest.mark.parametrize(
    "content",
    [
        "",
        "null",
        "[]",
        "{}",
        '"sorry"',
        '{"choices": []}',
        '{"choices": [{}]}',
        '{"candidates": [], "usageMetadata": {}}',
        '{"content": null, "stop_reason": "end_turn", "usage": {}}',
        '{"message": null, "done": true}',
        '{"error": {"message": "upstream failed", "code": 502}}',
    ],
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_whatever_is_no_answer_is_never_taken_for_one(server, ask, provider, content):
    server.fault = lambda body: web.Response(text=content, content_type="application/json")
    assert transport_error(ask, provider).maybe_paid
    assert len(server.requests) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_error_page_of_a_proxy_is_a_passing_fault(server, ask, provider):
    server.fault = lambda body: web.Response(text=wires.HTML, status=502, content_type="text/html")
    assert not transport_error(ask, provider).maybe_paid


MISLEADING = "invalid_request_error 403 429: rate limit, overloaded_error, content_policy_violation"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_status_counts_whatever_the_words_of_an_error_say(server, ask, provider):
    fails(server, refusal(500, MISLEADING))
    error = transport_error(ask, provider)
    assert not error.back_pressure
    assert not error.maybe_paid


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_body_that_stalls_is_not_waited_for(server, ask, monkeypatch, provider):
    monkeypatch.setattr(asking, "TIMEOUT_SECONDS", 0.3)
    fails(server, "stall")
    started = time.monotonic()
    error = transport_error(ask, provider)
    assert 0.3 <= time.monotonic() - started < 2
    assert "no answer within 0.3 s" in str(error)
    assert error.maybe_paid
    assert len(server.requests) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_body_that_drips_is_waited_for(server, ask, provider):
    fails(server, "drip")
    assert ask(provider).outcome == "ok"
    assert_written(server, 1)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_body_that_drips_for_too_long_is_given_up(server, ask, monkeypatch, provider):
    # No pause between two bytes is ever near the limit: it is one of the whole.
    monkeypatch.setattr(asking, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(server, "drip_s", 5.0)
    fails(server, "drip")
    assert transport_error(ask, provider).maybe_paid
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "back_pressure"),
    [
        (408, False),
        (409, False),
        (425, False),
        (429, True),
        (500, False),
        (502, False),
        (503, True),
        (504, False),
        (529, True),
    ],
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_passing_status_is_a_fault_that_cost_nothing(
    server, ask, provider, status, back_pressure
):
    fails(server, refusal(status))
    error = transport_error(ask, provider)
    assert error.back_pressure is back_pressure
    assert error.maybe_paid is False
    assert error.retry_after_s is None
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_pause_in_seconds_is_honoured(server, ask, provider, status):
    fails(server, refusal(status, retry_after="2.5"))
    assert transport_error(ask, provider).retry_after_s == 2.5


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_pause_until_a_date_is_honoured(server, ask, provider):
    fails(server, refusal(429, retry_after=formatdate(time.time() + 100, usegmt=True)))
    assert 90 < transport_error(ask, provider).retry_after_s <= 100


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("value", ["soon", "-3", "nan", "inf"])
def test_a_pause_that_makes_no_sense_is_none(server, ask, provider, value):
    fails(server, refusal(429, retry_after=value))
    assert transport_error(ask, provider).retry_after_s is None


def test_gemini_asks_for_a_pause_in_its_body(server, ask):
    fails(server, WIRES["gemini"].busy())
    error = transport_error(ask, "gemini")
    assert error.retry_after_s == 7
    assert error.back_pressure  # it speaks of plan and billing, and means too many a minute


@pytest.mark.parametrize("provider", PROVIDERS)
def test_where_nobody_listens_nothing_was_sent(ask, provider):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = transport_error(ask, provider, api_base=f"http://127.0.0.1:{port}")
    assert not error.maybe_paid
    assert not error.back_pressure


def test_an_answer_cut_off_for_want_of_resources_is_no_answer(server, ask, monkeypatch):
    ends = {"truncated": "insufficient_system_resource"}
    monkeypatch.setattr(WIRES["deepseek"], "finish_reasons", ends)
    fails(server, "truncated")
    assert transport_error(ask, "deepseek").maybe_paid


# --- Refusals -----------------------------------------------------------------------------------


def refused(ask: Ask, provider: str, **changes: Any) -> llm.ModelRefusedError:
    with pytest.raises(llm.ModelRefusedError) as raised:
        ask(provider, **changes)
    return raised.value


@pytest.mark.parametrize("provider", WITH_KEY)
def test_a_wrong_key_stops_the_model(server, ask, monkeypatch, provider):
    monkeypatch.setenv(f"{provider.upper()}_API_KEY", "sk-quite-another-key")
    error = refused(ask, provider)
    assert error.whole_model
    assert "check the key in the environment" in str(error)
    assert server.requests == []  # the server told by the key alone


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        ("unknown_model", "check the name of the model"),
        (refusal(403), "the key may not use this model"),
        (refusal(402), "check the billing"),
    ],
    ids=["unknown_model", "403", "402"],
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refusal_of_the_model_stops_it(server, ask, provider, fault, hint):
    fails(server, fault)
    error = refused(ask, provider)
    assert error.whole_model
    assert hint in str(error)
    assert len(server.requests) == 1


def test_a_refusal_by_other_means_than_http_stops_the_model(ask, monkeypatch):
    litellm = llm.load_litellm()

    async def refuse(**_: Any) -> None:  # as the clients of some clouds do
        raise litellm.AuthenticationError("no credentials", "bedrock", "a-model")

    monkeypatch.setattr(litellm, "acompletion", refuse)
    assert refused(ask, "openai").whole_model


@pytest.mark.parametrize("provider", WITH_KEY)
def test_an_account_without_money_stops_the_model(server, ask, provider):
    fails(server, "no_credit")
    error = refused(ask, provider)
    assert error.whole_model
    assert "check the billing" in str(error)


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refused_parameter_stops_only_what_asks_for_it(server, ask, provider, status):
    fails(server, refusal(status, "top_k: unsupported parameter"))
    error = refused(ask, provider)
    assert not error.whole_model
    assert "unsupported parameter" in str(error)
    assert "check the model and its parameters" in str(error)


@pytest.mark.parametrize("provider", WITH_KEY)
def test_a_key_in_an_error_is_masked(server, ask, provider):
    key = KEYS[provider]
    for status in (400, 500):
        fails(server, refusal(status, f"bad key {key}!"))
        with pytest.raises((llm.ModelRefusedError, llm.TransportError)) as raised:
            ask(provider)
        assert "bad key" in str(raised.value)
        assert key not in str(raised.value)


@pytest.mark.parametrize("provider", WITH_KEY)
def test_without_a_key_nothing_is_sent(server, ask, monkeypatch, provider):
    ask(provider)
    server.reset()
    for name in (f"{provider.upper()}_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for elsewhere in (None, "https://models.example/v1"):
        error = refused(ask, provider, api_base=elsewhere)
        assert f"{provider.upper()}_API_KEY" in str(error)
    assert server.requests == []


@pytest.mark.parametrize("provider", WITH_KEY)
def test_a_server_on_this_machine_may_need_no_key(server, ask, monkeypatch, provider):
    for name in (f"{provider.upper()}_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert "check the key in the environment" in str(refused(ask, provider))  # this one needs it
    monkeypatch.setattr(type(WIRES[provider]), "has_key", lambda *_: True)
    assert ask(provider).outcome == "ok"


PAGE = "<!DOCTYPE html>\n<html><head><title>404</title></head><body>nothing here</body></html>"
NO_PATH = [
    (404, PAGE),
    (405, PAGE),
    (404, "404 page not found"),
    (404, '{"detail":"Not Found"}'),
    (404, '{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}'),
]


@pytest.mark.parametrize(("status", "text"), NO_PATH)
@pytest.mark.parametrize("provider", ["openai", "ollama"])
def test_an_address_without_models_names_api_base(server, ask, monkeypatch, provider, status, text):
    server.fault = lambda _: web.Response(status=status, text=text)
    error = refused(ask, provider)
    assert error.whole_model
    assert "check `api_base`" in str(error)
    assert "<" not in str(error), "no page"
    monkeypatch.setenv(f"{provider.upper()}_BASE_URL", server.base(provider))
    assert f"check {provider.upper()}_BASE_URL" in str(refused(ask, provider))


def test_a_page_instead_of_an_answer_names_api_base(server, ask):
    server.fault = lambda _: web.Response(text=PAGE, content_type="text/html")
    assert "check `api_base`" in str(transport_error(ask, "openai"))


def test_a_model_that_a_server_does_not_have_is_a_matter_of_its_name(server, ask):
    server.fault = lambda _: web.json_response({"error": "model 'x' not found"}, status=404)
    assert "check the name of the model" in str(refused(ask, "ollama"))
