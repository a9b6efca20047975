"""Answers that exist already, read from a file.

A row holds an answer in one column, or a list of words in one column each, as lists of people often
come. People are then a group like any model.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from divergent_bench.base.answers import Answer
from divergent_bench.base.errors import UserError
from divergent_bench.base.names import counted, in_one_line
from divergent_bench.base.requests import Request, canonical_json
from divergent_bench.design.answer_files.columns import (
    replies_in,
    replies_in_words,
    word_columns,
)
from divergent_bench.design.answer_files.formats import read_table
from divergent_bench.design.answer_files.shapes import NoAnswerError, Reply, failure
from divergent_bench.design.answer_files.tables import Row

if TYPE_CHECKING:  # pydantic is slow to import, and answering does without
    from divergent_bench.design.grid import Grid

# Answers that come with the package, known by the name of their file without its ending.
SHIPPED = Path(__file__).parent / "data"
LEFT_TO_THE_MODEL = {"", "none", "null", "default", "nan"}
_MOST_NAMED = 5

_Condition = tuple[Any, ...]  # what a row says of each of `_FACTORS`


@dataclass(frozen=True)
class _Found:
    reply: Reply
    kept: dict[str, Any]  # cells that travel with the answer


@dataclass
class _Index:
    """The answers of a file by their conditions, and the rows that hold none."""

    answers: dict[_Condition, list[_Found]] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)  # why: the places of rows


def answer(request: Request) -> Answer:
    """Return the recorded answer whose index among those of its condition is the seed.

    Its `raw` has the cells of its row that the request keeps.
    """
    found = _answers(request)
    seed = request["seed"]
    if seed >= len(found):
        raise UserError(f"{request['file']}: has {len(found)} such answers, so none at seed {seed}")
    given = Answer.of_text(found[seed].reply.text, found[seed].reply.end)
    given.raw = found[seed].kept or None
    return given


def count_answers(request: Request) -> int:
    """Return how many recorded answers a request without its seed selects."""
    return len(_answers(request))


def unused_rows(grid: "Grid") -> list[str]:
    """Say of each file which of its rows no condition of a grid takes, and which hold no answer.

    One sentence for each; none where every row is an answer that some condition takes. Those beyond
    the number of `samples` count as taken.
    """
    asked: dict[tuple[str, str], list[Request]] = {}
    for planned in grid.conditions:
        if "file" in planned.template:
            key = planned.template["file"], canonical_json(planned.template["columns"])
            asked.setdefault(key, []).append(planned.template)
    found = (line for templates in asked.values() for line in _unused(templates))
    return list(dict.fromkeys(found))  # what holds no answer, once


def _unused(templates: list[Request]) -> Iterator[str]:
    """Yield what is not used of a file that is read in one way."""
    file, index = templates[0]["file"], _index_of(templates[0])
    taken = set(map(_condition_of, templates))
    unused = Counter({c: len(found) for c, found in index.answers.items() if c not in taken})
    if unused:
        total = sum(map(len, index.answers.values()))
        columns = templates[0]["columns"]
        named = [f"{_named(c, columns)} ({n:,})" for c, n in unused.most_common(_MOST_NAMED)]
        more = f"; and {len(unused) - len(named):,} more" if len(unused) > len(named) else ""
        yield (
            f"{file}: {unused.total():,} of {total:,} answers are in no condition: "
            f"{'; '.join(named)}{more}"
        )
    for line in describe_left_out(index.left_out):
        yield f"{file}: {line}"


def describe_left_out(left_out: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield how many rows of a file hold no answer, for each reason, and where they stand."""
    for why, places in left_out.items():
        named = ", ".join(places[:_MOST_NAMED]) + (", ..." if len(places) > _MOST_NAMED else "")
        yield f"{counted(len(places), 'row')} left out, {why} ({named})"


def answers_file(name: str) -> Path:
    """Return where the answers are that a config calls so: in the package, or elsewhere."""
    shipped = SHIPPED / f"{name}.jsonl"
    return shipped if "/" not in name and shipped.exists() else Path(name)


def read_temperature(value: object) -> float | str | None:
    """Return the temperature in a cell: a number, None if the model chose, a text that is neither.

    Its decimals may follow a comma.
    """
    text = "" if value is None else str(value).strip().lower()
    if text in LEFT_TO_THE_MODEL:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def _answers(request: Request) -> list[_Found]:
    return _index_of(request).answers.get(_condition_of(request), [])


def _condition_of(request: Request) -> _Condition:
    columns = request["columns"]
    # Of a task without stimuli, in a file that also has answers about some: an empty cell.
    return tuple(request.get(key, "") if columns.get(key) else None for key in _FACTORS)


def _named(condition: _Condition, columns: Mapping[str, str | None]) -> str:
    named = zip(_FACTORS, condition, strict=True)
    told = [(key, "not given" if v is None else v) for key, v in named if columns.get(key)]
    return ", ".join(f"{key} {value}" for key, value in told)


def _index_of(request: Request) -> _Index:
    path = answers_file(request["file"])
    try:
        parts = path.rglob("*") if path.is_dir() else [path]
        stamp = max((part.stat().st_mtime_ns for part in parts), default=0)
    except OSError as error:
        raise UserError(f"{path}: cannot read recorded answers ({error.strerror})") from error
    keep = tuple(request.get("keep", ()))
    return _index(path, stamp, tuple(sorted(request["columns"].items())), keep)


@lru_cache(maxsize=8)
def _index(
    path: Path,
    stamp: int,  # noqa: ARG001  a changed file is another entry of the cache
    column_items: tuple[tuple[str, str | None], ...],
    keep: tuple[str, ...],
) -> _Index:
    columns = dict(column_items)
    pattern = columns.pop("words", None)
    if pattern:
        del columns["response"]
    named = [name for name in columns.values() if name]
    table = read_table(path, named)
    index = _Index(left_out=table.left_out)
    for row in table.rows:
        try:
            found = _found(row, columns, pattern, keep)
        except (NoAnswerError, UserError) as error:
            what = f"the answer is {error}" if isinstance(error, NoAnswerError) else str(error)
            raise UserError(f"{path}, {row.place}: {what}") from error
        given = [reply for reply in found if not reply.error]
        if not given:
            table.leave_out_unanswered(row.place, [reply.error for reply in found])
            continue
        condition = tuple(
            read(row.cells[name]) if (name := columns.get(key)) else None
            for key, read in _FACTORS.items()
        )
        kept = {name: row.cells[name] for name in keep}
        answers = index.answers.setdefault(condition, [])
        answers += (_Found(reply, kept) for reply in given)
    return index


def _found(
    row: Row, columns: Mapping[str, str | None], pattern: str | None, keep: tuple[str, ...]
) -> list[Reply]:
    """Return the answers in a row: none where it is empty."""
    if error := failure(row.cells):
        return [Reply("", error=error)]
    for key, column in (*columns.items(), *(("keep", name) for name in keep)):
        if column and column not in row.cells:
            raise UserError(
                f"has no {column!r}; name the right column under "
                + ("`keep:`" if key == "keep" else "`columns:`, or null to not select by it")
            )
    if not pattern:
        return replies_in(row.cells, columns["response"] or "")
    words = word_columns(row.cells, pattern)
    if not words:
        raise UserError(
            f"has no column like {pattern!r}; under `columns:`, `words` is a pattern for the names "
            "of the columns of words, for example word*"
        )
    return replies_in_words(row.cells, words)


# By what an answer is found: the keys of a request, and how a cell of a file is read as such.
_FACTORS: dict[str, Callable[[Any], Any]] = {
    "model": str,
    "strategy": str,
    "temperature": read_temperature,
    "stimulus": lambda cell: in_one_line("" if cell is None else str(cell)),
}
