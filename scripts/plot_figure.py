"""Draw one figure, in every format that is asked for."""

import argparse
import sys

from divergent_bench.errors import UserError
from divergent_bench.figures import FIGURES
from divergent_bench.tables import read_scores, read_summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figure", required=True, choices=FIGURES, help="which one")
    parser.add_argument("--scores", required=True, help="CSV, a row per sample and space")
    parser.add_argument("--summary", required=True, help="CSV, a row per condition and space")
    parser.add_argument("--output", required=True, nargs="+", help="the suffix is the format")
    args = parser.parse_args()
    try:
        FIGURES[args.figure](read_scores(args.scores), read_summary(args.summary), args.output)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
