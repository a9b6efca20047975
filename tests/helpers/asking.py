"""Asking the gateway as a sampling job does."""

import json
from typing import Any

from divergent_bench.gateway.client import collect
from divergent_bench.terms import Terms


def ask(request: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """Return the record of the sample that answers one request."""
    template = {key: value for key, value in request.items() if key != "seed"}
    question = ",".join(
        (
            '"condition":{}',
            f'"request":{json.dumps(template)}',
            f'"terms":{Terms("results/b", **terms).to_json()}',
        )
    )
    found: dict[int, bytes] = {}
    collect(question, {request["seed"]: None}, found.__setitem__)
    return json.loads(found[request["seed"]])
