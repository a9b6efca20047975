"""Parse, validate and score every sample, in every semantic space."""

import argparse
import json
import sys

from divergent_bench.analysis.evaluation import evaluate, read_listing
from divergent_bench.analysis.tables import write_table
from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces.store import open_space
from divergent_bench.instrument.tasks import find_task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", required=True, help="CSV of the samples and their digests")
    parser.add_argument("--copies", default="", help="directory that their paths are in")
    parser.add_argument("--spaces", required=True, nargs="+", help="stores; the primary one first")
    parser.add_argument("--task", required=True, help="that they are answers to")
    parser.add_argument("--scoring", required=True, type=json.loads, help="options, as JSON")
    parser.add_argument("--responses", action="store_true", help="keep the texts in the scores")
    parser.add_argument("--scores", required=True, help="CSV, a row per sample and space")
    parser.add_argument("--words", required=True, help="CSV, a row per word and space")
    args = parser.parse_args()
    try:
        spaces = [open_space(path) for path in args.spaces]
        task = find_task(args.task)
        options = task.options(**args.scoring)
        listing = read_listing(args.samples)
        scores, words = evaluate(
            listing, spaces, task, copies=args.copies, responses=args.responses, options=options
        )
    except UserError as error:
        sys.exit(str(error))
    write_table(scores, args.scores)
    write_table(words, args.words)


if __name__ == "__main__":
    main()
