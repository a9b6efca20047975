"""Makes ``docs/reference/tables.md`` from the columns and their meanings.

``python -m tools.tables_reference FILE`` writes it.
"""

import sys
from collections.abc import Mapping
from typing import Final

from divergent_bench.analysis.tables.columns import EXPORT, TABLES
from divergent_bench.analysis.tables.meanings import data_dictionary
from divergent_bench.base.files import write_text

_INTRODUCTION: Final = """# Tables

Every table is CSV in `results/NAME/`, in UTF-8, with a line of names; a missing value is an empty
field. `output: {format: json}` or `markdown` adds a copy of each. Which rows of one table belong to
a row of another is told in [From a number to the answer behind it](../provenance.md).
"""
_ROWS: Final = {
    "scores": "A row per sample and semantic space.",
    "words": "A row per word of an answer and semantic space.",
    "summary": "A row per condition and semantic space.",
    "tests": "A row per test, over all levels of a factor or of a pair.",
    "power": "A row per factor: which differences the run could show.",
    "variance": "A row per source of variance of the scores.",
    "diversity": "A row per model and per condition: how much it repeats itself.",
    "rarefaction": "A row per number of lists: how many different words they hold.",
    "overlap": "A row per pair of models: which words they share.",
    "agreement": "A row per pair of spaces, where there are several: do they rank models alike?",
    "word_map": "A row per word of the map of words.",
}


def reference() -> str:
    """Write the reference of all tables as Markdown."""
    parts = [_section(f"{name}.csv", _ROWS[name], columns) for name, columns in TABLES.items()]
    exported = (
        "A row per sample, written by `divergent-bench export`; `score`, `n_valid` and `words` "
        "once for each space, whose name follows theirs (`score_wordnet`)."
    )
    return "\n".join([_INTRODUCTION, *parts, _section("Exported table", exported, EXPORT)])


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
