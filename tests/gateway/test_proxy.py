"""Asking by a real LiteLLM proxy that two machines share, as the documentation sets it up."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from divergent_bench.base.answers import Answer
from divergent_bench.base.errors import UserError
from divergent_bench.base.policy import Route, RunPolicy
from divergent_bench.config.loading import load_config, parse_config
from divergent_bench.design.expansion import expand
from divergent_bench.design.policy import run_policy
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.running.cost_plan import make_plan
from divergent_bench.running.environment.online import look_at_proxies
from divergent_bench.sampling.gateway.ledger import Spending
from divergent_bench.sampling.gateway.preflight import problems
from divergent_bench.sampling.gateway.rate_limits import configured_limits
from divergent_bench.sampling.providers import llm
from divergent_bench.sampling.providers.llm import ModelRefusedError, TransportError
from tests.helpers.commands import divergent_bench
from tests.helpers.loopback import Loopback, loopback, set_keys
from tests.helpers.pages import Reader, blocks
from tests.helpers.processes import gateways, wait_until
from tests.helpers.proxy import MASTER_KEY, proxy
from tests.helpers.wires import KEYS, MODELS, refusal
from tests.helpers.workflow import ROOT, Workflow

SCHEMA = TASK.response_schema

pytestmark = pytest.mark.slow

PAGE = "docs/how-to/central-gateway.md"
SHARED_LIMIT = 2  # of requests in flight, over both machines
CHECK_KEY = "(check LITELLM_PROXY_API_KEY in the environment)"
PRICE_OF_ONE = 0.28e-6 * 90 + 0.42e-6 * 40  # DeepSeek's, of an answer of the loopback


@pytest.fixture(scope="module")
def provider() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@pytest.fixture(scope="module")
def url(provider: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the proxy of the page, with providers on loopback and more models to be asked for."""
    (page,) = [block for block in blocks(PAGE) if block.title == "proxy.yaml"]
    config = yaml.safe_load(page.text)
    config["model_list"] += [
        served("deepseek/*", "deepseek/*"),
        served("anthropic/*", "anthropic/*"),
        served("our-model", "openai/gpt-4o"),
        served("gemini/*", "gemini/*"),
        served("ollama/*", "ollama_chat/*"),
        served("openai/gpt-4.1", "openai/gpt-4.1", max_parallel_requests=SHARED_LIMIT),
        served("openai/gpt-4o-mini", "openai/gpt-4o-mini", rpm=1),
        served("openai/wrong-key", "openai/gpt-4o", api_key="sk-wrong-0123456789"),
    ]
    for each in config["model_list"]:
        name = each["litellm_params"]["model"].partition("/")[0].removesuffix("_chat")
        each["litellm_params"]["api_base"] = provider.base(name)
    config["router_settings"]["provider_budget_config"]["deepseek"] = {
        "budget_limit": 2.5 * PRICE_OF_ONE,
        "time_period": "1d",
    }
    with proxy(tmp_path_factory.mktemp("proxy"), config) as running:
        yield running


def served(name: str, model: str, **params: Any) -> dict[str, Any]:
    key = f"os.environ/{model.partition('/')[0].upper()}_API_KEY"
    return {"model_name": name, "litellm_params": {"model": model, "api_key": key, **params}}


@pytest.fixture(autouse=True)
def _one_key_only(monkeypatch: pytest.MonkeyPatch, provider: Loopback) -> None:
    for name in KEYS:
        monkeypatch.delenv(f"{name.upper()}_API_KEY", raising=False)
    monkeypatch.setenv("LITELLM_PROXY_API_KEY", MASTER_KEY)
    provider.reset()
    provider.fault, provider.delay_s = (lambda body: None), 0.0


def request(model: str, **changes: Any) -> dict[str, Any]:
    provider, _, name = model.partition("/")
    return {
        "provider": provider,
        "model": name,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Name 10 words."},
        ],
        "temperature": 0.7,
        "max_tokens": 77,
        "structured": False,
        "api_base": None,
        "params": {},
        "seed": 3,
        **changes,
    }


ASKED = {
    **{f"{name}/{model}": {} for name, model in MODELS.items()},
    "openai/o3": {"temperature": 1.0},
    "openai/gpt-5-mini": {"temperature": None, "params": {"reasoning_effort": "low"}},
    "openai/gpt-4o-2024-11-20": {
        "structured": TASK.response_schema,
        "params": {"frequency_penalty": 0.5},
    },
    "anthropic/claude-sonnet-4-5": {
        "structured": TASK.response_schema,
        "params": {"frequency_penalty": 0.5},
    },
    "gemini/gemini-2.5-pro": {"structured": TASK.response_schema, "params": {"top_k": 5}},
    "anthropic/claude-opus-4-1": {
        "temperature": None,
        "max_tokens": 2000,
        "params": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    },
}


def test_a_provider_gets_the_same_with_and_without_a_proxy(provider, url, loop, monkeypatch):
    for model, changes in ASKED.items():
        asked = request(model, **changes)
        with monkeypatch.context() as with_keys:
            set_keys(with_keys)
            direct = loop.run(llm.answer({**asked, "api_base": provider.base(asked["provider"])}))
        via = loop.run(llm.answer(asked, route=Route(url, model)))
        at_provider, behind_proxy = (
            {k: v for k, v in each.body.items() if (k, v) != ("stream", False)}  # said or not
            for each in provider.requests
        )
        assert behind_proxy == at_provider, model
        assert via.sent == {**direct.sent, "proxy": {"url": url, "model": model}}
        assert via.parameters == direct.parameters
        assert (via.text, via.outcome) == (direct.text, direct.outcome)
        assert via.cost_usd == pytest.approx(direct.cost_usd), model
        assert llm.tokens_used(via) == llm.tokens_used(direct)
        assert via.served_model.endswith(asked["model"])
        provider.reset()


def test_a_name_of_the_proxys_own_is_asked_for_and_does_not_hide_who_answers(provider, url, loop):
    route = Route(url, "our-model")
    via = loop.run(llm.answer(request("openai/gpt-4o"), route=route))
    (at_provider,) = provider.requests
    assert at_provider["model"] == "gpt-4o"
    assert via.served_model == "openai/gpt-4o"
    assert via.sent["proxy"] == {"url": url, "model": "our-model"}
    # Asked for as a model that no table knows: the proxy knows what it cost.
    via = loop.run(llm.answer(request("deepseek/unknown"), route=route))
    assert via.cost_usd == pytest.approx(90 * 2.5e-6 + 40 * 10e-6)


Once = Callable[..., Answer | ModelRefusedError | TransportError]


@pytest.fixture
def once(loop: asyncio.Runner, url: str) -> Once:
    """Return a function that asks by the proxy, or by another, and returns what came of it."""

    def ask(model: str = "openai/gpt-4o", at: str = url) -> Any:
        try:
            return loop.run(llm.answer(request(model), route=Route(at, model)))
        except (ModelRefusedError, TransportError) as error:
            return error

    return ask


def test_what_a_proxy_refuses_says_what_to_mend(provider, url, once, monkeypatch):
    for model, hint in {
        "mistral/none": "the proxy must serve 'mistral/none': add it to its `model_list`",
        "openai/wrong-key": "(check the key that the proxy has for openai)",
    }.items():
        error = once(model)
        assert error.whole_model
        assert hint in str(error)
        assert str(error).startswith(f"{model} by the proxy {url}: ")

    # In the words of a proxy with a database.
    monkeypatch.setenv("LITELLM_PROXY_API_KEY", KEYS["openai"])
    message = "Authentication Error, Invalid proxy server token passed."
    provider.fault = lambda body: in_its_words(401, message, "token_not_found_in_db")
    assert str(once(at=provider.root)).endswith(CHECK_KEY)
    message = "Budget has been exceeded! Current cost: 1.0, Max budget: 1.0"
    provider.fault = lambda body: in_its_words(429, message, "budget_exceeded")
    error = once(at=provider.root)
    assert error.whole_model
    assert error.failure.cause == "budget"
    assert str(error).startswith(f"the budget of the proxy {provider.root} is reached")

    monkeypatch.setenv("LITELLM_PROXY_API_KEY", "sk-another-0123456789")
    assert str(once()).endswith(CHECK_KEY)
    # Without a key of the proxy, none of a provider goes there instead.
    monkeypatch.delenv("LITELLM_PROXY_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY", KEYS["openai"])
    assert "Incorrect API key" in str(once(at=provider.root))
    assert str(once()).endswith(CHECK_KEY)


def in_its_words(status: int, message: str, kind: str) -> web.Response:
    error = {"message": message, "type": kind, "param": None, "code": str(status)}
    return web.json_response({"error": error}, status=status)


def test_what_passes_is_told_from_what_may_be_paid_for(provider, once):
    assert once(at="http://127.0.0.1:1").args == (
        "openai/gpt-4o by the proxy http://127.0.0.1:1: Connection error: Connection refused "
        "(start it, or check `gateway: url:` in the config)",
    )
    provider.fault = lambda body: refusal(429, retry_after="2")
    busy = once()
    assert (busy.retry_after_s, busy.back_pressure, busy.maybe_paid) == (2.0, True, False)
    provider.fault = lambda body: "reset"
    lost = once()
    assert (lost.back_pressure, lost.maybe_paid) == (False, True)
    provider.fault = lambda body: "no_credit"
    assert "(check the billing)" in str(once())
    provider.fault = lambda body: "policy"
    assert once().outcome == "filtered"
    provider.fault = lambda body: None
    # One a minute, and three requests see two minutes at most.
    asked = [once("openai/gpt-4o-mini") for _ in range(3)]
    limited = [answer for answer in asked if isinstance(answer, TransportError)]
    assert {(error.retry_after_s, error.back_pressure) for error in limited} == {(60, True)}


def config(url: str, *providers: dict[str, Any], **gateway: Any) -> dict[str, Any]:
    return {
        "name": "shared-too",
        "gateway": {"url": url, **gateway},
        "experiments": [{"name": "e", "providers": list(providers), "samples": 20}],
        "analysis": {"include_visualizations": False, "generate_report": False},
    }


def sampling(
    directory: Path, asked: dict[str, Any], policy: RunPolicy, seeds: range
) -> "subprocess.Popen[str]":
    """Start the job that collects these seeds on the machine that `directory` stands for."""
    template = json.dumps({k: v for k, v in asked.items() if k != "seed"})
    command = [sys.executable, ROOT / "scripts/sample_dat.py", "--condition", "{}"]
    command += ["--request", template, "--policy", policy.to_json()]
    command += ["--log", f"{asked['model']}.log"]
    command += ["--first", f"{asked['model']}-{seeds[0]}.json", "--samples", str(len(seeds))]
    return subprocess.Popen(command, cwd=directory, stderr=subprocess.PIPE, text=True)


def ended(job: "subprocess.Popen[str]") -> str:
    """Wait for a job and return its complaint, empty where it has none."""
    return job.communicate(timeout=60)[1]


@pytest.fixture
def machines(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path]]:
    """Return two working directories, each with a gateway of its own as a machine has."""
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "30")
    here, there = workdir / "here", workdir / "there"
    here.mkdir()
    there.mkdir()
    yield here, there
    for gateway in gateways(workdir):
        os.kill(gateway, signal.SIGTERM)
    wait_until(lambda: not gateways(workdir), seconds=20)


def test_two_machines_keep_to_one_limit_and_one_budget(provider, url, machines, monkeypatch):
    here, there = machines
    reader = Reader(here, {"http://proxy:4000": url}, {})
    reader.follow(PAGE, quickly=True)
    assert len(provider.requests) == 2 + 6  # two questions of --online, and the batch
    way = RunPolicy("results/b", proxy=url)
    assert not ended(
        sampling(there, request("openai/gpt-4o"), way, range(1))
    )  # a gateway is up there

    # Twenty at once, and the proxy lets two through. A machine that it refuses asks again within a
    # second; ten answers to the other alone take longer than that.
    provider.reset()
    provider.delay_s, provider.most_in_flight = 0.5, 0
    asked = [request("openai/gpt-4.1", max_tokens=tokens) for tokens in (50, 60)]
    jobs = [sampling(*each, way, range(10)) for each in zip(machines, asked, strict=True)]
    assert [ended(job) for job in jobs] == ["", ""]
    turns = [body["max_tokens"] for body in provider.requests]
    assert sorted(turns) == [50] * 10 + [60] * 10
    assert turns not in (sorted(turns), sorted(turns, reverse=True))  # one beside the other
    assert provider.most_in_flight == SHARED_LIMIT

    # One spends what the proxy has for DeepSeek, and then neither is answered.
    provider.reset()
    provider.delay_s = 0.0
    spender = {"provider": "deepseek", "model": "deepseek-chat", "max_parallel": 1}
    flow = Workflow(here, config(url, spender))
    said = divergent_bench("batch", "run", "bench.yaml", code=3, directory=here)
    answered = len(flow.records())
    assert 0 < answered == len(provider.requests) < 20
    reason = f"the budget of the proxy {url} is reached for deepseek/deepseek-chat; raise it there"
    assert f"{20 - answered} x {reason}" in said
    assert reason in ended(sampling(there, request("deepseek/deepseek-chat"), way, range(1)))
    assert len(provider.requests) == answered

    # What was answered by the proxy is an answer without it, too.
    monkeypatch.chdir(here)
    shared = load_config("config/shared.yaml")
    shutil.rmtree("results/shared/samples")
    for way in (shared, shared.model_copy(update={"gateway": None})):
        plan = make_plan(expand(way), run_policy(way))
        assert (plan.to_ask, sum(model.in_ledger for model in plan.models)) == (0, 6)
    for file in filter(Path.is_file, here.parent.rglob("*")):
        content = file.read_bytes()
        assert not any(key.encode() in content for key in (MASTER_KEY, *KEYS.values())), file


def test_a_config_is_told_what_does_not_go_with_a_proxy(monkeypatch):
    def complaint(*providers: dict[str, Any], url: str = "http://p", **gateway: Any) -> str:
        with pytest.raises(UserError) as caught:
            run_policy(parse_config(config(url, *providers, **gateway)))
        return str(caught.value)

    gpt = {"provider": "openai", "model": "gpt-4o"}
    assert "openai has an `api_base`, but by `gateway: url:` every model is asked" in complaint(
        gpt | {"api_base": "http://own"}
    )
    with monkeypatch.context() as own:
        own.setenv("OPENAI_BASE_URL", "http://own")
        assert "(OPENAI_BASE_URL or OPENAI_API_BASE)" in complaint(gpt)
    typo = complaint(gpt, models={"openai/gpt4o": "ours"})
    assert "no experiment asks 'openai/gpt4o'; did you mean 'openai/gpt-4o'?" in typo
    secret = complaint(gpt, url="http://me:secret@proxy:4000")
    assert "holds a name or a password; take it out" in secret
    assert "LITELLM_PROXY_API_KEY" in secret
    assert "secret" not in secret
    for wrong in ("proxy:4000", "ftp://proxy", "http://", "http://proxy?key=1"):
        assert complaint(gpt, url=wrong).startswith("gateway.url: ")

    baselines = {"provider": "baseline", "model": "oracle"}
    valid = parse_config(
        config("https://proxy/llm/v1/", gpt, baselines, models={"openai/gpt-4o": "ours"})
    )
    assert run_policy(valid).route(request("openai/gpt-4o")) == Route("https://proxy/llm", "ours")
    assert expand(valid) == expand(valid.model_copy(update={"gateway": None}))


def test_a_proxy_has_the_limits_and_the_keys(provider, monkeypatch):
    asked, way = request("openai/gpt-4o"), RunPolicy("results/b", proxy=provider.root)
    assert configured_limits(asked, {})[0]["rpm"] == 500
    assert configured_limits(asked, {}, way.proxy) == ({"max_parallel": 8}, {"max_parallel": 8})
    nothing = Spending(0.0, 0.0)
    (problem,) = problems([asked], RunPolicy("results/b"), nothing)
    assert problem.cause == "no_key"
    assert "needs a key: set OPENAI_API_KEY" in problem.message
    assert problems([asked], way, nothing) == []
    # What is asked is checked as for the provider, and a proxy is not told what to do beyond that.
    (problem,) = problems([request("openai/o3")], way, nothing)
    assert problem.cause == "temperature"
    assert "o3 takes no temperature of 0.7" in problem.message
    steering = {"extra_body": {"fallbacks": ["openai/other"]}}
    (problem,) = problems([request("openai/gpt-4o", params=steering)], way, nothing)
    assert "fallbacks would tell litellm where to send a request" in problem.message


def test_a_look_at_a_proxy_says_what_is_wrong_with_it(provider, url, monkeypatch):
    def look(at: str, *models: str) -> tuple[str, str]:
        (heard,) = look_at_proxies(Route(at, model) for model in models)
        assert heard.what == f"proxy {at}"
        return heard.status, heard.message

    assert look(url, "openai/gpt-4o", "our-model") == ("ok", "serves openai/gpt-4o, our-model")
    status, message = look(url, "openai/gpt-4o", "mistral/none")
    assert (status, message) == (
        "warning",
        "does not list mistral/none; a wildcard may serve them",
    )
    status, message = look("http://127.0.0.1:1", "openai/gpt-4o")
    assert status == "problem"
    assert "check `gateway: url:` in the config" in message
    status, message = look(provider.root, "openai/gpt-4o")  # no proxy
    assert (status, message) == ("problem", "answers 404 at /v1/models: Not Found")
    monkeypatch.setenv("LITELLM_PROXY_API_KEY", "sk-another-0123456789")
    status, message = look(url, "openai/gpt-4o")
    assert status == "problem"
    assert message.endswith("; check LITELLM_PROXY_API_KEY in the environment")
