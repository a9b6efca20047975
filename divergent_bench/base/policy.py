"""The policy of a run: what a batch allows the gateway to do on its behalf."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from divergent_bench.base.requests import Request, canonical_json

Limits = Mapping[str, Mapping[str, int]]


class Route(NamedTuple):
    """How a request travels where a proxy stands between us and its provider.

    Attributes
    ----------
    url
        The address of the proxy.
    model
        What the proxy calls the model.
    """

    url: str
    model: str


@dataclass(frozen=True)
class RunPolicy:
    """On whose behalf requests are sent, how fast, and for how much.

    They stand beside the requests, not in them: another policy makes no sample due again.

    Attributes
    ----------
    batch
        The directory of the results; spending is counted by it.
    limits
        ``max_parallel``, ``rpm`` and ``tpm`` by provider, or a provider and a model
        (``{"openai": {"max_parallel": 8}, "openai/gpt-4o": {"rpm": 60}}``).
    prices
        USD per million tokens, ``input`` and ``output``, by provider and model, where the config
        gives them.
    budget_usd
        What the batch may spend in all its runs; None for no limit.
    fresh
        Whether files that are there already stand for nothing.
    proxy
        The address of a proxy that every request to a language model goes to; None for none.
    proxy_models
        What the proxy calls a model, by provider and model, where it is another name than that.
    """

    batch: str
    limits: Limits = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    budget_usd: float | None = None
    fresh: bool = False
    proxy: str | None = None
    proxy_models: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the policy as one line of JSON."""
        return canonical_json(asdict(self))

    def route(self, request: Request) -> Route | None:
        """Return how a request travels to the proxy; None where it goes to its provider."""
        if self.proxy is None:
            return None
        name = f"{request['provider']}/{request['model']}"
        return Route(self.proxy, self.proxy_models.get(name, name))

    def address(self, request: Request) -> str | None:
        """Return where a request is sent; None stands for its provider's own address."""
        return self.proxy or request["api_base"]
