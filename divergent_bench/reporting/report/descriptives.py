"""Descriptive statistics as papers print them: a row per model, in Markdown, LaTeX or HTML."""

import html
import re
from collections.abc import Sequence
from typing import Final, Literal

import pandas as pd

from divergent_bench.analysis.summaries import chosen_norms
from divergent_bench.analysis.tables import rows_of
from divergent_bench.base.names import in_one_line, printable
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.leaderboard import percentile_text
from divergent_bench.reporting.report.wording import MISSING, Row, in_plain_text, missing, number

Form = Literal["markdown", "latex", "html"]
_CAPTION: Final = "Descriptive statistics of the scores"
_LATEX: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
}


def descriptives(ranking: pd.DataFrame) -> tuple[list[str], list[list[str]], list[str]]:
    """Return the header, the rows and the notes of the table; cells are text without markup.

    The `ranking` is that of `rank_models`: models, people and baselines, highest mean first.
    """
    norms = chosen_norms(ranking)
    header = ["model", "n", "scorable", "M", "95 % CI", "SD", "Mdn", "rank"]
    header += ["percentile" if len(norms) == 1 else f"percentile, {norm.label}" for norm in norms]
    rows = [
        [
            in_plain_text(row["label"], row["kind"]),
            f"{row['n']:,}",
            f"{row['n_scorable']:,}",
            number(row["mean"]),
            _interval(row),
            number(row["sd"]),
            number(row["median"]),
            _ranks(row),
            *(percentile_text(row[f"percentile_{norm.name}"], 1) for norm in norms),
        ]
        for row in rows_of(ranking)
    ]
    return header, rows, list(_notes(ranking))


def _interval(row: Row) -> str:
    if missing(row["mean_low"]):
        return MISSING
    return f"[{row['mean_low']:.2f}, {row['mean_high']:.2f}]"


def _ranks(row: Row) -> str:
    if missing(row["rank"]):
        return ""
    if missing(row["rank_low"]):
        return str(row["rank"])
    low, high = row["rank_low"], row["rank_high"]
    return str(low) if low == high else f"{low} to {high}"


def _notes(ranking: pd.DataFrame) -> Sequence[str]:
    notes = [
        f"{space_statement(str(ranking['space'].iloc[0]))}. n: answers; scorable: those with a "
        "score; M: mean over the cells of prompt and temperature that all models share, each with "
        "the same weight, with its 95 % confidence interval; SD and median (Mdn) are of the "
        "scorable answers."
    ]
    if ranking["rank_low"].notna().any():
        notes.append("Rank: those that hold for all models at once with 95 % confidence.")
    if norms := chosen_norms(ranking):
        people = " and the ".join(f"{norm.n:,} people of {norm.label}" for norm in norms)
        notes.append(f"Percentile: of the mean among the {people}.")
    return notes


def paper_table(ranking: pd.DataFrame, form: Form) -> str:
    """Return the table in Markdown (as pandoc reads it, for .docx), LaTeX (booktabs) or HTML."""
    header, rows, notes = descriptives(ranking)
    rows = [[in_one_line(printable(cell)) for cell in row] for row in rows]
    note = " ".join(notes)
    match form:
        case "markdown":
            cells = [[markdown.escape(cell) for cell in row] for row in rows]
            align = "l" + "r" * (len(header) - 1)
            table = markdown.table(header, cells, align)
            return f"{table}\n\n: {_CAPTION}\n\n*Note.* {markdown.escape(note)}\n"
        case "latex":
            return _latex(header, rows, note)
        case "html":
            return _html(header, rows, note)


def _latex(header: Sequence[str], rows: Sequence[Sequence[str]], note: str) -> str:
    def line(cells: Sequence[str]) -> str:
        return f"{' & '.join(map(escape_latex, cells))} \\\\\n"

    return (
        "% Needs \\usepackage{booktabs}\n\\begin{table}\n"
        f"\\caption{{{_CAPTION}}}\n\\label{{tab:scores}}\n"
        f"\\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}\n\\toprule\n{line(header)}\\midrule\n"
        f"{''.join(map(line, rows))}\\bottomrule\n\\end{{tabular}}\n\n"
        f"\\smallskip\\footnotesize\\textit{{Note.}} {escape_latex(note)}\n\\end{{table}}\n"
    )


def escape_latex(text: str) -> str:
    """Return `text` so that LaTeX prints it as it is."""
    # A bracket at the beginning of a line would be an argument of the line break before it.
    escaped = re.sub(r'[\\~^<>|"&%$#_{}]', lambda found: _LATEX[found.group()], text)
    return f"{{{escaped}}}" if escaped.startswith(("[", "*")) else escaped


def _html(header: Sequence[str], rows: Sequence[Sequence[str]], note: str) -> str:
    def line(tag: str, cells: Sequence[str]) -> str:
        return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>\n"

    body = "".join(line("td", row) for row in rows)
    return (
        f"<table>\n<caption>{_CAPTION}</caption>\n<thead>\n{line('th', header)}</thead>\n"
        f"<tbody>\n{body}</tbody>\n</table>\n<p><em>Note.</em> {html.escape(note)}</p>\n"
    )
