"""Runs: how far a batch has come since its workflow started, for those who watch."""

import asyncio
from collections.abc import Mapping
from typing import Any

from divergent_bench.sampling.gateway.dispatcher import Dispatcher


class Run:
    """One run of a batch.

    Attributes
    ----------
    due
        How many samples its jobs are to collect, by provider and model.
    collected, failed
        How many they were given, and how many could not be had.
    settled
        Which requests of the read-ahead, by their place in it, have come to an end since the last
        `status`.
    """

    def __init__(self, batch: str, due: Mapping[str, int], dispatcher: Dispatcher) -> None:
        self.batch = batch
        self.due = dict(due)
        self.collected = 0
        self.failed = 0
        self.settled: list[int] = []
        self._dispatcher = dispatcher
        self._started = asyncio.get_running_loop().time()

    @property
    def finished(self) -> bool:
        """Whether every job was told how its samples ended."""
        return self.collected + self.failed >= sum(self.due.values())

    def status(self) -> dict[str, Any]:
        """Return the state of the run as data, for JSON."""
        counters = self._dispatcher.counters(self.batch)
        rate_limits, under_way = self._dispatcher.rate_limits.status(), self._dispatcher.under_way()
        settled, self.settled = self.settled, []
        return {
            "batch": self.batch,
            "elapsed_s": round(asyncio.get_running_loop().time() - self._started, 1),
            "due": sum(self.due.values()),
            "collected": self.collected,
            "failed": self.failed,
            "settled": settled,
            "retries": counters.retries,
            "spent_usd": counters.spent_usd,
            "unpriced": counters.unpriced,
            "models": {
                model: {
                    "due": due,
                    "answered": counters.by_model.get(model, 0),
                    "in_flight": under_way.get(model, 0),
                    **rate_limits[model],
                }
                for model, due in self.due.items()
                if model in rate_limits
            },
        }


class Runs:
    """The latest run of every batch."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._runs: dict[str, Run] = {}

    def start(self, batch: str, due: Mapping[str, int]) -> Run:
        """Begin a run of a batch."""
        self._dispatcher.start_counters(batch)
        self._dispatcher.rate_limits.forget_pace()
        run = self._runs[batch] = Run(batch, due, self._dispatcher)
        return run

    def of(self, batch: str) -> Run:
        """Return the run that a job of a batch belongs to."""
        return self._runs.setdefault(batch, Run(batch, {}, self._dispatcher))
