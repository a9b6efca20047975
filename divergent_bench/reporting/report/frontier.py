"""Whether scores count, where a task says what has to be above chance first."""

from collections.abc import Iterator
from typing import Final

from divergent_bench.analysis.frontier import FAILED, PASSED
from divergent_bench.analysis.tables import kinds, model_labels, temperature_label
from divergent_bench.base.names import counted
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import (
    Cell,
    Row,
    in_table,
    missing,
    more,
    p_cell,
    table,
)

_MOST: Final = 40


def on_frontier(results: Results) -> Iterator[str]:
    """Write the section on scores and the gate; nothing where the task has none."""
    found = results.frontier[results.frontier["space"].eq(results.space)]
    gate = results.task.gate
    if gate is None or found.empty:
        return
    title = results.task.measure(gate.measure).title
    yield f"## Score and {title}"
    yield (
        f"A score counts where {title} is above that of words that know nothing of the stimulus. "
        "Means over stimuli, with 95 % t intervals."
    )
    yield _on_gate(found["gate"].tolist(), title, gate.alpha)
    labelled = found.assign(label=model_labels(found), kind=kinds(found["provider"]))
    columns: dict[str, Cell] = {
        "model": lambda row: in_table(row["label"], row["kind"]),
        "strategy": lambda row: markdown.escape(row["strategy"]),
        "temperature": lambda row: temperature_label(row["temperature"]),
        "stimuli": "{n_stimuli:,}",
        "score": lambda row: _mean(row, "mean_score"),
        title: lambda row: _mean(row, "mean_gate"),
        "p (adjusted)": lambda row: p_cell(row["p_adjusted"]),
        "gate": lambda row: "" if missing(row["gate"]) else row["gate"],
    }
    yield table(labelled.head(_MOST), columns, "llrrrrrl")
    yield more(len(found), _MOST, "conditions", "frontier.csv")


def on_failed_gate(results: Results) -> list[str]:
    """Say how many conditions did not pass the gate, as a limit of what was found; else nothing."""
    gates = results.frontier.loc[results.frontier["space"].eq(results.space), "gate"].tolist()
    failed = gates.count(FAILED)
    gate = results.task.gate
    if not failed or gate is None:
        return []
    tested = counted(failed + gates.count(PASSED), "condition")
    return [
        f"the answers in {failed:,} of {tested} were not shown to be {gate.failing}, so that their "
        "score counts for nothing"
    ]


def _on_gate(gates: list[str], title: str, alpha: float) -> str:
    passed, failed = gates.count(PASSED), gates.count(FAILED)
    if not passed + failed:
        return (
            "No gate: what a score has to be above is told by a baseline that knows nothing of the "
            "stimulus, and there is none, or too few stimuli."
        )
    return (
        f"The gate: a one-sided Welch test of {title} over the means of stimuli, against that of "
        f"the baseline (Benjamini-Hochberg, p of at most {alpha:g}). {passed:,} of "
        f"{counted(passed + failed, 'condition')} passed."
    )


def _mean(row: Row, mean: str) -> str:
    low, high = row[f"{mean}_low"], row[f"{mean}_high"]
    ends = "" if missing(low) else f" [{low:.2f}, {high:.2f}]"
    return f"{row[mean]:.2f}{ends}"
