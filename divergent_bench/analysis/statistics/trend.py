"""How scores change with the temperature."""

from collections.abc import Iterator, Sequence

import numpy as np

from divergent_bench.analysis.statistics.cells import Cells
from divergent_bench.analysis.statistics.estimates import Term, combination
from divergent_bench.analysis.statistics.intervals import LEVEL
from divergent_bench.analysis.statistics.pairs import Row
from divergent_bench.analysis.tables.facts import Omission, Unit
from divergent_bench.design.analysis_plan import EXPLORATORY, TREND


def trend_rows(cells: Cells, known: Sequence[str]) -> Iterator[Row]:
    """Give the slope of the mean score over temperature, in points per unit of temperature.

    Least squares over the means of each cell at the temperatures that it was asked at, two or more;
    the mean of these slopes over cells. One row over all, and one for each model where there are
    several. What was left to the model is at no temperature.
    """
    numbers = {name: float(name) for name in known if name != "default"}
    if len(numbers) < 2:
        return
    models = cells.settings["model"].to_numpy()
    names = sorted(set(models.tolist()))
    yield _row(cells, numbers, np.full(len(models), True), None)
    if len(names) > 1:
        for name in names:
            yield _row(cells, numbers, models == name, name)


def _row(cells: Cells, numbers: dict[str, float], chosen: np.ndarray, model: str | None) -> Row:
    levels = [(cells.by_level[name], at) for name, at in numbers.items()]
    terms: list[tuple[float, list[Term]]] = []
    for cell in np.flatnonzero(chosen).tolist():
        there = [(level, at) for level, at in levels if level.n[cell] > 1]
        if len(there) > 1:
            at = np.array([at for _, at in there])
            times = (at - at.mean()) / ((at - at.mean()) ** 2).sum()
            of_cell = [
                Term(k, level, cell) for k, (level, _) in zip(times.tolist(), there, strict=True)
            ]
            terms.append((float(cells.weights[cell]), of_cell))
    total = sum(weight for weight, _ in terms)
    row: Row = {
        "test": TREND,
        "factor": cells.factor,
        "group_a": model,
        "role": EXPLORATORY,
        "effect_name": "points_per_unit",
        "n_strata": len(terms),
        "n_groups": len(numbers),
        "n_a": int(sum(level.n[chosen].sum() for level, _ in levels)),
    }
    if not terms:
        return row | {"reason": Omission.SINGLE_ANSWERS}
    slope = combination(
        term._replace(times=term.times * weight / total)
        for weight, of_cell in terms
        for term in of_cell
    )
    row["effect"] = slope.value
    if not slope.se > 0:
        return row | {"reason": Omission.NO_VARIATION}
    low, high = slope.interval()
    tested = {"statistic_name": "t", "statistic": slope.t, "p": slope.p(), "unit": Unit.ANSWER}
    return row | {"effect_low": low, "effect_high": high, "confidence": LEVEL} | tested
