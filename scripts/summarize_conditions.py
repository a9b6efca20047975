"""Summarize every condition: how many answers, how many scorable, and what they score."""

import argparse
import sys

from divergent_bench.analysis.summaries import summarize_conditions
from divergent_bench.analysis.tables import read_table, write_table
from divergent_bench.base.errors import UserError
from divergent_bench.instrument.norms import NORMS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", required=True, help="CSV, a row per sample and space")
    parser.add_argument("--norms", required=True, nargs="*", choices=NORMS, help="of people")
    parser.add_argument("--output", required=True, help="CSV, a row per condition and space")
    args = parser.parse_args()
    try:
        scores = read_table("scores", args.scores)
        write_table(summarize_conditions(scores, args.norms), args.output)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
