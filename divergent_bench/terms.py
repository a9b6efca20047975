"""Terms: what a batch allows the gateway to do on its behalf."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

from divergent_bench.requests import canonical_json

Limits = Mapping[str, Mapping[str, int]]
BUDGET_REACHED: Final = "the budget of "  # what the reason begins with, and no other reason does


@dataclass(frozen=True)
class Terms:
    """On whose behalf requests are sent, how fast, and for how much.

    They stand beside the requests, not in them: other terms make no sample due again.

    Attributes
    ----------
    batch
        The directory of the results; spending is counted by it.
    limits
        ``max_parallel``, ``rpm`` and ``tpm`` by lane: a provider, or a provider and a model
        (``{"openai": {"max_parallel": 8}, "openai/gpt-4o": {"rpm": 60}}``).
    prices
        USD per million tokens, ``input`` and ``output``, by provider and model, where the config
        gives them.
    budget_usd
        What the batch may spend in all its runs; None for no limit.
    fresh
        Whether files that are there already stand for nothing.
    """

    batch: str
    limits: Limits = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    budget_usd: float | None = None
    fresh: bool = False

    def to_json(self) -> str:
        """Return the terms as one line of JSON."""
        return canonical_json(asdict(self))
