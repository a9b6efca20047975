"""The plan of analysis of a config, its contrasts by the labels that the tables use."""

from divergent_bench.conditions import Grid
from divergent_bench.config import Config, misfit
from divergent_bench.config.models import ALL_LEVELS
from divergent_bench.names import NOT_APPLICABLE, closest, format_temperature, model_labels
from divergent_bench.statistics.plan import Contrast, Plan


def analysis_plan(config: Config, grid: Grid) -> Plan:
    """Return the plan of analysis, its contrasts by the labels that tables give to levels.

    Raises
    ------
    UserError
        When a contrast names a level that the grid does not have.
    """
    models = model_labels({(p.condition.provider, p.condition.model) for p in grid.conditions})
    competing = {label for (provider, _), label in models.items() if provider != "baseline"}
    strategies = {planned.condition.strategy for planned in grid.conditions} - {NOT_APPLICABLE}
    temperatures = {
        format_temperature(planned.condition.temperature)
        for planned in grid.conditions
        if planned.condition.provider != "baseline"
    }
    levels = {"model": competing, "strategy": strategies, "temperature": temperatures}
    names = {"model": {f"{p}/{m}": label for (p, m), label in models.items()}}
    names["model"] |= {label: label for label in models.values()}
    contrasts: dict[Contrast, None] = {}
    for i, planned in enumerate(config.analysis.primary):
        factor, pair = planned.levels()
        known = names.get(factor, {level: level for level in levels[factor]})
        for level in pair:
            if level not in known and level != ALL_LEVELS:
                raise misfit(
                    config,
                    ("analysis", "primary", i, factor),
                    f"no experiment has the {factor} {level!r}{closest(level, known)} "
                    f"(there are: {', '.join(sorted(levels[factor]))})",
                )
        a = known[pair[0]]
        others = sorted(levels[factor] - {a}) if pair[1] == ALL_LEVELS else [known[pair[1]]]
        contrasts |= {Contrast(factor, a, b): None for b in others}
    analysis = config.analysis
    return Plan(
        tests=tuple(analysis.statistical_tests),
        factors=tuple(analysis.factors),
        primary=tuple(contrasts),
        margin=analysis.equivalence_margin,
    )


def varied_factors(grid: Grid) -> set[str]:
    """Return the factors that have several levels among what is not a baseline."""
    asked = [each.condition for each in grid.conditions if each.condition.provider != "baseline"]
    found: dict[str, set[object]] = {
        "model": {(c.provider, c.model) for c in asked},
        "strategy": {c.strategy for c in asked if c.strategy != NOT_APPLICABLE},
        "temperature": {c.temperature for c in asked},
    }
    return {factor for factor, levels in found.items() if len(levels) > 1}
