"""Configs made from flags: one condition, or several models side by side; and more of the same.

The same flags give the same results directory, so that what is there is not asked for again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from divergent_bench.base.credentials import without_password
from divergent_bench.base.errors import UserError
from divergent_bench.base.names import closest, format_temperature, slug
from divergent_bench.base.provider_catalogue import (
    DEFAULT_PROVIDER,
    check_provider,
    find_provider,
    known_providers,
)
from divergent_bench.config import parse_config
from divergent_bench.config.loading import Problem, key_at
from divergent_bench.config.strategy import ALL_STRATEGIES
from divergent_bench.config.yaml_files import read_yaml
from divergent_bench.design.checks import CheckedConfig, check_config
from divergent_bench.instrument.tasks import DEFAULT, find_task, known_strategies, known_tasks
from divergent_bench.running.batches import CONFIG_FILE, open_batch

Data = dict[str, Any]
_LONGEST_NAME: Final = 120  # of a directory, well below what file systems take
NO_TEMPERATURE: Final = "as a flag, null or default: --temperature default"
_FLAGS: Final[Mapping[str | int, str]] = {  # by the key of the config that they set
    "provider": "--provider",
    "providers": "--model",
    "model": "--model",
    "strategies": "--strategy",
    "temperature": "--temperature",
    "samples": "--samples",
    "spaces": "--space",
    "api_base": "--api-base",
}


@dataclass(frozen=True)
class Treatment:
    """How models are asked, and in which semantic space their answers are scored."""

    strategy: str
    temperature: float | None  # 0 to 2, or None to leave it to the model
    samples: int  # per model, at least 1
    structured: bool
    space: str
    api_base: str | None = None  # a server of one's own, asked instead of the provider
    strategies: Data = field(default_factory=dict)  # of one's own, as a config has them

    @property
    def label(self) -> str:
        """What tells the answers apart from those of another treatment, as part of a name."""
        structured = "-structured" if self.structured else ""
        _, _, place = (self.api_base or "").partition("://")
        at = f"-at-{slug(place)}" if place else ""
        return f"{slug(self.strategy)}-t{format_temperature(self.temperature)}{structured}{at}"


@dataclass(frozen=True)
class Setup(CheckedConfig):
    """A config that is about to be run, and the data that it was read from."""

    data: Data

    @property
    def directory(self) -> Path:
        """Where its results go."""
        return self.config.results()

    @property
    def file(self) -> Path:
        """Where the config itself goes."""
        return self.directory / CONFIG_FILE

    @property
    def samples(self) -> int:
        """Samples of the condition that has most of them."""
        return max(self.grid.seed_counts())

    @property
    def addressed(self) -> set[str]:
        """What is compared, each with the address that is asked where one is named."""
        found = set()
        for planned in self.grid.conditions:
            address = planned.template.get("api_base")
            at = f" at {without_password(address)}" if address else ""
            found.add(f"{planned.condition}{at}")
        return found


def read_temperature(text: str) -> float | None:
    """Return a temperature as a flag gives it; None for ``default``."""
    if text in ("default", "null"):
        return None
    try:
        return float(text)
    except ValueError:
        raise UserError(
            f"--temperature: {text!r} is no number; give one from 0 to 2, or `default` to leave it "
            "to the model"
        ) from None


def read_strategies(file: Path) -> Data:
    """Return the strategies in a YAML file: those below ``strategies:`` if it has that key.

    So a config will do. What is wrong with one of them is said when a config is made of them.
    """
    try:
        data = read_yaml(file, "them").data
    except UserError as error:
        raise UserError(f"--strategies: {error}") from error
    found = data.get("strategies", data) if isinstance(data, dict) else None
    if not isinstance(found, dict) or not found:
        raise UserError(
            f"--strategies: {file} has no strategies; give each a name, and below it a `text:`"
        )
    return found


def default_model(provider: str) -> str:
    """Return the model that is asked where none is named; a UserError where there is none."""
    _refuse_files(provider)
    if model := find_provider(provider).default_model:
        return model
    known = known_providers()
    if provider not in known and (hint := closest(provider, sorted(known))):
        raise UserError(f"--provider: no provider {provider!r} is known here{hint}")
    raise UserError(
        f"--model: name a model of {provider}, which has no default "
        f"(`divergent-bench list-models {provider}` lists those that are known)"
    )


def pair_models(
    providers: Sequence[str], models: Sequence[str], api_base: str | None = None
) -> list[tuple[str, str]]:
    """Return the (provider, model) pairs that flags name.

    A model belongs to the provider at its place and is called as it stands there. One without a
    provider may begin with it and a slash (``anthropic/claude-haiku-4-5``), and else is one of
    `DEFAULT_PROVIDER`. A provider without a model gets its default; a server of one's own, at
    `api_base`, has none.
    """
    if api_base and len(models) < max(len(providers), 1):
        raise UserError(f"--model: name the model that {without_password(api_base)} serves")
    paired = [
        (provider, models[place] if place < len(models) else default_model(provider))
        for place, provider in enumerate(providers or ([] if models else [DEFAULT_PROVIDER]))
    ]
    return paired + [_named_model(model, api_base) for model in models[len(providers) :]]


def _named_model(model: str, api_base: str | None) -> tuple[str, str]:
    provider, slash, name = model.partition("/")
    if not (slash and name):
        return DEFAULT_PROVIDER, model
    try:
        check_provider(provider)
    except UserError as error:
        if api_base:  # what a server calls its models is its own business
            return DEFAULT_PROVIDER, model
        raise UserError(
            f"--model: {error}; where {model!r} is all of its name, say whose: --provider NAME"
        ) from error
    return provider, name


def models_to_compare(
    providers: Sequence[str], models: Sequence[str], api_base: str | None = None
) -> list[tuple[str, str]]:
    """Return the pairs of `pair_models`, each once; a UserError where there are not two."""
    paired = pair_models(providers, models, api_base) if [*providers, *models] else []
    distinct = list(dict.fromkeys(paired))
    if len(distinct) < 2:
        raise UserError(
            "a comparison needs two models: --providers openai --providers anthropic, "
            "or --model openai/gpt-4o --model openai/gpt-4o-mini"
        )
    return distinct


def run_setup(provider: str, model: str, treatment: Treatment) -> Setup:
    """Return the config of one condition; a UserError says which flag is wrong."""
    asked = f"-{treatment.label}" if find_provider(provider).takes_prompts else ""
    name = _short(f"dat-{slug(provider)}-{slug(model)}{asked}")
    return _from_flags(name, [_entry(provider, model, treatment)], treatment)


def _entry(provider: str, model: str, treatment: Treatment) -> Data:
    if treatment.api_base and not find_provider(provider).asks_models:
        raise UserError(f"--api-base: {provider} asks no server; leave it out")
    at = {"api_base": treatment.api_base} if treatment.api_base else {}
    return {"provider": provider, "model": model} | at


def comparison_setup(
    models: Sequence[tuple[str, str]], treatment: Treatment, *, baselines: bool
) -> Setup:
    """Return the config of several models that are asked the same; errors as `run_setup`."""
    in_order = sorted(models)  # the same models in another order are the same comparison
    named = "-".join(slug(f"{provider}-{model}") for provider, model in in_order)
    alone = "" if baselines else "-no-baselines"
    providers = [_entry(provider, model, treatment) for provider, model in in_order]
    if baselines:
        asked = known_strategies().get(treatment.strategy)
        own = treatment.strategies.get(treatment.strategy)
        of_own = own.get("task") if isinstance(own, dict) else None
        task = asked.task if asked else of_own if of_own in known_tasks() else DEFAULT
        providers.append({"provider": "baseline", "models": list(find_task(task).baselines)})
    return _from_flags(_short(f"compare-{named}-{treatment.label}{alone}"), providers, treatment)


def with_what_is_there(asked: Setup) -> Setup:
    """Return a config that keeps what its results directory holds already.

    The larger number of samples stays, and so does whatever was added to the config by hand. It is
    a UserError when the directory belongs to a config of other conditions.
    """
    if not asked.file.is_file():
        return asked
    kept: Data = read_yaml(asked.file, "the config").data
    there = _setup(kept)
    if there.addressed != asked.addressed:
        other, wanted = ("; ".join(sorted(each.addressed)) for each in (there, asked))
        raise UserError(
            f"{asked.file}: asks for {other}, not for {wanted}; "
            f"move {asked.directory} away, or write a config with a `name` of its own"
        )
    kept["experiments"] = [
        experiment | {"samples": max(there.samples, asked.samples)}
        for experiment in kept["experiments"]
    ]
    for block in ("analysis", "strategies"):
        if there_too := kept.get(block, {}) | asked.data.get(block, {}):
            kept[block] = there_too
    return _setup(kept)


def with_more(results: Path, additional: int) -> Setup:
    """Return the config of a results directory with so many samples more per condition.

    It is a UserError when the config says which samples there are to be (`seeds`, `samples: all`).
    """
    batch = open_batch(results)
    if len(batch.grid.tasks) > 1:
        raise UserError(
            f"{results}: asks several tasks ({', '.join(batch.grid.tasks)}), perhaps with another "
            "number of samples each; raise `samples` in the config and run that again"
        )
    data: Data = read_yaml(results / CONFIG_FILE, "the config").data
    for place, (raw, experiment) in enumerate(
        zip(data["experiments"], batch.config.experiments, strict=True)
    ):
        samples = experiment.samples or batch.config.defaults.samples
        if experiment.seeds is not None or samples == "all":
            what = "names its seeds" if experiment.seeds else "takes all recorded answers"
            raise UserError(
                f"{results / CONFIG_FILE}, experiments[{place}]: {experiment.name!r} {what}, so "
                "there is no number of samples to raise; edit the config and run it again"
            )
        raw["samples"] = samples + additional
    return _setup(data)


def _refuse_files(provider: str) -> None:
    if find_provider(provider).from_file:
        raise UserError(
            f"--provider: {provider} is nobody to ask; for answers in a file, "
            "`divergent-bench import FILE` makes a config"
        )


def _from_flags(name: str, providers: list[Data], treatment: Treatment) -> Setup:
    for entry in providers:
        _refuse_files(entry["provider"])
    if treatment.strategy == ALL_STRATEGIES:
        raise UserError(
            f"--strategy: {ALL_STRATEGIES!r} is for configs; name one strategy here "
            "(`divergent-bench list-strategies`)"
        )
    experiment = {
        "name": name,
        "providers": providers,
        "strategies": [treatment.strategy],
        "temperature": treatment.temperature,
        "samples": treatment.samples,
        "structured": treatment.structured,
    }
    data = {"name": name, "experiments": [experiment], "analysis": {"spaces": [treatment.space]}}
    if treatment.strategies:
        data["strategies"] = treatment.strategies
    try:
        return _setup(data)
    except UserError as error:
        problems = [each for each in error.details if isinstance(each, Problem)]
        lines = dict.fromkeys(map(_in_flags, problems))
        raise UserError("\n".join(lines) or str(error)) from error


def _in_flags(problem: Problem) -> str:
    """Name the flag that a problem is about instead of the key of a config nobody wrote."""
    if problem.location[:1] == ("strategies",):  # of one's own, and not those that are asked
        return f"--strategies: {key_at(problem.location[1:])}: {problem.message}"
    flags = [_FLAGS[key] for key in problem.location if key in _FLAGS]
    if not flags:
        return f"{key_at(problem.location)}: {problem.message}"
    hint = f" ({NO_TEMPERATURE})" if flags[-1] == _FLAGS["temperature"] else ""
    return f"{flags[-1]}: {problem.message}{hint}"


def _setup(data: Data) -> Setup:
    return Setup(**vars(check_config(parse_config(deepcopy(data)))), data=data)


def _short(name: str) -> str:
    """Return a name as it is, or cut, with a part that tells it apart from others cut alike."""
    if len(name) <= _LONGEST_NAME:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:10]
    return f"{name[: _LONGEST_NAME - 11]}-{mark}"
