"""Get answers from the gateway and keep each, with its request, in a file of its own.

--condition JSON --request JSON --policy JSON --log FILE --first FILE --samples N

The file of a sample ends in its seed, as `seed120.json` does; those of the next seeds follow the
first, so that no command names a hundred files. The log of the job tells people why answers are
missing; a file beside it tells programs. The flags are read by hand: argparse would take longer
than all the rest.
"""

import sys
from _signal import SIGINT, signal  # `signal` is slow to import

# A job that is stopped says nothing, whether or not it has time to.
signal(SIGINT, lambda *_: sys.exit(1))

from divergent_bench.base.errors import UserError  # noqa: E402
from divergent_bench.base.files import write_bytes  # noqa: E402
from divergent_bench.base.records import digest_in  # noqa: E402
from divergent_bench.sampling.gateway.client import (  # noqa: E402
    SampleError,
    collect,
    write_failures,
)

FLAGS = ("--condition", "--request", "--policy", "--log", "--first", "--samples")


def main() -> None:
    given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
    if set(given) != set(FLAGS):
        sys.exit(__doc__)
    name = given["--first"].removesuffix(".json")
    head = name.rstrip("0123456789")
    first = int(name[len(head) :])
    files = {seed: f"{head}{seed}.json" for seed in range(first, first + int(given["--samples"]))}

    def keep(seed: int, content: bytes) -> None:
        try:
            write_bytes(files[seed], content)
        except OSError as error:
            message = f"{files[seed]}: cannot be written ({error.strerror})"
            raise SampleError(dict.fromkeys(kept, ("file", message))) from error

    question = ",".join(f'"{flag[2:]}":{given[flag]}' for flag in FLAGS[:3])
    kept = {seed: digest_in(file) for seed, file in files.items()}
    try:
        collect(question, kept, keep)
    except SampleError as error:
        give_up(error, given["--log"])
    except UserError as error:
        reason = SampleError(dict.fromkeys(kept, ("gateway", str(error))))
        give_up(reason, given["--log"])


def give_up(error: SampleError, log: str) -> None:
    print(error, file=sys.stderr)  # into the log, which must not be newer than what is beside it
    write_failures(log, error.failures)
    sys.exit(1)


if __name__ == "__main__":
    main()
