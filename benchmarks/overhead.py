"""What the workflow itself costs per sample, and how that grows.

    python -m benchmarks.overhead [--samples 1000 10000] [--rounds 3] [--seeds-per-job 1 100]

A provider on loopback answers at once. litellm in one process asks it the same questions in the
same round; what the workflow takes beyond that, per sample, is its overhead. Then the same command
is run again, with nothing to do.
"""

import argparse
import os
import statistics
import sys
from dataclasses import dataclass

from benchmarks import measuring
from benchmarks.ways import KEY

IN_FLIGHT = 64


@dataclass
class Round:
    """What one run took beyond litellm, and the run after it."""

    overhead_ms: float
    total_ms: float
    cpu_ms: float
    nothing_s: float
    gateway_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--seeds-per-job", type=int, nargs="+", default=[1, 100])
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    os.environ["OPENAI_API_KEY"] = KEY
    measuring.adopt_orphans()
    print("medians; ms per sample, in all and beyond litellm alone")
    print(
        f"{'samples':>8} {'seeds/job':>9} {'beyond':>7} {'in all':>7} {'CPU':>6} "
        f"{'nothing to do s':>15} {'gateway MB':>10}"
    )
    for samples in args.samples:
        alone = [litellm_alone(samples) for _ in range(args.rounds)]
        for size in args.seeds_per_job:
            rounds = [one_round(samples, size, seconds) for seconds in alone]
            print(
                f"{samples:>8} {size:>9} {median(rounds, 'overhead_ms'):>7.1f} "
                f"{median(rounds, 'total_ms'):>7.1f} {median(rounds, 'cpu_ms'):>6.1f} "
                f"{median(rounds, 'nothing_s'):>15.1f} {median(rounds, 'gateway_mb'):>10.0f}",
                flush=True,
            )


def median(rounds: list[Round], what: str) -> float:
    return statistics.median(getattr(each, what) for each in rounds)


def litellm_alone(samples: int) -> float:
    with measuring.provider(0) as url, measuring.workplace() as directory:
        arguments = ["litellm", url, str(samples), str(IN_FLIGHT)]
        command = [sys.executable, "-m", "benchmarks.ways", *arguments]
        return measuring.measure(command, directory).wall_s


def one_round(samples: int, seeds_per_job: int, alone_s: float) -> Round:
    with measuring.provider(0) as url, measuring.workplace() as directory:
        content = measuring.config(url, samples, IN_FLIGHT, seeds_per_job=seeds_per_job)
        command = measuring.snakemake(directory, content)
        run = measuring.measure(command, directory)
        assert len(list(directory.rglob("seed*.json"))) == samples
        nothing = measuring.measure(command, directory)
    return Round(
        overhead_ms=(run.wall_s - alone_s) / samples * 1000,
        total_ms=run.wall_s / samples * 1000,
        cpu_ms=run.cpu_s / samples * 1000,
        nothing_s=nothing.wall_s,
        gateway_mb=run.gateway_mb or 0.0,
    )


if __name__ == "__main__":
    main()
