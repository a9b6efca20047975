"""Draw figures, and pages of models, into files of any format; every table is read once."""

import argparse
import os
import sys
from functools import cache

import pandas as pd

from divergent_bench.analysis.tables import TABLES, of_task, read_table
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_text, write_text
from divergent_bench.reporting.figures import draw, save
from divergent_bench.reporting.figures.model_page import draw_model_page
from divergent_bench.reporting.figures.style import WIDTHS, page_width


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for table in TABLES:
        parser.add_argument(f"--{table}", metavar="CSV", help=f"{table}.csv, if it is drawn")
    parser.add_argument(
        "--figure", nargs="+", action="append", default=[], help="TASK, NAME, and the files"
    )
    parser.add_argument(
        "--model", nargs="+", action="append", default=[], help="TASK, PROVIDER, MODEL, files"
    )
    parser.add_argument("--dpi", type=int, default=200, help="of PNG; default: %(default)s")
    parser.add_argument(
        "--width", choices=WIDTHS, default="double", help="of a journal; default: %(default)s"
    )
    parser.add_argument("--no-titles", dest="titles", action="store_false", help="no heading")
    parser.add_argument("--empty", required=True, help="text: figures with nothing to draw")
    parser.add_argument(
        "--note", type=read_text, default=os.devnull, help="a file: what to say above each"
    )
    args = parser.parse_args()
    look = {"note": args.note, "dpi": args.dpi, "titles": args.titles}
    try:
        tables = {name: read_table(name, path) for name in TABLES if (path := getattr(args, name))}

        @cache
        def of(task: str) -> dict[str, pd.DataFrame]:
            return {name: of_task(table, task) for name, table in tables.items()}

        empty = []
        with page_width(args.width):
            for task, name, *files in args.figure:
                figure = draw(name, of(task))
                if not figure.axes:  # it says why there is nothing to draw
                    empty.append(f"{task} {name}\n")
                save(figure, files, **look)
            write_text(args.empty, "".join(empty))
            for task, provider, model, *files in args.model:
                of_model = (of(task)[name] for name in ("scores", "summary", "diversity"))
                save(draw_model_page(*of_model, provider, model), files, **look)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
