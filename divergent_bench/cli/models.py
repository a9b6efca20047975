"""Which models there are, from litellm's own table and from ours."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from divergent_bench.errors import UserError
from divergent_bench.names import BASELINE_MODELS, closest
from divergent_bench.providers.llm import LITELLM_NAMES, load_litellm

CHAT_MODES = {"chat", "responses", "completion"}


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model and its prices in USD per token; None where nobody knows."""

    name: str
    input_cost: float | None
    output_cost: float | None

    def input_price(self) -> str:
        """Return the price of a million tokens of prompt, for people."""
        return _per_million(self.input_cost)

    def output_price(self) -> str:
        """Return the price of a million tokens of answer, for people."""
        return _per_million(self.output_cost)


def providers() -> dict[str, int]:
    """Return the providers, those of ours first, and how many chat models are known of each."""
    counts = Counter(provider for provider, _ in {model[:2] for model in _chat_models()})
    return {"baseline": len(BASELINE_MODELS)} | dict(sorted(counts.items()))


def models_of(provider: str) -> list[KnownModel]:
    """Return the models of a provider that are known by name; it may serve others too.

    Raises
    ------
    UserError
        When there is no such provider.
    """
    if provider == "baseline":
        return [KnownModel(name, 0.0, 0.0) for name in BASELINE_MODELS]
    wanted = {provider, LITELLM_NAMES.get(provider, provider)}
    models = {  # by name: litellm's table has some both with and without the provider's prefix
        name: KnownModel(name, info.get("input_cost_per_token"), info.get("output_cost_per_token"))
        for owner, name, info in _chat_models()
        if owner in wanted
    }
    if not models:
        known = providers()
        raise UserError(
            f"no model of {provider!r} is known by name{closest(provider, known)}; "
            "`divergent-bench list-models` lists the providers"
        )
    return [models[name] for name in sorted(models)]


def _chat_models() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (info["litellm_provider"], name.removeprefix(f"{info['litellm_provider']}/"), info)
        for name, info in load_litellm().model_cost.items()
        if info.get("mode") in CHAT_MODES and info.get("litellm_provider") and name != "sample_spec"
    ]


def _per_million(cost: float | None) -> str:
    return "" if cost is None else f"{cost * 1_000_000:.2f}"
