"""Language models, through litellm.

litellm takes seconds to import, so only the gateway imports it, and only when a request needs it.
"""

import asyncio
import gc
import json
import math
import os
import re
import textwrap
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from divergent_bench.answers import Answer, Outcome, now, versions
from divergent_bench.credentials import redact
from divergent_bench.requests import Request

TIMEOUT_SECONDS = 600
# Our names are the providers'; this is where litellm's name for their chat endpoint differs.
LITELLM_NAMES = {"ollama": "ollama_chat"}
OUTCOMES: dict[str, Outcome] = {"length": "truncated", "content_filter": "filtered"}
# DeepSeek's: cut off for want of resources. litellm knows no such end and calls it a good one.
_ENDS_OF_NEED = frozenset({"insufficient_system_resource"})
# What litellm's mapping says to litellm itself, or fills in without sending it.
_NOT_SENT = frozenset({"stream", "fake_stream", "json_mode"})
_NAMES_OF_MOST_TOKENS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict")
_SEED_PROBE = 123_456_789
# Tokens are counted with one public tokenizer for all models; others may need some more.
_PROMPT_MARGIN = 1.2
_PROMPT_MARGIN_TOKENS = 50
# For these litellm's table of models would ask a server before it looks anything up.
_NOT_IN_TABLE = frozenset({"ollama_chat", "huggingface", "lemonade"})

_REFUSES_MODEL = {
    401: "check the key in the environment",
    403: "the key may not use this model",
    404: "check the name of the model",
}
_LONGEST_MESSAGE = 600
# An answer that may come if it is asked for again; any other 4xx would be refused again.
PASSING_STATUS = frozenset({408, 409, 425, 429})
_STATUS_NEVER_MADE_UP = frozenset({401, 403, 404, 429})
SLOW_DOWN_STATUS = frozenset({429, 503, 529})
# Some providers say with another status what 401, 402 or 404 are for.
_WRONG_KEY = re.compile(r"API_KEY_INVALID|API key not valid", re.IGNORECASE)
_WRONG_MODEL = re.compile(r"model not exist|model_not_found", re.IGNORECASE)
_OUT_OF_CREDIT = re.compile(
    r"insufficient_quota|insufficient balance|credit balance is too low|PerDay", re.IGNORECASE
)
_CONTENT_POLICY = re.compile(
    r"content_policy_violation|content filtering policy|content exists risk"
    r"|violating our usage policy|response was blocked|rejected as a result of (the|our) safety",
    re.IGNORECASE,
)
_RETRY_DELAY = re.compile(r"retryDelay\W+(\d+(?:\.\d+)?)s")  # Gemini's, in the body
# Errors of connecting, by package: litellm calls a connection that broke later by the same name.
_NEVER_SENT = frozenset(
    {
        "aiohttp.ClientConnectorError",
        "aiohttp.ConnectionTimeoutError",
        "builtins.ConnectionRefusedError",
        "httpcore.ConnectError",
        "httpcore.ConnectTimeout",
        "httpcore.PoolTimeout",
        "socket.gaierror",
    }
)


class ModelRefusedError(Exception):
    """The provider will not serve this model as it is asked: wrong key, name or parameter.

    Attributes
    ----------
    whole_model
        Whether it refuses the model altogether, or only what was asked of it.
    """

    def __init__(self, message: str, whole_model: bool = False) -> None:
        super().__init__(message)
        self.whole_model = whole_model


class TransportError(Exception):
    """The request may succeed when it is sent again.

    Attributes
    ----------
    retry_after_s
        Seconds the provider asks to wait, or None.
    back_pressure
        Whether the provider says that it is asked too much.
    maybe_paid
        Whether the request was sent and its answer lost, so that it may be billed.
    """

    def __init__(
        self,
        message: str,
        retry_after_s: float | None = None,
        back_pressure: bool = False,
        maybe_paid: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.back_pressure = back_pressure
        self.maybe_paid = maybe_paid


@dataclass(frozen=True)
class Outgoing:
    """What really goes out for a request.

    Attributes
    ----------
    sent
        temperature, seed and max_tokens, None where they are not sent, and whether structured
        output is asked for.
    parameters
        All parameters, as litellm maps them for the provider.
    """

    sent: dict[str, Any]
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Price:
    """What a token costs, in USD."""

    input: float
    output: float


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
    _forbid_resending()
    _ask_ollama_nothing()
    return litellm


def _forbid_resending() -> None:
    """Keep litellm from sending a request again when its connection broke: it may be paid for."""
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    async def give_up(*_: Any, **__: Any) -> None:
        raise ConnectionError("the connection broke")

    AsyncHTTPHandler.single_connection_post_request = give_up  # type: ignore[method-assign]


def _ask_ollama_nothing() -> None:
    """Keep litellm from asking a server about its models for the price: all others would wait."""
    from litellm.llms.ollama.common_utils import OllamaModelInfo

    def free(_: Any, model: str, **__: Any) -> dict[str, Any]:
        costs = {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0}
        limits = dict.fromkeys(("max_tokens", "max_input_tokens", "max_output_tokens"))
        return {"key": model, "litellm_provider": "ollama", "mode": "chat", **costs, **limits}

    OllamaModelInfo.get_runtime_model_info = free  # type: ignore[assignment,method-assign]


@cache
def _bookkeeping_off() -> ContextVar[bool]:
    """Return the switch of litellm's callbacks and spend logs, which nobody reads here.

    They cost a tenth of a call.
    """
    try:
        from litellm._internal_context import is_internal_call
    except ImportError:  # another version: it only takes longer
        return ContextVar("bookkeeping_off")
    return is_internal_call


async def close_connections() -> None:
    """Close the connections that litellm keeps for the running event loop, before it ends."""
    if load_litellm.cache_info().currsize:
        litellm = load_litellm()
        await litellm.close_litellm_async_clients()
        litellm.in_memory_llm_clients_cache.flush_cache()  # another loop may get the same id


def known_providers() -> list[str]:
    """Return the providers that litellm knows. Imports litellm."""
    return sorted(str(getattr(p, "value", p)) for p in load_litellm().provider_list)


# --- What is sent -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Template:
    """What goes out for all requests that differ in the seed alone."""

    sent: dict[str, Any]
    parameters: dict[str, Any]
    seed_path: tuple[str, ...]  # empty where no seed is sent


_templates: dict[object, _Template] = {}


def check(request: Request) -> Outgoing:
    """Return what will really be sent, after litellm's own mapping.

    Raises
    ------
    ModelRefusedError
        When its key is missing, or it does not take what is asked of it. A seed or a schema that
        the model cannot take is not among these: it is left out, and the sample's record says so.
    """
    key = _template_key(request)
    template = _templates.get(key)
    if template is None:
        template = _templates[key] = _template(request)
    if not template.seed_path:
        return Outgoing(template.sent, template.parameters)
    seed = request["seed"]
    return Outgoing(
        {**template.sent, "seed": seed}, _with_leaf(template.parameters, template.seed_path, seed)
    )


def _template_key(request: Request) -> object:
    provider, params, structured = request["provider"], request["params"], request["structured"]
    return (
        provider,
        request["model"],
        request["api_base"],
        request["temperature"],
        request["seed"] is None,
        request["max_tokens"],
        json.dumps(structured) if structured else None,
        json.dumps(params) if params else None,
        f"{provider.upper()}_API_KEY" in os.environ,
    )


def _template(request: Request) -> _Template:
    if keys := _missing_keys(request):
        raise ModelRefusedError(
            f"{_label(request)} needs a key: set {' or '.join(keys)} in the environment",
            whole_model=True,
        )
    asked = _asked(request, _SEED_PROBE)
    structured = "response_format" in asked and _takes_schema(request, asked)
    if not structured:
        asked.pop("response_format", None)
    mapped = _mapped(request, asked)
    bare = {name: _mapped(request, _without(asked, name)) for name in ("temperature", "seed")}
    temperature = _sent_temperature(request, mapped, bare["temperature"])
    seed_path = _new_leaf(mapped, bare["seed"])
    sent = {
        "temperature": temperature,
        "seed": None,
        "structured": structured,
        "max_tokens": _sent_max_tokens(request, mapped),
    }
    return _Template(sent, mapped, seed_path)


def _asked(request: Request, seed: int | None = None) -> dict[str, Any]:
    optional = {
        "temperature": request["temperature"],
        "seed": None if request["seed"] is None else seed,
        "max_tokens": request["max_tokens"],
        "response_format": request["structured"] or None,
    }
    given = {k: v for k, v in optional.items() if v is not None}
    return given | _without(request["params"], "timeout")


def _mapped(request: Request, asked: dict[str, Any]) -> dict[str, Any]:
    litellm = load_litellm()
    try:
        mapped: dict[str, Any] = litellm.utils.get_optional_params(
            model=request["model"],
            custom_llm_provider=_litellm_provider(request),
            drop_params=True,
            **asked,
        )
    except Exception as error:
        raise ModelRefusedError(f"{_label(request)}: {redact(str(error))}") from error
    return {k: v for k, v in mapped.items() if k not in _NOT_SENT and v != {}}


def _takes_schema(request: Request, asked: dict[str, Any]) -> bool:
    provider, model = _litellm_provider(request), request["model"]
    if _table_entry(provider, model) and not load_litellm().supports_response_schema(
        model, provider
    ):
        return False
    return _mapped(request, asked) != _mapped(request, _without(asked, "response_format"))


def _sent_temperature(
    request: Request, mapped: dict[str, Any], bare: dict[str, Any]
) -> float | None:
    # Where litellm sends a temperature of its own, as for some Gemini models, both have one.
    path = _new_leaf(mapped, bare) or ("temperature",)
    sent: float | None = _leaf(mapped, path)
    temperature = request["temperature"]
    if temperature is not None and sent is None:
        raise ModelRefusedError(
            f"{_label(request)} takes no temperature of {temperature:g}; "
            "write `temperature: null` for it in the config"
        )
    return sent


def _sent_max_tokens(request: Request, mapped: dict[str, Any]) -> int | None:
    for name in _NAMES_OF_MOST_TOKENS:
        if name in mapped:
            return int(mapped[name])
    return _default_max_tokens(request)


def _default_max_tokens(request: Request) -> int | None:
    if _litellm_provider(request) != "anthropic":
        return None
    # Anthropic demands a maximum: where none is given litellm sends the model's own.
    most: int = load_litellm().AnthropicConfig.get_max_tokens_for_model(request["model"])
    return most


def _without(asked: dict[str, Any], name: str) -> dict[str, Any]:
    return {k: v for k, v in asked.items() if k != name}


def _new_leaf(mapped: dict[str, Any], bare: dict[str, Any]) -> tuple[str, ...]:
    """Return the path to a value in `mapped` that `bare` lacks, or () where there is none."""
    for key, value in mapped.items():
        if isinstance(value, dict):
            if path := _new_leaf(value, bare.get(key) or {}):
                return (key, *path)
        elif key not in bare or bare[key] != value:
            return (key,)
    return ()


def _leaf(mapped: dict[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = mapped
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _with_leaf(mapped: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    key, *rest = path
    return {**mapped, key: _with_leaf(mapped[key], tuple(rest), value) if rest else value}


def _missing_keys(request: Request) -> list[str]:
    found = load_litellm().validate_environment(
        f"{_litellm_provider(request)}/{request['model']}", api_base=request["api_base"]
    )
    # Other credentials, as those of a cloud account, may come from elsewhere than the environment.
    return [name for name in found["missing_keys"] if name.endswith("_API_KEY")]


def _litellm_provider(request: Request) -> str:
    provider: str = request["provider"]
    return LITELLM_NAMES.get(provider, provider)


def _label(request: Request) -> str:
    return f"{request['provider']}/{request['model']}"


# --- What it costs ----------------------------------------------------------------------------


def price_of(request: Request) -> Price | None:
    """Return the price of a token of this model, as litellm's table has it, or None."""
    return _price(_litellm_provider(request), request["model"])


@cache
def _price(provider: str, model: str) -> Price | None:
    if provider in LITELLM_NAMES.values():
        return Price(0.0, 0.0)  # a machine of one's own
    entry = _table_entry(provider, model)
    if "input_cost_per_token" not in entry or "output_cost_per_token" not in entry:
        return None
    output = max(entry["output_cost_per_token"], entry.get("output_cost_per_reasoning_token", 0))
    return Price(float(entry["input_cost_per_token"]), float(output))


@cache
def _table_entry(provider: str, model: str) -> dict[str, Any]:
    """Return what litellm's table says of a model; empty where it is not in it."""
    litellm = load_litellm()
    if provider in _NOT_IN_TABLE:
        return {}
    try:
        key = litellm.get_model_info(model, provider)["key"]
    except Exception:
        return {}
    entry: dict[str, Any] = litellm.model_cost.get(key, {})
    return entry


def prompt_tokens(request: Request) -> int:
    """Return how many tokens the messages have, counted with one tokenizer for all models."""
    messages = tuple((m["role"], m["content"]) for m in request["messages"])
    return _count_tokens(request["model"], messages)


@cache
def _count_tokens(model: str, messages: tuple[tuple[str, str], ...]) -> int:
    plain = [{"role": role, "content": content} for role, content in messages]
    return int(load_litellm().token_counter(model=model, messages=plain))


def most_answer_tokens(request: Request) -> int | None:
    """Return the most tokens an answer may have, reasoning included; None where it is unknown."""
    params = request["params"]
    asked = request["max_tokens"] or params.get("max_completion_tokens") or params.get("max_tokens")
    if asked:
        return int(asked)
    entry = _table_entry(_litellm_provider(request), request["model"])
    most = entry.get("max_output_tokens") or entry.get("max_tokens") or _default_max_tokens(request)
    return int(most) if most else None


def upper_bound_usd(request: Request, price: Price | None) -> float | None:
    """Return the most that one request can cost, or None where it is unknown."""
    if price is None:
        return None
    if price == Price(0.0, 0.0):
        return 0.0
    answer_tokens = most_answer_tokens(request)
    if answer_tokens is None:
        return None
    tokens = prompt_tokens(request) * _PROMPT_MARGIN + _PROMPT_MARGIN_TOKENS
    return tokens * price.input + answer_tokens * price.output


def tokens_used(answer: Answer) -> int | None:
    """Return how many tokens a request and its answer took, where the provider says so."""
    total = (answer.usage or {}).get("total_tokens")
    return None if total is None else int(total)


def _cost(response: Any, request: Request, price: Price | None) -> float | None:
    if price is not None:
        return _cost_at(response, price)
    # litellm has computed it already; its public function would do so once more.
    known = getattr(response, "_hidden_params", {}).get("response_cost")
    if known:
        return float(known)
    # It makes the price nothing where it does not know the name that the model answers by.
    in_table = price_of(request)
    return None if in_table is None else _cost_at(response, in_table)


def _cost_at(response: Any, price: Price) -> float | None:
    if price == Price(0.0, 0.0):
        return 0.0
    usage = getattr(response, "usage", None)
    if usage is None or not usage.total_tokens:
        return None
    return float(usage.prompt_tokens * price.input + usage.completion_tokens * price.output)


# --- Asking -----------------------------------------------------------------------------------


async def answer(request: Request, price: Price | None = None) -> Answer:
    """Send one request, once, and return what came back.

    Parameters
    ----------
    request
        What to send.
    price
        What a token costs, where that is known better than litellm's table knows it.

    Raises
    ------
    ModelRefusedError
        When asking this model again in this way is pointless.
    TransportError
        When asking again may help.
    """
    outgoing = check(request)
    started = time.monotonic()
    try:
        response = await _complete(request, outgoing)
    except Exception as error:
        faults = _chain(error)
        if not _is_content_policy(faults):
            raise _translated(faults, request) from error
        return _filtered(error, outgoing, _seconds_since(started))
    found = _answer_of(response, outgoing, _seconds_since(started))
    found.cost_usd = _cost(response, request, price)
    return found


async def _complete(request: Request, outgoing: Outgoing) -> Any:
    asked = _asked(request, request["seed"])
    if not outgoing.sent["structured"]:
        asked.pop("response_format", None)
    seconds = request["params"].get("timeout") or TIMEOUT_SECONDS
    _bookkeeping_off().set(True)
    try:
        # litellm's own timeout is one between two bytes.
        async with asyncio.timeout(seconds):
            return await load_litellm().acompletion(
                model=request["model"],
                custom_llm_provider=_litellm_provider(request),
                messages=request["messages"],
                api_base=request["api_base"],
                timeout=seconds,
                drop_params=True,
                num_retries=0,
                max_retries=0,
                **asked,
            )
    except TimeoutError as error:
        raise TimeoutError(f"no answer within {seconds:g} s") from error


def _seconds_since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _answer_of(response: Any, outgoing: Outgoing, latency_s: float) -> Answer:
    raw = _json_of(response)
    try:
        choice = raw["choices"][0]
        message = choice["message"]
        text: str = message["content"] or ""
    except (KeyError, IndexError, TypeError) as error:
        raise TransportError(
            "the provider sent an answer without a message", maybe_paid=True
        ) from error
    refusal = message.get("refusal") or (message.get("provider_specific_fields") or {}).get(
        "refusal"
    )
    if _native_end(choice) in _ENDS_OF_NEED:
        raise TransportError(
            "the provider ran out of resources", back_pressure=True, maybe_paid=True
        )
    finish_reason = choice.get("finish_reason")
    return Answer(
        text=text or refusal or "",
        outcome=_outcome(text, refusal, finish_reason),
        sent=outgoing.sent,
        parameters=outgoing.parameters,
        raw=raw,
        served_model=raw.get("model"),
        finish_reason=finish_reason,
        usage=_usage(raw),
        latency_s=latency_s,
        answered_at=now(),
        versions=_versions(),
    )


def _usage(raw: dict[str, Any]) -> dict[str, Any] | None:
    """Return the token counts, or None where litellm made up zeros because there are none."""
    usage: dict[str, Any] = raw.get("usage") or {}
    return usage if usage.get("total_tokens") else None


def _native_end(choice: dict[str, Any]) -> str | None:
    """Return the provider's own finish reason, where litellm changed it."""
    end: str | None = (choice.get("provider_specific_fields") or {}).get("native_finish_reason")
    return end


def _json_of(response: Any) -> dict[str, Any]:
    try:
        raw: dict[str, Any] = response.model_dump(mode="json")
    except Exception as error:  # whatever litellm made of a body that is no answer
        raise TransportError(
            "the provider sent an answer that cannot be read", maybe_paid=True
        ) from error
    return raw


def _outcome(text: str, refusal: str | None, finish_reason: str | None) -> Outcome:
    if refusal:
        return "refused"
    if finish_reason in OUTCOMES:
        return OUTCOMES[finish_reason]
    return "ok" if text.strip() else "empty"


def _filtered(error: Exception, outgoing: Outgoing, latency_s: float) -> Answer:
    return Answer(
        text="",
        outcome="filtered",
        sent=outgoing.sent,
        parameters=outgoing.parameters,
        raw={"error": redact(str(error))},
        cost_usd=0.0,  # an error is not billed
        latency_s=latency_s,
        answered_at=now(),
        versions=_versions(),
    )


@cache
def _litellm_version() -> str:
    import importlib.metadata

    return importlib.metadata.version("litellm")


def _versions() -> dict[str, str]:
    return versions() | {"litellm": _litellm_version()}


# --- What went wrong --------------------------------------------------------------------------


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and what led to it, the latest first."""
    faults: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in faults:
        faults.append(link)
        link = link.__cause__ or link.__context__
    return faults


def _status(faults: list[BaseException]) -> int | None:
    """Return the HTTP status the provider answered with, or None where it did not refuse by one.

    litellm's own errors say a status where there was none, and change some by the words they find
    in a message; further down the chain is what the HTTP client saw.
    """
    import httpx
    import openai

    for fault in faults:
        seen = isinstance(fault, httpx.HTTPStatusError) or (
            isinstance(fault, openai.APIStatusError) and _package(type(fault)) == "openai"
        )
        if seen:
            return int(fault.response.status_code)  # type: ignore[attr-defined]
    status = getattr(faults[0], "status_code", None)
    return status if status in _STATUS_NEVER_MADE_UP else None


def _package(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def _texts(faults: list[BaseException]) -> str:
    return " ".join(str(fault) for fault in faults)


def _message(fault: BaseException) -> str:
    # litellm appends its traceback to some, and the whole of a body that it cannot read to others.
    text = str(fault).partition("\nTraceback")[0].strip() or type(fault).__name__
    return textwrap.shorten(redact(text), _LONGEST_MESSAGE, placeholder=" ...")


def _is_content_policy(faults: list[BaseException]) -> bool:
    return _status(faults) == 400 and bool(_CONTENT_POLICY.search(_texts(faults)))


def _translated(faults: list[BaseException], request: Request) -> Exception:
    message = f"{_label(request)}: {_message(faults[0])}"
    status = _status(faults)
    if status is None:
        return _unanswered(faults, message)
    if hint := _hint_for_model(status, _texts(faults)):
        return ModelRefusedError(f"{message} ({hint})", whole_model=True)
    if 400 <= status < 500 and status not in PASSING_STATUS:
        return ModelRefusedError(f"{message} (check the model and its parameters in the config)")
    return TransportError(message, _retry_after(faults), back_pressure=status in SLOW_DOWN_STATUS)


def _hint_for_model(status: int, text: str) -> str | None:
    """Say how to mend what makes every request to this model fail; None for other faults."""
    if status == 402 or (status < 500 and _OUT_OF_CREDIT.search(text)):
        return "check the billing"
    if status == 400 and _WRONG_KEY.search(text):
        return _REFUSES_MODEL[401]
    if status == 400 and _WRONG_MODEL.search(text):
        return _REFUSES_MODEL[404]
    return _REFUSES_MODEL.get(status)


def _unanswered(faults: list[BaseException], message: str) -> Exception:
    if isinstance(faults[0], load_litellm().UnsupportedParamsError):
        return ModelRefusedError(f"{message} (check the model and its parameters in the config)")
    names = {
        f"{_package(kind)}.{kind.__name__}" for fault in faults for kind in type(fault).__mro__
    }
    return TransportError(message, maybe_paid=not names & _NEVER_SENT)


def _retry_after(faults: list[BaseException]) -> float | None:
    for headers in _headers(faults):
        seconds = _seconds(headers.get("retry-after"))
        if seconds is not None:
            return seconds
    found = _RETRY_DELAY.search(_texts(faults))
    return float(found[1]) if found else None


def _headers(faults: list[BaseException]) -> Iterator[Any]:
    # litellm keeps the headers of the answer in one place or another, by provider.
    for fault in faults:
        response = getattr(fault, "response", None)
        yield from filter(
            None,
            (
                getattr(response, "headers", None),
                getattr(fault, "headers", None),
                getattr(fault, "litellm_response_headers", None),
            ),
        )


def _seconds(retry_after: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for: it holds them, or a date."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except ValueError:
            return None
        return max(seconds, 0.0)
    return seconds if 0 <= seconds < math.inf else None
