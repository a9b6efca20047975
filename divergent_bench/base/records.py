"""Records: the content of sample files.

Standard library only, and little of it: the sampling hot path imports this.
"""

from divergent_bench.base.errors import UserError

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from typing import Any

    from divergent_bench.base.requests import Request

SCHEMA_VERSION = 1
DIGEST_MARK = '"digest": "'
DIGEST_LENGTH = 64
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
    """Read a sample file; a UserError where it is missing, no record, or of a later schema."""
    import json

    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        version = content["schema_version"]
    except OSError as error:
        raise UserError(f"{path}: cannot read the sample ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: is not a sample record; delete it and run again (the answer comes back from "
            "the ledger, free of charge)"
        ) from error
    if version != SCHEMA_VERSION:
        raise UserError(
            f"{path}: has record schema {version}, this version reads {SCHEMA_VERSION}; "
            "use the version of divergent-bench that wrote it"
        )
    return dict(content)
