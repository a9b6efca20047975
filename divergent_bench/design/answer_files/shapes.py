"""The answers in a cell: a text, a list of words, or what a tool or a provider has wrapped it in.

Known are the messages and completions of Anthropic, OpenAI (chat, Responses, and their batches),
Gemini, Bedrock, Cohere and Ollama, and the logs of LiteLLM, Inspect, lm-eval, promptfoo and llm.
"""

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Object = Mapping[str, Any]

# Where an object has its answer, what tells most first.
_HOLDERS: Final = (
    *("body", "result", "resps", "choices", "candidates", "generations", "message", "output"),
    *("completion", "content", "parts", "text", "generated_text", "response", "answer", "words"),
    *("responses", "answers", "completions", "outputs", "refusal", "messages"),
)
_SEVERAL: Final = {"choices", "candidates", "generations", "resps", "responses", "answers"}
_SEVERAL_TEXTS: Final = {"resps", "completions", "outputs"} | _SEVERAL
ENDS: Final = ("finish_reason", "stop_reason", "finishReason", "stopReason", "done_reason")
ERRORS: Final = ("error", "error_message", "error_str", "exception")
_FAILED: Final = {"failed", "failure", "error", "errored", "canceled", "cancelled", "expired"}
_NO_ERRORS: Final = {"", "none", "null", "nan", "false", "no", "n/a", "-", "ok", "success"}
_UNSPOKEN = re.compile(r"reason|think|tool|function|summary|call", re.IGNORECASE)
_FAILED_ASSERTION: Final = 1  # of promptfoo: the model did answer
# What is no list of words in JSON but an answer in its wrapping, as tables keep it in a cell.
_WRAPPED = re.compile(
    r"""\s*[\[{].*(['"](choices|candidates)['"]\s*:\s*\[|['"]type['"]\s*:\s*['"](text|output_text|message)['"])""",
    re.DOTALL,
)
_NOT_GIVEN: Final = {"NA", "N/A", "<NA>", "NaN", "NULL", "None"}  # of R, pandas and Python


class NoAnswerError(ValueError):
    """A cell that is no answer; the message says what was found."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or why there is none."""

    text: str
    end: str | None = None  # why the answer ended, in the words of the provider
    error: str = ""  # what became of the request; then there is no answer


def replies(value: Any, end: str | None = None) -> list[Reply]:
    """Return the answers in a cell: none in an empty list, several where several were sampled.

    Raises
    ------
    NoAnswerError
        Where the cell is neither a text nor anything known that holds one.
    """
    if value is None:
        return [Reply("", end)]
    if isinstance(value, str):
        wrapped = _unpacked(value) if _WRAPPED.match(value) else None
        return [Reply(value, end)] if wrapped is None else replies(wrapped, end)
    if isinstance(value, list):
        return _of_list(value, end)
    if isinstance(value, Mapping):
        return _of_object(value, end)
    raise NoAnswerError(f"a {_kind(value)}, {value!r}")


def failure(cells: Object) -> str:
    """Return what went wrong with the request of a row or an object; empty where nothing did."""
    if cells.get("failureReason") == _FAILED_ASSERTION:
        return ""
    for key in ERRORS:
        if said := _error(cells.get(key)):
            return said
    for key in ("status", "type", *ENDS):
        if isinstance(state := cells.get(key), str) and state.strip().lower() in _FAILED:
            return state.strip()
    code = str(cells.get("status_code", ""))
    return f"HTTP status {code}" if code.isdigit() and int(code) >= 400 else ""


def end_of(cells: Object) -> str | None:
    """Return why the answer of a row or an object ended, where it says so."""
    for key in ENDS:
        if (reason := cells.get(key)) and (said := str(reason).strip()):
            return said
    if isinstance(details := cells.get("incomplete_details"), Mapping):
        return str(details.get("reason") or "") or None
    return None


def join_words(cells: list[Any]) -> str:
    """Return words as an answer, one per line; a cell that is empty or null is no word."""
    words = []
    for cell in cells:
        if isinstance(cell, str):
            words.append(" ".join(cell.split()))  # a line break within a word would make two of it
        elif cell is not None:
            raise NoAnswerError(f"a {_kind(cell)} where a word should be, {cell!r}"[:200])
    return "\n".join(word for word in words if word and word not in _NOT_GIVEN)


def _unpacked(text: str) -> Any:
    """Return what JSON, or Python's text of a value, stands for; None where it is neither."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def _error(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(value.get("message") or value or "").split())
    if isinstance(value, str):
        said = " ".join(value.split())
        # A column of numbers called error has something else in it.
        is_number = re.fullmatch(r"[-+]?[\d.,]+(e[-+]?\d+)?%?", said, re.IGNORECASE)
        return "" if said.lower() in _NO_ERRORS or is_number else said
    return "an error" if value is True else ""


def _of_list(values: list[Any], end: str | None) -> list[Reply]:
    if all(value is None or isinstance(value, str) for value in values):
        texts = [value for value in values if value and value.strip()]
        if len(texts) == 1:
            return [Reply(texts[0], end)]
        if texts and all(map(is_a_list, texts)):
            return [Reply(text, end) for text in texts]
        return [Reply(join_words(values), end)]
    if all(isinstance(value, list) for value in values):
        return [reply for value in values for reply in _of_list(value, end)]
    if all(isinstance(value, Mapping) for value in values):
        return _of_parts(values, end)
    raise NoAnswerError(f"a list of {', '.join(sorted({_kind(value) for value in values}))}")


def _of_parts(parts: list[Object], end: str | None) -> list[Reply]:
    """Return the answer in the blocks of a message, or the last turn of a conversation."""
    if all("role" in part for part in parts):
        if parts[-1]["role"] not in ("assistant", "model"):
            raise NoAnswerError("a conversation whose last turn is no answer")
        return _of_object(parts[-1], end)
    spoken = [part for part in parts if _is_spoken(part)]
    if not spoken and all("type" in part or part.get("thought") for part in parts):
        return [Reply("", end)]  # it thought, or called a tool, and said nothing
    found = [reply for part in spoken for reply in _of_object(part, end)]
    ends = [reply.end for reply in found if reply.end]
    return [Reply("".join(reply.text for reply in found), ends[-1] if ends else end)]


def _is_spoken(part: Object) -> bool:
    """Tell what a model says in a block of its message from what it thinks and which tools it uses.

    Gemini marks a thought, others give their blocks a type.
    """
    kind = part.get("type")
    if part.get("thought") or (kind is not None and _UNSPOKEN.search(str(kind))):
        return False
    return kind in (None, "message", "refusal") or "text" in part


def _of_object(found: Object, end: str | None) -> list[Reply]:
    if error := failure(found):
        return [Reply("", error=error)]
    end = end_of(found) or end
    held = [key for key in _HOLDERS if key in found]
    if not held:
        raise NoAnswerError(f"an object with the fields {', '.join(map(repr, found))}"[:200])
    key = next((key for key in held if found[key] not in (None, "", [])), held[0])
    value = found[key]
    if key == "refusal":
        return replies(value, "refusal")
    if key in _SEVERAL_TEXTS and isinstance(value, list):
        return several(value, end)
    return replies(value, end)


def several(values: list[Any], end: str | None = None) -> list[Reply]:
    """Return the answers in a list that has one in each place."""
    return [
        reply
        for value in values
        for reply in (several(value, end) if _are_texts(value) else replies(value, end))
    ]


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def is_a_list(text: str) -> bool:
    """Tell whether a text is a list of words by itself, and no word of one."""
    return len(re.findall(r"[\n,;]", text.strip())) > 1


def _kind(value: Any) -> str:
    kinds = {bool: "truth value", int: "number", float: "number", str: "text", list: "list"}
    return "null" if value is None else kinds.get(type(value), "object")
