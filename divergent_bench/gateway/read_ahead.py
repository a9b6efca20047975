"""Read-ahead: the workflow hands the gateway what it is about to run.

Jobs run a few at a time; the gateway asks for many answers at once, so that they are there when the
jobs come to collect them.
"""

import threading
import time
from collections.abc import Iterable
from typing import Any

from divergent_bench.conditions import Sample
from divergent_bench.errors import UserError
from divergent_bench.gateway.address import socket_path
from divergent_bench.gateway.client import connect, send
from divergent_bench.requests import FREE_PROVIDERS, Request, canonical_json


class ReadAhead(threading.Thread):
    """Keeps the gateway at work on the samples of this process, for as long as the process lives.

    The connection is the contract: when this process ends, however it ends, it closes, and the
    gateway sends nothing more on our behalf. When the gateway dies, it is started again.

    Parameters
    ----------
    samples
        Exactly those that are about to be collected.
    limits
        Of the lanes, as `divergent_bench.expansion.limits` gives them.
    """

    def __init__(self, samples: Iterable[Sample], limits: dict[str, Any]) -> None:
        super().__init__(name="read-ahead", daemon=True)
        self._message = {"op": "read_ahead", "groups": _groups(samples), "limits": limits}

    def run(self) -> None:
        """Send the requests, and again when the gateway went away before it was done."""
        while self._message["groups"]:
            try:
                with connect(socket_path()) as connection, connection.makefile("rb") as lines:
                    send(connection, self._message)
                    if lines.readline():
                        return
            except UserError:
                return  # the jobs say so, each with the reason
            except OSError:
                pass
            time.sleep(0.2)


def _groups(samples: Iterable[Sample]) -> list[dict[str, Any]]:
    # Requests of a condition differ in the seed alone: sent together they are small.
    groups: dict[str, tuple[Request, list[int]]] = {}
    for sample in samples:
        if sample.condition.provider in FREE_PROVIDERS:
            continue
        template = {k: v for k, v in sample.request.items() if k != "seed"}
        groups.setdefault(canonical_json(template), (template, []))[1].append(sample.seed)
    return [{"template": template, "seeds": sorted(s)} for template, s in groups.values()]
