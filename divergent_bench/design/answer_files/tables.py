"""Rows of named cells, and the tables of text and spreadsheets that they come from."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from divergent_bench.base.errors import UserError

_DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n")  # what Excel writes, and reads, before the header
_LONGEST_ERROR = 80
_QUALTRICS = '{"ImportId"'
_Record = tuple[str, list[str]]  # where it stands, and its fields


@dataclass(frozen=True)
class Row:
    """The cells of an answer by the names of their columns, and where they stand in the file."""

    place: str
    cells: dict[str, Any]


@dataclass
class Table:
    """The rows of a file, and what a reader should know of how it was read."""

    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)  # why: the places of rows

    def leave_out(self, why: str, place: str) -> None:
        """Count a row that holds no answer."""
        self.left_out.setdefault(why, []).append(place)

    def leave_out_unanswered(self, place: str, errors: Sequence[str]) -> None:
        """Count a row that is empty, or has an error in place of an answer."""
        if errors:
            self.leave_out("the request failed", f"{place}: {errors[0][:_LONGEST_ERROR]}")
        else:
            self.leave_out("empty", place)


def text_table(path: Path, text: str, delimiter: str) -> Table:
    """Return the rows of a table whose delimiter is usually this one.

    Another one is taken where a first line ``sep=;`` says so, or where this one does not part all
    lines into as many fields and the other does.
    """
    if said := _SEPARATOR_LINE.match(text):
        return _table(path, _records(path, text[said.end() :], said[1], 2), said[1])
    records = _records(path, text, delimiter)
    if _columns(records):
        return _table(path, records, delimiter)
    for other, name in _DELIMITERS.items():
        if other != delimiter and other in text and _columns(found := _records(path, text, other)):
            table = _table(path, found, other)
            table.notes.insert(0, f"its columns are separated by {name}")
            return table
    return _table(path, records, delimiter)


def spreadsheet(path: Path) -> Table:
    """Return the rows of the first sheet that has any, of Excel or LibreOffice."""
    try:
        import python_calamine  # an extra that few need
    except ImportError:
        raise UserError(
            f"{path}: spreadsheets are read by a package that is not installed; "
            "pip install 'divergent-bench[spreadsheets]', or save the sheet as CSV UTF-8"
        ) from None
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in book.sheet_names
        }
    except (python_calamine.CalamineError, OSError) as error:
        raise UserError(f"{path}: is no spreadsheet that can be read ({error})") from error
    filled = {name: rows for name, rows in sheets.items() if any(map(any, rows))}
    if not filled:
        return Table()
    name, rows = next(iter(filled.items()))
    records = [
        (f"sheet {name!r}, row {number}", [_plain(cell) for cell in row])
        for number, row in enumerate(rows, start=1)
    ]
    start = next(index for index, (_, fields) in enumerate(records) if any(fields))
    table = _table(path, records[start:])
    if len(filled) > 1:
        table.notes.append(f"its sheet {name!r} was read, and no other ({', '.join(filled)})")
    return table


def _plain(cell: object) -> str:
    """Return a cell of a spreadsheet as CSV would have it."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _records(path: Path, text: str, delimiter: str, first: int = 1) -> list[_Record]:
    """Return the fields of each record with its first line; a blank line is no record."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: list[_Record] = []
    line = first
    try:
        for fields in reader:
            if fields:
                records.append((f"line {line}", fields))
            line = first + reader.line_num
    except csv.Error as error:
        raise UserError(f"{path}, line {line}: cannot be read ({error})") from error
    if records and _is_open(text, delimiter):
        raise UserError(
            f"{path}, {records[-1][0]}: a quotation mark opens here, and none closes before the "
            "end of the file; close it, or write it twice within a field"
        )
    return records


def _is_open(text: str, delimiter: str) -> bool:
    """Tell whether the text ends within quotation marks."""
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _columns(records: list[_Record]) -> bool:
    """Tell whether a delimiter parts all records into the same number of columns, two or more."""
    widths = {len(fields) for _, fields in records}
    return len(widths) == 1 and widths != {1}


def _table(path: Path, records: list[_Record], delimiter: str = "") -> Table:
    """Return the rows below a header, each of which must have as many fields as that."""
    table = Table()
    if not records:
        return table
    (place, names), *data = records
    header = _header(path, place, names)
    for last, (_, fields) in enumerate(data[:2], start=1):
        filled = [cell for cell in fields if cell.strip()]
        if filled and all(cell.startswith(_QUALTRICS) for cell in filled):
            data = data[last:]
            table.notes.append("it has the header rows of Qualtrics; the first names the columns")
            break
    for place, fields in data:
        if len(header) == 1 and delimiter:
            fields = [delimiter.join(fields)]  # there is nothing that its delimiters could part
        while len(fields) > len(header) and not fields[-1].strip():
            fields = fields[:-1]
        if not any(map(str.strip, fields)):
            table.leave_out_unanswered(place, [])
        elif fields == header:
            table.leave_out("the header once more", place)
        elif len(fields) != len(header):
            raise UserError(
                f"{path}, {place}: has {len(fields)} fields, and the header has {len(header)}; put "
                "an answer with a delimiter or a line break in it between quotation marks, and "
                "leave an empty field for what is missing"
            )
        else:
            cells = zip(header, fields, strict=True)
            table.rows.append(Row(place, {name: cell for name, cell in cells if name.strip()}))
    return table


def _header(path: Path, place: str, names: list[str]) -> list[str]:
    header = list(names)
    while len(header) > 1 and not header[-1].strip():
        header.pop()
    doubled = [name for name in dict.fromkeys(header) if name.strip() and header.count(name) > 1]
    if doubled:
        raise UserError(
            f"{path}, {place}: several columns are called {', '.join(map(repr, doubled))}; "
            "give each a name of its own"
        )
    return header
