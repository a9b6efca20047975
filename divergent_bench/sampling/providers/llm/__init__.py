"""Language models, through litellm, which is loaded only when a request needs it."""

from divergent_bench.sampling.providers.llm.asking import answer
from divergent_bench.sampling.providers.llm.faults import ModelRefusedError, TransportError
from divergent_bench.sampling.providers.llm.loading import close_connections, load_litellm
from divergent_bench.sampling.providers.llm.pricing import (
    Price,
    ends_on,
    price_of,
    prompt_tokens,
    reasons,
    tokens_used,
    upper_bound_usd,
)
from divergent_bench.sampling.providers.llm.proxy import served_models
from divergent_bench.sampling.providers.llm.sending import check

__all__ = [
    "ModelRefusedError",
    "Price",
    "TransportError",
    "answer",
    "check",
    "close_connections",
    "ends_on",
    "load_litellm",
    "price_of",
    "prompt_tokens",
    "reasons",
    "served_models",
    "tokens_used",
    "upper_bound_usd",
]
