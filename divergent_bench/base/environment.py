"""Settings that the environment holds."""

import math
import os

from divergent_bench.base.errors import UserError

GATEWAY_IDLE = "DIVERGENT_BENCH_GATEWAY_IDLE"  # after which a gateway leaves
LEDGER_WAIT = "DIVERGENT_BENCH_LEDGER_WAIT"  # for another program that holds the ledger
STEPS = "DIVERGENT_BENCH_STEPS"  # set: the workflow tells its steps, because Snakemake says nothing


def seconds_from(name: str, default: float) -> float:
    """Return the seconds that an environment variable names; a UserError where it names none."""
    given = os.environ.get(name)
    if not given:
        return default
    try:
        seconds = float(given)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise UserError(f"{name}: {given!r} is no number of seconds; write one, as 30, or unset it")
    return seconds
