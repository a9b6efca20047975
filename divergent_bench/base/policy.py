"""The policy of a run: what a batch allows the gateway to do on its behalf."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from divergent_bench.base.requests import Request, canonical_json, label

Limits = Mapping[str, Mapping[str, int]]


class Route(NamedTuple):
    """How a request travels where a proxy stands between us and its provider."""

    url: str  # the address of the proxy
    model: str  # what the proxy calls the model


@dataclass(frozen=True)
class RunPolicy:
    """On whose behalf requests are sent, how fast, and for how much.

    They stand beside the requests, not in them: another policy makes no sample due again. Limits
    are ``max_parallel``, ``rpm`` and ``tpm`` by provider, or by provider and model
    (``{"openai": {"max_parallel": 8}, "openai/gpt-4o": {"rpm": 60}}``). Prices are those that the
    config gives, ``input`` and ``output`` in USD per million tokens, by provider and model.
    """

    batch: str  # the directory of the results, by which spending is counted
    limits: Limits = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    budget_usd: float | None = None  # what the batch may spend in all its runs
    fresh: bool = False  # whether files that are there already stand for nothing
    proxy: str | None = None  # the address that all requests to language models go to
    # What the proxy calls a model, by provider and model, where it is another name than that.
    proxy_models: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the policy as one line of JSON."""
        return canonical_json(asdict(self))

    def route(self, request: Request) -> Route | None:
        """Return how a request travels to the proxy; None where it goes to its provider."""
        if self.proxy is None:
            return None
        name = label(request)
        return Route(self.proxy, self.proxy_models.get(name, name))

    def address(self, request: Request) -> str | None:
        """Return where a request is sent; None stands for its provider's own address."""
        return self.proxy or request["api_base"]
