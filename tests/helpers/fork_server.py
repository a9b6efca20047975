"""A fork server: programs of this checkout start with what they import loaded already.

A gateway loads litellm, a run loads Snakemake, an analysis loads scipy: seconds of every start. The
server loads them once. Where a program is about to start, `on_path/sitecustomize.py` has it done by
a copy (a fork) of the server instead, with the directory, the environment, the open files and the
arguments of the program; signals and the exit code pass through.

Gateways start so in all tests but those that take `PLACE` from the environment, other programs
where `EVERYTHING` is in it. Tests that kill processes, or look at how one starts, do without. Only
whole runs of the suite have a server: see `tests/conftest.py`.
"""

import atexit
import gc
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
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]
PLACE = "TESTS_FORK_SERVER"
EVERYTHING = {"TESTS_FORK_EVERYTHING": "1"}
# What the programs import, beside all of the package. pyplot would choose how to draw before
# anybody asks for it.
MODULES = (
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "pandas",
    "rich.console",
    "scipy.stats",
    "smart_open",
    "snakemake.cli",
    "snakemake.report.html_reporter",
    "snakemake.storage",
    "snakemake_storage_plugin_s3",
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
    """Wait for programs that are to start; return in a copy of this process, which is to be one.

    Memory that both share is copied once either writes to it, as counting references does: the
    collector of garbage leaves alone what was there before.
    """
    path = list(sys.path)
    for module in (*MODULES, *_package()):
        __import__(module)
    from snakemake.cli import get_argument_parser

    from divergent_bench.sampling.providers import llm

    get_argument_parser()  # looks for plugins of Snakemake
    llm.load_litellm()
    # Reads the tokenizer.
    llm.prompt_tokens({"model": "gpt-4o", "messages": [{"role": "user", "content": "word"}]})
    added = [place for place in sys.path if place not in path]  # by Snakemake
    gc.collect()
    gc.freeze()
    # By the descriptor that tells of the end; who started one that is alone does not wait for it.
    programs: dict[int, tuple[int, socket.socket | None]] = {}
    while True:
        clients = {client: ended for ended, (_, client) in programs.items() if client}
        for ready in select.select([listener, *programs, *clients], [], [])[0]:
            if ready is listener:
                client, _ = listener.accept()
                told, files = asked(client)
                program = os.fork() if told else 0
                if told and not program:
                    for other in (listener, client, *clients):
                        other.close()
                    return prepared(told, files, added)
                for file in files:
                    os.close(file)
                if program:
                    programs[os.pidfd_open(program)] = program, None if told["alone"] else client
            elif ready in programs:
                end(*programs.pop(ready))
                os.close(ready)
            elif clients[ready] in programs:
                pass_on(ready, clients[ready])


def _package() -> Iterator[str]:
    """List the modules of the package, but those that are programs."""
    import divergent_bench

    for each in walk_packages(divergent_bench.__path__, f"{divergent_bench.__name__}."):
        if not each.name.endswith("__main__"):
            yield each.name


def asked(client: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return what is to start, and its standard files; nothing where who asked is gone."""
    files: list[int] = []
    with suppress(OSError):
        files = socket.recv_fds(client, 1, 3)[1]
        if told := client.makefile().readline():
            return json.loads(told), files
    return {}, files


def pass_on(client: socket.socket, program: int) -> None:
    """Pass on a signal that the process that started a program has got.

    When that process is gone, killed perhaps, so is the program.
    """
    number = client.recv(1) or bytes([signal.SIGKILL])
    signal.pidfd_send_signal(program, number[0])


def end(program: int, client: socket.socket | None) -> None:
    """Tell the process that started a program how it ended, if it waits for that."""
    code = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    if client is None:
        return
    with client, suppress(OSError):  # it may be gone
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
    # For whoever looks at processes.
    Path("/proc/self/comm").write_text(name[:15], encoding="utf-8")
    if first == "-m":
        sys.path[:] = [told["directory"], *told["path"], *added]
        sys.argv = rest
        return lambda: runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    sys.path[:] = [str(Path(first).resolve().parent), *told["path"], *added]
    sys.argv = [first, *rest]
    return lambda: runpy.run_path(first, run_name="__main__")


def run(program: Callable[[], Any]) -> NoReturn:
    """Run a program to its end as Python does, but for taking apart all that was loaded."""
    code: Any = 1
    try:
        program()
        code = 0
    except SystemExit as ending:
        code = ending.code
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # waits for threads
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit((code or 0) & 0xFF)


if __name__ == "__main__":
    run(serve(socket.socket(fileno=int(sys.argv[1]))))
