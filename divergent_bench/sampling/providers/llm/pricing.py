"""The cost of a request: the most that it can be, and what it was by its answer."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from divergent_bench.base.answers import Answer
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.requests import Request
from divergent_bench.sampling.providers.llm.loading import load_litellm, table_entry
from divergent_bench.sampling.providers.llm.sending import NAMES_OF_MOST_TOKENS, default_max_tokens

# Tokens are counted with one public tokenizer for all models; others may need some more.
_PROMPT_MARGIN = 1.2
_PROMPT_MARGIN_TOKENS = 50


@dataclass(frozen=True)
class Price:
    """What a token costs, in USD."""

    input: float
    output: float


def price_of(request: Request) -> Price | None:
    """Return the price of a token of this model, as litellm's table has it, or None."""
    return _price(request["provider"], request["model"])


@cache
def _price(provider: str, model: str) -> Price | None:
    if find_provider(provider).is_free:
        return Price(0.0, 0.0)
    entry = table_entry(provider, model)
    if "input_cost_per_token" not in entry or "output_cost_per_token" not in entry:
        return None
    output = max(entry["output_cost_per_token"], entry.get("output_cost_per_reasoning_token", 0))
    return Price(float(entry["input_cost_per_token"]), float(output))


def reasons(request: Request) -> bool:
    """Say whether litellm's table calls the model one that thinks before it answers."""
    return bool(table_entry(request["provider"], request["model"]).get("supports_reasoning"))


def ends_on(request: Request) -> str | None:
    """Return the day, as YYYY-MM-DD, on which litellm's table says that the model is withdrawn."""
    day = table_entry(request["provider"], request["model"]).get("deprecation_date")
    return None if day is None else str(day)


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
    given = [request["max_tokens"], *map(request["params"].get, NAMES_OF_MOST_TOKENS)]
    if asked := [most for most in given if isinstance(most, int)]:
        return max(asked)
    entry = table_entry(request["provider"], request["model"])
    most = entry.get("max_output_tokens") or entry.get("max_tokens") or default_max_tokens(request)
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


def cost(response: Any, request: Request, price: Price | None) -> float | None:
    """Return what a response of litellm's cost in USD, or None where it is unknown."""
    if price is not None:
        return _cost_at(response, price)
    # litellm has computed it already; its public function would do so once more. A proxy says it.
    known = getattr(response, "_hidden_params", {}).get("response_cost")
    if known:
        try:
            return float(known)
        except (TypeError, ValueError):
            return math.nan  # which is no cost, and to be said
    # It makes the price nothing where it does not know the name that the model answers by.
    in_table = price_of(request)
    return None if in_table is None else _cost_at(response, in_table)


def _cost_at(response: Any, price: Price) -> float | None:
    if price == Price(0.0, 0.0):
        return 0.0
    usage = getattr(response, "usage", None)
    # A total alone does not say what was prompt and what answer, which cost differently.
    if usage is None or not (usage.prompt_tokens or usage.completion_tokens):
        return None
    return float(usage.prompt_tokens * price.input + usage.completion_tokens * price.output)
