"""Whether answers are to the point, where a task asks about something."""

from collections.abc import Iterator
from typing import Final

from divergent_bench.analysis.frontier import FAILED, GATE_ALPHA, PASSED
from divergent_bench.analysis.tables import kinds, model_labels, temperature_label
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import (
    Cell,
    Row,
    counted,
    in_table,
    missing,
    more,
    p_cell,
    table,
)

_MOST: Final = 40


def on_frontier(results: Results) -> Iterator[str]:
    """Write the section on novelty and appropriateness; nothing where these are not measured."""
    found = results.frontier[results.frontier["space"].eq(results.space)]
    if found.empty:
        return
    yield "## Novelty and appropriateness"
    yield (
        "Novelty is how different the words of an answer are from each other, appropriateness how "
        "near they are to what was asked about. Means over stimuli, with 95 % t intervals."
    )
    yield _on_gate(found["gate"].tolist())
    labelled = found.assign(label=model_labels(found), kind=kinds(found["provider"]))
    columns: dict[str, Cell] = {
        "model": lambda row: in_table(row["label"], row["kind"]),
        "strategy": lambda row: markdown.escape(row["strategy"]),
        "temperature": lambda row: temperature_label(row["temperature"]),
        "stimuli": "{n_stimuli:,}",
        "novelty": lambda row: _mean(row, "novelty"),
        "appropriateness": lambda row: _mean(row, "appropriateness"),
        "p (adjusted)": lambda row: p_cell(row["p_adjusted"]),
        "gate": lambda row: "" if missing(row["gate"]) else row["gate"],
    }
    yield table(labelled.head(_MOST), columns, "llrrrrrl")
    yield more(len(found), _MOST, "conditions", "frontier.csv")


def on_failed_gate(results: Results) -> list[str]:
    """Say how many conditions did not pass the gate, as a limit of what was found; else nothing."""
    gates = results.frontier.loc[results.frontier["space"].eq(results.space), "gate"].tolist()
    failed = gates.count(FAILED)
    if not failed:
        return []
    tested = counted(failed + gates.count(PASSED), "condition")
    return [
        f"the answers in {failed:,} of {tested} were not shown to be more to the point than random "
        "words, so that their novelty counts for nothing"
    ]


def _on_gate(gates: list[str]) -> str:
    passed, failed = gates.count(PASSED), gates.count(FAILED)
    if not passed + failed:
        return (
            "No gate: whether answers are to the point is told by a baseline that knows nothing of "
            "the stimulus, and there is none, or too few stimuli."
        )
    return (
        "Novelty counts where the gate is passed: an appropriateness above that of words that know "
        "nothing of the stimulus (one-sided Welch test of the means of stimuli, "
        f"Benjamini-Hochberg, p of at most {GATE_ALPHA:g}). {passed:,} of "
        f"{counted(passed + failed, 'condition')} passed."
    )


def _mean(row: Row, measure: str) -> str:
    low, high = row[f"mean_{measure}_low"], row[f"mean_{measure}_high"]
    ends = "" if missing(low) else f" [{low:.2f}, {high:.2f}]"
    return f"{row[f'mean_{measure}']:.2f}{ends}"
