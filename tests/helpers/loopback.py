"""A real HTTP server on loopback that speaks the wire formats of five providers.

OpenAI, Anthropic, Gemini, Ollama and DeepSeek each have a base URL of their own on it. It checks
their keys as they do, and answers, refuses and fails in their own formats.
"""

import asyncio
import json
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from aiohttp import web

NOUNS = (
    "arm",
    "eye",
    "foot",
    "hand",
    "head",
    "leg",
    "body",
    "bag",
    "bee",
    "burger",
    "feast",
    "office",
    "shoe",
    "tree",
    "hippo",
    "jumper",
    "lamp",
    "golf",
    "machinery",
    "prickle",
    "ticket",
    "tomato",
    "violin",
    "algorithm",
    "playground",
    "orchestra",
    "spaghetti",
    "crocodile",
    "giraffe",
    "microscope",
    "volcano",
    "tambourine",
    "philosophy",
    "refrigerator",
    "asteroid",
    "umbrella",
)
KEY = "sk-loopback-0123456789abcdef"
KEYS = {  # by provider; Ollama takes none
    "openai": KEY,
    "anthropic": "sk-ant-loopback-0123456789abcdef",
    "gemini": "AIza-loopback-0123456789abcdef",
    "deepseek": "sk-deepseek-0123456789abcdef",
}
MODELS = {  # one of each provider, all but Ollama's in litellm's table
    "openai": "gpt-4o",
    "anthropic": "claude-sonnet-4-5",
    "gemini": "gemini-2.5-flash",
    "ollama": "llama3.2",
    "deepseek": "deepseek-chat",
}
PROMPT_TOKENS, ANSWER_TOKENS = 90, 40
HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def set_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the keys of all providers in the environment."""
    for provider, key in KEYS.items():
        monkeypatch.setenv(f"{provider.upper()}_API_KEY", key)


def ten_nouns(body: dict[str, Any]) -> str:
    """Return a numbered list that depends on the model, the prompt and the seed."""
    draw = random.Random(f"{body['model']} {body['messages']} {body.get('seed')}")
    words = draw.sample(NOUNS, 10)
    return "\n".join(f"{i}. {word.capitalize()}" for i, word in enumerate(words, start=1))


# --- What a request says ------------------------------------------------------------------------


class Asked(dict[str, Any]):
    """A request in OpenAI's words: model, messages, and what else was sent of temperature and seed.

    Attributes
    ----------
    provider
        Whose wire format it came in.
    body
        The body as it came.
    """

    def __init__(self, provider: str, body: dict[str, Any], **words: Any) -> None:
        super().__init__({k: v for k, v in words.items() if v is not None})
        self.provider = provider
        self.body = body


def asked(body: dict[str, Any]) -> tuple[str, str, int | None]:
    """Return what tells samples apart on the wire: model, prompt, seed."""
    return (
        f"{body['model']} t{body.get('temperature')}",
        body["messages"][-1]["content"],
        body.get("seed"),
    )


# --- What may happen to it ----------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """What happens to a request instead of a good answer.

    Parameters
    ----------
    kind
        "status" (an error with that status), an unusual end of an answer ("truncated", "filtered",
        "blocked", "refused", "empty"), or a way to break it ("reset", "reset_in_body", "drip",
        "stall", "cut_json", "html", "no_choices").
    """

    kind: str
    status: int = 200
    message: str = "Something is wrong."
    code: str | None = None
    headers: dict[str, str] | None = None


def refusal(status: int, message: str = "Something is wrong.", **headers: str) -> Fault:
    """Return an error, with headers: `retry_after="2"` sends `Retry-After: 2`."""
    return Fault(
        "status",
        status,
        message,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


ENDS = frozenset({"ok", "truncated", "filtered", "blocked", "refused", "empty"})


# --- The five formats ---------------------------------------------------------------------------


class OpenAI:
    """OpenAI's chat completions."""

    name = "openai"
    base = "/v1"
    finish_reasons: ClassVar = {"truncated": "length", "filtered": "content_filter"}

    def takes(self, path: str) -> bool:
        """Tell whether a request to this path is one for an answer."""
        return path == f"{self.base}/chat/completions"

    def has_key(self, http: web.Request) -> bool:
        """Tell whether a request brings the right key where it belongs."""
        return http.headers.get("Authorization") == f"Bearer {KEYS[self.name]}"

    def read(self, http: web.Request, body: dict[str, Any]) -> Asked:
        """Return a request in OpenAI's words."""
        return Asked(self.name, body, **body)

    def answer(self, asked: Asked, text: str, end: str) -> dict[str, Any]:
        """Return the body of an answer."""
        content = completion(asked, text)
        choice = content["choices"][0]
        choice["finish_reason"] = self.finish_reasons.get(end, "stop")
        if end == "refused":
            choice["message"] |= {"content": None, "refusal": text}
        return content

    def error(self, fault: Fault) -> dict[str, Any]:
        """Return the body of an error."""
        kinds: ClassVar = {
            401: "invalid_request_error",
            429: "requests",
            404: "invalid_request_error",
        }
        codes = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
        return {
            "error": {
                "message": fault.message,
                "type": kinds.get(fault.status, "server_error"),
                "param": None,
                "code": fault.code or codes.get(fault.status),
            }
        }

    def wrong_key(self) -> Fault:
        """Return the error for a wrong key."""
        return refusal(401, "Incorrect API key provided: sk-wrong.")

    def policy(self) -> Fault:
        """Return the error for a prompt that content rules forbid."""
        message = "Invalid prompt: your prompt was flagged as violating our usage policy."
        return Fault("status", 400, message, code="invalid_prompt")

    def unknown_model(self) -> Fault:
        """Return the error for a model that does not exist."""
        return refusal(404, "The model `no-such-model` does not exist.")

    def no_credit(self) -> Fault:
        """Return the error for an account without money."""
        message = "You exceeded your current quota, please check your plan and billing details."
        return Fault("status", 429, message, code="insufficient_quota")


class DeepSeek(OpenAI):
    """DeepSeek's chat completions: OpenAI's format, errors of its own."""

    name = "deepseek"
    base = "/deepseek"

    def error(self, fault: Fault) -> dict[str, Any]:
        # It calls every error an invalid request.
        kind = "authentication_error" if fault.status == 401 else "unknown_error"
        return {
            "error": {
                "message": fault.message,
                "type": kind,
                "param": None,
                "code": "invalid_request_error",
            }
        }

    def wrong_key(self) -> Fault:
        return refusal(401, "Authentication Fails, Your api key: ****rong is invalid")

    def policy(self) -> Fault:
        return refusal(400, "Content Exists Risk")

    def unknown_model(self) -> Fault:
        return refusal(400, "Model Not Exist")

    def no_credit(self) -> Fault:
        return refusal(402, "Insufficient Balance")


class Anthropic(OpenAI):
    """Anthropic's messages."""

    name = "anthropic"
    base = "/anthropic"
    finish_reasons: ClassVar = {
        "truncated": "max_tokens",
        "filtered": "refusal",
        "refused": "refusal",
    }
    kinds: ClassVar = {
        400: "invalid_request_error",
        401: "authentication_error",
        402: "billing_error",
        403: "permission_error",
        404: "not_found_error",
        429: "rate_limit_error",
        529: "overloaded_error",
    }

    def takes(self, path: str) -> bool:
        return path == f"{self.base}/v1/messages"

    def has_key(self, http: web.Request) -> bool:
        return http.headers.get("x-api-key") == KEYS[self.name]

    def read(self, http: web.Request, body: dict[str, Any]) -> Asked:
        messages = [{"role": m["role"], "content": _text(m["content"])} for m in body["messages"]]
        if system := body.get("system"):
            messages.insert(0, {"role": "system", "content": _text(system)})
        return Asked(self.name, body, **{**body, "messages": messages})

    def answer(self, asked: Asked, text: str, end: str) -> dict[str, Any]:
        return {
            "id": "msg_loopback",
            "type": "message",
            "role": "assistant",
            "model": f"{asked['model']}-20260101",
            "content": [{"type": "text", "text": text}] if text else [],
            "stop_reason": self.finish_reasons.get(end, "end_turn"),
            "stop_sequence": None,
            "usage": {
                "input_tokens": PROMPT_TOKENS,
                "output_tokens": ANSWER_TOKENS,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                "service_tier": "standard",
            },
        }

    def error(self, fault: Fault) -> dict[str, Any]:
        kind = self.kinds.get(fault.status, "api_error")
        return {
            "type": "error",
            "error": {"type": kind, "message": fault.message},
            "request_id": "req_loopback",
        }

    def wrong_key(self) -> Fault:
        return refusal(401, "invalid x-api-key")

    def policy(self) -> Fault:
        return refusal(400, "Output blocked by content filtering policy")

    def unknown_model(self) -> Fault:
        return refusal(404, "model: no-such-model")

    def no_credit(self) -> Fault:
        message = "Your credit balance is too low to access the Anthropic API."
        return refusal(400, message)


class Gemini(OpenAI):
    """Gemini's generateContent."""

    name = "gemini"
    base = "/gemini"
    finish_reasons: ClassVar = {
        "truncated": "MAX_TOKENS",
        "filtered": "SAFETY",
        "refused": "RECITATION",
    }
    statuses: ClassVar = {
        400: "INVALID_ARGUMENT",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
        429: "RESOURCE_EXHAUSTED",
        500: "INTERNAL",
        503: "UNAVAILABLE",
    }

    def takes(self, path: str) -> bool:
        return path.startswith(f"{self.base}/models/") and path.endswith(":generateContent")

    def has_key(self, http: web.Request) -> bool:
        key = KEYS[self.name]
        return key in (http.headers.get("x-goog-api-key"), http.query.get("key"))

    def read(self, http: web.Request, body: dict[str, Any]) -> Asked:
        turns = [(turn.get("role", "user"), turn["parts"]) for turn in body["contents"]]
        if system := body.get("system_instruction") or body.get("systemInstruction"):
            turns.insert(0, ("system", system["parts"]))
        config = {k.replace("_", "").lower(): v for k, v in _config(body).items()}
        return Asked(
            self.name,
            body,
            model=http.path.rpartition("/")[2].removesuffix(":generateContent"),
            messages=[
                {"role": "assistant" if role == "model" else role, "content": _text(parts)}
                for role, parts in turns
            ],
            temperature=config.get("temperature"),
            seed=config.get("seed"),
            max_tokens=config.get("maxoutputtokens"),
        )

    def answer(self, asked: Asked, text: str, end: str) -> dict[str, Any]:
        content: dict[str, Any] = {
            "usageMetadata": {
                "promptTokenCount": PROMPT_TOKENS,
                "candidatesTokenCount": ANSWER_TOKENS,
                "totalTokenCount": PROMPT_TOKENS + ANSWER_TOKENS,
            },
            "modelVersion": f"{asked['model']}-001",
            "responseId": "loopback",
        }
        if end == "blocked":  # the prompt: there is no answer at all
            del content["usageMetadata"]["candidatesTokenCount"]
            content["usageMetadata"]["totalTokenCount"] = PROMPT_TOKENS
            return content | {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
        candidate: dict[str, Any] = {
            "finishReason": self.finish_reasons.get(end, "STOP"),
            "index": 0,
        }
        if text:
            candidate["content"] = {"parts": [{"text": text}], "role": "model"}
        return {"candidates": [candidate], **content}

    def error(self, fault: Fault) -> dict[str, Any]:
        content: dict[str, Any] = {
            "code": fault.status,
            "message": fault.message,
            "status": self.statuses.get(fault.status, "UNKNOWN"),
        }
        if fault.code:
            content["details"] = json.loads(fault.code)
        return {"error": content}

    def wrong_key(self) -> Fault:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        message = "API key not valid. Please pass a valid API key."
        return Fault("status", 400, message, code=json.dumps([info]))

    def policy(self) -> Fault:
        return Fault("blocked")

    def unknown_model(self) -> Fault:
        return refusal(404, "models/no-such-model is not found for API version v1beta.")

    def no_credit(self) -> Fault:
        return Fault("status", 429, _GEMINI_QUOTA, code=json.dumps([_quota_failure("PerDay")]))

    def busy(self) -> Fault:
        """Return the error for too many requests a minute, which says the same of the plan."""
        retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}
        details = [_quota_failure("PerMinute"), retry]
        return Fault("status", 429, _GEMINI_QUOTA, code=json.dumps(details))


class Ollama(OpenAI):
    """Ollama's chat."""

    name = "ollama"
    base = "/ollama"

    def takes(self, path: str) -> bool:
        return path == f"{self.base}/api/chat"

    def has_key(self, http: web.Request) -> bool:
        return True

    def read(self, http: web.Request, body: dict[str, Any]) -> Asked:
        options = body.get("options", {})
        return Asked(
            self.name,
            body,
            model=body["model"],
            messages=body["messages"],
            temperature=options.get("temperature"),
            seed=options.get("seed"),
            max_tokens=options.get("num_predict"),
        )

    def answer(self, asked: Asked, text: str, end: str) -> dict[str, Any]:
        return {
            "model": asked["model"],
            "created_at": "2026-01-01T00:00:00Z",
            "message": {"role": "assistant", "content": text},
            "done": True,
            "done_reason": self.finish_reasons.get(end, "stop"),
            "total_duration": 5_000_000,
            "prompt_eval_count": PROMPT_TOKENS,
            "eval_count": ANSWER_TOKENS,
        }

    def error(self, fault: Fault) -> dict[str, Any]:
        return {"error": fault.message}

    def unknown_model(self) -> Fault:
        return refusal(404, "model 'no-such-model' not found")


WIRES: dict[str, OpenAI] = {
    wire.name: wire for wire in (OpenAI(), DeepSeek(), Anthropic(), Gemini(), Ollama())
}
_GEMINI_QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. "
    "For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits."
)


def _quota_failure(period: str) -> dict[str, Any]:
    quota = f"GenerateRequests{period}PerProjectPerModel-FreeTier"
    return {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{"quotaId": quota, "quotaValue": "10"}],
    }


def _text(content: str | list[dict[str, Any]]) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _config(body: dict[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = body.get("generationConfig") or body.get("generation_config") or {}
    return config


def completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a chat completion as OpenAI sends it."""
    return {
        "id": "chatcmpl-loopback",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": f"{body['model']}-2026-01-01",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": PROMPT_TOKENS,
            "completion_tokens": ANSWER_TOKENS,
            "total_tokens": PROMPT_TOKENS + ANSWER_TOKENS,
        },
        "system_fingerprint": "fp_loopback",
    }


def error(status: int, message: str, code: str, headers: dict[str, str] | None = None):
    """Return an error as OpenAI sends it."""
    content = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return web.json_response({"error": content}, status=status, headers=headers)


# --- The server ---------------------------------------------------------------------------------


@dataclass
class Loopback:
    """The server, what it was asked, and how it is to behave.

    `fault` may return what is to happen to a request instead of an answer: a `Fault`, the name of
    one, or a response of the test's own making; None answers it.
    """

    answer: Callable[[dict[str, Any]], str] = ten_nouns
    fault: Callable[[Any], web.Response | Fault | str | None] = lambda body: None
    delay_s: float = 0.0
    drip_s: float = 0.3
    requests: list[Asked] = field(default_factory=list)
    answered: Counter[tuple[str, str, int | None]] = field(default_factory=Counter)
    strays: list[str] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    root: str = ""
    url: str = ""

    def base(self, provider: str) -> str:
        """Return the `api_base` for requests in a provider's format."""
        return self.root + WIRES[provider].base

    async def complete(self, http: web.Request) -> web.StreamResponse:
        """Answer one request, whatever its format."""
        wire = next((each for each in WIRES.values() if each.takes(http.path)), None)
        if wire is None:
            self.strays.append(f"{http.method} {http.path}")
            return web.Response(status=404)
        if not wire.has_key(http):
            return _error(wire, wire.wrong_key())
        body = wire.read(http, await http.json())
        self.requests.append(body)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.delay_s)
        finally:
            self.in_flight -= 1
        fault = self.fault(body)
        if isinstance(fault, web.Response):
            return fault
        return await self._answer(http, wire, body, _as_fault(wire, fault))

    async def _answer(
        self, http: web.Request, wire: OpenAI, body: Asked, fault: Fault
    ) -> web.StreamResponse:
        if fault.kind == "status":
            return _error(wire, fault)
        end = fault.kind if fault.kind in ENDS else "ok"
        text = "" if end in {"empty", "filtered", "blocked"} else self.answer(body)
        content = json.dumps(wire.answer(body, text, end)).encode()
        broken = _BREAKS.get(fault.kind)
        if broken:
            reply = await broken(http, content, self.drip_s)
        else:
            reply = await _write(http, content)
        if not broken or fault.kind == "drip":
            self.answered[asked(body)] += 1
        return reply

    def reset(self) -> None:
        """Forget what was asked."""
        self.requests.clear()
        self.answered.clear()
        self.strays.clear()


def _as_fault(wire: OpenAI, fault: Fault | str | None) -> Fault:
    """Return a fault by its name, as this provider has it."""
    if isinstance(fault, Fault):
        return fault
    named = {
        "wrong_key": wire.wrong_key,
        "policy": wire.policy,
        "unknown_model": wire.unknown_model,
        "no_credit": wire.no_credit,
    }
    return named[fault]() if fault in named else Fault(fault or "ok")


def _error(wire: OpenAI, fault: Fault) -> web.Response:
    return web.json_response(wire.error(fault), status=fault.status, headers=fault.headers)


async def _prepared(http: web.Request, length: int) -> web.StreamResponse:
    reply = web.StreamResponse(headers={"Content-Type": "application/json"})
    reply.content_length = length
    await reply.prepare(http)
    return reply


async def _write(
    http: web.Request, content: bytes, content_type: str = "application/json"
) -> web.StreamResponse:
    reply = web.Response(body=content, content_type=content_type)
    await reply.prepare(http)
    await reply.write_eof()
    return reply


async def _drip(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    reply = await _prepared(http, len(content))
    clock = asyncio.get_running_loop().time
    started = clock()
    for sent, byte in enumerate(content):
        ahead = started + seconds * sent / len(content) - clock()
        await asyncio.sleep(max(ahead, 0))
        await reply.write(bytes([byte]))
    await reply.write_eof()
    return reply


async def _stall(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    reply = await _prepared(http, len(content))
    await reply.write(content[: len(content) // 2])
    while http.transport is not None and not http.transport.is_closing():
        await asyncio.sleep(0.02)  # until the other side has had enough
    return reply


async def _reset(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    assert http.transport is not None
    connection: socket.socket = http.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    http.transport.abort()
    return web.Response()


async def _reset_in_body(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    reply = await _prepared(http, len(content))
    await reply.write(content[: len(content) // 2])
    await asyncio.sleep(0.02)
    await _reset(http, content, seconds)
    return reply


async def _cut_json(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    return await _write(http, content[: len(content) // 2])


async def _html(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    return await _write(http, HTML.encode(), "text/html")


async def _no_choices(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    return await _write(http, b'{"id": "loopback", "object": "nothing"}')


_BREAKS = {
    "drip": _drip,
    "stall": _stall,
    "reset": _reset,
    "reset_in_body": _reset_in_body,
    "cut_json": _cut_json,
    "html": _html,
    "no_choices": _no_choices,
}


@contextmanager
def loopback(**behaviour: Any) -> Iterator[Loopback]:
    """Run a server in a thread of its own for the length of the block."""
    server = Loopback(**behaviour)
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def serve() -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", server.complete)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.root = f"http://127.0.0.1:{runner.addresses[0][1]}"
        server.url = server.base("openai")
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(serve())
        started.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
