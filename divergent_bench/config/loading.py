"""Reading a config, and saying where it is wrong: file, line, key, fix."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from divergent_bench.base.credentials import holds_a_key
from divergent_bench.base.errors import UserError
from divergent_bench.base.names import closest
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.config.models import Config
from divergent_bench.config.strategy import ALL_STRATEGIES
from divergent_bench.config.values import SECRET, Location
from divergent_bench.config.yaml_files import parse_yaml, read_yaml
from divergent_bench.instrument.tasks import known_strategies

IN_WORDS = {
    "bool_type": "true or false",
    "dict_type": "a block of keys",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a block of keys",
    "string_type": "text",
    "too_short": "at least one entry",
}


_IS_A_KEY = (
    "looks like a key; keys live in the environment only, for example as OPENAI_API_KEY. "
    "Take it out, and withdraw it at its provider if anybody else has seen this file"
)


_MOST_TOLD = 30  # problems
_LONGEST_SHOWN = 100  # characters of a value


class Problem(NamedTuple):
    """One thing wrong with a config."""

    location: Location
    message: str


def load_config(path: str | Path, *, timestamp: str | None = None) -> Config:
    """Read and check the config in one YAML file; a UserError names every problem.

    ``{timestamp}`` in the directory of the results stands for `timestamp`; None refuses it.
    """
    path = Path(path)
    data = read_yaml(path, "the config").data
    directory = _get(_get(data, "output"), "directory")
    if timestamp and isinstance(directory, str):
        data["output"]["directory"] = directory.replace("{timestamp}", timestamp)
    return parse_config(data, sources=[path])


def typed(overrides: Any) -> Any:
    """Return values of ``--config`` as YAML has them.

    Snakemake reads texts where a value is a block or a list: ``{samples: 5}`` has the text ``5``.
    """
    if isinstance(overrides, Mapping):
        return {key: typed(value) for key, value in overrides.items()}
    if isinstance(overrides, list):
        return [typed(value) for value in overrides]
    if not isinstance(overrides, str) or not overrides:
        return overrides
    try:
        value = parse_yaml(overrides).data
    except yaml.YAMLError:
        return overrides
    return value if isinstance(value, bool | int | float | None) else overrides


def parse_config(data: object, sources: Sequence[Path] = ()) -> Config:
    """Check what YAML made of a config; a UserError names every problem: file, line, key, fix.

    It may be merged from several `sources`, later ones winning; they are read again only to name
    lines.
    """
    files = [(source, read_yaml(source, "the config")) for source in sources]
    if not isinstance(data, Mapping):
        where = sources[-1] if sources else "the config"
        raise UserError(f"{where}: holds no keys; a config starts with `name:` and `experiments:`")
    if secrets := list(_secrets(data, ())):
        raise _user_error(secrets, sources)  # alone: other complaints might quote them
    twice = [location for _, file in files for location in file.twice]
    # YAML lets the last one win without a word.
    problems = [Problem(location, "is given twice; keep one") for location in twice]
    problems += _unknown_strategies(data)
    try:
        config = Config.model_validate(dict(data))
    except ValidationError as error:
        problems += _problems(error.errors())
    else:
        if not problems:
            config._sources = tuple(sources)
            return config
    raise _user_error(problems, sources)


def config_error(config: Config, location: Location, message: str) -> UserError:
    """Return the error that says what is wrong at `location` of a config, with file and line."""
    return _user_error([Problem(location, message)], config._sources)


def _user_error(problems: Sequence[Problem], sources: Sequence[Path]) -> UserError:
    marks = [(source, read_yaml(source, "the config").lines) for source in sources]
    lines = [f"{_where(p.location, marks)}: {p.message}" for p in problems[:_MOST_TOLD]]
    if more := len(problems) - len(lines):
        lines.append(f"... and {more:,} more")
    return UserError("\n".join(lines), problems)


def _secrets(data: object, location: Location) -> Iterator[Problem]:
    """Yield where a config holds a key by its value, whatever it stands under."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            # A key of the file that is one itself is not shown.
            shown = () if holds_a_key(str(key)) else (key,)
            if not shown:
                yield Problem(location, f"has a key of the file that {_IS_A_KEY}")
            yield from _secrets(value, (*location, *shown))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from _secrets(value, (*location, index))
    elif isinstance(data, str) and (holds_a_key(data) or holds_a_key(unquote(data))):
        yield Problem(location, f"holds what {_IS_A_KEY}")


def _unknown_strategies(data: Mapping[Any, Any]) -> Iterator[Problem]:
    # Works on the raw data, so that a misspelt strategy is named together with all other problems.
    own = data.get("strategies")
    known = [*known_strategies(), *(own if isinstance(own, Mapping) else ())]
    for i, experiment in enumerate(_list(data, "experiments")):
        names = [str(_get(entry, "provider")) for entry in _list(experiment, "providers")]
        if all(find_provider(name).from_file for name in names):
            continue  # whoever recorded the answers named their prompts
        for j, name in enumerate(_list(experiment, "strategies")):
            if isinstance(name, str) and name not in known and name != ALL_STRATEGIES:
                yield Problem(
                    ("experiments", i, "strategies", j),
                    f"there is no strategy {_shown(name)}{closest(name, known)} "
                    f"(known: {', '.join(known)}, or {ALL_STRATEGIES}; "
                    "add your own under `strategies:`)",
                )


def _get(data: object, key: str) -> object:
    return data.get(key) if isinstance(data, Mapping) else None


def _list(data: object, key: str) -> list[Any]:
    value = _get(data, key)
    return value if isinstance(value, list) else []


def _problems(details: Sequence[ErrorDetails]) -> list[Problem]:
    # Each member of a union complains about a value: keep what was said deepest, as one problem.
    complaints: dict[Location, list[ErrorDetails]] = {}
    for detail in details:
        # pydantic's location also names the members of unions it tried: no keys of the file.
        location = tuple(p for p in detail["loc"] if isinstance(p, int) or not _is_union_member(p))
        complaints.setdefault(location, []).append(detail)
    inner = {location[:depth] for location in complaints for depth in range(len(location))}
    return [
        Problem(location, _message(location, about))
        for location, about in complaints.items()
        if location not in inner
    ]


def _message(location: Location, details: Sequence[ErrorDetails]) -> str:
    detail = details[0]
    given, context = _shown(detail["input"]), detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden" if SECRET.search(str(location[-1])):
            return (
                f"{location[-1]!r} looks like a secret; keys live in the environment only, "
                "for example as OPENAI_API_KEY"
            )
        case "extra_forbidden":
            known = _keys_at(location[:-1])
            key = _shown(location[-1])
            hint = closest(key.strip("'"), known)
            return f"unknown key {key}{hint} (known: {', '.join(known)})"
        case "list_type" if detail["input"] is None:
            return "needs a list"
        case "list_type":
            return f"needs a list; write [{detail['input']!s:.{_LONGEST_SHOWN}}]"
        case "dict_type" | "model_type":
            return f"{given} needs keys of its own below it"
        case "missing":
            return "is missing; add it"
        case "too_short" | "too_long" if context.get("min_length") != 1:
            wanted = context.get("min_length", context.get("max_length"))
            return f"needs {wanted} entries, not {context['actual_length']}"
        case "too_short":
            return "is empty; give at least one"
        case "value_error":
            return detail["msg"].removeprefix("Value error, ")
        case "greater_than_equal" | "less_than_equal" if "temperature" in str(location[-2:]):
            return f"{given} is out of range; a temperature is from 0 to 2, or null"
        case _:
            allowed = " ".join(each.get("ctx", {}).get("expected", "") for each in details)
            expected = dict.fromkeys(_expected(each) for each in details)
            hint = closest(given.strip("'"), re.findall(r"'([^']*)'", allowed))
            return f"{given} does not fit{hint} (expected: {', or '.join(expected)})"


def _shown(value: object) -> str:
    """Return a value as Python writes it, or the beginning of that."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _expected(detail: ErrorDetails) -> str:
    message = detail["msg"].removeprefix("Input should be ")
    return IN_WORDS.get(detail["type"], message[:1].lower() + message[1:])


def _is_union_member(part: str) -> bool:
    return part in {"str", "int", "float", "ModelEntry", "SpaceEntry", "[key]"} or (
        part.startswith(("function-", "constrained-", "literal[", "list[", "dict[", "nullable["))
    )


def _keys_at(location: Location) -> list[str]:
    model: Any = Config
    for part in location:
        if isinstance(part, int) or not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        field = model.model_fields.get(part)
        model = _model_in(field.annotation) if field else None
    return list(model.model_fields) if model else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    members = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((member for member in members if member), None)


def _where(location: Location, marks: list[tuple[Path, dict[Location, int]]]) -> str:
    key = key_at(location)
    for source, lines in reversed(marks):
        # A missing key has no line; the block it is missing from has one.
        for depth in range(len(location), 0, -1):
            if line := lines.get(location[:depth]):
                return f"{source}, line {line}, {key}"
    file = f"{marks[-1][0]}, " if marks else ""
    return f"{file}{key or 'config'}"


def key_at(location: Location) -> str:
    """Return a location as people write it: ``experiments[0].name``."""
    parts = (
        f"[{part}]" if isinstance(part, int) else f".{part:.{_LONGEST_SHOWN}}" for part in location
    )
    return "".join(parts).removeprefix(".")
