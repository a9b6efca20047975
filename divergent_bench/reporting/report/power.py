"""The smallest difference that the run could show."""

from collections.abc import Iterator

from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.comparisons import PLURALS, caveat, in_brackets
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import Row, missing, number


def power(results: Results) -> Iterator[str]:
    """Write the section on power."""
    rows = results.power[results.power["space"] == results.space].to_dict("records")
    if not rows:
        return
    yield "## Power"
    yield (
        "The true difference that a pair of levels would show with 80 % power (two-sided t test on "
        "unique lists, Bonferroni). Smaller ones may well be there and have been missed."
    )
    yield "\n".join(f"- {_on_factor(row)}" for row in rows)


def _on_factor(row: Row) -> str:
    factor = PLURALS.get(row["factor"], markdown.escape(row["factor"]))
    aside = in_brackets(caveat(row))
    if missing(row["smallest_difference"]):
        return f"Between {factor}: not known{aside}."
    smallest, alone = (
        f"{number(row[key])} points" for key in ("smallest_difference", "smallest_difference_alone")
    )
    said = f"Between two {factor}: a true difference of {smallest} would be shown with 80 % power"
    if row["n_comparisons"] > 1:
        said += (
            f" when {row['n_comparisons']:,} comparisons are made, and one of {alone} in a single "
            "comparison"
        )
    median = number(row["effective_n"], 1)
    said += f" (standard deviation {number(row['sd'])}, median effective n {median})."
    if not missing(row["n_for_one_point"]):
        said += f" To show 1 point, each level needs {row['n_for_one_point']:,} unique lists."
    return f"{said}{aside}"
