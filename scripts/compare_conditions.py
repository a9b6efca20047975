"""Test whether models, strategies and temperatures differ."""

import argparse
import sys

from divergent_bench.errors import UserError
from divergent_bench.statistics.comparisons import PLANNABLE, compare
from divergent_bench.tables import read_scores, write_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", required=True, help="CSV, a row per sample and space")
    parser.add_argument("--tests", required=True, nargs="+", choices=PLANNABLE, help="which tests")
    parser.add_argument("--output", required=True, help="CSV, a row per test")
    args = parser.parse_args()
    try:
        write_table(compare(read_scores(args.scores), tests=args.tests), args.output)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
