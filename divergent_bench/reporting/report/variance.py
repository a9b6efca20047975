"""The sources of variance, in words."""

from collections.abc import Iterator

from divergent_bench.analysis.tables import rows_of
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.comparisons import PLURALS, caveat
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import Row, listed, missing


def on_variance(results: Results) -> Iterator[str]:
    """Write the section on the sources of variance, in words."""
    rows = results.variance[results.variance["space"] == results.space]
    if len(rows) < 2:  # nothing varied but the answers
        return
    yield "### Sources of variance"
    within = rows.iloc[-1]
    if within["variance"] == 0:
        yield "No share can be estimated, as the answers of each condition all have one score."
        return
    conditions = f"{within['n_levels']} conditions"
    yield f"Shares of the variance of the scores, over {conditions}, with 95 % intervals:"
    yield "\n".join(
        f"- {component_in_words(row['component'])}: {_share(row)}" for row in rows_of(rows)
    )
    notes = dict.fromkeys(filter(None, map(caveat, rows_of(rows))))
    yield "\n".join(f"{note[0].upper()}{note[1:]}." for note in notes)


def _share(row: Row) -> str:
    interval = (
        "" if missing(row["share_low"]) else f" [{row['share_low']:.1%}, {row['share_high']:.1%}]"
    )
    if missing(row["share"]):
        return "could not be estimated"
    if row["variance"] <= 0:
        return f"none that can be told from chance{interval}"
    # An interval that begins at 0 holds "no effect at all".
    doubt = ", which may be chance" if row["share_low"] <= 0 else ""
    return f"{row['share']:.1%}{interval}{doubt}"


def component_in_words(component: str) -> str:
    """Name a component of variance."""
    if component == "within":
        return "Between answers of the same condition"
    if component == "stimulus":
        return "Between stimuli"
    if component == "wording":
        return "Between wordings of the same strategy"
    if component in PLURALS:
        return f"Between {PLURALS[component]}"
    return f"Interaction of {listed([markdown.escape(each) for each in component.split(':')])}"
