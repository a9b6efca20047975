"""Five wire formats: what requests, answers, refusals and faults of five providers look like.

OpenAI, Anthropic, Gemini, Ollama and DeepSeek, each with its own way to send a key and to fail.
"""

import json
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import web

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
