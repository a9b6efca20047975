"""What a model is really asked for, what it costs at most: by litellm's own mapping and table."""

import gc
import os
import socket
import subprocess
import sys

import pytest

from divergent_bench.base.answers import Answer
from divergent_bench.base.requests import request_at
from divergent_bench.config import parse_config
from divergent_bench.config.provider_entry import ProviderEntry
from divergent_bench.design.expansion import expand
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.sampling.providers import llm
from divergent_bench.sampling.providers.llm import loading, pricing, sending
from divergent_bench.sampling.providers.llm.steering import steering
from tests.helpers import loopback, wires


@pytest.fixture(scope="module", autouse=True)
def litellm():
    return llm.load_litellm()


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    loopback.set_keys(monkeypatch)
    for provider in ("mistral", "together_ai", "togetherai", "huggingface"):
        monkeypatch.setenv(f"{provider.upper()}_API_KEY", "key-of-no-use-0123456789")
    monkeypatch.setattr(sending, "_templates", {})


def request(provider: str = "openai", model: str = "gpt-4o", **changes):
    return {
        "provider": provider,
        "model": model,
        "messages": [{"role": "user", "content": "Name 10 words."}],
        "temperature": 0.7,
        "max_tokens": None,
        "structured": False,
        "api_base": "http://127.0.0.1:9",
        "params": {},
        "seed": 3,
        **changes,
    }


# --- What is sent -------------------------------------------------------------------------------


def test_what_is_sent_is_said_in_our_words_and_in_the_providers():
    outgoing = llm.check(request(max_tokens=50, params={"top_p": 0.5}))
    assert outgoing.sent == {"temperature": 0.7, "seed": 3, "structured": False, "max_tokens": 50}
    assert outgoing.parameters == {"temperature": 0.7, "seed": 3, "max_tokens": 50, "top_p": 0.5}


def test_replicates_differ_in_the_seed_alone():
    first, second = (llm.check(request(seed=seed)) for seed in (0, 1))
    assert (first.sent["seed"], second.sent["seed"]) == (0, 1)
    assert first.parameters == {"temperature": 0.7, "seed": 0}
    assert second.parameters == {"temperature": 0.7, "seed": 1}


def test_a_seed_by_another_name_is_a_seed():
    outgoing = llm.check(request("mistral", "mistral-small-latest", seed=8))
    assert outgoing.sent["seed"] == 8
    assert outgoing.parameters["extra_body"] == {"random_seed": 8}


def test_a_seed_that_cannot_be_sent_is_left_out():
    outgoing = llm.check(request("anthropic", "claude-sonnet-4-5"))
    assert outgoing.sent["seed"] is None
    assert 3 not in outgoing.parameters.values()


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai", "o3"), ("openai", "gpt-5-mini"), ("anthropic", "claude-opus-4-7")],
)
def test_a_temperature_a_model_refuses_is_an_error_with_the_way_out(provider, model):
    with pytest.raises(llm.ModelRefusedError) as raised:
        llm.check(request(provider, model))
    assert f"{provider}/{model} takes no temperature of 0.7" in str(raised.value)
    assert "`temperature: null`" in str(raised.value)
    assert llm.check(request(provider, model, temperature=None)).sent["temperature"] is None


def test_the_one_temperature_a_model_takes_is_sent():
    assert llm.check(request(model="o3", temperature=1)).sent["temperature"] == 1


def test_a_temperature_that_litellm_adds_is_on_the_record():
    outgoing = llm.check(request("gemini", "gemini-3-pro-preview", temperature=None))
    assert outgoing.sent["temperature"] == outgoing.parameters.get("temperature")


@pytest.mark.parametrize(
    ("provider", "model", "supported"),
    [
        ("openai", "gpt-4o", True),
        ("anthropic", "claude-sonnet-4-5", True),
        ("gemini", "gemini-2.5-flash", True),
        ("ollama", "llama3.2", True),
        ("openai", "a-model-of-tomorrow", True),  # not in the table: the provider will say
        ("openai", "gpt-4", False),  # in the table, and without schemas
        ("together_ai", "meta-llama/Llama-3-8b-chat-hf", False),
        ("deepseek", "deepseek-chat", False),  # the table says yes, its documentation no
        ("deepseek", "deepseek-of-tomorrow", False),
    ],
)
def test_a_schema_is_asked_for_where_the_model_knows_them(provider, model, supported):
    outgoing = llm.check(request(provider, model, structured=TASK.response_schema))
    plain = llm.check(request(provider, model))
    assert outgoing.sent["structured"] is supported
    assert (outgoing.parameters != plain.parameters) is supported


def test_a_format_that_deepseek_documents_is_asked_for():
    plain_json = {"type": "json_object"}
    asked = request("deepseek", "deepseek-chat", params={"response_format": plain_json})
    assert llm.check(asked).parameters["response_format"] == plain_json


def test_another_schema_is_another_request():
    other = {"type": "json_schema", "json_schema": {"name": "other", "schema": {"type": "object"}}}
    for schema in (TASK.response_schema, other):
        outgoing = llm.check(request(structured=schema))
        assert outgoing.parameters["response_format"] == schema


@pytest.mark.parametrize(
    ("provider", "model", "name"),
    [
        ("openai", "gpt-4o", "max_tokens"),
        ("openai", "gpt-5-mini", "max_completion_tokens"),
        ("gemini", "gemini-2.5-flash", "max_output_tokens"),
        ("ollama", "llama3.2", "num_predict"),
    ],
)
def test_the_longest_answer_is_known_by_any_name(provider, model, name):
    outgoing = llm.check(request(provider, model, temperature=None, max_tokens=50))
    assert outgoing.sent["max_tokens"] == 50
    assert outgoing.parameters[name] == 50


def test_ten_thousand_replicates_are_mapped_once(litellm, monkeypatch):
    mappings = []
    real = litellm.utils.get_optional_params
    monkeypatch.setattr(
        litellm.utils,
        "get_optional_params",
        lambda **asked: mappings.append(asked) or real(**asked),
    )
    for seed in range(10_000):
        llm.check(request(seed=seed))
    assert 0 < len(mappings) < 10


def test_a_key_that_appears_later_counts(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(llm.ModelRefusedError, match="set OPENAI_API_KEY in the environment"):
        llm.check(request(api_base=None))
    monkeypatch.setenv("OPENAI_API_KEY", wires.KEY)
    assert llm.check(request(api_base=None)).sent["seed"] == 3


# --- What it costs ------------------------------------------------------------------------------


def test_the_price_of_a_token_is_that_of_the_table():
    # gpt-4o: 2.50 and 10 USD per million.
    assert llm.price_of(request()) == llm.Price(input=2.5e-6, output=10e-6)


def test_a_machine_of_ones_own_is_free_whatever_it_serves():
    local = request("ollama", "some-model:7b")
    assert llm.price_of(local) == llm.Price(0.0, 0.0)
    assert llm.upper_bound_usd(local, llm.price_of(local)) == 0.0


def test_the_price_of_an_unknown_model_is_unknown():
    stranger = request("openrouter", "nobody/knows-it")
    assert llm.price_of(stranger) is None
    assert llm.upper_bound_usd(stranger, None) is None


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({"max_tokens": 50}, 50),
        ({"params": {"max_completion_tokens": 60}}, 60),
        ({"params": {"max_output_tokens": 70}}, 70),
        ({}, 16384),  # what the table says of gpt-4o
        ({"model": "a-model-of-tomorrow"}, None),
    ],
)
def test_the_longest_answer_is_what_was_asked_or_what_the_model_can(changes, most):
    assert pricing.most_answer_tokens(request(**changes)) == most


def test_an_unknown_model_of_anthropic_gets_the_longest_answer_that_litellm_sends():
    unknown = request("anthropic", "claude-of-tomorrow")
    assert pricing.most_answer_tokens(unknown) == llm.check(unknown).sent["max_tokens"]


def test_a_prompt_is_counted_in_tokens():
    short, long = (
        request(messages=[{"role": "user", "content": "word " * words}]) for words in (10, 1000)
    )
    # Each "word " is a token; a message has some of its own.
    assert 10 <= llm.prompt_tokens(short) <= 25
    assert 985 <= llm.prompt_tokens(long) - llm.prompt_tokens(short) <= 995


def test_the_bound_is_a_generous_prompt_and_the_longest_answer():
    price = llm.Price(input=1.0, output=100.0)
    prompt = llm.prompt_tokens(request()) * 1.2 + 50
    assert llm.upper_bound_usd(request(max_tokens=7), price) == pytest.approx(prompt + 700)


def test_no_bound_without_a_longest_answer():
    endless = request(model="a-model-of-tomorrow")
    assert llm.upper_bound_usd(endless, llm.Price(1e-6, 1e-6)) is None


def test_tokens_used_are_those_the_provider_counted():
    assert llm.tokens_used(Answer("cat", usage={"total_tokens": 130})) == 130
    assert llm.tokens_used(Answer("cat", usage={})) is None
    assert llm.tokens_used(Answer("cat")) is None


# --- Loading ------------------------------------------------------------------------------------


def test_loading_litellm_leaves_the_collector_on():
    assert gc.isenabled()


def test_nothing_is_looked_up_in_the_network(monkeypatch):
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: asked.append(host) or [])
    for provider, model in [
        ("ollama", "llama-3-of-my-own"),
        ("huggingface", "someone/llama-3"),
        ("together_ai", "meta-llama/Llama-3-8b-chat-hf"),
        ("anthropic", "claude-sonnet-4-5"),
    ]:
        one = request(provider, model, structured=TASK.response_schema)
        llm.check(one)
        llm.upper_bound_usd(one, llm.price_of(one))
        llm.prompt_tokens(one)
    assert asked == []


def test_litellm_is_told_to_fetch_nothing_before_it_is_loaded():
    code = (
        "import os, sys\n"
        "sys.modules['litellm'] = None  # to import it is an error\n"
        "from divergent_bench.sampling.providers import llm\n"
        "try: llm.load_litellm()\n"
        "except ImportError: print(*(n for n, v in os.environ.items() if v == 'True'))\n"
    )
    unset = {n: value for n, value in os.environ.items() if not n.startswith("LITELLM_")}
    said = subprocess.run(
        [sys.executable, "-c", code], env=unset, capture_output=True, text=True, check=True
    )
    assert {"LITELLM_LOCAL_MODEL_COST_MAP", "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS"} <= {
        *said.stdout.split()
    }


def test_a_timeout_is_no_parameter_of_the_model():
    assert "timeout" not in str(llm.check(request(params={"timeout": 5})).parameters)


def test_the_bookkeeping_of_litellm_can_be_switched_off():
    assert loading.bookkeeping_off().name == "is_internal_call"


def test_nothing_of_litellm_is_loaded_before_it_is_needed():
    code = (
        "import sys; from divergent_bench.sampling.providers import llm; "
        "sys.exit(any(name in sys.modules for name in ('litellm', 'httpx', 'openai', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fallbacks", [{"model": "openai/other", "api_base": "http://evil.example"}]),
        ("callbacks", ["langfuse"]),
        ("langfuse_host", "http://evil.example"),
        ("anthropic_identity_token_file", "/etc/passwd"),
        ("aws_bedrock_runtime_endpoint", "http://evil.example"),
        ("ssl_verify", False),
        ("ttl", 60),
        ("mock_timeout", True),
        ("retry_policy", {}),
        ("use_litellm_proxy", True),
        ("cache", {"no-store": True}),
    ],
)
def test_what_would_send_a_request_elsewhere_is_no_parameter_of_it(name, value):
    with pytest.raises(llm.ModelRefusedError, match=f"{name} would tell litellm where to send"):
        llm.check(request(params={"top_p": 0.5, name: value}))


def test_no_order_of_litellms_is_taken_for_a_parameter(litellm):
    own = litellm.types.utils.all_litellm_params
    passed = {name for name in own if not steering({"params": {name: 1}}, None)}
    # These word a request, or say how it is mapped; nothing else may slip by with a new version.
    assert passed == {
        *("allowed_openai_params", "api_version", "merge_reasoning_content_in_choices", "metadata"),
        *("region_name", "supports_system_message", "use_chat_completions_api"),
    }


# Of OpenAI, Anthropic, Gemini, Ollama, vLLM, llama.cpp, OpenRouter, and of clouds.
OF_PROVIDERS = {
    "thinking": {"type": "enabled", "budget_tokens": 2000},
    "reasoning_effort": "low",
    "max_completion_tokens": 500,
    "max_output_tokens": 500,
    "min_tokens": 5,
    "prompt_cache_key": "dat",
    "prompt_cache_retention": "24h",
    "skip_special_tokens": False,
    "stop_token_ids": [2],
    "stop_tokens": ["</s>"],
    "cache_prompt": False,
    "cache_control": {"type": "ephemeral"},
    "cached_content": "caches/1",
    "thinking_budget": 100,
    "chat_template_kwargs": {"enable_thinking": False},
    "num_ctx": 2048,
    "keep_alive": "5m",
    "repetition_penalty": 1.1,
    "provider": {"order": ["a"], "allow_fallbacks": False},
    "route": "fallback",
    "transforms": [],
    "safety_identifier": "dat",
    "aws_region_name": "eu-central-1",
    "vertex_location": "europe-west1",
    "extra_body": {"ttl": 5, "tags": ["a"]},
}


def test_every_parameter_of_a_provider_is_taken():
    entry = {"provider": "openai", "model": "m", "params": OF_PROVIDERS}
    experiment = {"name": "a", "providers": [entry], "temperature": None}
    (planned,) = expand(parse_config({"name": "x", "experiments": [experiment]})).conditions
    sent = llm.check(request_at(planned.template, 0)).parameters
    in_body = sent | sent["extra_body"]
    # litellm knows that this model does not reason, and of what cloud it is not.
    left_out = {"thinking", "reasoning_effort", "aws_region_name", "vertex_location"}
    assert OF_PROVIDERS.keys() - in_body.keys() <= left_out


@pytest.mark.parametrize("name", ["session_key", "access_token", "auth_tokens", "api_key"])
def test_a_secret_is_no_parameter(name):
    entry = {"provider": "openai", "model": "m", "params": {"extra": {name: "abc"}}}
    with pytest.raises(ValueError, match="looks like a secret"):
        ProviderEntry.model_validate(entry)
