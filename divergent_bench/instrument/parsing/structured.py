"""Lists in JSON (whole, cut off, or with prose around it) and in Markdown tables."""

import re
from dataclasses import dataclass
from itertools import chain

from divergent_bench.instrument.parsing.cleaning import clean, word_counts
from divergent_bench.instrument.parsing.records import FEWEST, Listing, Span, lines_of, trimmed

_BEGINS = re.compile(r"[\[{][\s\[{]{0,40}\"")
# A string that never closes is matched too: each character is read once, whatever comes.
_TOKEN = re.compile(
    r'"(?P<string>(?:[^"\\\n]|\\.)*+)(?P<closed>"?)|(?P<sign>[\[\]{}:,])|(?://|\#)[^\n]*'
)
_NAMES_WORD = re.compile(
    r"(?:.*[_ -])?(?:(?:word|noun|term|item|name|entry|value|text)s?|list|answer|response)$",
    re.IGNORECASE,
)
_SURELY_WORD = re.compile(r"(?:words?|nouns?)[_ -]?\d*$", re.IGNORECASE)
_CELL = re.compile(r"([^|]*)\|?")
_RULE = re.compile(r"[|:\s-]*$")


@dataclass(slots=True)
class _Level:
    """An open array or object, and the key read last in it."""

    opening: str
    serial: int
    within: str = ""  # the key it stands under
    key: str | None = None


def json_list(text: str, n_asked: int) -> Listing | None:
    """Read the strings of JSON without asking that it be whole.

    The list is the first full array, one under a key that names words before all others; else the
    values under a key that names words; else the values, or the keys, of one object; else the
    values under any one key. Fewer words than make a list count where JSON has its own lines.
    """
    begin = _BEGINS.search(text) if '"' in text else None
    if begin is None:
        return None
    # The strings by where they stand, the likeliest place first; in each the groups of one list.
    word_arrays: dict[object, list[Span]] = {}  # arrays under a key that names words
    arrays: dict[object, list[Span]] = {}
    word_fields: dict[object, list[Span]] = {}  # values of all objects under such a key
    values: dict[object, list[Span]] = {}  # of one object, and its keys
    keys: dict[object, list[Span]] = {}
    fields: dict[object, list[Span]] = {}  # values of all objects under one key
    stack: list[_Level] = []
    last_string: re.Match[str] | None = None
    end = begin.start()
    for serial, token in enumerate(_TOKEN.finditer(text, begin.start())):
        sign = token["sign"]
        if sign is None and token["string"] is None:
            continue  # a comment
        if sign is None:
            last_string = token
            if not stack or not token["closed"]:
                continue
            level, span = stack[-1], token.span("string")
            if level.opening == "[":
                arrays.setdefault(level.serial, []).append(span)
                if _NAMES_WORD.match(level.within):
                    word_arrays.setdefault(level.serial, []).append(span)
            elif level.key is not None:
                values.setdefault(level.serial, []).append(span)
                fields.setdefault(level.key, []).append(span)
                if _NAMES_WORD.match(level.key):
                    word_fields.setdefault(level.key, []).append(span)
            end = token.end()
        elif sign in "[{":
            stack.append(_Level(sign, serial, (stack[-1].key or "") if stack else ""))
        elif sign in "]}":
            if stack:
                stack.pop()
                end = token.end()
        elif sign == "," and stack:
            stack[-1].key = None
        elif sign == ":" and stack and stack[-1].opening == "{" and last_string is not None:
            stack[-1].key = last_string["string"]
            keys.setdefault(stack[-1].serial, []).append(last_string.span("string"))
    for groups in (word_arrays, arrays, word_fields, values, keys, fields):
        spans = _first_full(text, list(groups.values()), n_asked)
        if spans:
            break
    else:
        begins_line = not text[text.rfind("\n", 0, begin.start()) + 1 : begin.start()].strip()
        if not begins_line or (text[end:].split("\n", 1)[0].strip() and not stack):
            return None  # fewer words within other text are no list
        keyed = [fields[key] for key in fields if _SURELY_WORD.match(str(key))]
        arrays_first = (*word_arrays.values(), *arrays.values(), sorted(chain(*keyed)))
        spans = next((found for found in arrays_first if _only_words(text, found)), [])
    if not spans:
        return None
    flags = {"cut-off"} if last_string is not None and not last_string["closed"] else set()
    return Listing("json", spans, (begin.start(), max(end, spans[-1][1])), flags)


def _only_words(text: str, spans: list[Span]) -> bool:
    entries = [clean(text[slice(*span)]) for span in spans]
    return bool(entries) and all(entry.wordlike and not entry.cut for entry in entries)


def _first_full(text: str, groups: list[list[Span]], n_asked: int) -> list[Span]:
    counts = [word_counts(text, spans)[0] for spans in groups]
    target = min(n_asked, max(counts, default=0))
    if target < FEWEST:
        return []
    return next(spans for spans, count in zip(groups, counts, strict=True) if count >= target)


def table_list(text: str, n_asked: int) -> Listing | None:
    """Read the column of a Markdown table that holds the words."""
    if "|" not in text:
        return None
    rows: list[list[Span]] = []
    header: list[Span] | None = None
    for span in lines_of(text):
        row = text[slice(*span)]
        if not row.startswith("|") or row.count("|") < 2:
            if len(rows) >= FEWEST:
                break
            rows, header = [], None
        elif _RULE.match(row):
            header, rows = rows[-1] if rows else None, []
        else:
            cells = _CELL.finditer(text, span[0] + 1, span[1])
            rows.append([trimmed(text, *cell.span(1)) for cell in cells if cell[0]])
    columns = [
        [row[i] for row in rows if i < len(row)] for i in range(max(map(len, rows[:1]), default=0))
    ]
    titles = [clean(text[slice(*cell)]).word for cell in header or []]
    named = [
        column for column, title in zip(columns, titles, strict=False) if _NAMES_WORD.match(title)
    ]
    both = sorted(cell for column in named for cell in column)  # "Word | Kind | Word | Kind"
    spans = _first_full(text, [both], n_asked) or _first_full(text, columns, n_asked)
    return Listing("table", spans, (rows[0][0][0], rows[-1][-1][1])) if spans else None
