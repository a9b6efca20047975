"""The requests of a condition: all that is sent for its samples but the seed."""

from typing import Any

from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.records import STIMULUS
from divergent_bench.base.requests import WORDINGS, Request
from divergent_bench.config import Config
from divergent_bench.config.experiment import Experiment
from divergent_bench.config.provider_entry import ModelEntry, ProviderEntry
from divergent_bench.design.grid import Condition
from divergent_bench.design.spaces import spaces
from divergent_bench.instrument.spaces.embedded import WORDNET
from divergent_bench.instrument.tasks import find_task


def request_template(
    config: Config,
    experiment: Experiment,
    entry: ProviderEntry,
    model: ModelEntry,
    condition: Condition,
) -> Request:
    """Return the template of the requests of a condition: see `base.requests`.

    Every key of a request is part of the digest by which the ledger knows an answer that was paid
    for.
    """
    provider = find_provider(entry.provider)
    named = {"provider": provider.asked_as, "model": model.model}
    # That of a prompt stands in its text.
    about = {} if condition.stimulus is None else {STIMULUS: condition.stimulus}
    if provider.from_file:
        return {
            **named,
            "file": entry.file,
            "columns": entry.columns.selection(),
            "strategy": condition.strategy,
            "temperature": condition.temperature,
            **({"keep": entry.keep} if entry.keep else {}),
            **about,
        }
    if not provider.takes_prompts:
        primary, *others = spaces(config)
        in_a_space = {"space": primary} if model.model in provider.models_in_a_space else {}
        # As the first edition asked, which knew no other words than those of its default space.
        as_then = not provider.takes_spaces or (primary == WORDNET and not others)
        return named | in_a_space | about | ({} if as_then else {"spaces": [primary, *others]})
    strategy = config.all_strategies()[condition.strategy]
    settings = (model, entry, experiment, config.defaults)
    schema = find_task(strategy.task).response_schema
    several = experiment.wordings or config.defaults.wordings
    wordings = [strategy.messages(number, condition.stimulus) for number in range(several)]
    return {
        **named,
        "messages": wordings[0],
        "temperature": condition.temperature,
        "max_tokens": _first_set("max_tokens", settings),
        "structured": schema if _first_set("structured", settings) else False,
        # An endpoint is part of what is asked, also one that the environment names.
        "api_base": _first_set("api_base", (model, entry)) or provider.endpoint(),
        "params": {**entry.params, **model.params},
        **({WORDINGS: wordings} if several > 1 else {}),
    }


def _first_set(key: str, settings: tuple[Any, ...]) -> Any:
    return next((v for s in settings if (v := getattr(s, key)) is not None), None)
