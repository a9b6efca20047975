"""Make a page of the report, with its figures in it."""

import argparse
import sys
from pathlib import Path

from divergent_bench.errors import UserError
from divergent_bench.files import write_text
from divergent_bench.report.page import render_page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", required=True, type=Path, help="Markdown; figures are beside")
    parser.add_argument("--output", required=True, help="HTML")
    args = parser.parse_args()
    try:
        page = render_page(args.report.read_text(encoding="utf-8"), args.report.parent)
    except UserError as error:
        sys.exit(str(error))
    write_text(args.output, page)


if __name__ == "__main__":
    main()
