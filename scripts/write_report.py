"""Write the report: what was asked, what was found, how it was done."""

import argparse
import json
import sys
from pathlib import Path

from divergent_bench.config import parse_config
from divergent_bench.errors import UserError
from divergent_bench.files import write_text
from divergent_bench.provenance import provenance, scoring_label, verification
from divergent_bench.report import write_report
from divergent_bench.tables import read_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, type=json.loads, help="the config, as JSON")
    parser.add_argument("--spaces", required=True, nargs="+", type=Path, help="their stores")
    for table in ("scores", "summary", "tests", "diversity"):
        parser.add_argument(f"--{table}", required=True, help=f"{table}.csv")
    parser.add_argument("--output", required=True, help="Markdown")
    args = parser.parse_args()
    try:
        config = parse_config(args.config)
        report = write_report(
            read_table("scores", args.scores),
            read_table("summary", args.summary),
            read_table("tests", args.tests),
            read_table("diversity", args.diversity),
            name=config.name,
            description=config.description,
            scoring=scoring_label(config),
            provenance=provenance(config, args.spaces),
            verification=verification(args.spaces),
        )
    except UserError as error:
        sys.exit(str(error))
    write_text(args.output, report)


if __name__ == "__main__":
    main()
