"""Errors of asking a model: those where asking again may help, and those that people must fix."""

import errno
import math
import os
import re
import socket
import ssl
import textwrap
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from divergent_bench.base.credentials import redact, without_password
from divergent_bench.base.failures import Cause, NoAnswerError
from divergent_bench.base.policy import Route
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.requests import Request, label
from divergent_bench.sampling.providers.llm import proxy
from divergent_bench.sampling.providers.llm.loading import load_litellm
from divergent_bench.sampling.providers.llm.wire import USUAL_END, WireError

_REFUSES_MODEL = {
    401: "check the key in the environment",
    403: "the key may not use this model",
    404: "check the name of the model",
}
_LONGEST_MESSAGE = 600
# An answer that may come if it is asked for again; any other 4xx would be refused again.
_PASSING_STATUS = frozenset({408, 409, 425, 429})
_STATUS_NEVER_MADE_UP = frozenset({401, 403, 404, 429})
_SLOW_DOWN_STATUS = frozenset({429, 503, 529})
# Some providers say with another status what 401, 402 or 404 are for.
_WRONG_KEY = re.compile(r"API_KEY_INVALID|API key not valid", re.IGNORECASE)
_WRONG_MODEL = re.compile(r"model not exist|model_not_found", re.IGNORECASE)
_OUT_OF_CREDIT = re.compile(
    r"insufficient_quota|insufficient balance|credit balance is too low|PerDay"
    r"|OpenAIException - You exceeded your current quota",  # by a proxy, without its code
    re.IGNORECASE,
)
_CONTENT_POLICY = re.compile(
    r"content_policy_violation|content filtering policy|content exists risk"
    r"|violating our usage policy|response was blocked|rejected as a result of (the|our) safety",
    re.IGNORECASE,
)
_PAGE = re.compile(r"\s*<(!doctype\b|html\b|head\b).*", re.IGNORECASE | re.DOTALL)
# What servers say of a path that they do not have, and not of a model.
_NO_SUCH_PATH = re.compile(
    r"<(!doctype|html|head)\b|page not found|file not found|404: ?not found|cannot post|no route"
    r"|not found for url|[\"'](detail|message|error)[\"']:\s*[\"']not found|invalid url",
    re.IGNORECASE,
)
_LITELLM_PREFIX = re.compile(r"^(litellm\.\w+: )?((\w+Error|\w+Exception)( - |: ))*")
# What is for litellm's own developers: tracebacks, files of this installation, where to complain.
_OF_LITELLM = re.compile(
    r"\s*Traceback \(most recent call last\).*|\s*File an issue.*"
    r"|\s*For further information visit \S+|(?<=\s)\S*/site-packages/\S*",
    re.DOTALL,
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


class ModelRefusedError(NoAnswerError):
    """The provider will not serve this model as it is asked: wrong key, name or parameter.

    `whole_model` says whether it refuses the model altogether, or only what was asked of it.
    """

    def __init__(self, message: str, whole_model: bool = False, cause: Cause = "refused") -> None:
        super().__init__(cause, message)
        self.whole_model = whole_model


class TransportError(Exception):
    """The request may succeed when it is sent again.

    With `back_pressure` the provider says that it is asked too much; with `maybe_paid` the request
    was sent and its answer lost, so that it may be billed.
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


def told(request: Request, route: Route | None, fault: object) -> str:
    """Return a fault as reasons begin: the model, and its address where one was given."""
    if route:
        return f"{label(request)} by the proxy {route.url}: {fault}"
    address = request["api_base"] or find_provider(request["provider"]).endpoint()
    where = f" (at {without_password(address)})" if address else ""
    return f"{label(request)}: {fault}{where}"


def is_content_policy(error: BaseException) -> bool:
    """Tell whether the provider refused a request for what its prompt says."""
    faults = _chain(error)
    return _status(faults) == 400 and bool(_CONTENT_POLICY.search(_texts(faults)))


def translated(
    error: BaseException, request: Request, route: Route | None = None
) -> ModelRefusedError | TransportError:
    """Return what an exception of litellm's means for whoever asked."""
    faults = _chain(error)
    for fault in faults:
        if isinstance(fault, WireError):
            if fault.for_good:
                return ModelRefusedError(told(request, route, fault), whole_model=True)
            return TransportError(told(request, route, fault), maybe_paid=True)
    said = proxy.said(faults) if route else None
    status, text = _status(faults), _texts(faults)
    if status is None:
        return _unanswered(faults, said, request, route)
    message = told(request, route, message_of(faults[0], said))
    if route and (reason := proxy.over_budget(text, route)):
        return ModelRefusedError(reason, whole_model=True, cause="budget")
    hint = proxy.hint(status, text, request, route) if route else None
    if hint := hint or _hint_for_path(status, text, request) or _hint_for_model(status, text):
        return ModelRefusedError(f"{message} ({hint})", whole_model=True)
    if 400 <= status < 500 and status not in _PASSING_STATUS:
        return ModelRefusedError(f"{message} (check the model and its parameters in the config)")
    return TransportError(
        message,
        _retry_after(faults),
        back_pressure=status in _SLOW_DOWN_STATUS,
        maybe_paid=route is not None and status in proxy.IN_DOUBT,
    )


def _hint_for_path(status: int, text: str, request: Request) -> str | None:
    """Say how to mend an address at which nobody answers for models; None for other faults."""
    provider = find_provider(request["provider"])
    at = request["api_base"]
    if not at or status not in {404, 405, 501} or not _NO_SUCH_PATH.search(text):
        return None
    named = next(filter(lambda name: os.environ.get(name) == at, provider.endpoint_variables()), "")
    return f"nothing answers for models at that address; check {named or '`api_base`'}, {USUAL_END}"


def _hint_for_model(status: int, text: str) -> str | None:
    """Say how to mend what makes every request to this model fail; None for other faults."""
    if status == 402 or (status < 500 and _OUT_OF_CREDIT.search(text)):
        return "check the billing"
    if status == 400 and _WRONG_KEY.search(text):
        return _REFUSES_MODEL[401]
    if status == 400 and _WRONG_MODEL.search(text):
        return _REFUSES_MODEL[404]
    return _REFUSES_MODEL.get(status)


def _unanswered(
    faults: list[BaseException], said: str | None, request: Request, route: Route | None
) -> ModelRefusedError | TransportError:
    message = told(request, route, message_of(faults[0], said))
    if isinstance(faults[0], load_litellm().UnsupportedParamsError):
        return ModelRefusedError(f"{message} (check the model and its parameters in the config)")
    names = {
        f"{_package(kind)}.{kind.__name__}" for fault in faults for kind in type(fault).__mro__
    }
    if not names & _NEVER_SENT:
        return TransportError(message, maybe_paid=True)
    why = message_of(faults[0], said).rstrip(".") + _why_not_connected(faults)
    fix = " (start it, or check `gateway: url:` in the config)" if route else ""
    return TransportError(told(request, route, why) + fix)


def _why_not_connected(faults: list[BaseException]) -> str:
    """Return what the system says of a connection that was not made; empty where it says nothing.

    What libraries make of it is "Connection error.", whether a name has no address, nobody listens
    or a certificate is not trusted.
    """
    of_system = [fault for fault in reversed(faults) if isinstance(fault, OSError)]
    if not of_system:
        return ""
    first = of_system[0]
    if isinstance(first, ssl.SSLCertVerificationError):
        return f": the certificate is not trusted: {first.verify_message}"
    # Of what systems know by a number asyncio writes a text of its own; names and TLS have others.
    number = 0 if isinstance(first, socket.gaierror | ssl.SSLError) else first.errno or 0
    said = os.strerror(number) if number in errno.errorcode else first.strerror
    return f": {message_of(first, said)}"


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


def message_of(fault: BaseException, said: str | None = None) -> str:
    """Return what an error says, or what was `said` instead, without what is not for people."""
    # litellm appends its traceback to some, and the whole of a body that it cannot read to others.
    text = _OF_LITELLM.sub("", said or str(fault))
    text = _PAGE.sub(" a web page", text).strip() or type(fault).__name__
    text = _LITELLM_PREFIX.sub("", text) or text
    return textwrap.shorten(redact(text), _LONGEST_MESSAGE, placeholder=" ...")


def _retry_after(faults: list[BaseException]) -> float | None:
    for headers in _headers(faults):
        for name in ("retry-after", "llm_provider-retry-after"):  # the latter passed on by a proxy
            seconds = _seconds(headers.get(name))
            if seconds is not None:
                return seconds
    found = _RETRY_DELAY.search(_texts(faults))
    return _seconds(found[1]) if found else None


def _headers(faults: list[BaseException]) -> Iterator[Any]:
    # litellm keeps the headers of the answer in one place or another, by provider.
    for fault in faults:
        response = getattr(fault, "response", None)
        yield getattr(response, "headers", None) or {}
        for name in ("headers", "litellm_response_headers"):
            yield getattr(fault, name, None) or {}


def _seconds(retry_after: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for: it holds them, or a date."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            return max(parsedate_to_datetime(retry_after).timestamp() - time.time(), 0.0)
        except (ValueError, TypeError, OverflowError, OSError):  # a year that no clock has, ...
            return None
    return seconds if 0 <= seconds < math.inf else None
