"""Reading a whole answer that litellm takes for none: its text, how it ended, its counts.

Servers that speak the format of OpenAI, Anthropic, Gemini or Ollama vary it: text in parts, a role
or a date of their own. Such an answer was paid for, and is not asked for again.
"""

from typing import Any

from divergent_bench.sampling.providers.llm.loading import load_litellm

_HOLD_TEXT = ("content", "parts", "text")
_ENDS = ("finish_reason", "stop_reason", "finishReason", "done_reason")
_COUNTS = {
    "prompt_tokens": ("prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count"),
    "completion_tokens": (
        *("completion_tokens", "output_tokens", "candidatesTokenCount", "eval_count"),
    ),
}


def text_of(content: object) -> str | None:
    """Return a text, or one that comes in parts; None where there is no way to read it."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return _text_of_part(content)
    if not isinstance(content, list):
        return None
    parts = [text_of(part) for part in content]
    if None in parts:
        return None
    between = "\n" if all(isinstance(part, str) for part in content) else ""
    return between.join(filter(None, parts))


def _text_of_part(part: dict[str, Any]) -> str | None:
    if part.get("thought"):  # Gemini's reasoning
        return ""
    if isinstance(part.get("text"), str):
        return str(part["text"])
    # Of another type: reasoning, a call of a tool.
    other = isinstance(part.get("type"), str) and not part["type"].endswith("text")
    return "" if other else None


def read(body: object) -> tuple[str | None, Any]:
    """Return the text of a whole answer, and the answer as a response of litellm's.

    The text is None where there is no way to read it; the response then has an empty one.
    """
    choice, message = _said(body)
    text = text_of(message)
    return text, _response(body, choice, text or "")


def _said(body: object) -> tuple[dict[str, Any], object]:
    """Return what says how an answer ended, and what holds its text."""
    choice = body if isinstance(body, dict) else {}
    for name in ("choices", "candidates"):
        if choices := choice.get(name):
            first = choices[0] if isinstance(choices, list) else None
            choice = first if isinstance(first, dict) else {}
    message = choice.get("message") or choice
    if isinstance(message, dict):
        message = next((message[name] for name in _HOLD_TEXT if name in message), None)
    if isinstance(message, dict):  # Gemini's content is one more block
        message = message.get("parts", message)
    return choice, message


def _response(body: object, choice: dict[str, Any], text: str) -> Any:
    whole = body if isinstance(body, dict) else {}
    end = next((choice[name] for name in _ENDS if isinstance(choice.get(name), str)), None)
    message = {"role": "assistant", "content": text}
    return load_litellm().ModelResponse(
        model=whole.get("model") if isinstance(whole.get("model"), str) else None,
        choices=[{"index": 0, "message": message, "finish_reason": end}],
        usage=_usage(whole),
    )


def _usage(body: dict[str, Any]) -> Any:
    """Return the counts of an answer; they were checked when it came."""
    places = [body, *(body.get(name) for name in ("usage", "usageMetadata"))]
    found = {
        ours: next(
            (p[name] for p in places if isinstance(p, dict) for name in theirs if p.get(name)), 0
        )
        for ours, theirs in _COUNTS.items()
    }
    return load_litellm().Usage(**found, total_tokens=sum(found.values()))
