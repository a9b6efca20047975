"""Make the store of a semantic space: unpack an embedded one, read a file, or ask an encoder."""

import argparse
import sys
from pathlib import Path

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces.catalogue import prepare_space


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="of the space")
    parser.add_argument("--source", help="a file or an encoder to make it from")
    parser.add_argument("--dictionary", type=Path, help="the words to keep, one per line")
    parser.add_argument("--downloads", required=True, type=Path, help="where downloads are kept")
    parser.add_argument("--output", required=True, type=Path, help="directory of the store")
    args = parser.parse_args()
    try:
        prepare_space(
            args.name,
            args.output,
            source=args.source,
            dictionary=args.dictionary,
            cache=args.downloads,
        )
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
