"""The rows in a JSON document: a list, one record, answers by index or by model, a tool's log."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from divergent_bench.base.errors import UserError
from divergent_bench.design.answer_files.shapes import NoAnswerError, end_of, is_a_list, replies

Cells = dict[str, Any]
Entry = tuple[str, Any]  # where it stands, and the row or the answer there

ANSWER_COLUMNS: Final = ("response", "answer", "text", "completion", "output", "content")
"""Where a row has its answer where nobody says it, the likeliest first."""
WRAPPINGS: Final = (
    *("message", "choices", "candidates", "result", "resps", "responses", "answers", "completions"),
    *("outputs", "generated_text", "messages"),
)
"""Where a row has it otherwise, wrapped as a tool or a provider does, or several of them."""

# Where tools write what a row does not have at its top.
_ELSEWHERE: Final = {
    "model": (
        *(("response", "body", "model"), ("body", "model"), ("result", "message", "model")),
        *(("response", "model"), ("message", "model"), ("output", "model")),
        *(("provider", "label"), ("provider", "id")),
    ),
    "temperature": (
        *(("response", "body", "temperature"), ("model_parameters", "temperature")),
        ("options_json", "temperature"),
    ),
}
_INSPECT_TEMPERATURES: Final = (
    ("plan", "config", "temperature"),
    ("eval", "model_generate_config", "temperature"),
)


def entries(data: Any, columns: Collection[str] = ()) -> list[Entry]:
    """Return the rows of a document, or the answers where they have no names.

    An object with one of the `columns`, or of those where answers usually are, is one row.
    """
    if isinstance(data, list):
        return [(f"entry {number}", value) for number, value in enumerate(data)]
    if not isinstance(data, dict):
        raise UserError("holds one value; JSON to read is a list of answers, or an object")
    if isinstance(data.get("eval"), dict) and isinstance(data.get("samples"), list):
        return _numbered(with_header(data, sample) for sample in data["samples"])
    if isinstance(results := data.get("results"), dict) and "results" in results:  # promptfoo
        return entries(results["results"])
    if rows := _by_column(data, columns):
        return _numbered(rows)
    lists = [key for key, value in data.items() if _are(dict, value)]
    answers = [key for key in (*columns, *ANSWER_COLUMNS, *WRAPPINGS) if key in data]
    if len(lists) == 1 and (not answers or (lists == answers and _holds_rows(data[lists[0]]))):
        common = {key: value for key, value in data.items() if not isinstance(value, list | dict)}
        return _numbered({**common, **row} for row in data[lists[0]])
    if answers:
        return [("its one record", data)]
    return list(_by_name(data))


def named_cells(value: Any) -> Cells:
    """Return a row as named cells, with the model and the settings that a tool keeps elsewhere.

    An answer without names is a row of the first of `ANSWER_COLUMNS`. A ValueError says what is
    neither.
    """
    if not isinstance(value, dict):
        try:
            replies(value)
        except NoAnswerError as error:
            raise ValueError(
                f"is no answer but {error}; it should be a text, a list of words, or an object "
                "with named fields"
            ) from error
        if value is None:
            raise ValueError("is null; leave it out, or write an empty text for an empty answer")
        return {ANSWER_COLUMNS[0]: value}
    cells = dict(value)
    for name, paths in _ELSEWHERE.items():
        if cells.get(name) is None:
            told = _first(cells, paths)
            if told is not None:
                cells[name] = told
    if isinstance(provider := cells.get("provider"), str) and "vars" in cells:  # promptfoo
        cells.setdefault("model", provider)
    if not end_of(cells) and (reason := _end_in(cells.get("response_json"))):  # llm
        cells["finish_reason"] = reason
    return cells


def with_header(header: Any, sample: Any) -> Cells:
    """Return a sample of a log of Inspect with the model and the temperature of its header."""
    if not isinstance(sample, dict):
        raise UserError(f"is no log of Inspect: one of its samples is {sample!r:.40}")
    temperature = _first(header, _INSPECT_TEMPERATURES)
    return {**sample, "model": _at(header, ("eval", "model")), "temperature": temperature}


def _numbered(rows: Any) -> list[Entry]:
    return [(f"entry {number}", row) for number, row in enumerate(rows)]


def _are(kind: type, value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, kind) for v in value)


def _holds_rows(rows: list[Cells]) -> bool:
    """Tell rows of answers from the blocks of one message and the choices of one completion."""
    return not any({"type", "role", "index", "finish_reason"} & row.keys() for row in rows)


def _by_column(data: Cells, columns: Collection[str]) -> list[Cells]:
    """Return the rows of a table written column by column, as pandas does; none where it is not."""
    held = [data[key] for key in (*columns, *ANSWER_COLUMNS) if key in data]
    if len(data) < 2 or not held:
        return []
    if all(isinstance(value, dict) for value in data.values()):
        keys = list(held[0])  # of the rows
        if all(list(value) == keys for value in data.values()) and all(map(str.isdigit, keys)):
            return [{name: data[name][key] for name in data} for key in keys]
    lists = [value for value in data.values() if isinstance(value, list)]
    if len(lists) == len(data) and len({len(value) for value in lists}) == 1:
        return [{name: data[name][row] for name in data} for row in range(len(lists[0]))]
    return []


def _by_name(data: Cells) -> Iterator[Entry]:
    """Yield answers by index, or those of each model."""
    if all(map(str.isdigit, data)):
        for index, value in sorted(data.items(), key=lambda entry: int(entry[0])):
            yield f"entry {index}", value
        return
    of_models = {name: _answers(value) for name, value in data.items()}
    if not any(of_models.values()):
        yield from ((f"entry {name}", value) for name, value in data.items())
        return
    for name, answers in of_models.items():
        for number, answer in enumerate(answers or [data[name]]):
            cells = answer if isinstance(answer, dict) else {ANSWER_COLUMNS[0]: answer}
            yield f"entry {name}, {number}", {"model": name, **cells}


def _answers(value: Any) -> list[Any]:
    """Return the answers in the value of a model; none where it may be one answer itself."""
    if isinstance(value, dict) and value and all(map(str.isdigit, value)):
        return [value[index] for index in sorted(value, key=int)]
    if _are(dict, value) or _are(list, value):
        return list(value)
    return list(value) if _are(str, value) and all(map(is_a_list, value)) else []


def _first(cells: Any, paths: Iterable[tuple[str, ...]]) -> Any:
    found = (_at(cells, path) for path in paths)
    return next((each for each in found if each not in (None, "")), None)


def _at(cells: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = cells
    for key in path:
        if isinstance(found, str) and key == path[-1]:  # JSON within JSON
            found = _loaded(found)
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return None if isinstance(found, Mapping | list) else found


def _end_in(value: Any) -> str | None:
    """Return why an answer ended, from the response that llm keeps beside it."""
    found = _loaded(value) if isinstance(value, str) else value
    if not isinstance(found, Mapping):
        return None
    if reason := end_of(found):
        return reason
    try:
        return next((reply.end for reply in replies(found)), None)
    except NoAnswerError:
        return None


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
