"""A LiteLLM proxy between us and the providers: asking through it, and what it says itself."""

import os
import re
from collections.abc import Sequence
from typing import Any

from divergent_bench.base.credentials import PROXY_KEY, redact
from divergent_bench.base.policy import Route
from divergent_bench.base.requests import Request

NO_KEY = "none"  # without one litellm would send the key of a provider
_LOOK_SECONDS = 30
_COMPLAINT_CHARACTERS = 300
# In the words of the proxy's own refusals; what a provider says behind it names another error.
_WRONG_KEY = re.compile(
    r"No connected db|no_db_connection|token_not_found_in_db|expired_key|'auth_error'"
    r"|Authentication Error,"
)
_NOT_SERVED = re.compile(r"Invalid model name passed in|no healthy deployments for this model")
_OVER_BUDGET = re.compile(r"crossed budget|budget_exceeded|Budget has been exceeded")
# What the proxy also says when it does not know whether the provider has answered, or will bill.
IN_DOUBT = frozenset({408, 500, 502, 504})
_SUFFIX = re.compile(r"\s*LiteLLM: model group '.*", re.DOTALL)


def addressed(route: Route, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what litellm is asked for so that `asked` goes to a proxy, in OpenAI's format.

    The proxy is told to leave out what the provider does not take, as is done without one.
    """
    # An answer from its cache would be no new sample.
    own = {"drop_params": True, "cache": {"no-cache": True}}
    body = {**(asked.get("extra_body") or {}), **own}
    return {
        **asked,
        "extra_body": body,
        "model": route.model,
        "custom_llm_provider": "litellm_proxy",
        "api_base": f"{route.url}/v1",
        "api_key": _key(),
    }


def deployment(response: Any) -> str | None:
    """Return the model that a proxy says it asked; None where no proxy answered."""
    headers = getattr(response, "_hidden_params", {}).get("additional_headers") or {}
    name: str | None = headers.get("llm_provider-x-litellm-model-name")
    return name


def said(faults: Sequence[BaseException]) -> str | None:
    """Return what a proxy answered that led to an error; None where it answered nothing."""
    for fault in faults:
        body = getattr(fault, "body", None)
        if isinstance(body, dict) and isinstance(body.get("message"), str):
            return _SUFFIX.sub("", body["message"])
    return None


def over_budget(text: str, route: Route) -> str | None:
    """Return the reason that the proxy has no money left; None where that is not what it says."""
    if not _OVER_BUDGET.search(text):
        return None
    return (
        f"the budget of the proxy {route.url} is reached for {route.model}; raise it there, or "
        "wait until its period ends, and run again"
    )


def hint(status: int, text: str, request: Request, route: Route) -> str | None:
    """Say how to mend what the proxy, or a key that it has, refuses; None for other refusals."""
    if _WRONG_KEY.search(text):
        return f"check {PROXY_KEY} in the environment"
    if _NOT_SERVED.search(text):
        return (
            f"the proxy must serve {route.model!r}: add it to its `model_list`, or give the name "
            "that it has there under `gateway: {models: ...}` in the config"
        )
    if status == 401:
        return f"check the key that the proxy has for {request['provider']}"
    return None


def served_models(url: str) -> list[str]:
    """Ask a proxy for the models that it lists. Those behind a wildcard may be missing.

    Where it cannot be reached, or refuses, that is an OSError with a message for people.
    """
    import httpx

    try:
        headers = {"Authorization": f"Bearer {_key()}"}
        reply = httpx.get(f"{url}/v1/models", headers=headers, timeout=_LOOK_SECONDS)
    except httpx.HTTPError as error:
        raise OSError(
            f"cannot be reached ({error}); start it, or check `gateway: url:` in the config"
        ) from error
    if reply.is_error:
        refused = reply.status_code in {401, 403} or _WRONG_KEY.search(reply.text)
        fix = f"; check {PROXY_KEY} in the environment" if refused else ""
        text = redact(reply.text[:_COMPLAINT_CHARACTERS]) or reply.reason_phrase
        raise OSError(f"answers {reply.status_code} at /v1/models: {text}{fix}")
    try:
        return [model["id"] for model in reply.json()["data"]]
    except (ValueError, KeyError, TypeError) as error:
        raise OSError("is no LiteLLM proxy: it lists no models at /v1/models") from error


def _key() -> str:
    return os.environ.get(PROXY_KEY) or NO_KEY
