"""Draw one figure, in every format that is asked for."""

import argparse
import os
import sys

from divergent_bench.analysis.tables import TABLES, read_table
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_text
from divergent_bench.reporting.figure_catalogue import FIGURES as EXHIBITS
from divergent_bench.reporting.figures import FIGURES, save


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figure", required=True, choices=FIGURES, help="which one")
    for table in TABLES:
        parser.add_argument(f"--{table.replace('_', '-')}", help=f"{table}.csv, if it is drawn")
    parser.add_argument(
        "--note", type=read_text, default=os.devnull, help="a file: what to say above it"
    )
    parser.add_argument("--output", required=True, nargs="+", help="the suffix is the format")
    args = parser.parse_args()
    try:
        tables = {
            name: read_table(name, getattr(args, name)) for name in EXHIBITS[args.figure].tables
        }
        save(FIGURES[args.figure](**tables), args.output, note=args.note)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
