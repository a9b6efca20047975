"""Which cells of a row are the answer, and the answers in them."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from divergent_bench.design.answer_files.shapes import (
    Reply,
    end_of,
    join_words,
    replies,
    several,
)

_LISTS: Final = {"responses", "answers", "completions", "outputs", "resps"}
_NUMBERED = re.compile(r"(.*?)(\d+)")


def word_columns(names: Iterable[str], pattern: str) -> list[str]:
    """Return the columns of one word each, in the order of their numbers where all have one.

    They are those whose name fits `pattern`, with ``*`` and ``?``.
    """
    found = [name for name in names if name and fnmatchcase(name, pattern)]
    parts = [_NUMBERED.fullmatch(name) for name in found]
    if all(parts) and len({part[1] for part in parts if part}) == 1:
        found.sort(key=lambda name: int(_NUMBERED.fullmatch(name)[2]))  # type: ignore[index]
    return found


def replies_in_words(cells: Mapping[str, Any], columns: list[str]) -> list[Reply]:
    """Return the answer of a row with a word in each of some columns; none where all are empty."""
    text = join_words([cells.get(column) for column in columns])
    return [Reply(text, end_of(cells))] if text else []


def replies_in(cells: Mapping[str, Any], column: str) -> list[Reply]:
    """Return the answers in one column of a row; none where nothing in the row is filled.

    Why an answer ended, another column or the cell itself may tell; that its request failed, the
    cell (another column: `shapes.failure`).
    """
    if all(cell is None or cell == "" for cell in cells.values()):
        return []
    cell, end = cells[column], end_of(cells)
    is_list = column in _LISTS and isinstance(cell, list)
    return several(cell, end) if is_list else replies(cell, end)
