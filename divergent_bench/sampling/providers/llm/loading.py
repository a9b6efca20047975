"""Import litellm, set up so that it sends our requests only, and each of them once.

It takes seconds to import, so only the gateway imports it, and only when a request needs it.
"""

import gc
import os
import sys
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec, module_from_spec
from typing import Any

from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.requests import Request
from divergent_bench.sampling.providers.llm import wire


@cache
def load_litellm() -> Any:
    """Import litellm, once, with its network habits off."""
    for fetched_else in ("LITELLM_LOCAL_MODEL_COST_MAP", "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS"):
        os.environ.setdefault(fetched_else, "True")
    collecting = gc.isenabled()
    gc.disable()  # a fifth of the time is spent on looking for garbage, of which there is none
    try:
        import litellm

        # Its models are built when they are first used, which would keep other requests waiting.
        litellm.ModelResponse()
    finally:
        if collecting:
            gc.enable()
    gc.freeze()  # nor will there be: what litellm loads stays
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.disable_hf_tokenizer_download = True
    wire.guard()
    _forbid_resending()
    _ask_ollama_nothing()
    _load_few_resources()
    return litellm


def _forbid_resending() -> None:
    """Keep litellm from sending a request again when its connection broke: it may be paid for."""
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    async def give_up(*_: Any, **__: Any) -> None:
        raise ConnectionError("the connection broke")

    AsyncHTTPHandler.single_connection_post_request = give_up


def _ask_ollama_nothing() -> None:
    """Keep litellm from asking a server about its models for the price: all others would wait."""
    from litellm.llms.ollama.common_utils import OllamaModelInfo

    def free(_: Any, model: str, **__: Any) -> dict[str, Any]:
        costs = {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0}
        limits = dict.fromkeys(("max_tokens", "max_input_tokens", "max_output_tokens"))
        return {"key": model, "litellm_provider": "ollama", "mode": "chat", **costs, **limits}

    OllamaModelInfo.get_runtime_model_info = free


def _load_few_resources() -> None:
    """Keep `openai` from loading all its endpoints to use one of them.

    It does so within the first request, and all others wait for 0.4 s. Its package of endpoints is
    put in place without being executed; whoever wants a name of the package itself executes it.
    """
    name = "openai.resources"
    spec = find_spec(name)
    if name in sys.modules or spec is None or spec.loader is None:
        return
    package = module_from_spec(spec)
    loader = spec.loader

    def execute(attribute: str) -> Any:
        del package.__getattr__
        loader.exec_module(package)
        return getattr(package, attribute)

    package.__getattr__ = execute  # type: ignore[method-assign]
    sys.modules[name] = package


@cache
def bookkeeping_off() -> ContextVar[bool]:
    """Return the switch of litellm's callbacks and spend logs, which nobody reads here.

    They cost a tenth of a call.
    """
    try:
        from litellm._internal_context import is_internal_call
    except ImportError:  # another version: it only takes longer
        return ContextVar("bookkeeping_off")
    switch: ContextVar[bool] = is_internal_call
    return switch


async def close_connections() -> None:
    """Close the connections that litellm keeps for the running event loop, before it ends."""
    if load_litellm.cache_info().currsize:
        litellm = load_litellm()
        await litellm.close_litellm_async_clients()
        litellm.in_memory_llm_clients_cache.flush_cache()  # another loop may get the same id


@cache
def table_entry(provider: str, model: str) -> dict[str, Any]:
    """Return what litellm's table says of a model; empty where it is not in it."""
    litellm = load_litellm()
    of = find_provider(provider)
    entry: dict[str, Any] = {}
    if of.in_price_table:
        with suppress(Exception):
            key = litellm.get_model_info(model, of.litellm_name)["key"]
            entry = litellm.model_cost.get(key, {})
    return entry


def litellm_provider(request: Request) -> str:
    """Return litellm's name for the provider of a request."""
    return find_provider(request["provider"]).litellm_name
