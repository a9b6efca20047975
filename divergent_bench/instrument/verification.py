"""What a verification of a semantic space finds: see the task whose figures are recomputed."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["passed", "failed", "not applicable"]


@dataclass(frozen=True)
class Check:
    """One thing that was verified.

    What is expected or found is None for no score, or for a word that the space does not know. The
    outcome is ``not applicable`` for published figures of another space, and for missing words.
    """

    what: str  # was computed
    source: str  # where the expected value is published, or why it must hold
    expected: float | str | None
    found: float | str | None
    tolerance: float | None  # largest difference of two numbers that passes; None for other values
    outcome: Outcome
