"""Say how much of the variance of the scores each factor explains."""

import argparse
import sys

from divergent_bench.analysis.statistics.variance import decompose_variance
from divergent_bench.analysis.tables import read_table, write_table
from divergent_bench.base.errors import UserError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", required=True, help="CSV, a row per sample and space")
    parser.add_argument("--output", required=True, help="CSV, a row per component and space")
    args = parser.parse_args()
    try:
        write_table(decompose_variance(read_table("scores", args.scores)), args.output)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
