"""How far a batch has come since its workflow started, for those who watch."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Run:
    """One run of a batch; what is said by model is by ``provider/model``."""

    batch: str
    due: Mapping[str, int] = field(default_factory=dict)  # samples to be collected, by model
    collected: int = 0  # of these, by jobs
    failed: int = 0  # of these: there was no answer
    # Prefetched requests, by their place in the message, that came to an end since `status`.
    settled: list[int] = field(default_factory=list)
    retries: int = 0
    spent_usd: float = 0.0
    unpriced: int = 0
    answered: Counter[str] = field(default_factory=Counter)  # requests, by model
    started: float = field(default_factory=time.monotonic)

    @property
    def finished(self) -> bool:
        """Whether every job was told how its samples ended."""
        return self.collected + self.failed >= sum(self.due.values())

    def status(
        self, pace: Mapping[str, Mapping[str, Any]], under_way: Mapping[str, int]
    ) -> dict[str, Any]:
        """Return the state of the run as data, for JSON.

        By model, `pace` is the state of the rate limit, and `under_way` the number of requests that
        were sent and not answered yet.
        """
        settled, self.settled = self.settled, []
        return {
            "batch": self.batch,
            "elapsed_s": round(time.monotonic() - self.started, 1),
            "due": sum(self.due.values()),
            "collected": self.collected,
            "failed": self.failed,
            "settled": settled,
            "retries": self.retries,
            "spent_usd": self.spent_usd,
            "unpriced": self.unpriced,
            "models": {
                model: {
                    "due": due,
                    "answered": self.answered[model],
                    "in_flight": under_way.get(model, 0),
                    **pace[model],
                }
                for model, due in self.due.items()
                if model in pace
            },
        }
