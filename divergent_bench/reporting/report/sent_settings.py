"""What was asked of models, what was really sent, and where that makes a comparison unfair."""

import pandas as pd

from divergent_bench.analysis.tables import (
    MODEL,
    SETTINGS,
    are_compared,
    model_labels,
    primary_scores,
)
from divergent_bench.reporting.report import markdown

_MOST_SERVED = 3


def sending_table(scores: pd.DataFrame) -> str:
    """Return, per model, in how many answers each setting was requested and really sent."""
    asked = _asked(scores)
    if asked.empty:
        return ""
    rows = []
    for _, group in asked.groupby(MODEL, observed=True, sort=True):
        served = sorted(group["served_model"].dropna().astype(str).unique())
        more = f" and {len(served) - _MOST_SERVED} more" if len(served) > _MOST_SERVED else ""
        rows.append(
            [
                markdown.escape(group["label"].iloc[0]),
                f"{len(group):,}",
                *(_requested_and_sent(group, setting) for setting in SETTINGS),
                ", ".join(map(markdown.escape, served[:_MOST_SERVED])) + more or "not said",
            ]
        )
    return markdown.table(["model", "n", *SETTINGS, "served as"], rows, "lrrrrl")


def on_mixed_output(scores: pd.DataFrame) -> str:
    """Tell where answers in a given structure stand beside answers in free text; else empty."""
    asked = _asked(scores)
    structured = _has(asked["sent"], "structured")
    if not structured.any() or structured.all():
        return ""
    names = sorted(asked.loc[structured, "label"].unique())
    return (
        f"{structured.sum():,} of {len(asked):,} answers were asked for as JSON "
        f"({', '.join(map(markdown.escape, names))}), the others as free text"
    )


def _asked(scores: pd.DataFrame) -> pd.DataFrame:
    """Keep the samples of models that were sent something, with their labels."""
    primary = primary_scores(scores)
    labelled = primary.assign(label=model_labels(primary).astype(str))
    return labelled[are_compared(labelled["provider"]) & labelled["requested"].notna()]


def _requested_and_sent(group: pd.DataFrame, setting: str) -> str:
    requested, sent = (int(_has(group[which], setting).sum()) for which in ("requested", "sent"))
    return "no" if not requested else f"{sent:,} of {requested:,}"


def _has(settings: "pd.Series[str]", setting: str) -> "pd.Series[bool]":
    return settings.map(lambda names: setting in str(names).split("|")).astype(bool)
