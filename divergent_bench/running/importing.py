"""Answers that exist already, made ready for the workflow: a tidy file of them and a config."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import replacing, write_text
from divergent_bench.base.names import is_path_safe
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.records import STIMULUS
from divergent_bench.config import parse_config
from divergent_bench.config.values import stimulus
from divergent_bench.design.answer_files.columns import replies_in, replies_in_words, word_columns
from divergent_bench.design.answer_files.documents import ANSWER_COLUMNS, WRAPPINGS
from divergent_bench.design.answer_files.formats import read_table
from divergent_bench.design.answer_files.shapes import (
    ENDS,
    ERRORS,
    NoAnswerError,
    Reply,
    failure,
    replies,
)
from divergent_bench.design.answer_files.tables import Row, Table
from divergent_bench.design.expansion import expand
from divergent_bench.design.recorded_answers import describe_left_out, read_temperature
from divergent_bench.instrument.spaces.embedded import DEFAULT_SPACE
from divergent_bench.instrument.tasks import DEFAULT, Task, find_task
from divergent_bench.running.outputs import check_output

_FACTORS: Final = ("model", "strategy", "temperature")
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
    response: str | None = None  # column of the answers; None: where answers usually are
    words: str | None = None  # pattern of columns of one word each; None: word1, word2, ...
    people: bool = False  # whether humans gave the answers
    # Of `_FACTORS`, and of the stimulus, those whose columns have other names.
    columns: Mapping[str, str] = field(default_factory=dict)
    keep: Sequence[str] = ()  # further columns that travel with the answers
    task: str = DEFAULT  # that they are answers to; where it has stimuli, a column tells them


@dataclass
class Reading:
    """The answers of a file as they were read, and how."""

    task: Task
    rows: list[dict[str, Any]] = field(default_factory=list)  # as the tidy file has them
    taken: dict[str, list[str]] = field(default_factory=dict)  # what: columns it was taken from
    ignored: list[str] = field(default_factory=list)  # columns
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Imported:
    """What an import wrote: the answers, the config that uses them, and how many there are."""

    answers: Path
    config: Path
    n_answers: int
    n_conditions: int


def import_answers(
    file: Path,
    name: str,
    naming: Naming,
    directory: Path,
    *,
    overwrite: bool = False,
    show: Callable[[Reading], object] = lambda _: None,
) -> Imported:
    """Write the answers of a file to ``NAME.jsonl``, and a config that scores them beside it.

    The file is what `answer_files.formats.read_table` reads. How it was read is shown before
    anything is written.
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
    reading = read_answers(file, naming)
    show(reading)
    made = _config(name, answers, reading.rows, naming)
    with replacing(answers) as unchecked:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in reading.rows)
        # A model may send half a character, which UTF-8 cannot hold.
        unchecked.write_text("".join(lines), encoding="utf-8", errors="replace")
        n_conditions = _check(file, _config(name, unchecked, reading.rows, naming), reading.rows)
    data = yaml.safe_dump(made, sort_keys=False, allow_unicode=True)
    header = f"# Made by divergent-bench import from {file.name}; edit it as you like.\n\n"
    write_text(config, header + data)
    return Imported(answers, config, len(reading.rows), n_conditions)


def read_answers(file: Path, naming: Naming) -> Reading:
    """Return the answers of a file with those of model, strategy and temperature that are known."""
    named = [*filter(None, [naming.response, *naming.columns.values()]), *naming.keep]
    table = read_table(file, named)
    names = list(dict.fromkeys(name for row in table.rows for name in row.cells))
    for column in named:
        if table.rows and column not in names:
            raise UserError(f"{file}: has no column {column!r} (there are: {', '.join(names)})")
    columns = {key: naming.columns.get(key) or _called(key, names) for key in _FACTORS}
    reading = Reading(find_task(naming.task), notes=list(table.notes))
    columns |= _column_of_stimuli(file, naming, reading.task, names)
    for row in table.rows:
        try:
            given = _replies(row, naming, reading, table)
            asked = _asked(row.cells, naming, columns, reading.task)
        except (NoAnswerError, UserError) as error:
            what = f"the answer is {error}" if isinstance(error, NoAnswerError) else str(error)
            raise UserError(f"{file}, {row.place}: {what}") from error
        kept = {name: row.cells.get(name) for name in naming.keep}
        for reply in given:
            ended = {"finish_reason": reply.end} if reply.end else {}
            reading.rows.append({**kept, **asked, "response": reply.text, **ended})
    reading.notes += describe_left_out(table.left_out)
    if not reading.rows:
        raise UserError("; ".join([f"{file}: holds no answer", *reading.notes]))
    _complete(file, reading, naming, columns, names)
    return reading


def _complete(
    file: Path,
    reading: Reading,
    naming: Naming,
    columns: Mapping[str, str | None],
    names: Sequence[str],
) -> None:
    """Say which columns were taken for what; a UserError where answers have no model."""
    rows = reading.rows
    for key in (key for key in ("model", "strategy") if key in columns):
        nameless = sum(row.get(key) is None for row in rows)
        if nameless and (key == "model" or nameless < len(rows)):
            raise UserError(
                f"{file}: {nameless:,} of {len(rows):,} answers have no {key}; fill in the column "
                f"{columns[key] or key!r}, name another with --{key}-column, or give one for all "
                f"with --{key}"
            )
    for key, column in columns.items():
        said = getattr(naming, key, None) is not None
        if column and not said and not (naming.people and key in ("strategy", "temperature")):
            reading.taken[key] = [column]
    if naming.keep:
        reading.taken["kept"] = list(naming.keep)
    for what, usual in (("end of the answer", ENDS), ("failed requests", ERRORS)):
        if found := [name for name in names if name in usual]:
            reading.taken[what] = found
    used = {column for of_kind in reading.taken.values() for column in of_kind}
    reading.ignored = [name for name in names if name not in used]


def _column_of_stimuli(
    file: Path, naming: Naming, task: Task, names: Sequence[str]
) -> dict[str, str | None]:
    """Return the column that says what answers are about; none where the task has no stimuli."""
    given = naming.columns.get(STIMULUS)
    if not task.stimulus_slot:
        if given:
            raise UserError(
                f"--stimulus-column: the task {task.name} has no stimuli; name another with --task"
            )
        return {}
    found = given or _called(STIMULUS, names) or _called(task.stimulus_slot, names)
    if not found and names:
        raise UserError(
            f"{file}: no column holds the {task.stimulus_name} (there are: {', '.join(names)}); "
            "name it with --stimulus-column"
        )
    return {STIMULUS: found}


def _called(wanted: str, names: Sequence[str]) -> str | None:
    """Return the column of a name, whatever its case and the blanks around it."""
    same = [name for name in names if name.strip().casefold() == wanted]
    return wanted if wanted in same else next(iter(same), None)


def _replies(row: Row, naming: Naming, reading: Reading, table: Table) -> list[Reply]:
    """Return the answers of a row; it is counted where there is none."""
    if error := failure(row.cells):
        found = [Reply("", error=error)]
    elif columns := _word_columns(row.cells, naming):
        reading.taken["words of the answer"] = columns
        found = replies_in_words(row.cells, columns)
    else:
        column = _answer_column(row.cells, naming)
        taken = reading.taken.setdefault("answer", [])
        if column not in taken:
            taken.append(column)
        found = replies_in(row.cells, column)
    given = [r for r in found if not r.error and (r.text.strip() or not naming.people)]
    if not given:
        table.leave_out_unanswered(row.place, [reply.error for reply in found if reply.error])
    return given


def _word_columns(cells: Mapping[str, Any], naming: Naming) -> list[str]:
    """Return the columns of one word each; none where a row has its answer in one column."""
    if naming.words:
        if not (found := word_columns(cells, naming.words)):
            raise UserError(
                f"has no column like {naming.words!r} (there are: {', '.join(cells)}); "
                "correct --words"
            )
        return found
    if naming.response or any(_called(name, list(cells)) for name in ANSWER_COLUMNS):
        return []
    found = word_columns([name for name in cells if _WORD_COLUMN.fullmatch(name)], "*")
    return found if len(found) >= _FEWEST_WORD_COLUMNS else []


def _answer_column(cells: Mapping[str, Any], naming: Naming) -> str:
    """Return the column of the answer: the first of the usual ones that has something readable."""
    if naming.response and naming.response in cells:
        return naming.response
    usual = [] if naming.response else [*ANSWER_COLUMNS, *WRAPPINGS]
    found = [column for name in usual if (column := _called(name, list(cells)))]
    if not found:
        raise UserError(
            f"no column holds the answer (there are: {', '.join(cells)}); name it with "
            "--response, or columns of one word each with --words 'word*'"
        )
    return next((column for column in found if _is_readable(cells[column])), found[0])


def _is_readable(cell: Any) -> bool:
    """Tell an answer from what else a column of its name may hold, as settings or nothing."""
    try:
        return cell is not None and bool(replies(cell))
    except NoAnswerError:
        return False


def _asked(
    cells: Mapping[str, Any], naming: Naming, columns: Mapping[str, str | None], task: Task
) -> dict[str, Any]:
    """Return who gave the answer of a row, and what they were asked."""

    def told(key: str) -> str:
        value = cells.get(columns[key] or "")
        return "" if value is None else str(value).strip()

    model = naming.model or told("model") or None
    about = {}
    if STIMULUS in columns:
        try:
            about = {STIMULUS: task.stimulus(stimulus(told(STIMULUS)))}
        except ValueError as error:
            raise UserError(f"the {task.stimulus_name} {error}") from error
    if naming.people:
        return {"model": model or "people", **about}
    temperature = naming.temperature
    if temperature is None:
        read = read_temperature(told("temperature"))
        if isinstance(read, str):
            raise UserError(
                f"the temperature {told('temperature')!r} is no number; correct it, "
                "or give one for all with --temperature"
            )
        temperature = read
    strategy = naming.strategy or told("strategy") or None
    return {"model": model, "strategy": strategy, "temperature": temperature, **about}


def _config(
    name: str, answers: Path, rows: Sequence[Mapping[str, Any]], naming: Naming
) -> dict[str, Any]:
    models, strategies, temperatures = (
        list(dict.fromkeys(row[key] for row in rows if key in row)) for key in _FACTORS
    )
    task, stimuli = find_task(naming.task), list(dict.fromkeys(row.get(STIMULUS) for row in rows))
    provider = "people" if naming.people else "recorded"
    source: dict[str, Any] = {"provider": provider, "models": models, "file": answers.as_posix()}
    strategies = [strategy for strategy in strategies if strategy is not None]
    found = {"strategy": strategies, "temperature": temperatures}
    columns: dict[str, str | None] = dict.fromkeys(f for f, levels in found.items() if not levels)
    columns |= {STIMULUS: STIMULUS} if task.stimulus_slot else {}
    if columns:
        source["columns"] = columns
    if naming.keep:
        source["keep"] = list(naming.keep)
    experiment: dict[str, Any] = {"name": "imported", "providers": [source]}
    # Where no prompt is known, that of the task says which it is.
    if strategies := strategies or ([task.plain] if task.name != DEFAULT else []):
        experiment["strategies"] = strategies
    if temperatures:
        experiment["temperatures"] = temperatures
    experiment["samples"] = "all"
    return {
        "name": name,
        **({"defaults": {"stimuli": stimuli}} if task.stimulus_slot else {}),
        "experiments": [experiment, _baselines(task)],
        "analysis": {"spaces": [DEFAULT_SPACE]},
    }


def _baselines(task: Task) -> dict[str, Any]:
    """Return the experiment without which a score cannot be told from that of random words.

    About stimuli, only baselines that need no space to know these.
    """
    near = find_provider("baseline").models_in_a_space if task.stimulus_slot else ()
    models = [model for model in task.baselines if model not in near]
    named = {} if task.name == DEFAULT else {"strategies": [task.plain]}
    return {
        "name": "baselines",
        "providers": [{"provider": "baseline", "models": models}],
        **named,
        "samples": 10 if task.stimulus_slot else 100,
    }


def _check(file: Path, data: Mapping[str, Any], rows: Sequence[object]) -> int:
    """Make sure that a config finds every answer, and return in how many conditions."""
    try:
        grid = expand(parse_config(data))
    except UserError as error:
        raise UserError(f"{file}: cannot become a config: {error}") from error
    recorded = [c for c in grid.conditions if find_provider(c.condition.provider).from_file]
    found = sum(len(each.seeds) for each in recorded)
    if found != len(rows):
        raise UserError(
            f"{file}: the config would find {found:,} of {len(rows):,} answers; a strategy called "
            "'all' stands for every other, so give it another name"
        )
    return len(recorded)
