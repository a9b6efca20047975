"""What a workflow tells the gateway before its jobs ask for anything.

Jobs run a few at a time; the gateway asks for many answers at once, so that they are there when the
jobs come to collect them.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from divergent_bench.base.errors import UserError
from divergent_bench.base.failures import Failure
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.records import digest_in
from divergent_bench.base.requests import digest, label
from divergent_bench.design.grid import Condition, Sample
from divergent_bench.sampling.gateway.client import ATTEMPTS, LOG, converse
from divergent_bench.sampling.gateway.ledger import LEDGER, reading

AGAIN_AFTER_SECONDS = 0.2
COUNTED_SECONDS = 5.0  # then jobs begin all the same; what is shown may lack the first of them


def warm_up() -> None:
    """Let a gateway start and load what it needs, while the caller goes on with something else."""

    def run() -> None:
        with suppress(OSError, UserError), converse(_line({"op": "warm_up"})) as replies:
            replies.read()

    threading.Thread(target=run, name="warm-up", daemon=True).start()


def prepare(samples: Sequence[Sample], policy: RunPolicy, *, fresh: bool) -> None:
    """Have the gateway check everything that is due, before any of it is sent.

    A UserError names all that is wrong: missing keys, parameters that a model does not take, models
    without a price in a config with a budget. With `fresh`, what the ledger has an answer to will
    be asked again.
    """
    groups = [_group(group) for group in _grouped(samples)]
    if not groups:
        return
    message = {"op": "prepare", "groups": groups, "policy": asdict(policy), "fresh": fresh}
    if found := [Failure(*each) for each in _reply(_line(message))["failures"]]:
        raise UserError("\n".join(["nothing was sent:", *(each.message for each in found)]), found)


def _reply(message: bytes) -> Any:
    for _ in range(ATTEMPTS):
        with suppress(OSError), converse(message) as replies:
            if reply := replies.readline():
                return json.loads(reply)
        time.sleep(AGAIN_AFTER_SECONDS)  # it went away in that moment
    raise UserError(
        f"nothing was sent: the gateway went away {ATTEMPTS} times; see the end of its log, {LOG}"
    )


def notes_on_ledger(samples: Iterable[Sample]) -> list[str]:
    """Say so where the ledger has no answer at all, though samples of models are there.

    It may have been lost, or left behind on another machine.
    """
    with reading() as ledger:
        if ledger and len(ledger):
            return []
    asked = (s for s in samples if find_provider(s.condition.provider).asks_models)
    if not (there := sum(digest_in(sample.path) is not None for sample in asked)):
        return []
    return [
        f"the ledger ({LEDGER}) holds no answer, though samples of models are here ({there:,}). "
        "If it was lost or left behind, put it back first: what no sample file holds is asked "
        "for, and paid for, again"
    ]


def unanswered(samples: Iterable[Sample]) -> list[Sample]:
    """Return the samples whose files do not hold the answer to their requests."""
    return [sample for sample in samples if digest_in(sample.path) != digest(sample.request)]


class Prefetch(threading.Thread):
    """Keeps the gateway at work on the samples of this process, for as long as the process lives.

    The connection is the contract: when this process ends, however it ends, it closes, and the
    gateway sends nothing more on our behalf. When the gateway dies, it is started again.

    No file has an answer to the `samples`, and jobs are about to collect those that are `due`.
    `settled` is called with each sample whose job would not have to wait any more, `show` with the
    state of the run, several times a second.
    """

    def __init__(
        self,
        samples: Iterable[Sample],
        due: Iterable[Sample],
        policy: RunPolicy,
        settled: Callable[[Sample], None] = lambda _: None,
        show: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        super().__init__(name="prefetch", daemon=True)
        models = Counter(label(sample.request) for sample in due)
        grouped = _grouped(samples)
        self._samples = [sample for group in grouped for sample in group]
        groups = [_group(group) for group in grouped]
        self._message = {"groups": groups, "policy": asdict(policy), "due": models}
        self._settled = settled
        self._show = show
        self._counted = threading.Event()

    def start(self) -> None:
        """Start, and return once the gateway counts what jobs collect: the first may be quick."""
        super().start()
        self._counted.wait(COUNTED_SECONDS)

    def run(self) -> None:
        """Send the requests, and again when the gateway went away before it was done."""
        try:
            self._converse()
        finally:
            self._counted.set()

    def _converse(self) -> None:
        status = {"collected": 0, "failed": 0, "due": 1}
        while status["collected"] + status["failed"] < status["due"]:
            so_far = {"collected": status["collected"], "failed": status["failed"]}
            try:
                with converse(_line({"op": "prefetch", **so_far, **self._message})) as replies:
                    for line in replies:
                        status = json.loads(line)
                        for number in status.pop("settled"):
                            self._settled(self._samples[number])
                        self._show(status)
                        self._counted.set()
            except UserError:
                return  # the jobs say so, each with the reason
            except (OSError, ValueError):
                time.sleep(AGAIN_AFTER_SECONDS)


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _grouped(samples: Iterable[Sample]) -> list[list[Sample]]:
    # Requests of a condition share their template: sent together they are small.
    groups: dict[Condition, list[Sample]] = {}
    for sample in samples:
        if find_provider(sample.condition.provider).asks_models:
            groups.setdefault(sample.condition, []).append(sample)
    return [sorted(group, key=lambda sample: sample.seed) for group in groups.values()]


def _group(samples: Sequence[Sample]) -> dict[str, Any]:
    return {"template": samples[0].template, "seeds": [sample.seed for sample in samples]}
