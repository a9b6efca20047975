"""Write the pages in which one can search and sort: that of every answer, and one of each table."""

import argparse
import os
import sys
from pathlib import Path

from divergent_bench.analysis.tables import read_table
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_text, write_text
from divergent_bench.instrument.spaces.store import open_space
from divergent_bench.reporting.pages.answers import answers_page
from divergent_bench.reporting.pages.tables import table_page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", required=True, help="CSV, a row per sample and space")
    parser.add_argument("--words", required=True, help="CSV, a row per word and space")
    parser.add_argument("--space", required=True, help="store of the primary space")
    parser.add_argument("--copies", default="", help="directory that the paths of samples are in")
    parser.add_argument("--name", required=True, help="of the benchmark")
    parser.add_argument(
        "--note", type=read_text, default=os.devnull, help="a file: what a page begins with"
    )
    parser.add_argument("--answers", required=True, type=Path, help="HTML")
    parser.add_argument(
        "--table", nargs=2, action="append", default=[], type=Path, metavar=("TABLE", "HTML")
    )
    args = parser.parse_args()
    try:
        page = answers_page(
            read_table("scores", args.scores),
            read_table("words", args.words),
            open_space(args.space),
            name=args.name,
            directory=args.answers.parent,
            copies=args.copies,
            note=args.note,
        )
        write_text(args.answers, page)
        for table, file in args.table:
            write_text(file, table_page(table, note=args.note))
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
