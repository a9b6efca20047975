"""Requests: everything that is sent for a sample, and the digest that names it.

Standard library only: the gateway and its clients import this.
"""

import hashlib
import json

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from typing import Any

    Request = dict[str, Any]
else:
    Request = dict


def label(request: Request) -> str:
    """Return what messages and configs call the model of a request: ``openai/gpt-4o``."""
    return f"{request['provider']}/{request['model']}"


def canonical_json(data: object) -> str:
    """Return the one JSON text of `data`: sorted keys, no spaces, UTF-8 as it is."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(request: Request) -> str:
    """Return the sha256 of the canonical JSON of `request`, as 64 hex digits.

    The seed is part of it even where a provider takes none, so that replicates are never merged.
    """
    return hashlib.sha256(canonical_json(request).encode()).hexdigest()
