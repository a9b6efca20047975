"""``python -m divergent_bench.gateway SOCKET``: what a client runs when there is no gateway yet."""

import sys

from divergent_bench.errors import UserError
from divergent_bench.gateway.server import main

try:
    main(sys.argv[1])
except UserError as error:
    print(error, file=sys.stderr)  # read by the client
    raise SystemExit(2) from error
