"""How the results were made: methods, what was sent, costs, versions, the config."""

from collections.abc import Iterator, Mapping
from typing import Any

from divergent_bench.analysis.summaries import chosen_norms
from divergent_bench.base.analysis_names import MEANINGS
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.comparisons import points
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.sent_settings import sending_table
from divergent_bench.reporting.report.wording import MISSING, Cell, missing, table, who


def methods(results: Results) -> Iterator[str]:
    """Write how the results of a task were made, and that the spaces are what they should be."""
    yield "## Methods appendix"
    yield from _in_words(results)
    if sent := sending_table(results.scores):
        yield "### Requested and sent"
        yield (
            "Answers in which a setting was really sent, of those in which it was requested; not "
            "every model takes every setting."
        )
        yield sent
    yield from _costs(results)
    for space, verified in results.verification.items():
        yield f"### Verification of {markdown.escape(space)}"
        yield verified


def appended(appendix: Mapping[str, Any]) -> Iterator[str]:
    """Write what to tell beyond the method, by heading.

    That is text, shown as a block, or a mapping, as a table, or as blocks where a value has several
    lines.
    """
    for title, told in appendix.items():
        if told:
            yield f"### {markdown.escape(title)}"
            yield from _told(told)


def _on_stimuli(slot: str) -> str:
    if not slot:
        return ""
    return (
        f" Here it is five or more stimuli (what stands for {slot} in a prompt) that are "
        "independent, whatever the wording: two levels are compared stimulus by stimulus. Fewer "
        "are cells."
    )


def _in_words(results: Results) -> Iterator[str]:
    yield (
        f"{results.task.method} An answer with {results.task.unscorable} is unscorable, which is "
        "reported as a proportion with a Wilson interval and never filled in. No outlier is "
        "deleted."
    )
    yield (
        "Answers of a condition are independent draws from what the model does with the prompt; "
        "equal answers count as often as they were given. A cell is a combination of strategy and "
        "temperature. The mean of a model is that of the cells that all models share, with equal "
        "weights; intervals are Student's t. With five or more wordings of a prompt, these are "
        "what is independent, and standard errors are clustered by them."
        f"{_on_stimuli(results.task.stimulus_slot)}"
    )
    plan = results.plan
    if plan.tests:
        margin = points(plan.margin)
        tests = [
            "the difference of means over shared cells (Welch-Satterthwaite; permutations of the "
            "studentised difference for fewer than 25 answers)",
            *(MEANINGS[test].method.format(margin=margin) for test in plan.tests),
        ]
        roles = (
            "Planned contrasts are confirmatory and adjusted by Holm, all other tests exploratory "
            "and adjusted by Benjamini-Hochberg"
            if plan.primary
            else "All tests are exploratory and adjusted by Benjamini-Hochberg"
        )
        yield (
            "Tests, in each space, of baselines only where a planned contrast names one: "
            f"{'; '.join(tests)}. Levels are compared within the cells that both have answers in, "
            "each with the same weight; people and baselines with the plain prompt alone. Where "
            "two levels share no cell their answers are pooled, and the table says so. Whether a "
            "difference depends on the cell is tested (Welch 1951), and whether its sign does "
            "(Gail & Simon 1985): then there is no single verdict, but one in each cell (Holm). "
            f"{roles}, each test and factor by itself; intervals of the difference of means are "
            "adjusted alike. Worst cases give "
            "the unscorable answers of one level the lowest score seen and those of the other the "
            "highest; logical bounds the lowest and the highest that there can be."
        )
    if len(results.variance):
        yield (
            "Sources of variance: unweighted means of the conditions of a complete grid (fixed "
            "effects), sampling noise taken off, intervals from replicates that draw answers "
            "within conditions."
        )
    if norms := chosen_norms(results.ranking):
        cited = " and ".join(f"{norm.label} (n = {norm.n:,})" for norm in norms)
        yield f"Percentiles: where the mean stands among the people of {cited}."


def _costs(results: Results) -> Iterator[str]:
    known = results.ranking[results.ranking["cost_usd"] > 0]
    if known.empty:
        return
    yield "### Costs"
    columns: dict[str, Cell] = {"model": who, "answers": "{n:,}", "USD": "{cost_usd:.4f}"}
    columns["median latency, s"] = lambda row: (
        MISSING if missing(row["median_latency_s"]) else f"{row['median_latency_s']:.2f}"
    )
    yield table(known.sort_values("label"), columns, "lrrr")


def _told(told: str | Mapping[str, Any]) -> Iterator[str]:
    if isinstance(told, str):
        yield markdown.block(told)
    elif any("\n" in str(value).strip() for value in told.values()):
        for key, value in told.items():
            yield f"#### {markdown.escape(key)}"
            yield markdown.block(str(value).strip())
    else:
        rows = [[markdown.escape(key), markdown.escape(value)] for key, value in told.items()]
        yield markdown.table(["what", "value"], rows, "ll")
