"""Reading a config, and saying where it is wrong: file, line, key, fix."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from divergent_bench.base.credentials import holds_a_key, redact
from divergent_bench.base.errors import UserError
from divergent_bench.base.names import closest
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.config.models import Config
from divergent_bench.config.strategy import ALL_STRATEGIES
from divergent_bench.config.values import SECRET, Location
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


class Problem(NamedTuple):
    """One thing wrong with a config."""

    location: Location
    message: str


def load_config(path: str | Path, *, timestamp: str | None = None) -> Config:
    """Read and check the config in one YAML file; a UserError names every problem.

    ``{timestamp}`` in the directory of the results stands for `timestamp`; None refuses it.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{path}: cannot read the config ({error.strerror}); check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not a text file in UTF-8; save it as UTF-8") from error
    try:
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(
            f"{path}{line}: is not valid YAML ({redact(str(error.problem))}); "
            "check the indentation, brackets and quotes around that line"
        ) from error
    except yaml.YAMLError as error:
        raise UserError(f"{path}: is not valid YAML ({redact(str(error))})") from error
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
        value = yaml.safe_load(overrides)
    except yaml.YAMLError:
        return overrides
    return value if isinstance(value, bool | int | float | None) else overrides


def parse_config(data: object, sources: Sequence[Path] = ()) -> Config:
    """Check what YAML made of a config; a UserError names every problem: file, line, key, fix.

    It may be merged from several `sources`, later ones winning; they are read again only to name
    lines.
    """
    if not isinstance(data, Mapping):
        where = sources[-1] if sources else "the config"
        raise UserError(f"{where}: holds no keys; a config starts with `name:` and `experiments:`")
    if secrets := list(_secrets(data, ())):
        raise _user_error(secrets, sources)  # alone: other complaints might quote them
    twice = [location for source in sources for location in _walk(source)[1]]
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
    marks = [(source, _walk(source)[0]) for source in sources]
    lines = (f"{_where(p.location, marks)}: {p.message}" for p in problems)
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
                    f"there is no strategy {name!r}{closest(name, known)} "
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
    given, context = detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden" if SECRET.search(str(location[-1])):
            return (
                f"{location[-1]!r} looks like a secret; keys live in the environment only, "
                "for example as OPENAI_API_KEY"
            )
        case "extra_forbidden":
            known = _keys_at(location[:-1])
            hint = closest(str(location[-1]), known)
            return f"unknown key {location[-1]!r}{hint} (known: {', '.join(known)})"
        case "list_type":
            return f"needs a list; write [{given}]" if given is not None else "needs a list"
        case "dict_type" | "model_type":
            return f"{given!r} needs keys of its own below it"
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
            return f"{given!r} is out of range; a temperature is from 0 to 2, or null"
        case _:
            allowed = " ".join(each.get("ctx", {}).get("expected", "") for each in details)
            expected = dict.fromkeys(_expected(each) for each in details)
            hint = closest(str(given), re.findall(r"'([^']*)'", allowed))
            return f"{given!r} does not fit{hint} (expected: {', or '.join(expected)})"


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
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def _walk(path: Path) -> tuple[dict[Location, int], list[Location]]:
    """Return the line of every key and list item of a YAML file, and the keys given twice."""
    lines: dict[Location, int] = {}
    twice: list[Location] = []

    def walk(node: yaml.Node | None, location: Location) -> None:
        match node:
            case yaml.MappingNode():
                for key, value in node.value:
                    if (*location, key.value) in lines:
                        twice.append((*location, key.value))
                    lines[(*location, key.value)] = key.start_mark.line + 1
                    walk(value, (*location, key.value))
            case yaml.SequenceNode():
                for index, item in enumerate(node.value):
                    lines[(*location, index)] = item.start_mark.line + 1
                    walk(item, (*location, index))

    walk(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader), ())
    return lines, twice
