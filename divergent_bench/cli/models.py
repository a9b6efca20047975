"""Which models there are, from litellm's own table and from ours.

The table is read as the file that it is: litellm itself takes seconds to import.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import closest
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.provider_catalogue import known_providers as catalogue

if TYPE_CHECKING:
    from divergent_bench.design.grid import Grid

CHAT_MODES = {"chat", "responses", "completion"}
_TABLE = "model_prices_and_context_window_backup.json"
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
        return f"{self.models:,} model{'s' * (self.models > 1)}"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model and its prices in USD per token; None where nobody knows."""

    provider: str
    name: str
    input_cost: float | None = None
    output_cost: float | None = None
    reasons: bool = False
    ends_on: str | None = None  # the day on which its provider withdraws it, where that is known

    def as_json(self) -> dict[str, Any]:
        """Return it as data, with its prices in USD per million tokens."""
        return {
            "provider": self.provider,
            "model": self.name,
            "input_usd": _per_million(self.input_cost),
            "output_usd": _per_million(self.output_cost),
            "reasons": self.reasons,
            "ends_on": self.ends_on,
        }


def providers() -> list[KnownProvider]:
    """Return the providers: those of ours first, then litellm's by name."""
    known = _by_provider()
    listed = catalogue()
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
        known = [each.name for each in models_of(provider)]
        if model not in known:
            found.append(
                f"{provider} has no model {model!r} that is known here{closest(model, known)} "
                f"(`divergent-bench list-models {provider}` lists them)"
            )
    return list(dict.fromkeys(found))


def find_models(text: str, among: Iterable[KnownModel] | None = None) -> list[KnownModel]:
    """Return the models whose name contains `text`, in any case; by default of all providers."""
    if among is None:
        among = (model for provider in providers() for model in models_of(provider.name))
    return [model for model in among if text.casefold() in model.name.casefold()]


@cache
def _by_provider() -> dict[str, dict[str, KnownModel]]:
    # By name: the table has some models both with and without the provider's prefix.
    found: dict[str, dict[str, KnownModel]] = {}
    for name, info in _table().items():
        owner = info.get("litellm_provider", "")
        if name == "sample_spec" or info.get("mode") not in CHAT_MODES or owner in _NOT_CALLED:
            continue
        provider = "vertex_ai" if owner.startswith("vertex_ai-") else _OWNERS.get(owner, owner)
        model = name.removeprefix(f"{provider}/")
        found.setdefault(provider, {})[model] = KnownModel(
            provider,
            model,
            info.get("input_cost_per_token"),
            info.get("output_cost_per_token"),
            bool(info.get("supports_reasoning")),
            info.get("deprecation_date"),
        )
    return found


def _table() -> dict[str, dict[str, Any]]:
    litellm = find_spec("litellm")
    if litellm is None or litellm.origin is None:
        raise UserError("litellm is missing; install divergent-bench with its dependencies")
    text = Path(litellm.origin).with_name(_TABLE).read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = json.loads(text)
    return table


def _per_million(cost: float | None) -> float | None:
    return None if cost is None else round(cost * 1_000_000, 6)
