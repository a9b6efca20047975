"""Get answers from the gateway and keep each, with its request, in a file of its own.

--condition JSON --request JSON --policy JSON --seeds N ... --output FILE ...   (a file per seed)

The flags are read by hand: argparse would take longer than all the rest.
"""

import sys

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_bytes
from divergent_bench.base.records import digest_in
from divergent_bench.sampling.gateway.client import SampleError, collect

FLAGS = ("--condition", "--request", "--policy", "--seeds", "--output")


def main() -> None:
    given: dict[str, list[str]] = {}
    for word in sys.argv[1:]:
        if word in FLAGS:
            values = given[word] = []
        elif given:
            values.append(word)
    if set(given) != set(FLAGS) or len(given["--seeds"]) != len(given["--output"]):
        sys.exit(__doc__)
    files = dict(zip(map(int, given["--seeds"]), given["--output"], strict=True))

    def keep(seed: int, content: bytes) -> None:
        try:
            write_bytes(files[seed], content)
        except OSError as error:
            raise SampleError(f"{files[seed]}: cannot be written ({error.strerror})") from error

    question = ",".join(f'"{flag[2:]}":{given[flag][0]}' for flag in FLAGS[:3])
    kept = {seed: digest_in(file) for seed, file in files.items()}
    try:
        collect(question, kept, keep)
    except (SampleError, UserError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("interrupted; run the same command again to go on")


if __name__ == "__main__":
    main()
