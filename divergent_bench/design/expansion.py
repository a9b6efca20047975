"""From a config to the grid of what will be sampled, and what is wrong with it on the way."""

from collections.abc import Iterator, Sequence

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import NOT_APPLICABLE
from divergent_bench.base.provider_catalogue import check_provider, find_provider
from divergent_bench.base.requests import Request
from divergent_bench.config import Config, config_error
from divergent_bench.config.experiment import MOST_SAMPLES, Experiment
from divergent_bench.config.provider_entry import ModelEntry, ProviderEntry
from divergent_bench.config.strategy import ALL_STRATEGIES
from divergent_bench.config.values import Location
from divergent_bench.design.conflicts import Described, check_paths, check_requests, check_results
from divergent_bench.design.grid import Condition, Grid, PlannedCondition
from divergent_bench.design.requests import request_template
from divergent_bench.design.stimuli import stimuli_of
from divergent_bench.instrument.tasks import DEFAULT, Task, find_task


def expand(config: Config) -> Grid:
    """Return everything the config asks for.

    Experiments that name the same condition share its samples: the seeds are united, so that the
    larger count wins. It is a UserError when two models share a path, a condition is described in
    two ways, two conditions would send the same requests, prompts of several tasks are asked, or
    recorded answers are missing, or its results would lie on the ledger.
    """
    check_results(config)
    task = _task(config)
    total = 0
    merged: dict[Condition, Described] = {}
    for described in _described_conditions(config, task):
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
        total += len(described.seeds)
        if total > MOST_SAMPLES:
            raise config_error(
                config,
                described.location,
                f"asks for more than {MOST_SAMPLES:,} samples, together with what comes before; "
                "ask for fewer, or write several configs",
            )
    check_paths(config, merged.values())
    check_requests(config, merged.values())
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
        ),
        task.name,
    )


def analysed(config: Config, grid: Grid) -> Grid:
    """Return what is asked for and analysed: the whole grid, or a part of it.

    Of a partial analysis that is what is there of it now, and it is a UserError when not a single
    sample is; of a trial the first samples of each condition.
    """
    if config.limit:
        return grid.first(config.limit)
    if not config.partial:
        return grid
    there = grid.existing()
    if not there.conditions:
        raise UserError(
            f"{config.results()}: none of the {len(grid.paths()):,} samples is there yet, so there "
            "is nothing to analyse; run the batch first"
        )
    return there if len(there.paths()) < len(grid.paths()) else grid


def _task(config: Config) -> Task:
    """Return the task whose prompts are asked.

    Where none are, as of baselines alone, it is that of the prompts that experiments name.
    """
    strategies = config.all_strategies()
    asked: dict[str, Location] = {}
    named: dict[str, Location] = {}
    for place, experiment, entry in config.provider_entries():
        if "strategies" in experiment.model_fields_set:
            named |= dict.fromkeys(experiment.strategies, place)
        asked |= {name: place for name, _ in _treatments(config, experiment, entry)}
    for prompts in (asked, named):
        found = {strategies[name].task: at for name, at in prompts.items() if name in strategies}
        if len(found) > 1:
            raise config_error(
                config,
                list(found.values())[1],
                f"asks for another task than the other experiments ({', '.join(found)}); "
                "give each task a config of its own",
            )
        if found:
            return find_task(next(iter(found)))
    return find_task(DEFAULT)


def _described_conditions(config: Config, task: Task) -> Iterator[Described]:
    for place, experiment, entry in config.provider_entries():
        try:
            check_provider(entry.provider)
        except UserError as error:
            raise config_error(config, (*place, "provider"), str(error)) from error
        _check_wordings(config, place, experiment, entry)
        _check_column(config, place, entry, task)
        stimuli = stimuli_of(config, place[:2], experiment, task)
        for k, model in enumerate(entry.entries()):
            location = (*place, "models", k) if entry.models else (*place, "model")
            first, some = None, False
            for treatment in _treatments(config, experiment, entry):
                for stimulus in stimuli:
                    asked = (*treatment, stimulus)
                    described = _described(config, experiment, location, entry, model, asked)
                    first = first or described
                    # `samples: all` of recorded answers: what was never recorded is no condition.
                    if described.seeds:
                        some = True
                        yield described
            if first and not some:
                raise config_error(
                    config,
                    location,
                    f"{entry.file} has no answer of {first.condition}, nor at any other strategy, "
                    "temperature and stimulus named here; check the names against the file's "
                    "`columns`",
                )


def _check_column(config: Config, place: Location, entry: ProviderEntry, task: Task) -> None:
    """Make sure that a file of answers says what they are about, where there are stimuli."""
    if not find_provider(entry.provider).from_file:
        return
    if task.stimulus_slot and not entry.columns.stimulus:
        problem = f"say in `stimulus` which column of the file holds the {task.stimulus_slot}"
    elif entry.columns.stimulus and not task.stimulus_slot:
        problem = f"the task {task.name} has no stimuli; take `stimulus` out"
    else:
        return
    raise config_error(config, (*place, "columns"), problem)


def _check_wordings(
    config: Config, place: Location, experiment: Experiment, entry: ProviderEntry
) -> None:
    """Make sure that each strategy has as many wordings as are asked for."""
    provider = find_provider(entry.provider)
    if provider.from_file or not provider.takes_prompts:
        return
    wanted = experiment.wordings or config.defaults.wordings
    strategies = config.all_strategies()
    for name, _ in _treatments(config, experiment, entry):
        there = len(strategies[name].texts)
        if wanted > there:
            own = f", or list more texts under `strategies.{name}.text`"
            raise config_error(
                config,
                (*(place[:2] if experiment.wordings else ("defaults",)), "wordings"),
                f"{wanted} wordings are asked for, and the strategy {name!r} has {there}; "
                f"write {there}{own if name in config.strategies else ''}",
            )


def _described(
    config: Config,
    experiment: Experiment,
    location: Location,
    entry: ProviderEntry,
    model: ModelEntry,
    treatment: tuple[str, float | None, str | None],
) -> Described:
    condition = Condition(entry.provider, model.name or entry.name or model.model, *treatment)
    template = request_template(config, experiment, entry, model, condition)
    samples = experiment.samples or config.defaults.samples
    try:
        seeds = set(_seeds(experiment, samples, condition, template))
    except UserError as error:
        raise config_error(config, location, str(error)) from error
    return Described(location, condition, template, seeds)


def _treatments(
    config: Config, experiment: Experiment, entry: ProviderEntry
) -> Iterator[tuple[str, float | None]]:
    provider = find_provider(entry.provider)
    if not provider.takes_prompts:
        yield NOT_APPLICABLE, None
        return
    strategies: dict[str, None] = dict.fromkeys(experiment.strategies)
    temperatures = dict.fromkeys(_temperatures(config, experiment))
    if provider.from_file and entry.columns.strategy is None:
        strategies = {NOT_APPLICABLE: None}  # the file does not say
    if ALL_STRATEGIES in strategies:
        of_default = (s.name for s in config.all_strategies().values() if s.task == DEFAULT)
        strategies = dict.fromkeys([*of_default, *strategies])
        del strategies[ALL_STRATEGIES]
    if provider.from_file and entry.columns.temperature is None:
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


def _seeds(
    experiment: Experiment, samples: int | str, condition: Condition, template: Request
) -> Sequence[int]:
    provider = find_provider(condition.provider)
    if not provider.from_file:
        if experiment.seeds is not None:
            return experiment.seeds
        if samples == "all":
            raise UserError(
                "`samples: all` is for recorded answers; say how many answers to ask for"
            )
        return range(int(samples))
    there: int = provider.load().count_answers(template)
    seeds = experiment.seeds or range(there if samples == "all" else int(samples))
    if max(seeds, default=-1) >= there:
        raise UserError(
            f"{template['file']} has {there} answers of {condition}, "
            f"but {max(seeds) + 1} are asked for; lower `samples`, write "
            "`samples: all`, or check the names against the `columns` of the file"
        )
    return seeds


def _differences(one: Request, other: Request) -> str:
    keys = sorted(one.keys() | other.keys())
    return ", ".join(key for key in keys if one.get(key) != other.get(key))
