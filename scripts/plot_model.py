"""Draw the page of one model, in every format that is asked for."""

import argparse
import os
import sys

from divergent_bench.analysis.tables import read_table
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_text
from divergent_bench.reporting.figures import save
from divergent_bench.reporting.figures.model_page import draw_model_page

TABLES = ("scores", "summary", "diversity")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for table in TABLES:
        parser.add_argument(f"--{table}", required=True, help=f"{table}.csv")
    parser.add_argument("--provider", required=True, help="as the tables name it")
    parser.add_argument("--model", required=True, help="as the tables name it")
    parser.add_argument(
        "--note", type=read_text, default=os.devnull, help="a file: what to say above it"
    )
    parser.add_argument("--output", required=True, nargs="+", help="the suffix is the format")
    args = parser.parse_args()
    try:
        tables = {name: read_table(name, getattr(args, name)) for name in TABLES}
        figure = draw_model_page(**tables, provider=args.provider, model=args.model)
        save(figure, args.output, note=args.note)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
