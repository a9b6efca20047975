"""Makes ``docs/reference/config.md`` from the config's models.

``python -m tools.config_reference FILE`` writes it.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from divergent_bench.base.files import write_text
from divergent_bench.config.models import Config

_INTRODUCTION: Final = """# Config

Made from the config's models: every key, what it takes, its default and its meaning. How they go
together is told in [Writing a config](../../config/README.md). Unknown keys are errors, named with
file and line.
"""
_PLAIN: Final = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "null": "null",
    "object": "mapping",
}


def reference() -> str:
    """Write the reference of all keys as Markdown."""
    schema = Config.model_json_schema()
    keys = _keys_of_parts(schema)
    sections = [
        _section(key, schema["$defs"][part] if part else schema, keys) for part, key in keys.items()
    ]
    return "\n".join([_INTRODUCTION, *sections])


def _keys_of_parts(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return the key under which each part of the config stands first, in that order."""
    found = {"": "The file"}
    to_read = [schema]
    while to_read:
        for key, of_key in to_read.pop(0)["properties"].items():
            for part in _mentioned(of_key):
                if part not in found:
                    found[part] = key
                    to_read.append(schema["$defs"][part])
    return found


def _mentioned(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield _part(schema)
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from _mentioned(inner)


def _part(reference: Mapping[str, Any]) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[1]


def _section(title: str, part: Mapping[str, Any], keys: Mapping[str, str]) -> str:
    required = part.get("required", [])
    rows = [
        f"| `{key}` | {_takes(of_key, keys)} | {_default(of_key, key in required)} "
        f"| {_escaped(of_key.get('description', ''))} |"
        for key, of_key in part["properties"].items()
    ]
    heads = ["| key | takes | default | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## {title}\n\n{part['description']}\n", *heads, *rows, ""])


def _takes(schema: Mapping[str, Any], keys: Mapping[str, str]) -> str:
    """Say in words which values a key takes; that null is its default is said beside it."""
    if "$ref" in schema:
        key = keys[_part(schema)]
        return f"[{key}](#{key})"
    if "anyOf" in schema:
        unset = "default" in schema and schema["default"] is None
        kinds = [_takes(kind, keys) for kind in schema["anyOf"]]
        return " or ".join(kind for kind in kinds if not (unset and kind == "null"))
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        return f"list of: {_takes(schema['items'], keys)}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"names, each with: {_takes(schema['additionalProperties'], keys)}"
    return f"{_PLAIN[schema['type']]}{_bounds(schema)}"


def _bounds(schema: Mapping[str, Any]) -> str:
    if "maximum" in schema:
        return f" from {schema['minimum']} to {schema['maximum']}"
    if "minimum" in schema:
        return f" from {schema['minimum']}"
    return f" above {schema['exclusiveMinimum']}" if "exclusiveMinimum" in schema else ""


def _default(schema: Mapping[str, Any], required: bool) -> str:
    if required:
        return "required"
    # A part whose keys all have defaults of their own has none as a whole.
    return f"`{json.dumps(schema['default'])}`" if "default" in schema else ""


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    write_text(sys.argv[1], reference())
