"""Write the report: what was asked, what was found, how it was done."""

import argparse
import json
import sys
from pathlib import Path

from divergent_bench.config import parse_config
from divergent_bench.errors import UserError
from divergent_bench.files import write_text
from divergent_bench.provenance import provenance
from divergent_bench.report import write_report
from divergent_bench.tables import read_diversity, read_scores, read_summary, read_tests


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, type=json.loads, help="the config, as JSON")
    parser.add_argument("--spaces", required=True, nargs="+", type=Path, help="their stores")
    parser.add_argument("--scores", required=True, help="CSV, a row per sample and space")
    parser.add_argument("--summary", required=True, help="CSV, a row per condition and space")
    parser.add_argument("--tests", required=True, help="CSV, a row per test")
    parser.add_argument("--diversity", required=True, help="CSV, a row per model and condition")
    parser.add_argument("--output", required=True, help="Markdown")
    args = parser.parse_args()
    try:
        config = parse_config(args.config)
        report = write_report(
            read_scores(args.scores),
            read_summary(args.summary),
            read_tests(args.tests),
            read_diversity(args.diversity),
            name=config.name,
            description=config.description,
            provenance=provenance(config, args.spaces),
        )
    except UserError as error:
        sys.exit(str(error))
    write_text(args.output, report)


if __name__ == "__main__":
    main()
