"""Draw figures, and pages of models, each as SVG and as PNG; every table is read once."""

import argparse
import os
import sys
from functools import cache

import pandas as pd

from divergent_bench.analysis.tables import TABLES, of_task, read_table
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_text
from divergent_bench.reporting.figures import draw, save
from divergent_bench.reporting.figures.model_page import draw_model_page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for table in TABLES:
        parser.add_argument(f"--{table}", metavar="CSV", help=f"{table}.csv, if it is drawn")
    parser.add_argument(
        "--figure", nargs=4, action="append", default=[], metavar=("TASK", "NAME", "SVG", "PNG")
    )
    parser.add_argument(
        "--model",
        nargs=5,
        action="append",
        default=[],
        metavar=("TASK", "PROVIDER", "MODEL", "SVG", "PNG"),
    )
    parser.add_argument(
        "--note", type=read_text, default=os.devnull, help="a file: what to say above each"
    )
    args = parser.parse_args()
    try:
        tables = {name: read_table(name, path) for name in TABLES if (path := getattr(args, name))}

        @cache
        def of(task: str) -> dict[str, pd.DataFrame]:
            return {name: of_task(table, task) for name, table in tables.items()}

        for task, name, *files in args.figure:
            save(draw(name, of(task)), files, note=args.note)
        for task, provider, model, *files in args.model:
            page = draw_model_page(
                *(of(task)[name] for name in ("scores", "summary", "diversity")), provider, model
            )
            save(page, files, note=args.note)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
