"""How fast a semantic space is compacted and opened, beside the straightforward way.

    python -m benchmarks.spaces [--words 400000] [--kept 0.25] [--rounds 3] [--json]

A text in GloVe's format is generated, with a dictionary that has a share of its words: a quarter is
100,000 of 400,000. The straightforward loader splits every line and keeps the words of the
dictionary in a dict of float32 arrays. Compacting includes the checksum of the text and a store on
disk. Opening includes looking up a word and its vector. Each way runs in a process of its own, in
turns; ratios are those of one round, and their medians are reported. All read from the disk cache,
which the generated text has filled.
"""

import argparse
import importlib
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.measuring import ROOT

DIMENSIONS = 300
SPREAD = 0.4  # standard deviation of the numbers, about that of GloVe 840B
DIFFERENT_LINES = 5000  # they repeat under other words; parsers do not remember


@dataclass
class Measured:
    """What one way took: seconds, and the peak memory of its process."""

    seconds: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", type=int, default=400_000)
    parser.add_argument("--kept", type=float, default=0.25, help="share that the dictionary has")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--directory", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        print(json.dumps(asdict(measured(args.way, args.directory))))
        return
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        generate(directory, args.words, args.kept)
        rounds = [one_round(directory) for _ in range(args.rounds)]
    print(f"{args.words} words of {DIMENSIONS} numbers, {args.kept:.0%} kept; medians")
    report(rounds, as_json=args.json)


def report(rounds: list[dict[str, Measured]], *, as_json: bool) -> None:
    found: dict[str, float] = {}
    print(f"{'way':<18} {'seconds':>9} {'times as fast':>14} {'peak MB':>8}")
    for way in WAYS:
        seconds = statistics.median(r[way].seconds for r in rounds)
        ratio = statistics.median(r["straightforward"].seconds / r[way].seconds for r in rounds)
        peak = max(r[way].peak_mb for r in rounds)
        print(f"{way:<18} {seconds:>9.4f} {ratio:>14.1f} {peak:>8.0f}")
        found |= {f"{way}_s": seconds, f"{way}_ratio": ratio, f"{way}_mb": peak}
    if as_json:
        print(json.dumps(found))


def generate(directory: Path, n_words: int, kept: float) -> None:
    """Write vectors.txt, and words.txt with its share of their words and as many others."""
    rng = np.random.default_rng(0)
    numbers = [
        " ".join(f"{x:.5g}" for x in row)
        for row in rng.normal(0, SPREAD, (DIFFERENT_LINES, DIMENSIONS)).tolist()
    ]
    with (directory / "vectors.txt").open("w", encoding="utf-8") as stream:
        for i in range(n_words):
            stream.write(f"w{i} {numbers[i % DIFFERENT_LINES]}\n")
    known = rng.permutation(n_words)[: round(kept * n_words)]
    words = [f"w{i}" for i in known] + [f"x{i}" for i in range(n_words // 10)]
    (directory / "words.txt").write_text("\n".join(words), encoding="utf-8")


def one_round(directory: Path) -> dict[str, Measured]:
    found = {}
    for way in WAYS:
        command = [sys.executable, "-m", "benchmarks.spaces", "--way", way]
        done = subprocess.run(
            [*command, "--directory", str(directory)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found[way] = Measured(**json.loads(done.stdout))
        print(f"{way}: {found[way].seconds:.4f} s", file=sys.stderr, flush=True)
    return found


def measured(way: str, directory: Path) -> Measured:
    """Go one way in this process, imports before the clock starts."""
    for module in ("divergent_bench.instrument.spaces.catalogue", "simdjson"):
        importlib.import_module(module)
    started = time.perf_counter()
    WAYS[way](directory)
    seconds = time.perf_counter() - started
    return Measured(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def straightforward(directory: Path) -> None:
    dictionary = set((directory / "words.txt").read_text(encoding="utf-8").split("\n"))
    vectors = {}
    with (directory / "vectors.txt").open(encoding="utf-8") as stream:
        for line in stream:
            word, *numbers = line.rstrip().split(" ")
            if word in dictionary:
                vectors[word] = np.array(numbers, dtype=np.float32)


def compact(directory: Path) -> None:
    from divergent_bench.instrument.spaces.catalogue import prepare_space

    shutil.rmtree(directory / "store", ignore_errors=True)
    prepare_space(
        "benchmark",
        directory / "store",
        source=directory / "vectors.txt",
        dictionary=directory / "words.txt",
        cache=directory,
    )


def opening(directory: Path) -> None:
    from divergent_bench.instrument.spaces import open_space

    space = open_space(directory / "store")
    space.vector(next(word for word in PROBES if word in space)).sum()


PROBES = [f"w{i}" for i in range(1000)]
WAYS = {"straightforward": straightforward, "compact": compact, "open": opening}

if __name__ == "__main__":
    main()
