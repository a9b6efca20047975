"""Records: the content of sample files.

Standard library only, and little of it: the sampling hot path imports this.
"""

import json

from divergent_bench.errors import UserError
from divergent_bench.requests import digest

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from typing import Any

    from divergent_bench.requests import Request

SCHEMA_VERSION = 1


def record(key: "dict[str, Any]", request: "Request", answer: "dict[str, Any]") -> "dict[str, Any]":
    """Return the content of a sample file: who was asked what, and what came back. No score."""
    return {
        "schema_version": SCHEMA_VERSION,
        "key": key,
        "digest": digest(request),
        "request": request,
        "answer": answer,
    }


def read_record(path: str) -> "dict[str, Any]":
    """Read a sample file.

    Raises
    ------
    UserError
        When it is missing, is no record, or has a schema this version does not know.
    """
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
