"""Makes ``docs/reference/tables.md`` from ``analysis/tables/tables.yaml``.

``python -m tools.tables_reference FILE`` writes it.
"""

import sys
from collections.abc import Mapping
from typing import Final

from divergent_bench.analysis.tables.columns import (
    EXPORT,
    ROWS,
    TABLES,
    data_dictionary,
    measures_in,
)
from divergent_bench.base.files import write_text

_INTRODUCTION: Final = """# Tables

Every table is CSV in `results/NAME/`, in UTF-8, with a line of names; a missing value is an empty
field. `output: {format: json}` or `markdown` adds a copy of each. Which rows of one table belong to
a row of another is told in [From a number to the answer behind it](../provenance.md).
"""


def reference() -> str:
    """Write the reference of all tables as Markdown."""
    parts = [_table(name, columns) for name, columns in TABLES.items()]
    exported = (
        "A row per sample, written by `divergent-bench export`; `score`, `n_valid` and `words` "
        "once for each space, whose name follows theirs (`score_wordnet`). What tasks measure of "
        "answers follows the score, likewise."
    )
    return "\n".join([_INTRODUCTION, *parts, _section("Exported table", exported, EXPORT)])


def _table(name: str, columns: Mapping[str, str]) -> str:
    measured = {column: measure.dtype for column, measure in measures_in(name).items()}
    also = " The last columns are there where a task was asked that measures them."
    return _section(f"{name}.csv", ROWS[name] + (also if measured else ""), columns | measured)


def _section(title: str, about: str, columns: Mapping[str, str]) -> str:
    rows = [
        f"| `{column}` | {kind} | {unit} | {_escaped(meaning)} |"
        for column, kind, unit, meaning in data_dictionary(columns).itertuples(index=False)
    ]
    heads = ["| column | type | unit | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## {title}\n\n{about}\n", *heads, *rows, ""])


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("_", "\\_")


if __name__ == "__main__":
    write_text(sys.argv[1], reference())
