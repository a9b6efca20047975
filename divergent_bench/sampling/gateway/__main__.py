"""What a client runs when there is no gateway: ``python -m ...sampling.gateway SOCKET``."""

import sys

from divergent_bench.base.errors import UserError
from divergent_bench.sampling.gateway.server import main

try:
    main(sys.argv[1])
except UserError as error:
    print(error, file=sys.stderr)  # read by the client
    raise SystemExit(2) from error
