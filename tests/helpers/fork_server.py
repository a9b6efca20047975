"""A fork server: programs of this checkout start with what they import loaded already.

A gateway loads litellm, a run loads Snakemake, an analysis loads scipy: seconds of every start. The
server loads them once. Where a program is about to start, `on_path/sitecustomize.py` has it done by
a copy (a fork) of the server instead, with the directory, the environment, the open files and the
arguments of the program; signals and the exit code pass through.

Gateways start so in all tests but those that take `PLACE` from the environment, other programs
where `EVERYTHING` is in it. Tests that kill processes, or look at how one starts, do without. Only
whole runs of the suite have a server: see `tests/conftest.py`.
"""

import json
import os
import random
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PLACE = "TESTS_FORK_SERVER"
EVERYTHING = {"TESTS_FORK_EVERYTHING": "1"}
# What the programs import. pyplot would choose how to draw before anybody asks for it.
MODULES = (
    "divergent_bench.cli.app",
    "divergent_bench.design.expansion",
    "divergent_bench.sampling.gateway.server",
    "matplotlib.figure",
    "pandas",
    "rich.console",
    "scipy.stats",
    "sklearn.manifold",
    "snakemake.cli",
)


@contextmanager
def fork_server() -> Iterator[None]:
    """Run one, for all processes that are started from here."""
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{directory}/socket")
        listener.listen(128)
        command = [sys.executable, "-m", __name__, str(listener.fileno())]
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[listener.fileno()])
        paths = [str(Path(__file__).parent / "on_path"), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        os.environ[PLACE] = f"{directory}/socket"
        try:
            yield
        finally:
            process.kill()
            process.wait()


def serve(listener: socket.socket) -> Callable[[], Any]:
    """Wait for programs that are to start; return in a copy of this process, which is to be one."""
    path = list(sys.path)
    for module in MODULES:
        __import__(module)
    from divergent_bench.sampling.providers import llm

    llm.load_litellm()
    added = [place for place in sys.path if place not in path]  # by Snakemake
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        client, _ = listener.accept()
        if os.fork():
            client.close()
            continue
        listener.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _, files, _, _ = socket.recv_fds(client, 1, 3)
        told = json.loads(client.makefile().readline())
        if program := os.fork():
            for file in files:
                os.close(file)
            attend(client, program)
            os._exit(0)
        client.close()
        return prepared(told, files, added)


def attend(client: socket.socket, program: int) -> None:
    """Pass on the signals that the process that started a program has got, and then its exit code.

    When that process is gone, killed perhaps, so is the program.
    """
    ended = os.pidfd_open(program)
    while ended not in select.select([ended, client], [], [])[0]:
        number = client.recv(1) or bytes([signal.SIGKILL])
        signal.pidfd_send_signal(ended, number[0])
        if number[0] == signal.SIGKILL:
            return
    code = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    client.sendall(f"{code}\n".encode())


def prepared(told: dict[str, Any], files: list[int], added: list[str]) -> Callable[[], Any]:
    """Put this process where the program was started, and return the program."""
    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    # As Python opens them for a process that has these files from its start.
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.chdir(told["directory"])
    os.environ.clear()
    os.environ.update(told["environment"])
    random.seed()
    first, *rest = told["arguments"]
    name = rest[0].rpartition(".")[2] if first == "-m" else Path(first).name
    Path("/proc/self/comm").write_text(
        name[:15], encoding="utf-8"
    )  # for whoever looks at processes
    if first == "-m":
        sys.path[:] = [told["directory"], *told["path"], *added]
        sys.argv = rest
        return lambda: runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    sys.path[:] = [str(Path(first).resolve().parent), *told["path"], *added]
    sys.argv = [first, *rest]
    return lambda: runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))()
