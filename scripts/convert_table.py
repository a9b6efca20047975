"""Write a table as JSON or Markdown."""

import argparse
from pathlib import Path

import pandas as pd

from divergent_bench.base.files import write_text
from divergent_bench.reporting.report import markdown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", required=True, help="CSV")
    parser.add_argument("--output", required=True, type=Path, help=".json or .md")
    args = parser.parse_args()
    table = pd.read_csv(args.table, keep_default_na=False, na_values=[""])
    if args.output.suffix == ".json":
        write_text(args.output, table.to_json(orient="records", indent=1, double_precision=15))
    else:
        write_text(args.output, markdown.frame(table) + "\n")


if __name__ == "__main__":
    main()
