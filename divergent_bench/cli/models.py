"""Which models there are, from litellm's own table and from ours.

The table is read as the file that it is: litellm itself takes seconds to import.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import closest, counted
from divergent_bench.base.provider_catalogue import (
    find_provider,
    known_providers,
    source_of_litellm,
)

if TYPE_CHECKING:
    from divergent_bench.design.grid import Grid

CHAT_MODES = {"chat", "responses", "completion"}
PRICES = "model_prices_and_context_window_backup.json"
# Whom litellm's table calls by another name than its calls do; all of vertex_ai-... is vertex_ai.
_OWNERS = {"bedrock_converse": "bedrock"}
# In litellm's table, but litellm cannot call them.
_NOT_CALLED = frozenset(
    {"anyscale", "coralbricks", "inferenceapis", "microsoft_365_copilot", "openinfer", "scaledown"}
)


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """A provider, how many of its models are known by name, and what it is."""

    name: str
    models: int
    description: str = ""

    def summary(self) -> str:
        """Return what people are told of it."""
        if self.description or not self.models:
            return self.description or "no model known by name; it serves many"
        return counted(self.models, "model")


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model and its prices in USD per million tokens; None where nobody knows."""

    provider: str
    model: str
    input_usd: float | None = None
    output_usd: float | None = None
    reasons: bool = False
    ends_on: str | None = None  # the day on which its provider withdraws it, where that is known


def providers() -> list[KnownProvider]:
    """Return the providers: those of ours first, then litellm's by name."""
    known = _by_provider()
    listed = known_providers()
    ours = [each for each in listed.values() if not each.asks_models]
    return [KnownProvider(each.name, len(each.models), each.description) for each in ours] + [
        KnownProvider(name, len(known.get(name, ())))
        for name in sorted({*known, *listed} - {each.name for each in ours})
    ]


def models_of(provider: str) -> list[KnownModel]:
    """Return the models of a provider that are known by name; it may serve others too."""
    if models := find_provider(provider).models:
        return [KnownModel(provider, name, 0.0, 0.0) for name in models]
    names = [known.name for known in providers()]
    if provider not in names:
        raise UserError(
            f"no model of {provider!r} is known by name{closest(provider, names)}; "
            "`divergent-bench list-models` lists the providers"
        )
    of_provider = _by_provider().get(provider, {})
    return [of_provider[name] for name in sorted(of_provider)]


def unheard_of(grid: "Grid") -> list[str]:
    """Say which models of a grid are not known by name, though all of their provider's should be.

    A server of one's own may call its models as it likes, and so may who tunes one.
    """
    found = []
    for planned in grid.conditions:
        request = planned.template
        provider, model = request["provider"], request["model"]
        known_by_name = find_provider(provider).models_are_known
        if not known_by_name or request["api_base"] or model.startswith("ft:"):
            continue
        known = [each.model for each in models_of(provider)]
        if model not in known:
            found.append(
                f"{provider} has no model {model!r} that is known here{closest(model, known)} "
                f"(`divergent-bench list-models {provider}` lists them)"
            )
    return list(dict.fromkeys(found))


@cache
def _by_provider() -> dict[str, dict[str, KnownModel]]:
    # By name: the table has some models both with and without the provider's prefix.
    found: dict[str, dict[str, KnownModel]] = {}
    for name, info in json.loads(source_of_litellm(PRICES)).items():
        owner = info.get("litellm_provider", "")
        if name == "sample_spec" or info.get("mode") not in CHAT_MODES or owner in _NOT_CALLED:
            continue
        provider = "vertex_ai" if owner.startswith("vertex_ai-") else _OWNERS.get(owner, owner)
        model = name.removeprefix(f"{provider}/")
        found.setdefault(provider, {})[model] = KnownModel(
            provider,
            model,
            _per_million(info.get("input_cost_per_token")),
            _per_million(info.get("output_cost_per_token")),
            bool(info.get("supports_reasoning")),
            info.get("deprecation_date"),
        )
    return found


def _per_million(cost: float | None) -> float | None:
    return None if cost is None else round(cost * 1_000_000, 6)
