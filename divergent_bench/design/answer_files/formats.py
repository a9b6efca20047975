"""A file of answers, or a folder of them, as rows: which format it has, and how it is encoded."""

import codecs
import json
import re
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_input
from divergent_bench.design.answer_files.documents import (
    entries,
    named_cells,
    with_header,
)
from divergent_bench.design.answer_files.tables import Row, Table, spreadsheet, text_table

_MOST_BYTES: Final = 2_000_000_000
_DELIMITED: Final = {".csv": ",", ".tsv": "\t"}
_JSON: Final = {".json", ".jsonl", ".ndjson"}
_BROKEN_ZIP: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_SPREADSHEETS: Final = {".xlsx", ".xlsm", ".xls", ".ods"}
_TEXTS: Final = {".txt", ".md"}
_BYTE_ORDER_MARKS: Final = (  # longest first: that of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_table(path: Path, columns: Collection[str] = ()) -> Table:
    """Return the rows of a file of answers; a UserError says what is wrong with it, and where.

    It is JSONL, JSON, CSV or TSV, a spreadsheet, a log of Inspect (.eval), or a folder with a text
    file per answer. A JSON object with one of the `columns` is a row.
    """
    suffix = path.suffix.lower()
    try:
        if path.is_dir():
            return _folder(path)
        if suffix in _SPREADSHEETS:
            return spreadsheet(path)
        if suffix == ".eval":
            return _inspect_log(path)
        text, notes = _decoded(path)
    except OSError as error:
        raise UserError(f"{path}: cannot read the answers ({error.strerror})") from error
    if suffix in _DELIMITED:
        table = text_table(path, text, _DELIMITED[suffix])
    elif suffix in _JSON or text.lstrip()[:1] in {"{", "["}:
        table = _json(path, text, columns, by_line=suffix != ".json")
    else:
        raise UserError(
            f"{path}: cannot tell its format by its name; it should end in .jsonl, .json, .csv, "
            ".tsv, .xlsx or .eval, or be a folder with a .txt or .md file per answer"
        )
    table.notes[:0] = notes
    return table


def _decoded(path: Path) -> tuple[str, list[str]]:
    """Return the text of a file, and a note where its encoding was guessed."""
    content = read_input(path, _MOST_BYTES)
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    # Every second byte of Latin letters in UTF-16 is zero.
    often = len(content) // 5
    if not encoding and often and content[1::2].count(0) > often:
        encoding = "utf-16-le"
    elif not encoding and often and content[::2].count(0) > often:
        encoding = "utf-16-be"
    try:
        return content.decode(encoding or "utf-8"), []
    except UnicodeDecodeError as error:
        wrong = error
    try:
        if not encoding:
            note = "it is not UTF-8; it was read as Windows-1252, the encoding of Western Europe"
            return content.decode("cp1252"), [note]
    except UnicodeDecodeError:
        pass
    line = content[: wrong.start].count(b"\n") + 1
    raise UserError(
        f"{path}, line {line}: is in an unknown encoding ({wrong.reason}); save the file as UTF-8 "
        "(in Excel: CSV UTF-8)"
    )


def _json(path: Path, text: str, columns: Collection[str], *, by_line: bool) -> Table:
    """Return the rows of JSON: of one value, or one per line, whatever the name says."""
    ways = (_lines, _document) if by_line else (_document, _lines)
    wrong: list[ValueError] = []
    for read in ways:
        try:
            found = read(text, columns)
            break
        except UserError as error:
            raise UserError(f"{path}: {error}") from error
        except RecursionError as error:
            raise UserError(f"{path}: is nested too deeply to be a file of answers") from error
        except ValueError as error:
            wrong.append(error)
    else:
        # Where one value ends and more follows, a line of JSONL is what is wrong.
        told = wrong["Extra data" in str(wrong[0])]
        raise UserError(
            f"{path}: is not JSON ({told}); a JSONL file has one object per line"
        ) from told
    table = Table()
    first_filter = None
    for place, value in found:
        try:
            cells = named_cells(value)
        except ValueError as error:
            raise UserError(f"{path}, {place}: {error}") from error
        if "resps" in cells and "filter" in cells:
            first_filter = first_filter or cells["filter"]
            if cells["filter"] != first_filter:  # lm-eval writes an answer once for each
                table.leave_out(f"the same answers as of the filter {first_filter!r}", place)
                continue
        table.rows.append(Row(place, cells))
    return table


def _document(text: str, columns: Collection[str]) -> list[tuple[str, Any]]:
    return entries(_loaded(text), columns)


def _lines(text: str, columns: Collection[str]) -> list[tuple[str, Any]]:
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                value = _loaded(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
            found.append((f"line {number}", value))
    if len(found) == 1 and isinstance(found[0][1], list):
        return entries(found[0][1], columns)
    return found


def _loaded(text: str) -> Any:
    """Return what JSON says; NaN, which is no JSON but which Python writes, is null."""
    return json.loads(text, object_pairs_hook=_without_doubles, parse_constant=lambda _: None)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        doubled = next(key for key in found if keys.count(key) > 1)
        raise ValueError(f"the key {doubled!r} is there twice in one object")
    return found


def _inspect_log(path: Path) -> Table:
    """Return the samples of a log of Inspect: a zip file with one JSON file per sample."""
    try:
        with zipfile.ZipFile(path) as log:
            header, samples = _unpacked(log)
        return Table([Row(name, with_header(header, each)) for name, each in samples.items()])
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    except (KeyError, ValueError, RecursionError, *_BROKEN_ZIP) as error:
        raise UserError(
            f"{path}: is no log of Inspect that can be read ({error}); "
            "`inspect log convert --to json` makes JSON of it, which can be imported"
        ) from error


def _unpacked(log: zipfile.ZipFile) -> tuple[Any, dict[str, Any]]:
    """Return the header of a log of Inspect, and its samples by their names."""
    if sum(each.file_size for each in log.infolist()) > _MOST_BYTES:
        raise ValueError(f"unpacked, it has more than {_MOST_BYTES:,} bytes")
    names = [name for name in log.namelist() if re.fullmatch(r"samples/.+\.json", name)]
    samples = {name: json.loads(log.read(name)) for name in sorted(names, key=_natural)}
    return json.loads(log.read("header.json")), samples


def _folder(path: Path) -> Table:
    """Return the texts of a folder; subfolders are models."""
    files = [file for file in path.rglob("*") if file.is_file() and not file.name.startswith(".")]
    table = Table()
    for file in sorted(files, key=lambda file: _natural(file.relative_to(path).as_posix())):
        if file.suffix.lower() not in _TEXTS:
            table.leave_out("neither .txt nor .md", file.name)
            continue
        text, notes = _decoded(file)
        table.notes += [f"{file.name}: {note}" for note in notes]
        model = file.relative_to(path).parent.as_posix()
        cells = {"id": file.stem, "response": text}
        table.rows.append(
            Row(
                file.relative_to(path).as_posix(),
                cells | ({"model": model} if model != "." else {}),
            )
        )
    return table


def _natural(name: str) -> list[tuple[str, int]]:
    """Return what names are sorted by so that answer10 follows answer9."""
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D*)(\d*)", name)]
