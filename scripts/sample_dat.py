"""Get one answer from the gateway and keep it, with its request, in a file of its own."""

import argparse
import json
import sys

from divergent_bench.errors import UserError
from divergent_bench.files import write_text
from divergent_bench.gateway.client import SampleError, ask
from divergent_bench.records import record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--key", required=True, type=json.loads, help="what names the sample")
    parser.add_argument("--request", required=True, type=json.loads, help="what to ask")
    parser.add_argument("--limits", required=True, type=json.loads, help="pace of the providers")
    parser.add_argument("--output", required=True, help="the sample file")
    args = parser.parse_args()
    try:
        answer = ask(args.request, args.limits)
    except (SampleError, UserError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("interrupted; run the same command again to go on")
    content = record(args.key, args.request, answer)
    write_text(args.output, json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
