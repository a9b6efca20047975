"""Text from elsewhere made safe for Markdown, and tables in GitHub's flavour of it."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from divergent_bench.base.names import printable

_SPECIAL = re.compile(r"([\\`*_\[\]|~$#!{}])")
_LIST_MARKER = re.compile(r"^([-+=](?=[-=\s]|$)|\d+(?=[.)](\s|$)))")


def escape(text: object) -> str:
    """Write `text` so that Markdown shows it as it is, on one line, in a table or outside.

    Names of models and the user's descriptions may hold anything: pipes, HTML, markup, line breaks.
    """
    line = printable(" ".join(str(text).split()))
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _SPECIAL.sub(r"\\\1", line)
    marker = _LIST_MARKER.match(line)
    if marker is None:
        return line
    start = marker.group()
    rest = line[len(start) :]
    return f"{start}\\{rest}" if start[0].isdigit() else f"\\{line}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str) -> str:
    """Write a pipe table; cells are Markdown, `align` has a letter per column, ``l`` or ``r``."""
    rules = [{"l": ":---", "r": "---:"}[letter] for letter in align]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [header, rules, *rows])


def frame(data: pd.DataFrame) -> str:
    """Write a whole table of a run; a missing value is an empty cell."""
    align = "".join("r" if pd.api.types.is_numeric_dtype(kind) else "l" for kind in data.dtypes)
    rows = ([_cell(value) for value in row] for row in data.itertuples(index=False))
    return table([escape(name) for name in data.columns], rows, align)


def _cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    return f"{value:g}" if isinstance(value, float) else escape(value)


def block(text: str) -> str:
    """Show `text` as it is, in a fence longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{printable(text.rstrip())}\n{fence}"
