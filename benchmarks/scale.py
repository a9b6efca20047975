"""From nothing to the finished report, and how that grows with the number of samples.

    python -m benchmarks.scale [--samples 1000 10000 100000] [--cores 2] [--target all] [--json]

Once for baselines, which ask nobody, and once for two models behind a provider on loopback that
answers at once; each in an empty directory, with an empty ledger. Files and bytes are those of the
results, the ledger and Snakemake's own notes.
"""

import argparse
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import measuring
from benchmarks.ways import KEY

STRATEGIES = ["none", "random", "thesaurus", "etymology", "opposites"]
TEMPERATURES = [0.5, 0.7, 1.0, 1.2, 1.5]
MODELS = ["gpt-4o", "gpt-4o-mini"]
BASELINES = ["random-nouns", "common-nouns"]


@dataclass
class Run:
    """What one run took."""

    of: str
    samples: int
    wall_s: float
    cpu_s: float
    together_mb: float
    largest_mb: float
    files: int
    bytes_on_disk: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--target", default="all", help="of the workflow: all, or samples")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    args = parser.parse_args()
    os.environ["OPENAI_API_KEY"] = KEY
    measuring.adopt_orphans()
    print(
        f"{'of':<9} {'samples':>8} {'wall s':>7} {'CPU s':>7} {'all MB':>7} {'largest MB':>10} "
        f"{'files':>8} {'on disk MB':>10}"
    )
    runs = []
    for of, providers in (("baselines", baselines), ("models", models)):
        for samples in args.samples:
            with measuring.provider(0) as url, measuring.workplace() as directory:
                experiment = providers(url, samples)
                run = one_run(of, samples, experiment, directory, args.target, args.cores)
            runs.append(run)
            print(
                f"{of:<9} {samples:>8} {run.wall_s:>7.0f} {run.cpu_s:>7.0f} "
                f"{run.together_mb:>7.0f} {run.largest_mb:>10.0f} {run.files:>8} "
                f"{run.bytes_on_disk / 2**20:>10.0f}",
                flush=True,
            )
    if args.json:
        print(json.dumps([asdict(run) for run in runs]))


def baselines(_: str, samples: int) -> dict[str, Any]:
    return {
        "providers": [{"provider": "baseline", "models": BASELINES}],
        "samples": samples // len(BASELINES),
    }


def models(url: str, samples: int) -> dict[str, Any]:
    conditions = len(MODELS) * len(STRATEGIES) * len(TEMPERATURES)
    asked = {"provider": "openai", "models": MODELS, "api_base": url, "max_parallel": 64}
    return {
        "providers": [asked],
        "strategies": STRATEGIES,
        "temperatures": TEMPERATURES,
        "samples": samples // conditions,
    }


def one_run(
    of: str, samples: int, experiment: dict[str, Any], directory: Path, target: str, cores: int
) -> Run:
    content = {"name": "scale", "experiments": [{"name": "all", **experiment}]}
    command = measuring.snakemake(directory, content, target=target, cores=cores)
    run = measuring.measure(command, directory)
    assert target == "samples" or (directory / "results/scale/report.html").exists()
    assert len(list(directory.rglob("seed*.json"))) == samples
    sizes = [path.lstat().st_blocks * 512 for path in directory.rglob("*")]
    return Run(
        of=of,
        samples=samples,
        wall_s=run.wall_s,
        cpu_s=run.cpu_s,
        together_mb=run.together_mb,
        largest_mb=run.largest_mb,
        files=len(sizes),
        bytes_on_disk=sum(sizes),
    )


if __name__ == "__main__":
    main()
