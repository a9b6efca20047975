"""Say whether the semantic spaces put the models in the same order."""

import argparse
import sys

from divergent_bench.analysis.statistics.agreement import compare_spaces
from divergent_bench.analysis.tables import read_table, write_table
from divergent_bench.base.errors import UserError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", required=True, help="CSV, a row per sample and space")
    parser.add_argument("--output", required=True, help="CSV, a row per pair of spaces")
    args = parser.parse_args()
    try:
        write_table(compare_spaces(read_table("scores", args.scores)), args.output)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
