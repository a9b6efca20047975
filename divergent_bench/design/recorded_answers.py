"""Answers that exist already, read from a JSONL, CSV or TSV file.

A row holds an answer in one column, or a list of words in one column each, as lists of people often
come. People are then a group like any model.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from divergent_bench.base.answers import Answer
from divergent_bench.base.errors import UserError
from divergent_bench.base.names import in_one_line
from divergent_bench.base.requests import Request

# Answers that come with the package, known by the name of their file without its ending.
SHIPPED = Path(__file__).parent / "data"
LEFT_TO_THE_MODEL = {"", "none", "null", "default", "nan"}

_Found = tuple[str, str | None]  # the text of an answer, and why it ended


def answer(request: Request) -> Answer:
    """Return the recorded answer whose index among those of its condition is the seed."""
    found = _answers(request)
    seed = request["seed"]
    if seed >= len(found):
        raise UserError(f"{request['file']}: has {len(found)} such answers, so none at seed {seed}")
    return Answer.of_text(*found[seed])


def count_answers(request: Request) -> int:
    """Return how many recorded answers a request without its seed selects."""
    return len(_answers(request))


def _answers(request: Request) -> list[_Found]:
    columns = request["columns"]
    path = answers_file(request["file"])
    try:
        stamp = path.stat().st_mtime_ns
    except OSError as error:
        raise UserError(f"{path}: cannot read recorded answers ({error.strerror})") from error
    by_condition = _index(path, stamp, tuple(sorted(columns.items())))
    condition = tuple(request[key] if columns.get(key) else None for key in _FACTORS)
    return by_condition.get(condition, [])


def answers_file(name: str) -> Path:
    """Return where the answers are that a config calls so: in the package, or elsewhere."""
    shipped = SHIPPED / f"{name}.jsonl"
    return shipped if "/" not in name and shipped.exists() else Path(name)


@lru_cache(maxsize=8)
def _index(
    path: Path,
    stamp: int,  # noqa: ARG001  a changed file is another entry of the cache
    column_items: tuple[tuple[str, str | None], ...],
) -> dict[tuple[Any, ...], list[_Found]]:
    columns = dict(column_items)
    pattern = columns.pop("words", None)
    if pattern:
        del columns["response"]
    index: dict[tuple[Any, ...], list[_Found]] = {}
    for line, row in read_rows(path):
        for column in filter(None, columns.values()):
            if column not in row:
                raise UserError(
                    f"{path}, line {line}: has no {column!r}; name the right column under "
                    "`columns:`, or null to not select by it"
                )
        condition = tuple(
            read(row[name]) if (name := columns.get(key)) else None
            for key, read in _FACTORS.items()
        )
        text = join_words(row, pattern) if pattern else str(row[columns["response"] or ""])
        if text is None:
            raise UserError(
                f"{path}, line {line}: has no column like {pattern!r}; under `columns:`, `words` "
                "is a pattern for the names of the columns of words, for example word*"
            )
        index.setdefault(condition, []).append((text, finish_reason(row)))
    return index


def join_words(row: Mapping[str, Any], pattern: str) -> str | None:
    """Return the words of a row as an answer, one per line, in the order of its columns.

    The columns of words are those whose name fits `pattern`, with ``*`` and ``?``; None when there
    are none. An empty cell is a word that was not given.
    """
    words = [row[column] for column in row if column and fnmatchcase(column, pattern)]
    if not words:
        return None
    # A line break within a word would make two of it.
    given = (in_one_line(str(word)) for word in words if word is not None)
    return "\n".join(word for word in given if word)


def finish_reason(row: Mapping[str, Any]) -> str | None:
    """Return why the answer of a row ended, where a column says it: `length` if it was cut off."""
    reason = row.get("finish_reason") or row.get("stop_reason")
    return str(reason).strip() or None if reason else None


def _temperature(value: object) -> float | str | None:
    text = "" if value is None else str(value).strip().lower()
    if text in LEFT_TO_THE_MODEL:
        return None
    try:
        return float(text)
    except ValueError:
        return text


# By what an answer is found: the keys of a request, and how a cell of a file is read as such.
_FACTORS: dict[str, Callable[[Any], Any]] = {
    "model": str,
    "strategy": str,
    "temperature": _temperature,
    "stimulus": lambda cell: in_one_line(str(cell)),
}


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of a JSONL, CSV or TSV file with their line numbers."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if delimiter := {".csv": ",", ".tsv": "\t"}.get(path.suffix.lower()):
                reader = csv.DictReader(file, delimiter=delimiter)
                for record in reader:
                    yield reader.line_num, record
                return
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, _json_object(path, number, line)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot read recorded answers ({error})") from error


def _json_object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise UserError(
            f"{path}, line {number}: is not JSON ({error}); a JSONL file has one object per line"
        ) from error
    if not isinstance(row, dict):
        raise UserError(f"{path}, line {number}: is not a JSON object with named fields")
    return row
