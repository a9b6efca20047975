"""The smallest difference that the run could show."""

from collections.abc import Iterator

from divergent_bench.analysis.tables import rows_of
from divergent_bench.analysis.tables.facts import Omission
from divergent_bench.base.names import counted
from divergent_bench.reporting.report.comparisons import PLURALS, caveat, in_brackets
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import Row, missing, number


def power(results: Results) -> Iterator[str]:
    """Write the section on power."""
    rows = rows_of(results.power[results.power["space"] == results.space])
    if not rows:
        return
    yield "### Power"
    yield (
        "The true difference of means that a pair of levels would show with 80 % power, by the "
        "test that decides, with the answers there are, where no other pair differs. Smaller ones "
        "may well be there and have been missed."
    )
    planned = {each.factor for each in results.plan.primary}
    yield "\n".join(f"- {_on_factor(row, row['factor'] in planned)}" for row in rows)


def _on_factor(row: Row, planned: bool) -> str:
    factor, kind = PLURALS[row["factor"]], "planned contrast" if planned else "pair"
    if row["reason"] == Omission.CANNOT_REJECT:
        said = f"Between two {factor}: the answers are too few to show any difference"
        if not missing(row["smallest_difference_alone"]):
            alone = number(row["smallest_difference_alone"])
            said += f", but one of {alone} points if it were the only comparison"
        return f"{said}{in_brackets(caveat({**row, 'reason': None}))}."
    aside = in_brackets(caveat(row))
    if missing(row["smallest_difference"]):
        return f"Between {factor}: not known{aside}."
    smallest, worst, alone = (
        f"{number(row[f'smallest_difference{which}'])} points" for which in ("", "_worst", "_alone")
    )
    which = "median " if row["n_comparisons"] > 1 else ""
    said = f"Between two {factor}: {smallest} in the {which}{kind}"
    if not missing(row["smallest_difference_worst"]) and worst != smallest:
        said += f", {worst} in the one with the fewest answers"
    if row["n_comparisons"] > 1:
        said += f"; {alone} if it were the only comparison and not one of {row['n_comparisons']:,}"
    said += f" (standard deviation within cells {number(row['sd'])})."
    if hopeless := row["n_cannot_reject"]:
        pairs = counted(int(hopeless), kind)
        said += f" {pairs} {'has' if hopeless == 1 else 'have'} too few answers to show any."
    if not missing(row["n_for_one_point"]):
        said += f" To show 1 point, each level needs {row['n_for_one_point']:,} scorable answers."
    return f"{said}{aside}"
