"""The plan of analysis of a config, its contrasts by the labels that the tables use."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from divergent_bench.base.names import NOT_APPLICABLE, closest, format_temperature, model_labels
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.config import Config, config_error
from divergent_bench.config.analysis import ALL_LEVELS, PlannedContrast
from divergent_bench.design.analysis_plan import FACTORS, Contrast, Plan
from divergent_bench.design.grid import Grid


def analysis_plans(config: Config, grid: Grid, analysed: Grid | None = None) -> dict[str, Plan]:
    """Return the plan of analysis of each task of a grid, its contrasts by the labels of tables.

    Tables are made of `analysed`, by default the whole grid; contrasts whose levels it lacks stay
    planned. A contrast is planned in each task that has its levels. It is a UserError when none
    has, or nothing to compare a level with: scores of different tasks are never compared.
    """
    of_tasks = {
        task: _Levels.of(grid.of_task(task), (analysed or grid).of_task(task))
        for task in grid.tasks
    }
    contrasts: dict[str, dict[frozenset[tuple[str, str]], Contrast]] = {t: {} for t in of_tasks}
    for i, planned in enumerate(config.analysis.primary):
        problems = []
        for task, levels in of_tasks.items():
            found = levels.contrasts(planned)
            if isinstance(found, str):
                problems.append(found)
                continue
            for each in found:  # the same two levels the other way round are the same contrast
                pair = frozenset({(each.factor, each.a), (each.factor, each.b)})
                contrasts[task].setdefault(pair, each)
        if len(problems) == len(of_tasks):
            told = dict(zip(of_tasks, problems, strict=True))
            several = "; ".join(f"of {task}, {problem}" for task, problem in told.items())
            raise config_error(
                config,
                ("analysis", "primary", i, planned.levels()[0]),
                problems[0]
                if len(told) == 1
                else f"{several}; levels are compared within a task, and not across tasks",
            )
    analysis = config.analysis
    return {
        task: Plan(
            tests=tuple(analysis.statistical_tests),
            factors=tuple(analysis.factors),
            primary=tuple(contrasts[task].values()),
            margin=analysis.equivalence_margin,
            decided_by=analysis.decided_by,
        )
        for task in of_tasks
    }


@dataclass(frozen=True)
class _Levels:
    """The levels of the factors in a grid: which are compared, and what a config may call them."""

    compared: Mapping[str, Mapping[str, int]]
    called: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, grid: Grid, analysed: Grid) -> "_Levels":
        # Of two models that share a name one may be absent, and then the other goes by that name.
        labels = _labels(grid) | _labels(analysed)
        compared = answers_by_level(grid, labels)
        called = {factor: {level: level for level in found} for factor, found in compared.items()}
        called["model"] |= {label: label for label in labels.values()}  # baselines that are named
        called["model"] |= {f"{p}/{model}": label for (p, model), label in labels.items()}
        return cls(compared, called)

    def contrasts(self, planned: PlannedContrast) -> list[Contrast] | str:
        """Return what is to be contrasted, or what is wrong with it."""
        factor, (first, second) = planned.levels()
        known, levels = self.called[factor], self.compared[factor]
        there = f"(there are: {', '.join(sorted(levels))})"
        for level in (first, second):
            if level not in known and level != ALL_LEVELS:
                return f"no experiment has the {factor} {level!r}{closest(level, known)} {there}"
        a = known[first]
        others = sorted(levels.keys() - {a}) if second == ALL_LEVELS else [known[second]]
        if not others or a in others:
            return f"there is no other {factor} to compare {a!r} with {there}"
        return [Contrast(factor, a, b) for b in others]


def varied_factors(grid: Grid) -> set[str]:
    """Return the factors that have several levels among what is not a baseline."""
    return {factor for factor, found in answers_by_level(grid).items() if len(found) > 1}


def answers_by_level(
    grid: Grid, labels: Mapping[tuple[str, str], str] | None = None
) -> dict[str, Counter[str]]:
    """Count, by factor and level as tables call it, the answers asked for; but those of baselines.

    The `labels` of models are those of the grid where none are given.
    """
    labels = labels or _labels(grid)
    answers: dict[str, Counter[str]] = {factor: Counter() for factor in FACTORS}
    for planned in grid.conditions:
        condition, provider = planned.condition, find_provider(planned.condition.provider)
        levels = {}
        if provider.is_compared:
            levels["model"] = labels[condition.provider, condition.model]
        if provider.is_ranked:  # people have a model's place alone
            levels["temperature"] = format_temperature(condition.temperature)
            if condition.strategy != NOT_APPLICABLE:
                levels["strategy"] = condition.strategy
        for factor, level in levels.items():
            answers[factor][level] += len(planned.seeds)
    return answers


def _labels(grid: Grid) -> dict[tuple[str, str], str]:
    asked = (planned.condition for planned in grid.conditions)
    return model_labels((each.provider, each.model) for each in asked)
