"""The report of a run as Markdown: what was asked, what was found, how it was done."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from divergent_bench.instrument.norms import space_statement
from divergent_bench.instrument.tasks import Task
from divergent_bench.reporting.figure_catalogue import FIGURES
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.baselines import baselines
from divergent_bench.reporting.report.comparisons import PLURALS, on_factor, planned_contrasts
from divergent_bench.reporting.report.design import design
from divergent_bench.reporting.report.diversity import diversity
from divergent_bench.reporting.report.examples import examples, linked
from divergent_bench.reporting.report.finding import finding
from divergent_bench.reporting.report.frontier import on_frontier
from divergent_bench.reporting.report.leaderboard import ranking_table
from divergent_bench.reporting.report.methods import methods
from divergent_bench.reporting.report.power import power
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.rules import rules
from divergent_bench.reporting.report.scorability import scorability
from divergent_bench.reporting.report.variance import on_variance
from divergent_bench.reporting.report.wording import banner, counted, listed, missing, number


def write_report(
    results: Results,
    *,
    name: str,
    description: str = "",
    scoring: str = "",
    figures: Sequence[str] = (),
    appendix: Mapping[str, Any] | None = None,
    verification: Mapping[str, str] | None = None,
    note: str = "",
    absent: Sequence[str] = (),
    unused: Sequence[str] = (),
) -> str:
    """Write ``report.md``. The same input gives the same text.

    Parameters
    ----------
    scoring
        What differs from the published scoring; empty where nothing does.
    figures
        Names in `divergent_bench.reporting.figure_catalogue.FIGURES` of those that were drawn.
    appendix
        What to tell beyond the method, by heading, as `reporting.provenance.provenance` gives it.
    verification
        By space, a Markdown table of what was verified in it.
    note, absent
        That the results are not of all samples, and the conditions that then have none at all.
    unused
        What was not used of files of answers, as `design.recorded_answers.unused_rows` says it.

    Raises
    ------
    UserError
        If there is no score to report on.
    """
    names = listed([f"({markdown.escape(each)})" for each in absent])
    missing = [f"no sample yet in {counted(len(absent), 'condition')}: {names}"] if absent else []
    parts = [
        banner(note, *missing, "every number here may change with the others"),
        f"# {markdown.escape(name)}",
        markdown.escape(description),
        f"> {markdown.escape(_on_space(results))}",
        _on_scoring(scoring, results.task),
        "## Finding",
        finding(results, scoring),
        _on_brackets(results),
        *design(results),
        *_on_files(unused),
        "## Results",
        ranking_table(results.ranking, linked),
        *planned_contrasts(results),
        *(part for factor in PLURALS for part in on_factor(results, factor)),
        *on_variance(results),
        *scorability(results),
        *examples(results),
        *rules(results),
        *diversity(results),
        *baselines(results),
        *on_frontier(results),
        *_agreement(results),
        *power(results),
        *_pictures(figures),
        *methods(results, appendix or {}, verification or {}),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _on_files(unused: Sequence[str]) -> Iterator[str]:
    """Say which rows of files of answers are not in the results."""
    if unused:
        yield "Not every row of the files of answers is in these results:"
        yield "\n".join(f"- {markdown.escape(line)}" for line in unused)


def _on_space(results: Results) -> str:
    lines = [f"{space_statement(results.space)}. All figures are made in it."]
    if results.space in results.task.published_spaces:
        lines.append("Published scores of this task are in it.")
    if not results.has_reference:
        lines.append("Its absolute values cannot be compared with published scores or human norms.")
    others = [str(each) for each in results.scores["space"].unique() if each != results.space]
    if others:
        lines.append(f"Also scored and tested in {', '.join(others)}.")
    return " ".join(lines)


def _on_brackets(results: Results) -> str:
    if results.plan.deciding is None:
        return "Square brackets hold 95 % intervals."
    return (
        "Square brackets hold 95 % intervals; those of differences of means are adjusted for the "
        "number of comparisons, as their p values are."
    )


def _on_scoring(differs: str, task: Task) -> str:
    if not differs:
        return ""
    options = markdown.escape(differs.replace("|", ", "))
    return (
        f"> Scoring differs from {task.reference} ({options}): "
        "compare these scores with none that were made otherwise."
    )


def _agreement(results: Results) -> Iterator[str]:
    if results.scores["space"].nunique() < 2:
        return
    from divergent_bench.analysis.statistics import agreement  # slow, seldom needed

    found = agreement.compare_spaces(results.scores).to_dict("records")
    yield "## Agreement of the spaces"
    over_all = found[-1]
    if over_all["n_models"] < 2:
        yield "Fewer than two were scored in every space, so there is no order to compare."
        return
    yield (
        f"Does the order of the {counted(over_all['n_models'], 'mean')} depend on the semantic "
        "space? Kendall's tau of a pair of spaces is 1 for the same order and -1 for the reverse "
        "one; Kendall's W over all of them is 1 for the same order and 0 for none in common. With "
        "few means either is coarse."
    )
    rows = []
    for row in found:
        spaces = ", ".join(markdown.escape(row[key]) for key in ("space_a", "space_b"))
        measure = ("tau-b", spaces) if row["measure"] == agreement.TAU else ("W", "all")
        interval = "" if missing(row["low"]) else f" [{row['low']:.2f}, {row['high']:.2f}]"
        rows.append([*measure, f"{number(row['value'])}{interval}"])
    yield markdown.table(["Kendall's", "spaces", "value [95 % CI]"], rows, "llr")


def _pictures(figures: Sequence[str]) -> Iterator[str]:
    if not figures:
        return
    yield "## Figures"
    for figure in figures:
        title = FIGURES[figure].title
        yield f"### {title}\n\n![{markdown.escape(title)}](figures/{figure}.png)"
