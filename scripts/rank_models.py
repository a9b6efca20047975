"""Rank the models by their mean score, baselines apart."""

import argparse
import os
import sys

from divergent_bench.analysis.summaries import rank_models
from divergent_bench.analysis.tables import read_table
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_text, write_text
from divergent_bench.instrument.norms import NORMS
from divergent_bench.reporting.report.leaderboard import leaderboard


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", required=True, help="CSV, a row per sample and space")
    parser.add_argument("--name", required=True, help="of the benchmark")
    parser.add_argument("--norms", required=True, nargs="*", choices=NORMS, help="of people")
    parser.add_argument(
        "--note", type=read_text, default=os.devnull, help="a file: what to begin with"
    )
    parser.add_argument("--output", required=True, help="Markdown")
    args = parser.parse_args()
    try:
        ranking = rank_models(read_table("scores", args.scores), args.norms)
    except UserError as error:
        sys.exit(str(error))
    write_text(args.output, leaderboard(ranking, name=args.name, note=args.note))


if __name__ == "__main__":
    main()
