"""The report of a run as Markdown: what was asked, what was found, how it was done."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from divergent_bench.instrument.norms import norms_of, space_statement
from divergent_bench.instrument.tasks import Task
from divergent_bench.reporting.figure_catalogue import FIGURES
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.baselines import baselines
from divergent_bench.reporting.report.comparisons import PLURALS, on_factor, planned_contrasts
from divergent_bench.reporting.report.design import design
from divergent_bench.reporting.report.diversity import diversity
from divergent_bench.reporting.report.finding import finding
from divergent_bench.reporting.report.leaderboard import ranking_table
from divergent_bench.reporting.report.methods import methods
from divergent_bench.reporting.report.power import power
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.scorability import scorability
from divergent_bench.reporting.report.variance import on_variance
from divergent_bench.reporting.report.wording import banner, counted, listed, number


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
    note
        That the results are not of all samples; empty where they are.
    absent
        Names of the conditions that then have no sample at all.

    Raises
    ------
    UserError
        If there is no score to report on.
    """
    parts = [
        banner(note, *_on_absent(absent), "every number here may change with the others"),
        f"# {markdown.escape(name)}",
        markdown.escape(description),
        f"> {markdown.escape(_on_space(results))}",
        _on_scoring(scoring, results.task),
        "## Finding",
        finding(results, scoring),
        *design(results),
        *_comparisons(results),
        *scorability(results),
        *diversity(results),
        *baselines(results),
        *_agreement(results),
        *power(results),
        *_pictures(figures),
        *methods(results, appendix or {}, verification or {}),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _on_absent(conditions: Sequence[str]) -> Iterator[str]:
    if conditions:
        names = listed([f"({markdown.escape(each)})" for each in conditions])
        yield f"no sample yet in {counted(len(conditions), 'condition')}: {names}"


def _on_space(results: Results) -> str:
    lines = [f"{space_statement(results.space)}. All figures and tests are made in it."]
    if not norms_of(results.task, results.space):
        lines.append("Its absolute values cannot be compared with published scores or human norms.")
    others = [str(each) for each in results.scores["space"].unique() if each != results.space]
    if others:
        lines.append(f"Also scored in {', '.join(others)}: see summary.csv.")
    return " ".join(lines)


def _on_scoring(differs: str, task: Task) -> str:
    if not differs:
        return ""
    options = markdown.escape(differs.replace("|", ", "))
    return (
        f"> Scoring differs from {task.reference} ({options}): "
        "compare these scores with none that were made otherwise."
    )


def _comparisons(results: Results) -> Iterator[str]:
    yield "## Results"
    yield ranking_table(results.ranking)
    yield from planned_contrasts(results)
    for factor in PLURALS:
        yield from on_factor(results, factor)
    yield from on_variance(results)


def _agreement(results: Results) -> Iterator[str]:
    if results.scores["space"].nunique() < 2:
        return
    from divergent_bench.analysis.statistics.agreement import (  # slow, seldom needed
        TAU,
        compare_spaces,
    )

    agreement = compare_spaces(results.scores)
    yield "## Agreement of the spaces"
    over_all = agreement.to_dict("records")[-1]
    if over_all["n_models"] < 2:
        yield "Fewer than two were scored in every space, so there is no order to compare."
        return
    yield (
        f"Does the order of the {counted(over_all['n_models'], 'mean')} depend on the semantic "
        "space? Kendall's tau of a pair of spaces is 1 for the same order and -1 for the reverse "
        "one; Kendall's W over all of them is 1 for the same order and 0 for none in common. With "
        "few means either is coarse."
    )
    rows = [
        [
            *(
                ("tau-b", f"{markdown.escape(row['space_a'])}, {markdown.escape(row['space_b'])}")
                if row["measure"] == TAU
                else ("W", "all")
            ),
            number(row["value"]),
        ]
        for row in agreement.to_dict("records")
    ]
    yield markdown.table(["Kendall's", "spaces", "value"], rows, "llr")


def _pictures(figures: Sequence[str]) -> Iterator[str]:
    if not figures:
        return
    yield "## Figures"
    for figure in figures:
        yield f"### {FIGURES[figure].title}"
        yield f"![{markdown.escape(FIGURES[figure].title)}](figures/{figure}.png)"
