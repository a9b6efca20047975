"""YAML that people wrote: read within bounds, and what is wrong is said with its line."""

from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from divergent_bench.base.credentials import redact
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_input
from divergent_bench.config.values import Location

MOST_BYTES: Final = 1_000_000
MOST_VALUES: Final = 50_000  # with every alias counted as often as it is used
DEEPEST: Final = 50
_LARGEST: Final = 2**63  # beyond which JSON readers and databases disagree on numbers
_SHOWN: Final = 40  # characters of a value


_IN_WORDS: Final = {"bool": "yes or no", "float": "number", "int": "number", "timestamp": "date"}


class YamlFile(NamedTuple):
    """What a YAML file holds, and where."""

    data: Any  # None where it is empty
    lines: dict[Location, int]  # of every key and list item
    twice: list[Location]  # keys that are given twice in one block; the last one counts


def read_yaml(path: Path, what: str) -> YamlFile:
    """Read a YAML file; a UserError says what is wrong with it, and in which line.

    `what` names what it should be, such as a config.
    """
    try:
        return parse_yaml(read_input(path, MOST_BYTES).decode())
    except OSError as error:
        raise UserError(f"{path}: cannot read {what} ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not a text file in UTF-8; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        if isinstance(error, _Unusable):
            raise UserError(f"{path}{line}: {redact(str(error.problem))}") from error
        raise UserError(
            f"{path}{line}: is not valid YAML ({redact(str(error.problem))}); "
            "check the indentation, brackets and quotes around that line"
        ) from error
    except yaml.YAMLError as error:
        raise UserError(f"{path}: is not valid YAML ({redact(str(error))})") from error


def parse_yaml(text: str) -> YamlFile:
    """Read YAML; whatever is wrong with it is a YAMLError."""
    reader = _Reader(text)
    try:
        node = reader.get_single_node()
        lines: dict[Location, int] = {}
        twice: list[Location] = []
        _locate(node, (), lines, twice)
        data = None if node is None else reader.construct_document(node)
    except (ValueError, OverflowError) as error:  # an escape of no character: "\UFFFFFFFF"
        raise yaml.YAMLError(str(error)) from error
    finally:
        reader.dispose()
    return YamlFile(data, lines, twice)


def _locate(
    node: yaml.Node | None, location: Location, lines: dict[Location, int], twice: list[Location]
) -> None:
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    at = (*location, key.value)
                    if at in lines:
                        twice.append(at)
                    lines[at] = key.start_mark.line + 1
                    _locate(value, at, lines, twice)
        case yaml.SequenceNode():
            for index, item in enumerate(node.value):
                lines[(*location, index)] = item.start_mark.line + 1
                _locate(item, (*location, index), lines, twice)


class _Unusable(yaml.MarkedYAMLError):
    """What YAML allows, or does not look at, and no config needs."""

    def __init__(self, problem: str, where: Any) -> None:
        super().__init__(problem=problem, problem_mark=where.start_mark)


class _Reader(yaml.SafeLoader):
    """Reads one document; whatever it cannot make sense of is a MarkedYAMLError."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._values = 0
        self._sizes: dict[yaml.Node, int] = {}  # values in what is complete

    def compose_node(self, parent: yaml.Node | None, index: Any) -> Any:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        before = self._values
        self._depth += 1
        if self._depth > DEEPEST:
            raise _Unusable(f"is nested more than {DEEPEST} levels deep", event)
        node: Any = super().compose_node(parent, index)
        self._depth -= 1
        if isinstance(event, yaml.AliasEvent):
            if node not in self._sizes:
                raise _Unusable(f"the alias *{event.anchor} stands within what it repeats", event)
            self._values += self._sizes[node]
        else:
            self._values += 1
            self._sizes[node] = self._values - before
        if self._values > MOST_VALUES:
            raise _Unusable(f"holds more than {MOST_VALUES:,} values, aliases counted", event)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, TypeError, OverflowError) as error:
            # A scalar that looks like a date or a number, or is said to be one, and is none.
            tag = node.tag.rpartition(":")[2]
            raise _Unusable(
                f"{str(node.value)[:_SHOWN]!r} cannot be read as a {_IN_WORDS.get(tag, tag)}; "
                "put it in quotes where it is a text",
                node,
            ) from error
        if isinstance(value, int) and abs(value) >= _LARGEST:
            raise _Unusable(f"{node.value[:_SHOWN]} is too large a number", node)
        return value
