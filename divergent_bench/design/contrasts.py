"""The plan of analysis of a config, its contrasts by the labels that the tables use."""

from collections.abc import Mapping

from divergent_bench.base.names import NOT_APPLICABLE, closest, format_temperature, model_labels
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.config import Config, config_error
from divergent_bench.config.analysis import ALL_LEVELS
from divergent_bench.design.analysis_plan import Contrast, Plan
from divergent_bench.design.grid import Condition, Grid


def analysis_plan(config: Config, grid: Grid, analysed: Grid | None = None) -> Plan:
    """Return the plan of analysis, its contrasts by the labels that tables give to levels.

    Tables are made of `analysed`, by default the whole grid; contrasts whose levels it lacks stay
    planned. It is a UserError when the grid does not have a level, or nothing to compare it with.
    """
    # Of two models that share a name one may be absent, and then the other goes by that name.
    labels = _labels(grid) | _labels(analysed or grid)
    levels = _levels(grid, labels)
    names = {factor: {level: level for level in found} for factor, found in levels.items()}
    names["model"] |= {label: label for label in labels.values()}  # baselines that are named
    names["model"] |= {f"{provider}/{model}": label for (provider, model), label in labels.items()}
    contrasts: dict[frozenset[tuple[str, str]], Contrast] = {}
    for i, planned in enumerate(config.analysis.primary):
        factor, (first, second) = planned.levels()
        known = names[factor]
        there = f"(there are: {', '.join(sorted(levels[factor]))})"
        for level in (first, second):
            if level not in known and level != ALL_LEVELS:
                raise config_error(
                    config,
                    ("analysis", "primary", i, factor),
                    f"no experiment has the {factor} {level!r}{closest(level, known)} {there}",
                )
        a = known[first]
        others = sorted(levels[factor] - {a}) if second == ALL_LEVELS else [known[second]]
        if not others or a in others:
            raise config_error(
                config,
                ("analysis", "primary", i, factor),
                f"there is no other {factor} to compare {a!r} with {there}",
            )
        for b in others:  # the same two levels the other way round are the same contrast
            contrasts.setdefault(frozenset({(factor, a), (factor, b)}), Contrast(factor, a, b))
    analysis = config.analysis
    return Plan(
        tests=tuple(analysis.statistical_tests),
        factors=tuple(analysis.factors),
        primary=tuple(contrasts.values()),
        margin=analysis.equivalence_margin,
        decided_by=analysis.decided_by,
    )


def varied_factors(grid: Grid) -> set[str]:
    """Return the factors that have several levels among what is not a baseline."""
    levels = _levels(grid, _labels(grid))
    return {factor for factor, found in levels.items() if len(found) > 1}


def _levels(grid: Grid, labels: Mapping[tuple[str, str], str]) -> dict[str, set[str]]:
    """Return the levels of each factor as tables call them, those of baselines left out."""
    competing = [c for c in _conditions(grid) if find_provider(c.provider).is_compared]
    # People have a model's place alone.
    asked = [c for c in competing if find_provider(c.provider).is_ranked]
    return {
        "model": {labels[c.provider, c.model] for c in competing},
        "strategy": {c.strategy for c in asked} - {NOT_APPLICABLE},
        "temperature": {format_temperature(c.temperature) for c in asked},
    }


def _labels(grid: Grid) -> dict[tuple[str, str], str]:
    return model_labels({(c.provider, c.model) for c in _conditions(grid)})


def _conditions(grid: Grid) -> list[Condition]:
    return [planned.condition for planned in grid.conditions]
