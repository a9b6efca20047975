"""How close sampling comes to the speed of the provider, side by side with other ways.

    python -m benchmarks.throughput [--samples 500] [--rounds 3] [--json]

A provider on loopback takes one second per answer, 64 are in flight. The ways take turns; ratios
are to the plain aiohttp loop of the same round, and their medians are reported.
"""

import argparse
import importlib.util
import json
import os
import statistics
import sys

from benchmarks import measuring
from benchmarks.ways import KEY

DELAY_S = 1.0
IN_FLIGHT = 64


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ways", nargs="+", help="of: litellm inspect workflow; raw always runs")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    args = parser.parse_args()
    os.environ["OPENAI_API_KEY"] = KEY
    measuring.adopt_orphans()
    rounds = [
        one_round(args.samples, args.ways or ["litellm", "inspect", "workflow"])
        for _ in range(args.rounds)
    ]
    ways = rounds[0].keys()
    print(f"{args.samples} samples, {IN_FLIGHT} in flight, {DELAY_S} s each; medians")
    print(f"{'way':<10} {'wall s':>8} {'ratio':>6} {'CPU ms/sample':>14}")
    ratios = {}
    for way in ways:
        wall = statistics.median(r[way].wall_s for r in rounds)
        ratios[way] = statistics.median(r[way].wall_s / r["raw"].wall_s for r in rounds)
        cpu = statistics.median(r[way].cpu_s for r in rounds) / args.samples * 1000
        print(f"{way:<10} {wall:>8.2f} {ratios[way]:>6.2f} {cpu:>14.1f}")
    if args.json:
        result = {"raw_s": statistics.median(r["raw"].wall_s for r in rounds)}
        for way in ("litellm", "inspect", "workflow"):
            result[f"{way}_ratio"] = ratios.get(way)
        print(json.dumps(result))


def one_round(samples: int, ways: list[str]) -> dict[str, measuring.Measured]:
    found = {}
    for way in ["raw", *ways]:
        if way == "inspect" and importlib.util.find_spec("inspect_ai") is None:
            continue
        with measuring.provider(DELAY_S) as url, measuring.workplace() as directory:
            if way == "workflow":
                content = measuring.config(url, samples, IN_FLIGHT)
                command = measuring.snakemake(directory, content)
            else:
                arguments = [way, url, str(samples), str(IN_FLIGHT)]
                command = [sys.executable, "-m", "benchmarks.ways", *arguments]
            found[way] = measuring.measure(command, directory)
            if way == "workflow":
                assert len(list(directory.rglob("seed*.json"))) == samples
        print(f"{way}: {found[way].wall_s:.2f} s", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    main()
