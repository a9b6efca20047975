"""The report of a run as Markdown: what was asked, what was found, how it was done."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from divergent_bench.analysis.tables import rows_of
from divergent_bench.base.names import counted
from divergent_bench.instrument.norms import space_statement
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
from divergent_bench.reporting.report.methods import appended, methods
from divergent_bench.reporting.report.over_tasks import over_tasks
from divergent_bench.reporting.report.power import power
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.rules import rules
from divergent_bench.reporting.report.scorability import scorability
from divergent_bench.reporting.report.variance import on_variance
from divergent_bench.reporting.report.wording import (
    banner,
    in_table,
    listed,
    missing,
    number,
)


def write_report(
    *of_tasks: Results,
    name: str,
    description: str = "",
    made_by: str = "",
    appendix: Mapping[str, Any] | None = None,
    note: str = "",
    absent: Sequence[str] = (),
    unused: Sequence[str] = (),
) -> str:
    """Write ``report.md``. The same input gives the same text.

    Parameters
    ----------
    of_tasks
        The results of each task. Of several, each is a part of its own, and one tells how models
        stand in all of them.
    made_by
        With what it was made: the program, its version.
    appendix
        What to tell beyond the method, by heading, as `reporting.provenance.provenance` gives it.
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
        _on_run(of_tasks, made_by),
    ]
    if len(of_tasks) == 1:
        parts += _of_task(of_tasks[0], unused)
        parts += appended(appendix or {})
    else:
        parts += over_tasks(of_tasks)
        parts += _on_files(unused)
        for results in of_tasks:
            parts.append(f"## {results.task.title}")
            parts += (_one_deeper(part) for part in _of_task(results))
        parts.append("## Appendix")
        parts += appended(appendix or {})
    return "\n\n".join(part for part in parts if part) + "\n"


def _on_run(of_tasks: Sequence[Results], made_by: str) -> str:
    """Say how many answers these are, of which days, and what the report was made with."""
    scores = pd.concat([results.scores for results in of_tasks])
    said = [counted(scores["sample"].nunique(), "answer")]
    days = scores["answered_at"].dropna().str[:10]
    if len(days):
        first, last = days.min(), days.max()
        said.append(f"of {first}" if first == last else f"of {first} to {last}")
    return f"{' '.join(said)}{'; ' * bool(made_by)}{made_by}."


def _one_deeper(part: str) -> str:
    return f"#{part}" if part.startswith("##") else part


def _of_task(results: Results, unused: Sequence[str] = ()) -> Iterator[str]:
    """Write all that is told of one task: each figure stands with the text that it belongs to."""
    yield "## Finding"
    yield finding(results)
    yield _picture(results, "ranking")
    yield f"{_on_brackets(results)} {markdown.escape(_on_space(results))}"
    yield _on_scoring(results)
    yield "## Results"
    yield ranking_table(results.ranking, linked)
    yield _on_model_pages(results)
    yield _picture(results, "distributions")
    yield from on_frontier(results)
    yield _picture(results, "frontier")
    yield from baselines(results)
    yield _picture(results, "people")
    yield from _comparisons(results)
    yield from diversity(results)
    for figure in ("rarefaction", "variety", "words"):
        yield _picture(results, figure)
    yield from rules(results)
    for figure in ("rarity", "kinds"):
        yield _picture(results, figure)
    yield from scorability(results)
    yield _picture(results, "scorability")
    yield from examples(results)
    if "cost" in results.figures:
        yield "## Cost and score"
        yield _picture(results, "cost")
    yield from design(results)
    yield from _on_files(unused)
    yield from methods(results)


_OF_FACTOR: Final = {"model": "pairwise", "strategy": "strategies", "temperature": "temperatures"}


def _comparisons(results: Results) -> Iterator[str]:
    yield "## Comparisons"
    yield from planned_contrasts(results)
    for factor in PLURALS:
        yield from on_factor(results, factor)
        yield _picture(results, _OF_FACTOR[factor])
    yield from on_variance(results)
    yield _picture(results, "variance_shares")
    yield from power(results)
    yield from _agreement(results)


def _on_model_pages(results: Results) -> str:
    """Lead to the figure of each, in the order of the table."""
    rows = results.ranking[["provider", "model", "label", "kind"]].itertuples(index=False)
    pages = [
        f"[{in_table(label, kind)}]({page})"
        for provider, model, label, kind in rows
        if (page := results.model_pages.get((provider, model)))
    ]
    return f"A figure of each, with its conditions and its words: {', '.join(pages)}." * bool(pages)


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


def _on_scoring(results: Results) -> str:
    if not results.scoring:
        return ""
    options = markdown.escape(results.scoring.replace("|", ", "))
    return (
        f"> Scoring differs from {results.task.reference} ({options}): "
        "compare these scores with none that were made otherwise."
    )


def _agreement(results: Results) -> Iterator[str]:
    if results.scores["space"].nunique() < 2:
        return
    from divergent_bench.analysis.statistics import agreement  # slow, seldom needed

    found = rows_of(agreement.compare_spaces(results.scores))
    yield "### Agreement of the spaces"
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


def _picture(results: Results, figure: str) -> str:
    if figure not in results.figures:
        return ""
    return f"![{markdown.escape(FIGURES[figure].title)}]({results.figures[figure]})"
