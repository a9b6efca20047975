"""From a config to the grid of what will be sampled, and what is wrong with it on the way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from divergent_bench.base.credentials import endpoint
from divergent_bench.base.errors import UserError
from divergent_bench.base.names import (
    COMMON_PROVIDERS,
    NOT_APPLICABLE,
    closest,
    slug,
)
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.requests import FREE_PROVIDERS, RECORDED, TEN_WORDS, Request, digest
from divergent_bench.config import Config, config_error
from divergent_bench.config.analysis import SpaceEntry
from divergent_bench.config.loading import Location
from divergent_bench.config.models import (
    ALL_STRATEGIES,
    Experiment,
    ModelEntry,
    ProviderEntry,
)
from divergent_bench.config.proxy import check_proxy
from divergent_bench.design.grid import Condition, Grid, PlannedCondition
from divergent_bench.design.recorded_answers import count_answers
from divergent_bench.instrument.spaces.catalogue import space_names as known_spaces
from divergent_bench.sampling.providers.baseline import USING_A_SPACE

LIMITS = ("max_parallel", "rpm", "tpm")


def expand(config: Config) -> Grid:
    """Return everything the config asks for.

    Experiments that name the same condition share its samples: the seeds are united, so that the
    larger count wins.

    Raises
    ------
    UserError
        When two models share a path, when a condition is described in two ways, when two conditions
        would send the same requests, or when recorded answers are missing.
    """
    merged: dict[Condition, _Described] = {}
    for described in _described_conditions(config):
        first = merged.setdefault(described.condition, described)
        if first.template != described.template:
            raise config_error(
                config,
                described.location,
                f"{described.condition} is described in two ways "
                f"(they differ in: {_differences(first.template, described.template)}); "
                "give one of the two a `name` of its own, or make them equal",
            )
        first.seeds.update(described.seeds)
    _check_paths(config, merged.values())
    _check_requests(config, merged.values())
    samples = (config.results() / "samples").as_posix()
    return Grid(
        tuple(
            PlannedCondition(
                condition,
                tuple(sorted(described.seeds)),
                described.template,
                f"{samples}/{condition.directory()}",
            )
            for condition, described in merged.items()
        )
    )


def analysed(config: Config, grid: Grid) -> Grid:
    """Return what is analysed: the whole grid, or for a partial analysis what is there of it now.

    Raises
    ------
    UserError
        When not a single sample is there.
    """
    if not config.partial:
        return grid
    there = grid.existing()
    if not there.conditions:
        raise UserError(
            f"{config.results()}: none of the {len(grid.paths()):,} samples is there yet, so there "
            "is nothing to analyse; run the batch first"
        )
    return there if len(there.paths()) < len(grid.paths()) else grid


def spaces(config: Config) -> dict[str, SpaceEntry | None]:
    """Return the semantic spaces of the config by name, the primary one first.

    The value is the entry of a space that is made from a file of the user's own, or None.

    Raises
    ------
    UserError
        When a space is named twice, or is not known and has no file.
    """
    found: dict[str, SpaceEntry | None] = {}
    for i, space in enumerate(config.analysis.spaces):
        name, entry = (space.name, space) if isinstance(space, SpaceEntry) else (space, None)
        if name in found:
            raise config_error(config, ("analysis", "spaces", i), f"names {name!r} twice; keep one")
        if entry is None and name not in known_spaces():
            raise config_error(
                config,
                ("analysis", "spaces", i),
                f"there is no semantic space {name!r}{closest(name, known_spaces())} "
                f"(known: {', '.join(known_spaces())}; "
                "for a file of your own write {name: my-space, path: FILE})",
            )
        for file in filter(None, (entry.path, entry.dictionary) if entry else ()):
            if not Path(file).expanduser().is_file():
                raise config_error(
                    config, ("analysis", "spaces", i), f"there is no file {file}; check the path"
                )
        found[name] = entry
    return found


def run_policy(config: Config) -> RunPolicy:
    """Return what the config allows the gateway: pace, prices, budget, and by which way to ask.

    Raises
    ------
    UserError
        When two entries give a lane different limits or a model different prices, or when the
        entries do not go with the proxy.
    """
    check_proxy(config)
    limits: dict[str, dict[str, int]] = {}
    prices: dict[str, dict[str, float]] = {}

    def settle(known: dict[str, Any], key: str, value: Any, location: Location, what: str) -> None:
        if known.setdefault(key, value) != value:
            raise config_error(
                config,
                location,
                f"{what} is {value} here and {known[key]} elsewhere; "
                "give it once, or the same everywhere",
            )

    for location, _, entry in _provider_entries(config):
        models = [(f"{entry.provider}/{model.model}", model) for model in entry.entries()]
        for rate_limit, settings in [(entry.provider, entry), *models]:
            for key in LIMITS:
                if (value := getattr(settings, key)) is not None:
                    of_endpoint = limits.setdefault(rate_limit, {})
                    settle(of_endpoint, key, value, location, f"{key} of {rate_limit}")
        for model, settings in models:
            if price := settings.price or entry.price:
                settle(prices, model, price.model_dump(), location, f"price of {model}")
    return RunPolicy(
        config.results().as_posix(),
        limits,
        prices,
        config.budget_usd,
        config.fresh,
        config.gateway.url if config.gateway else None,
        config.gateway.models if config.gateway else {},
    )


@dataclass(frozen=True, slots=True)
class _Described:
    """A condition as one place of the config describes it."""

    location: Location
    condition: Condition
    template: Request
    seeds: set[int]


def _provider_entries(config: Config) -> Iterator[tuple[Location, Experiment, ProviderEntry]]:
    for i, experiment in enumerate(config.experiments):
        for j, entry in enumerate(experiment.providers):
            yield ("experiments", i, "providers", j), experiment, entry


def _described_conditions(config: Config) -> Iterator[_Described]:
    for place, experiment, entry in _provider_entries(config):
        _check_provider(config, (*place, "provider"), entry.provider)
        for k, model in enumerate(entry.entries()):
            location = (*place, "models", k) if entry.models else (*place, "model")
            described = [
                _described(config, experiment, location, entry, model, treatment)
                for treatment in _treatments(config, experiment, entry)
            ]
            # `samples: all` of recorded answers: a combination that was never recorded is none.
            there = [each for each in described if each.seeds]
            if not there:
                raise config_error(
                    config,
                    location,
                    f"{entry.file} has no answer of {described[0].condition}, nor at any other "
                    "strategy and temperature named here; check the names against the file's "
                    "`columns`",
                )
            yield from there


def _described(
    config: Config,
    experiment: Experiment,
    location: Location,
    entry: ProviderEntry,
    model: ModelEntry,
    treatment: tuple[str, float | None],
) -> _Described:
    condition = Condition(entry.provider, model.name or entry.name or model.model, *treatment)
    template = _template(config, experiment, entry, model, condition)
    seeds = _seeds(config, experiment, location, condition, template)
    return _Described(location, condition, template, set(seeds))


def _check_provider(config: Config, location: Location, provider: str) -> None:
    if provider in FREE_PROVIDERS or provider in COMMON_PROVIDERS:
        return
    from divergent_bench.sampling.providers.llm import known_providers  # litellm: seconds to import

    known = [*FREE_PROVIDERS, *known_providers()]
    if provider not in known:
        raise config_error(
            config,
            location,
            f"there is no provider {provider!r}{closest(provider, known)} "
            "(`divergent-bench list-models` lists them; for a server of your own that speaks "
            "OpenAI's format write provider: openai with an api_base)",
        )


def _treatments(
    config: Config, experiment: Experiment, entry: ProviderEntry
) -> Iterator[tuple[str, float | None]]:
    if entry.provider == "baseline":  # reads no prompt and has no temperature
        yield NOT_APPLICABLE, None
        return
    recorded = entry.columns if entry.provider in RECORDED else None
    strategies: dict[str, None] = dict.fromkeys(experiment.strategies)
    if recorded and recorded.strategy is None:
        strategies = {NOT_APPLICABLE: None}  # the file does not say
    if ALL_STRATEGIES in strategies:
        strategies = dict.fromkeys([*config.all_strategies(), *strategies])
        del strategies[ALL_STRATEGIES]
    temperatures = dict.fromkeys(_temperatures(config, experiment))
    if recorded and recorded.temperature is None:
        temperatures = {None: None}
    for strategy in strategies:
        for temperature in temperatures:
            yield strategy, temperature


def _temperatures(config: Config, experiment: Experiment) -> list[float | None]:
    if experiment.temperatures is not None:
        return experiment.temperatures
    if "temperature" in experiment.model_fields_set:
        return [experiment.temperature]
    return [config.defaults.temperature]


def _template(
    config: Config,
    experiment: Experiment,
    entry: ProviderEntry,
    model: ModelEntry,
    condition: Condition,
) -> Request:
    if entry.provider == "baseline":
        # Those that look at no space would be the same in any.
        space = {"space": next(iter(spaces(config)))} if model.model in USING_A_SPACE else {}
        return {"provider": "baseline", "model": model.model, **space}
    if entry.provider in RECORDED:
        return {
            "provider": "recorded",
            "model": model.model,
            "file": entry.file,
            "columns": entry.columns.selection(),
            "strategy": condition.strategy,
            "temperature": condition.temperature,
        }
    settings = (model, entry, experiment, config.defaults)
    return {
        "provider": entry.provider,
        "model": model.model,
        "messages": config.all_strategies()[condition.strategy].messages(),
        "temperature": condition.temperature,
        "max_tokens": _first_set("max_tokens", settings),
        "structured": TEN_WORDS if _first_set("structured", settings) else False,
        # An endpoint is part of what is asked, also one that the environment names.
        "api_base": _first_set("api_base", (model, entry)) or endpoint(entry.provider),
        "params": {**entry.params, **model.params},
    }


def _first_set(key: str, settings: tuple[Any, ...]) -> Any:
    return next((v for s in settings if (v := getattr(s, key)) is not None), None)


def _seeds(
    config: Config,
    experiment: Experiment,
    location: Location,
    condition: Condition,
    template: Request,
) -> Sequence[int]:
    samples = experiment.samples or config.defaults.samples
    if template["provider"] != "recorded":
        if experiment.seeds is not None:
            return experiment.seeds
        if samples == "all":
            raise config_error(
                config,
                location,
                "`samples: all` is for recorded answers; say how many answers to ask for",
            )
        return range(samples)
    try:
        there = count_answers(template)
    except UserError as error:
        raise config_error(config, location, str(error)) from error
    seeds = experiment.seeds or range(there if samples == "all" else samples)
    if max(seeds, default=-1) >= there:
        raise config_error(
            config,
            location,
            f"{template['file']} has {there} answers of {condition}, "
            f"but {max(seeds) + 1} are asked for; lower `samples`, write "
            "`samples: all`, or check the names against the `columns` of the file",
        )
    return seeds


def _differences(one: Request, other: Request) -> str:
    return ", ".join(
        sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
    )


def _check_paths(config: Config, described: Iterable[_Described]) -> None:
    owners: dict[str, Condition] = {}
    for each in described:
        condition = each.condition
        if not slug(condition.model) or not slug(condition.strategy):
            raise config_error(
                config,
                each.location,
                f"{condition} has no letter or digit that can stand in a path; give it a `name`",
            )
        # Some file systems do not tell upper from lower case.
        address = str(condition.directory()).casefold()
        owner = owners.setdefault(address, condition)
        if owner == condition:
            continue
        kind = "model" if owner.model != condition.model else "strategy"
        one, other = getattr(owner, kind), getattr(condition, kind)
        fix = (
            f"give one of them a `name`, for example {{model: {other!r}, name: {slug(other)}-2}}"
            if kind == "model"
            else "rename one of them"
        )
        plural = "models" if kind == "model" else "strategies"
        raise config_error(
            config,
            each.location,
            f"{plural} {one!r} and {other!r} of {condition.provider} would share "
            f"the path {slug(other)!r}; {fix}",
        )


def _check_requests(config: Config, described: Iterable[_Described]) -> None:
    seen: dict[str, Condition] = {}
    for each in described:
        if each.condition.provider in RECORDED:
            continue  # reading an answer under two names costs nothing and may be meant
        twin = seen.setdefault(digest(each.template), each.condition)
        if twin != each.condition:
            raise config_error(
                config,
                each.location,
                f"{twin} and {each.condition} would send the same requests, "
                "so that one answer would count twice; remove one of the two",
            )
