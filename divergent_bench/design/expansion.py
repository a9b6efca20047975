"""From a config to the grid of what will be sampled, and what is wrong with it on the way."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

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
    two ways, two conditions would send the same requests, or recorded answers are missing, or its
    results would lie on the ledger.
    """
    check_results(config)
    total = 0
    merged: dict[Condition, Described] = {}
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
        first.tasks.update(described.tasks)
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
                tuple(sorted(described.tasks)),
            )
            for condition, described in merged.items()
        )
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


def _tasks_asked(config: Config) -> list[str]:
    """Return the tasks whose prompts are asked.

    Where none are, as of baselines alone, they are those of the prompts that experiments name.
    """
    strategies = config.all_strategies()
    asked: set[str] = set()
    named: set[str] = set()
    for _, experiment, entry in config.provider_entries():
        if "strategies" in experiment.model_fields_set:
            named.update(experiment.strategies)
        asked.update(name for name, _ in _treatments(config, experiment, entry))
    for prompts in (asked, named):
        if found := sorted({strategies[name].task for name in prompts & strategies.keys()}):
            return found
    return [DEFAULT]


def _tasks_of(config: Config, experiment: Experiment, strategy: str) -> list[str]:
    """Return the tasks that answers to a strategy are answers to.

    Where no prompt was read, or the file alone knows it, they are those of the prompts that the
    experiment names; where it names none, all that are asked.
    """
    strategies = config.all_strategies()
    if strategy in strategies:
        return [strategies[strategy].task]
    given = experiment.strategies if "strategies" in experiment.model_fields_set else []
    named = {strategies[name].task for name in given if name in strategies}
    named |= {DEFAULT} if ALL_STRATEGIES in given else set()
    return sorted(named) or _tasks_asked(config)


def _described_conditions(config: Config) -> Iterator[Described]:
    entries = list(config.provider_entries())
    for place, _, entry in entries:
        try:
            check_provider(entry.provider)
        except UserError as error:
            raise config_error(config, (*place, "provider"), str(error)) from error
    asked = {
        place: {
            each: _tasks_of(config, experiment, each[0])
            for each in _treatments(config, experiment, entry)
        }
        for place, experiment, entry in entries
    }
    of_entries = {place: _tasks(found.values()) for place, found in asked.items()}
    everywhere = _tasks(chain.from_iterable(found.values() for found in asked.values()))
    for place, experiment, entry in entries:
        _check_wordings(config, place, experiment, entry)
        tasks = of_entries[place]
        stimuli = {
            task.name: stimuli_of(config, place[:2], experiment, tasks, everywhere, task)
            for task in tasks
            if _has_column(config, place, entry, tasks, task)
        }
        for k, model in enumerate(entry.entries()):
            location = (*place, "models", k) if entry.models else (*place, "model")
            first, some = None, False
            for treatment, names in asked[place].items():
                for task, stimulus in ((t, s) for t in names for s in stimuli.get(t, ())):
                    each = (*treatment, stimulus)
                    described = _described(config, experiment, location, entry, model, each, task)
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


def _tasks(names: Iterable[Iterable[str]]) -> list[Task]:
    return [find_task(name) for name in sorted({*chain.from_iterable(names)})]


def _has_column(
    config: Config, place: Location, entry: ProviderEntry, tasks: Sequence[Task], task: Task
) -> bool:
    """Say whether a file of answers, if it is one, can hold answers to a task.

    Those of a task with stimuli are in a column that says what they are about. It is a UserError
    where the file can hold answers to none of the `tasks`.
    """
    if not find_provider(entry.provider).from_file:
        return True
    with_stimuli = [each for each in tasks if each.stimulus_slot]
    if with_stimuli == tasks and not entry.columns.stimulus:
        name = " or ".join(each.stimulus_name for each in tasks)
        problem = f"say in `stimulus` which column of the file holds the {name}"
    elif entry.columns.stimulus and not with_stimuli:
        problem = f"the task {task.name} has no stimuli; take `stimulus` out"
    else:
        return bool(entry.columns.stimulus) or not task.stimulus_slot
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
    task: str,
) -> Described:
    condition = Condition(entry.provider, model.name or entry.name or model.model, *treatment)
    template = request_template(config, experiment, entry, model, condition)
    samples = experiment.samples or config.defaults.samples
    try:
        seeds = set(_seeds(experiment, samples, condition, template))
    except UserError as error:
        raise config_error(config, location, str(error)) from error
    return Described(location, condition, template, seeds, {task})


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
