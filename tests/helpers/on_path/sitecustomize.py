"""Python runs this when it starts: `tests/helpers/fork_server.py` says what for."""

import os
import sys


def is_served() -> bool:
    """Tell whether this process is to be a program that the fork server starts."""
    first, second, *_ = [*sys.orig_argv[1:], "", ""]
    module = second if first == "-m" else ""
    if module == "divergent_bench.sampling.gateway":
        return True
    if "TESTS_FORK_EVERYTHING" not in os.environ or first.endswith("/sample_dat.py"):
        return False  # the latter loads nothing that takes long
    from pathlib import Path

    program = Path(first).resolve()
    is_script = program.parent == Path(__file__).resolve().parents[3] / "scripts"
    return module == "snakemake" or program.name in ("snakemake", "divergent-bench") or is_script


def start_there() -> None:
    """Have the fork server start the program; pass on the signals that come; end as it does."""
    import json
    import signal
    import socket
    from importlib.util import find_spec
    from pathlib import Path

    package = find_spec("divergent_bench")
    checkout = Path(__file__).resolve().parents[3]
    if not package or Path(package.origin).resolve().parents[1] != checkout:
        return  # other code than the server has
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(os.environ["TESTS_FORK_SERVER"])
        told = {
            "directory": str(Path.cwd()),
            "environment": dict(os.environ),
            "path": sys.path,
            "arguments": sys.orig_argv[1:],
            "alone": "divergent_bench.sampling.gateway" in sys.orig_argv[1:3],  # nobody's child
        }
        socket.send_fds(server, [b"!"], [0, 1, 2])
        server.sendall(json.dumps(told).encode() + b"\n")
        if told["alone"]:
            os._exit(0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda came, _: server.sendall(bytes([came])))
        code = int(server.makefile().readline())
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if "TESTS_FORK_SERVER" in os.environ and is_served():
    start_there()
