"""Asking the gateway as a sampling job does."""

import json
from typing import Any

from divergent_bench.base.policy import RunPolicy
from divergent_bench.sampling.gateway.client import collect


def ask(request: dict[str, Any], **policy: Any) -> dict[str, Any]:
    """Return the record of the sample that answers one request."""
    template = {key: value for key, value in request.items() if key != "seed"}
    question = ",".join(
        (
            '"condition":{}',
            f'"request":{json.dumps(template)}',
            f'"policy":{RunPolicy("results/b", **policy).to_json()}',
        )
    )
    found: dict[int, bytes] = {}
    collect(question, {request["seed"]: None}, found.__setitem__)
    return json.loads(found[request["seed"]])
