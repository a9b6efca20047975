"""Place the most used words on a map, near words near each other."""

import argparse
import sys

from divergent_bench.analysis.statistics.word_map import map_words
from divergent_bench.analysis.tables import read_table, write_table
from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces.store import open_space


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", required=True, help="CSV, a row per word and space")
    parser.add_argument("--space", required=True, help="store of the primary semantic space")
    parser.add_argument("--output", required=True, help="CSV, a row per word on the map")
    args = parser.parse_args()
    try:
        table = map_words(read_table("words", args.words), open_space(args.space))
    except UserError as error:
        sys.exit(str(error))
    write_table(table, args.output)


if __name__ == "__main__":
    main()
