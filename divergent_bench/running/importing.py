"""Answers that exist already, made ready for the workflow: a tidy file of them and a config."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import replacing, write_text
from divergent_bench.base.names import is_path_safe
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.config import parse_config
from divergent_bench.design.expansion import expand
from divergent_bench.design.recorded_answers import (
    LEFT_TO_THE_MODEL,
    finish_reason,
    join_words,
    read_rows,
)
from divergent_bench.instrument.spaces.embedded import DEFAULT_SPACE
from divergent_bench.instrument.tasks import DEFAULT, find_task
from divergent_bench.running.outputs import check_output

_FACTORS: Final = ("model", "strategy", "temperature")
ANSWER_COLUMNS: Final = ("response", "answer", "text", "completion", "output", "content")
_WORD_COLUMN = re.compile(r"(word|w)[ ._-]?\d+", re.IGNORECASE)
_FEWEST_WORD_COLUMNS = 7  # no fewer can be scored


@dataclass(frozen=True)
class Naming:
    """What a file of answers does not say of itself.

    Model, strategy and temperature are those of all answers; None where a column of that name tells
    them, or nothing does. People have neither strategy nor temperature, and are called ``people``
    where nothing names them.
    """

    model: str | None = None
    strategy: str | None = None
    temperature: float | None = None
    response: str | None = None  # column of the answers; None: the first of `ANSWER_COLUMNS`
    words: str | None = None  # pattern of columns of one word each; None: word1, word2, ...
    people: bool = False  # whether humans gave the answers


@dataclass(frozen=True)
class Imported:
    """What an import wrote: the answers, the config that uses them, and how many there are."""

    answers: Path
    config: Path
    n_answers: int
    n_conditions: int


def import_answers(
    file: Path, name: str, naming: Naming, directory: Path, *, overwrite: bool = False
) -> Imported:
    """Write the answers of a file to ``NAME.jsonl``, and a config that scores them beside it.

    The file is JSONL, CSV or TSV with an answer or a list of words per row; or JSON: a list, or an
    object from index to answer. An answer is a text, a list of words, or an object with named
    fields.
    """
    if not is_path_safe(name):
        raise UserError(
            f"the name {name!r} cannot name a file; give one with --name, of letters, digits and "
            ". _ + - that starts with a letter or digit"
        )
    if naming.people and (naming.strategy, naming.temperature) != (None, None):
        raise UserError(
            "people answer without a strategy and a temperature; "
            "leave out --strategy and --temperature, or --people"
        )
    answers, config = directory / f"{name}.jsonl", directory / f"{name}.yaml"
    for path in (answers, config):
        if path.exists() and not overwrite:
            raise UserError(f"{path}: is there already; choose another --name, or add --force")
        if path.exists() and file.exists() and path.samefile(file):
            raise UserError(f"{path}: is the file to import; choose another --name or --directory")
        check_output(path, source=path == config)
    rows = _normalised(file, naming)
    provider = "people" if naming.people else "recorded"
    with replacing(answers) as unchecked:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        unchecked.write_text("".join(lines), encoding="utf-8")
        n_conditions = _check(file, _config(name, unchecked, rows, provider), len(rows))
    made = _config(name, answers, rows, provider)
    data = yaml.safe_dump(made, sort_keys=False, allow_unicode=True)
    header = f"# Made by divergent-bench import from {file.name}; edit it as you like.\n\n"
    write_text(config, header + data)
    return Imported(answers, config, len(rows), n_conditions)


def _check(file: Path, data: Mapping[str, Any], n_answers: int) -> int:
    """Make sure that a config finds every answer, and return in how many conditions."""
    try:
        grid = expand(parse_config(data))
    except UserError as error:
        raise UserError(f"{file}: cannot become a config: {error}") from error
    recorded = [c for c in grid.conditions if find_provider(c.condition.provider).from_file]
    found = sum(len(each.seeds) for each in recorded)
    if found != n_answers:
        raise UserError(
            f"{file}: the config would find {found:,} of {n_answers:,} answers; a strategy called "
            "'all' stands for every other, so give it another name"
        )
    return len(recorded)


def _normalised(file: Path, naming: Naming) -> list[dict[str, Any]]:
    """Return the answers with those of model, strategy and temperature that are known."""
    rows = []
    for number, row in _rows(file):
        place = f"{file}, {number}"
        answer = _answer(row, naming, place)
        ended = {"finish_reason": reason} if (reason := finish_reason(row)) else {}
        rows.append({**_asked(row, naming, place), "response": answer, **ended})
    if not rows:
        raise UserError(f"{file}: holds no answer")
    for key in ("model", "strategy"):
        nameless = sum(row.get(key) is None for row in rows)
        if nameless and (key == "model" or nameless < len(rows)):
            raise UserError(
                f"{file}: {nameless:,} of {len(rows):,} answers have no {key}; "
                f"fill in the column {key!r}, or give one for all with --{key}"
            )
    return rows


def _asked(row: Mapping[str, Any], naming: Naming, place: str) -> dict[str, Any]:
    """Return who gave the answer of a row, and what they were asked."""
    told = {key: "" if row.get(key) is None else str(row[key]).strip() for key in _FACTORS}
    model = (told["model"] or None) if naming.model is None else naming.model
    if naming.people:
        return {"model": model or "people"}
    strategy = (told["strategy"] or None) if naming.strategy is None else naming.strategy
    temperature = naming.temperature
    if temperature is None and told["temperature"].lower() not in LEFT_TO_THE_MODEL:
        try:
            temperature = float(told["temperature"])
        except ValueError:
            raise UserError(
                f"{place}: the temperature {told['temperature']!r} is no number; correct it, "
                "or give one for all with --temperature"
            ) from None
    return {"model": model, "strategy": strategy, "temperature": temperature}


def _config(
    name: str, answers: Path, rows: Sequence[Mapping[str, Any]], provider: str
) -> dict[str, Any]:
    models, strategies, temperatures = (
        list(dict.fromkeys(row[key] for row in rows if key in row)) for key in _FACTORS
    )
    source: dict[str, Any] = {"provider": provider, "models": models, "file": answers.as_posix()}
    strategies = [strategy for strategy in strategies if strategy is not None]
    found = {"strategy": strategies, "temperature": temperatures}
    if unsaid := [factor for factor, levels in found.items() if not levels]:
        source["columns"] = dict.fromkeys(unsaid)
    experiment: dict[str, Any] = {"name": "imported", "providers": [source]}
    if strategies:
        experiment["strategies"] = strategies
    if temperatures:
        experiment["temperatures"] = temperatures
    experiment["samples"] = "all"
    # Without them a score cannot be told from that of random words.
    baselines = {
        "name": "baselines",
        "providers": [{"provider": "baseline", "models": list(find_task(DEFAULT).baselines)}],
        "samples": 100,
    }
    return {
        "name": name,
        "experiments": [experiment, baselines],
        "analysis": {"spaces": [DEFAULT_SPACE]},
    }


def _answer(row: Mapping[str, Any], naming: Naming, place: str) -> str:
    if naming.words:
        if (joined := join_words(row, naming.words)) is None:
            raise UserError(
                f"{place}: has no column like {naming.words!r} "
                f"(there are: {', '.join(map(str, row))}); correct --words"
            )
        return joined
    wanted = [naming.response] if naming.response else ANSWER_COLUMNS
    if column := next((column for column in wanted if column in row), None):
        return _text(row[column])
    words = [column for column in row if column and _WORD_COLUMN.fullmatch(column)]
    if len(words) < _FEWEST_WORD_COLUMNS or naming.response:
        raise UserError(
            f"{place}: no column holds the answer (there are: {', '.join(map(str, row))}); "
            "name it with --response, or columns of one word each with --words 'word*'"
        )
    return join_words({column: row[column] for column in words}, "*") or ""


def _text(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(" ".join(str(word).split()) for word in value)
    return "" if value is None else str(value)


def _rows(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the rows of any format we read, each with its place in the file."""
    suffix = file.suffix.lower()
    if suffix == ".json":
        yield from _json_rows(file)
    elif suffix in {".jsonl", ".csv", ".tsv"}:
        for line, row in read_rows(file):
            yield f"line {line}", row
    else:
        raise UserError(
            f"{file}: cannot tell its format by its name; it should end in .jsonl, .csv, .tsv or "
            ".json"
        )


def _json_rows(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        data = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise UserError(f"{file}: is not JSON ({error})") from error
    if isinstance(data, list):
        entries: list[tuple[Any, Any]] = list(enumerate(data))
    elif isinstance(data, dict):
        entries = list(data.items())
        if all(map(str.isdigit, data)):
            entries.sort(key=lambda entry: int(entry[0]))
    else:
        raise UserError(
            f"{file}: holds one value; JSON to import is a list of answers, "
            "or an object from index to answer"
        )
    for index, value in entries:
        is_words = isinstance(value, list) and all(isinstance(word, str) for word in value)
        if isinstance(value, dict):
            yield f"entry {index}", value
        elif isinstance(value, str) or is_words:
            yield f"entry {index}", {ANSWER_COLUMNS[0]: value}
        else:
            raise UserError(
                f"{file}, entry {index}: is no answer; it should be a text, a list of words, "
                "or an object with named fields"
            )
