"""Make a page of the report, with its figures in it, and one that only names them."""

import argparse
import sys
from pathlib import Path

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text
from divergent_bench.reporting.report.page import render_page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", required=True, type=Path, help="Markdown; figures are beside")
    parser.add_argument("--page", required=True, help="HTML, with the figures")
    parser.add_argument("--words", required=True, help="HTML, without them")
    args = parser.parse_args()
    try:
        text, directory = args.report.read_text(encoding="utf-8"), args.report.parent
        page = render_page(text, directory)
        words = render_page(text, directory, pictures=False)
    except UserError as error:
        sys.exit(str(error))
    write_text(args.page, page)
    write_text(args.words, words)


if __name__ == "__main__":
    main()
