"""Requests: everything that is sent for a sample, and the digest that names it.

The samples of a condition share a template: their request without its seed. Where its strategy is
asked in several wordings, the key `WORDINGS` of the template has the messages of each, and
``messages`` are those of the first. A request has no such key.

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

WORDINGS = "wordings"


def request_at(template: Request, seed: int) -> Request:
    """Return the request of the sample at `seed`, in the wording that follows from the seed."""
    request = {**template, "seed": seed}
    if wordings := request.pop(WORDINGS, None):
        request["messages"] = wordings[seed % len(wordings)]
    return request


def count_wordings(template: Request) -> int:
    """Return in how many wordings the samples of a template are asked for."""
    return len(template.get(WORDINGS, ())) or 1


def each_wording(template: Request) -> "list[Request]":
    """Return a request in each wording of a template, the first at seed 0, the next at seed 1."""
    return [request_at(template, seed) for seed in range(count_wordings(template))]


def label(request: Request) -> str:
    """Return what messages and configs call the model of a request: ``openai/gpt-4o``."""
    return f"{request['provider']}/{request['model']}"


def canonical_json(data: object) -> str:
    """Return the one JSON text of `data`: sorted keys, no spaces, UTF-8 as it is."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(request: Request) -> str:
    """Return the sha256 of the canonical JSON of `request`, as 64 hex digits.

    The seed is part of it even where a provider takes none, so that answers are never merged.
    """
    return hashlib.sha256(canonical_json(request).encode()).hexdigest()
