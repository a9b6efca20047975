"""Measure how different the lists are from each other, within models and between them."""

import argparse
import sys

from divergent_bench.analysis.statistics.diversity import (
    compare_vocabularies,
    measure_diversity,
    rarefy,
)
from divergent_bench.analysis.tables import read_table, write_table
from divergent_bench.base.errors import UserError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", required=True, help="CSV, a row per word and space")
    parser.add_argument("--diversity", required=True, help="CSV, a row per model and condition")
    parser.add_argument("--rarefaction", required=True, help="CSV, a row per number of lists")
    parser.add_argument("--overlap", required=True, help="CSV, a row per pair of models")
    args = parser.parse_args()
    try:
        words = read_table("words", args.words)
    except UserError as error:
        sys.exit(str(error))
    write_table(measure_diversity(words), args.diversity)
    write_table(rarefy(words), args.rarefaction)
    write_table(compare_vocabularies(words), args.overlap)


if __name__ == "__main__":
    main()
