"""Records: the content of sample files.

Standard library only, and little of it: the sampling hot path imports this.
"""

from divergent_bench.base.errors import UserError

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from typing import Any

    from divergent_bench.base.requests import Request

    Kinds = dict[str, type | tuple[type, ...]]

SCHEMA_VERSION = 1
DIGEST_MARK = '"digest": "'
DIGEST_LENGTH = 64
STIMULUS = "stimulus"  # in a key only where the task has stimuli
# How any fault of a sample file is mended.
FROM_LEDGER = "delete it and run again (the answer comes back from the ledger, free of charge)"
HEAD_CHARACTERS = 4096  # the key stands before the digest, and it is short


def record_text(key: "dict[str, Any]", digest: str, request: "Request", answer: str) -> str:
    """Return the content of a sample file: who was asked what, and what came back. No score.

    The `key` names the sample: its condition and its seed. The `digest` is that of the request, and
    the `answer` is JSON already.
    """
    import json  # slow to import, and not needed by the jobs

    return (
        f'{{\n"schema_version": {SCHEMA_VERSION},\n"key": {json.dumps(key)},\n'
        f'{DIGEST_MARK}{digest}",\n"request": {json.dumps(request)},\n"answer": {answer}\n}}\n'
    )


def digest_in(path: str) -> str | None:
    """Return the digest of the request that a sample file answers, or None where there is none.

    It is found without reading the whole file: quotes within JSON strings are escaped, so that the
    mark can stand in one place only.
    """
    try:
        with open(path, encoding="utf-8") as file:
            head = file.read(HEAD_CHARACTERS)
    except (OSError, UnicodeDecodeError):
        return None
    _, found, rest = head.partition(DIGEST_MARK)
    return rest[:DIGEST_LENGTH] if found and len(rest) >= DIGEST_LENGTH else None


def read_record(path: str) -> "dict[str, Any]":
    """Read a sample file; a UserError says what is wrong with it, and how to mend it.

    It may be missing, no record or half of one, of a later schema, or its text is not that of the
    raw response.
    """
    import json

    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        version = content["schema_version"]
    except OSError as error:
        raise UserError(f"{path}: cannot read the sample ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"{path}: is not a sample record; {FROM_LEDGER}") from error
    if version != SCHEMA_VERSION:
        raise UserError(
            f"{path}: has record schema {version!r}, this version reads {SCHEMA_VERSION}; "
            "use the version of divergent-bench that wrote it"
        )
    if fault := _fault(content):
        raise UserError(f"{path}: {fault}; {FROM_LEDGER}")
    return dict(content)


def check_whole(record: "dict[str, Any]", path: str) -> None:
    """Make sure that a record has all that tables are made from; a UserError says what it lacks."""
    for name, kinds in (("key", _KEY), ("answer", _ANSWER)):
        for field, kind in kinds.items():
            if field not in record[name]:
                raise UserError(f"{path}: has no {name}.{field}; {FROM_LEDGER}")
            _check_kind(record, name, field, kind, path)
    if STIMULUS in record["key"]:
        _check_kind(record, "key", STIMULUS, str, path)


def _check_kind(
    record: "dict[str, Any]", name: str, field: str, kind: "type | tuple[type, ...]", path: str
) -> None:
    value = record[name][field]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise UserError(f"{path}: {name}.{field} is {value!r:.40}, no such value; {FROM_LEDGER}")


_NUMBER = (int, float, type(None))
_KEY: "Kinds" = {
    "provider": str,
    "model": str,
    "strategy": str,
    "temperature": _NUMBER,
    "seed": int,
}
_ANSWER: "Kinds" = {
    "text": str,
    "outcome": str,
    "sent": (dict, type(None)),
    "raw": (dict, type(None)),
    "served_model": (str, type(None)),
    "cost_usd": _NUMBER,
    "latency_s": _NUMBER,
}


def _fault(content: "dict[str, Any]") -> str | None:
    for name in ("key", "request", "answer"):
        if not isinstance(content.get(name), dict):
            return f"has no {name!r}"
    answer = content["answer"]
    if not isinstance(answer.get("text"), str):
        return "its answer has no text"
    said = _text_in(answer.get("raw"))
    if said not in (None, answer["text"]):
        return f"its text was changed: in the raw response it begins with {said!r:.40}"
    return None


def _text_in(raw: "dict[str, Any] | None") -> str | None:
    """Return the text of a raw response of litellm's; None where it has none."""
    try:
        text = raw["choices"][0]["message"]["content"]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return None
    return text if isinstance(text, str) and text else None
