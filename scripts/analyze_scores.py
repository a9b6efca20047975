"""Make the tables that follow from the scores: each file that is asked for, from one reading."""

import argparse
import os
import sys
from pathlib import Path

from divergent_bench.analysis.from_scores import Analysis
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_text
from divergent_bench.design.analysis_plan import Plan
from divergent_bench.instrument.norms import SAMPLES
from divergent_bench.reporting.table_files import write_tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--scores", required=True, type=Path, help="CSV, a row per sample and space"
    )
    parser.add_argument("--words", required=True, type=Path, help="CSV, a row per word and space")
    parser.add_argument("--space", required=True, type=Path, help="store of the primary space")
    parser.add_argument("--plan", required=True, nargs=2, action="append", metavar=("TASK", "JSON"))
    parser.add_argument("--norms", required=True, nargs="*", choices=SAMPLES, help="of people")
    parser.add_argument("--name", required=True, help="of the benchmark")
    parser.add_argument(
        "--note", type=read_text, default=os.devnull, help="a file: what a leaderboard begins with"
    )
    parser.add_argument(
        "--output",
        required=True,
        nargs="+",
        type=Path,
        help="TABLE.csv, .json, .md; leaderboard.md",
    )
    args = parser.parse_args()
    try:
        plans = {task: Plan.from_json(plan) for task, plan in args.plan}
        run = Analysis(args.scores, args.words, args.space, plans, args.norms)
        write_tables(run, args.output, name=args.name, note=args.note)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
