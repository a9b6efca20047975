"""Test whether models, strategies and temperatures differ."""

import argparse
import sys

from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.tables import read_table, write_table
from divergent_bench.base.errors import UserError
from divergent_bench.design.analysis_plan import Plan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", required=True, help="CSV, a row per sample and space")
    parser.add_argument("--plan", required=True, type=Plan.from_json, help="of analysis, as JSON")
    parser.add_argument("--output", required=True, help="CSV, a row per test")
    args = parser.parse_args()
    try:
        write_table(compare(read_table("scores", args.scores), args.plan), args.output)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
