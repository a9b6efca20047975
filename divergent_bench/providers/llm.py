"""Language models, through litellm.

litellm takes seconds to import, so only the gateway imports it, and only when a request needs it.
"""

import os
import re
import time
from functools import cache
from typing import Any

from divergent_bench.answers import Answer, Outcome, now, versions
from divergent_bench.credentials import redact
from divergent_bench.requests import Request

TIMEOUT_SECONDS = 600
TEN_WORDS = {
    "type": "json_schema",
    "json_schema": {
        "name": "ten_words",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"words": {"type": "array", "items": {"type": "string"}}},
            "required": ["words"],
            "additionalProperties": False,
        },
    },
}
# Our names are the providers'; this is where litellm's name for their chat endpoint differs.
LITELLM_NAMES = {"ollama": "ollama_chat"}
OUTCOMES: dict[str, Outcome] = {"length": "truncated", "content_filter": "filtered"}
# An answer that may come if it is asked for again; any other 4xx would be refused again.
_REFUSES_MODEL = {
    401: "check the key in the environment",
    403: "the key may not use this model",
    404: "check the name of the model",
}
_OUT_OF_CREDIT = re.compile(r"insufficient_quota|exceeded your current quota", re.IGNORECASE)
PASSING_STATUS = frozenset({408, 409, 425, 429})


class ModelRefusedError(Exception):
    """The provider will not serve this model as it is asked: wrong key, name or parameter.

    Attributes
    ----------
    whole_model
        Whether it refuses the model altogether, or only what was asked of it.
    """

    def __init__(self, message: str, *, whole_model: bool = False) -> None:
        super().__init__(message)
        self.whole_model = whole_model


class TransportError(Exception):
    """The request may succeed when it is sent again.

    Attributes
    ----------
    retry_after_s
        Seconds the provider asks to wait, or None.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@cache
def load_litellm() -> Any:
    """Import litellm, once, with its network habits off."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it fetches a price list
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    return litellm


def known_providers() -> list[str]:
    """Return the providers that litellm knows. Imports litellm."""
    return sorted(str(getattr(p, "value", p)) for p in load_litellm().provider_list)


def check(request: Request) -> dict[str, Any]:
    """Return the parameters that will really be sent, after litellm's own mapping.

    Raises
    ------
    ModelRefusedError
        When its key is missing, or it does not take what is asked of it. A seed that a provider
        cannot take is not among these: it is left out, and the sample's record says so.
    """
    if keys := _missing_keys(request):
        raise ModelRefusedError(
            f"{_label(request)} needs a key: set {' or '.join(keys)} in the environment"
        )
    sent = _mapped(request, _parameters(request))
    temperature = request["temperature"]
    if temperature is not None and "temperature" not in sent:
        raise ModelRefusedError(
            f"{_label(request)} takes no temperature of {temperature:g}; "
            "write `temperature: null` for it in the config"
        )
    return sent


async def answer(request: Request) -> Answer:
    """Send one request, once, and return what came back.

    Raises
    ------
    ModelRefusedError
        When asking this model again in this way is pointless.
    TransportError
        When asking again may help.
    """
    litellm = load_litellm()
    sent = check(request)
    started = time.monotonic()
    try:
        response = await litellm.acompletion(
            model=request["model"],
            custom_llm_provider=_litellm_provider(request),
            messages=request["messages"],
            api_base=request["api_base"],
            drop_params=True,
            num_retries=0,
            max_retries=0,
            **{"timeout": TIMEOUT_SECONDS, **_parameters(request)},
        )
    except litellm.ContentPolicyViolationError as error:
        return Answer(
            text="",
            outcome="filtered",
            sent=sent,
            raw={"error": redact(str(error))},
            latency_s=round(time.monotonic() - started, 3),
            answered_at=now(),
            versions=_versions(),
        )
    except Exception as error:
        raise _translated(error, request) from error
    return _answer_of(response, sent, round(time.monotonic() - started, 3))


def _answer_of(response: Any, sent: dict[str, Any], latency_s: float) -> Answer:
    raw = response.model_dump(mode="json")
    try:
        choice = raw["choices"][0]
        message = choice["message"]
        text: str = message["content"] or ""
    except (KeyError, IndexError, TypeError) as error:
        raise TransportError("the provider sent an answer without a message") from error
    refusal = message.get("refusal") or (message.get("provider_specific_fields") or {}).get(
        "refusal"
    )
    finish_reason = choice.get("finish_reason")
    if refusal:
        outcome: Outcome = "refused"
    elif finish_reason in OUTCOMES:
        outcome = OUTCOMES[finish_reason]
    else:
        outcome = "ok" if text.strip() else "empty"
    return Answer(
        text=text or refusal or "",
        outcome=outcome,
        sent=sent,
        raw=raw,
        served_model=raw.get("model"),
        finish_reason=finish_reason,
        usage=raw.get("usage"),
        cost_usd=_cost(response),
        latency_s=latency_s,
        answered_at=now(),
        versions=_versions(),
    )


def _parameters(request: Request) -> dict[str, Any]:
    optional = {
        "temperature": request["temperature"],
        "seed": request["seed"],
        "max_tokens": request["max_tokens"],
        "response_format": TEN_WORDS if request["structured"] else None,
    }
    given = {k: v for k, v in optional.items() if v is not None}
    return given | dict(request["params"])


def _mapped(request: Request, parameters: dict[str, Any]) -> dict[str, Any]:
    litellm = load_litellm()
    try:
        mapped: dict[str, Any] = litellm.utils.get_optional_params(
            model=request["model"],
            custom_llm_provider=_litellm_provider(request),
            drop_params=True,
            **parameters,
        )
    except Exception as error:
        raise ModelRefusedError(f"{_label(request)}: {redact(str(error))}") from error
    # litellm fills in what it does not send: an explicit "no stream", an empty extra body.
    return {k: v for k, v in mapped.items() if k != "stream" and v != {}}


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


def _translated(error: Exception, request: Request) -> Exception:
    status = getattr(error, "status_code", None)
    message = f"{_label(request)}: {redact(str(error))}"
    if status == 429 and _OUT_OF_CREDIT.search(message):
        return ModelRefusedError(f"{message} (check the billing)", whole_model=True)
    if status in _REFUSES_MODEL:
        return ModelRefusedError(f"{message} ({_REFUSES_MODEL[status]})", whole_model=True)
    if isinstance(status, int) and 400 <= status < 500 and status not in PASSING_STATUS:
        hint = "check the model and its parameters in the config"
        return ModelRefusedError(f"{message} ({hint})")
    return TransportError(message, _retry_after(error))


def _retry_after(error: Exception) -> float | None:
    response = getattr(error, "response", None)
    for headers in (
        getattr(error, "litellm_response_headers", None),
        getattr(response, "headers", None),
    ):
        try:
            seconds = float((headers or {}).get("retry-after", ""))
        except ValueError:  # absent, or a date: then our own pause applies
            continue
        if seconds >= 0:
            return seconds
    return None


def _cost(response: Any) -> float | None:
    try:
        return float(load_litellm().completion_cost(completion_response=response))
    except Exception:
        return None


def _versions() -> dict[str, str]:
    import importlib.metadata

    return versions() | {"litellm": importlib.metadata.version("litellm")}
