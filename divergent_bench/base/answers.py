"""Answers: what comes back for a request, from whatever provider."""

import json
import math
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from divergent_bench import __version__

Outcome = Literal["ok", "refused", "filtered", "truncated", "empty", "unreadable"]
MOST_TOKENS = 10_000_000  # no model takes or gives so many
Flag = Literal[
    "usage_not_credible",  # counts or a price that cannot be right were left out
    "key_redacted",  # a key, or what looks like one, was replaced in what came
]

# How providers say why an answer ended, where it did not end by itself; in lower case.
_OUTCOMES: dict[str, Outcome] = {
    "length": "truncated",
    "max_tokens": "truncated",
    "max_output_tokens": "truncated",
    "truncated": "truncated",
    "model_length": "truncated",  # Mistral's: the model can write no more
    "model_context_window_exceeded": "truncated",  # Anthropic's, likewise
    "content_filter": "filtered",
    "content_filtered": "filtered",
    "safety": "filtered",
    "prohibited_content": "filtered",
    "refusal": "refused",
}
OUT_OF_RESOURCES: Final = frozenset({"insufficient_system_resource"})  # DeepSeek's
# The provider failed while it answered; what came may be half an answer. In lower case.
_FAULTS: Final = OUT_OF_RESOURCES | {
    *("error", "internal_error", "abort", "aborted", "cancelled", "canceled"),
}


def is_fault(finish_reason: str | None) -> bool:
    """Tell whether an answer ended because its provider failed."""
    return (finish_reason or "").lower() in _FAULTS


def is_no_good_end(finish_reason: str) -> bool:
    """Tell whether an answer is known not to have ended by itself."""
    return is_fault(finish_reason) or finish_reason.lower() in _OUTCOMES


def outcome_of(text: str, finish_reason: str | None) -> Outcome:
    """Return the outcome of an answer, by its text and the reason why it ended.

    After a fault it is half an answer: of an answer that is there already, nobody can ask again.
    """
    if is_fault(finish_reason):
        return "truncated"
    if finish_reason and (outcome := _OUTCOMES.get(finish_reason.lower())):
        return outcome
    return "ok" if text.strip() else "empty"


def versions() -> dict[str, str]:
    """Return the versions that shape an answer."""
    return {"divergent_bench": __version__, "python": sys.version.split()[0]}


def now() -> str:
    """Return the time in UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Answer:
    """What came back for a request.

    Every outcome is data. Of temperature, seed and max_tokens `sent` has what really went out, None
    for what did not, and whether structured output was asked for; it is None itself for providers
    that send nothing. The `flags` name what was not kept as it came.
    """

    text: str  # of the completion, as it came
    outcome: Outcome = "ok"
    sent: dict[str, Any] | None = None
    parameters: dict[str, Any] | None = None  # all that went out, in the provider's own words
    raw: dict[str, Any] | None = None  # the whole response, as JSON; of a file, what is kept
    served_model: str | None = None  # the model that says it answered
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None  # token counts, as the provider reports them
    cost_usd: float | None = None  # where it is known
    latency_s: float | None = None  # from sending to the answer, of the attempt that succeeded
    attempts: int = 1  # how often the request was sent
    answered_at: str = ""
    versions: dict[str, str] = field(default_factory=versions)
    flags: list[Flag] = field(default_factory=list)

    @classmethod
    def of_text(cls, text: str, finish_reason: str | None = None) -> "Answer":
        """Return the answer of a provider that is free and needs no network."""
        return cls(text, outcome_of(text, finish_reason), finish_reason=finish_reason)

    def to_json(self) -> str:
        """Return the answer as one line of JSON."""
        # ASCII: a model may send half a character (a lone surrogate), which UTF-8 cannot hold.
        # Answers that nothing is to be said of stay as they ever were.
        content = {k: v for k, v in vars(self).items() if k != "flags" or v}
        try:
            return json.dumps(content, allow_nan=False)
        except ValueError:  # Python reads NaN and Infinity, which are no JSON
            return json.dumps(_finite(content))


def _finite(data: Any) -> Any:
    if isinstance(data, float) and not math.isfinite(data):
        return None
    if isinstance(data, list):
        return [_finite(value) for value in data]
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    return data
