"""List the samples of a config: their files, and the digests of the requests they must answer."""

import argparse
import csv
import json

from divergent_bench.analysis.evaluation import LISTING
from divergent_bench.base.files import replacing, write_text
from divergent_bench.base.requests import digest
from divergent_bench.config import parse_config
from divergent_bench.design.expansion import expand


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, type=json.loads, help="the config, as JSON")
    parser.add_argument("--note", help="text: list what is there, and say here how many these are")
    parser.add_argument("--output", required=True, help="CSV: sample, digest")
    args = parser.parse_args()
    grid = asked = expand(parse_config(args.config))
    if args.note:
        grid = asked.existing()
        note = f"Partial: {len(grid.paths()):,} of {len(asked.paths()):,} samples"
        write_text(args.note, f"{note}\n")
    with replacing(args.output) as path, path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(LISTING)
        writer.writerows((sample.path, digest(sample.request)) for sample in grid.samples())


if __name__ == "__main__":
    main()
