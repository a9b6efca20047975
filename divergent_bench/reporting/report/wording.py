"""How numbers and names are written in sentences and tables."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from divergent_bench.analysis.tables import rows_of
from divergent_bench.analysis.tables.facts import adjustment
from divergent_bench.base.names import counted
from divergent_bench.reporting.report import markdown

Row = Mapping[Any, Any]  # of a table
MISSING: Final = "n/a"
_MOST_NAMES: Final = 5
_IN_SENTENCES: Final[Mapping[object, str]] = {
    "people": "people ({})",
    "baseline": "the baseline {}",
}


def missing(value: Any) -> bool:
    """Tell whether a cell of a table is empty."""
    return bool(pd.isna(value))


def shown_to_differ(shown: int, of: int, noun: str = "tested pair") -> str:
    """Count those that a test shows to differ: ``1 of 3 tested pairs is shown to differ``."""
    verb = "is" if 1 in (shown, of) else "are"
    return f"{shown:,} of {counted(of, noun)} {verb} shown to differ"


def listed(names: Sequence[str], most: int = _MOST_NAMES) -> str:
    """Join names, which are Markdown, as a sentence does, the first `most` of them."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def named(label: object, kind: object) -> str:
    """Name one of those who answered in a sentence: ``gpt-4o``, ``people (olson)``."""
    name = markdown.escape(label)
    return name if label == kind else _IN_SENTENCES.get(kind, "{}").format(name)


def in_table(label: object, kind: object) -> str:
    """Name a level in a table: in italics, and as what it is, where it is no model."""
    name = markdown.escape(label)
    return f"*{name}* ({kind})" if kind in _IN_SENTENCES else name


def in_plain_text(label: str, kind: str) -> str:
    """Name a level where there is no markup: ``gpt-4o``, ``random-nouns (baseline)``."""
    return f"{label} ({kind})" if kind in _IN_SENTENCES else label


def banner(note: str, *more: str) -> str:
    """Set apart what a reader must know first, which is Markdown but for `note`; empty without."""
    return f"> **{'; '.join([markdown.escape(note), *more])}**" if note else ""


def p_value(p: float) -> str:
    """Write a p value: ``p < 0.001`` or ``p = 0.012``."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def p_cell(p: float) -> str:
    """Write a p value as a cell of a table: ``< 0.001`` or ``0.012``."""
    return MISSING if missing(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def adjusted(row: Row) -> str:
    """Write an adjusted p value and how it was adjusted: ``p = 0.012, Holm over 3``."""
    return f"{p_value(row['p_adjusted'])}, {adjustment(row)}"


def number(value: float, digits: int = 2) -> str:
    """Write a number; ``n/a`` where it is missing."""
    return MISSING if missing(value) else f"{value:,.{digits}f}"


def signed(value: float) -> str:
    """Write a difference with its sign, and 0 without one."""
    text = f"{value:+.2f}"
    return "0.00" if float(text) == 0 else text


def between(low: float, high: float) -> str:
    """Write an interval of differences; empty where there is none."""
    return "" if missing(low) or missing(high) else f" [{signed(low)}, {signed(high)}]"


def effect(value: float, low: float, high: float) -> str:
    """Write an effect and its interval; ``n/a`` where it is not defined."""
    return MISSING if missing(value) else f"{signed(value)}{between(low, high)}"


def mean_with_interval(row: Row) -> str:
    """Write a mean and its interval; ``n/a`` where nothing is scorable."""
    if missing(row["mean"]):
        return MISSING
    if missing(row["mean_low"]):
        return f"{row['mean']:.2f}"
    return f"{row['mean']:.2f} [{row['mean_low']:.2f}, {row['mean_high']:.2f}]"


Cell = str | Callable[[Row], str]  # format string, or function, of the row


def table(rows: pd.DataFrame, columns: Mapping[str, Cell], align: str) -> str:
    """Write a table with a line per row, its `columns` by their heads; `align` as in Markdown."""
    cells = [
        [cell.format_map(row) if isinstance(cell, str) else cell(row) for cell in columns.values()]
        for row in rows_of(rows)
    ]
    return markdown.table(list(columns), cells, align)


def who(row: Row) -> str:
    """Name in a table whom a row is about, by its ``label`` and ``kind``."""
    return in_table(row["label"], row["kind"])


def bullets(lines: Sequence[str], most: int, noun: str) -> str:
    """Write a list of pairs or contrasts, the first `most` of them, and say how many follow."""
    shown = [f"- {line}" for line in lines[:most]]
    if rest := len(lines) - len(shown):
        shown.append(f"- and {counted(rest, f'further {noun}')}: see tests.csv")
    return "\n".join(shown)


def more(count: int, shown: int, what: str, file: str) -> str:
    """Say that a table was cut, and where the rest of it is; empty where it was not."""
    return f"The first {shown} of {count:,} {what}; all are in {file}." if count > shown else ""
