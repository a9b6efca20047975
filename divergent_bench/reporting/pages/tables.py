"""A table of a run as a page that sorts it."""

import csv
import html
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt

from divergent_bench.analysis.tables import TABLES, data_dictionary
from divergent_bench.analysis.tables.columns import ROWS
from divergent_bench.base.names import printable
from divergent_bench.reporting.pages.frame import page

MOST_ROWS: Final = 1_000  # browsers show no page of over 2 MB within another, as Snakemake's report


def table_page(file: Path, note: str = "") -> str:
    """Return the page of a table: a CSV of `TABLES`, or Markdown that has a table in it.

    It holds the first `MOST_ROWS` rows, and says so where there are more. `note` is what a reader
    must know first.
    """
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".md":
        body = _rendered(text)
    else:
        banner = f'<p class="note">{html.escape(note)}</p>\n' if note else ""
        header, *rows = csv.reader(text.splitlines(keepends=True))
        body = f"<h1>{html.escape(file.name)}</h1>\n{banner}{_table(file, header, rows)}"
    return page(file.name, f"<main>\n{body}\n</main>", "tables.js")


def _rendered(text: str) -> str:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for token in tokens:
        if "right" in str(token.attrs.pop("style", "")):  # which the page does not allow
            token.attrSet("class", "number")
    return str(parser.renderer.render(tokens, parser.options, {}))


def _table(file: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    described = data_dictionary(TABLES[file.stem]).itertuples()
    told: dict[str, Any] = {str(row.column): row for row in described}
    numeric = [told[name].type in ("number", "integer") for name in header]
    heads = "".join(
        f'<th scope="col" title="{html.escape(_meaning(told[name]))}">{html.escape(name)}</th>'
        for name in header
    )
    shown = rows[:MOST_ROWS]
    cells = "\n".join(f"<tr>{''.join(_cells(row, numeric))}</tr>" for row in shown)
    cut = f" The first {MOST_ROWS:,} of {len(rows):,} are here." if len(rows) > MOST_ROWS else ""
    return (
        f"<p>{html.escape(ROWS[file.stem])}{cut} A click on a column sorts by it; what a column "
        "means appears above its name. Numbers are rounded to four digits; "
        f"<code>{html.escape(file.name)}</code> has all of them.</p>\n"
        f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{cells}\n</tbody>\n</table>"
    )


def _meaning(told: Any) -> str:
    return f"{told.meaning} ({told.unit})" if told.unit else str(told.meaning)


def _cells(row: Sequence[str], numeric: Sequence[bool]) -> Iterator[str]:
    for cell, is_number in zip(row, numeric, strict=True):
        if is_number and cell:
            yield f'<td class="number" data-order="{float(cell)}">{float(cell):.4g}</td>'
        else:
            yield f"<td>{html.escape(printable(cell))}</td>"
