"""The gateway process: a socket, and the dispatcher behind it. It leaves when it is idle."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

from divergent_bench.base.credentials import redact
from divergent_bench.base.environment import GATEWAY_IDLE, seconds_from
from divergent_bench.base.errors import UserError
from divergent_bench.base.failures import Failure, NoAnswerError
from divergent_bench.base.names import printable
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.records import record_text
from divergent_bench.base.requests import Request, digest, label, request_at
from divergent_bench.sampling.gateway.dispatcher import LEDGER_ERRORS, Dispatcher
from divergent_bench.sampling.gateway.ledger import DAMAGE, LEDGER, Ledger
from divergent_bench.sampling.gateway.preflight import problems
from divergent_bench.sampling.gateway.request_locks import RequestLocks
from divergent_bench.sampling.gateway.run_status import Run
from divergent_bench.sampling.gateway.spawn import READY, lock_file
from divergent_bench.sampling.providers import llm

IDLE_SECONDS = 30.0
LONGEST_MESSAGE = 2**28  # bytes
PREFETCHED_PER_MODEL = 256  # requests of one model that wait in line at once
STATUS_SECONDS = 0.2

Message = Mapping[str, Any]
Send = Callable[[bytes], Awaitable[None]]


class Gateway:
    """Serves the dispatcher on a Unix-domain socket.

    A message is a line of JSON with an ``op``:

    - ``collect`` (``condition``, ``request``: a template, ``policy``, ``kept``: the wanted seeds
      with the digests of answers that are there already) is replied to, seed by seed and in the
      order in which they come, with a line ``SEED answer|kept|CAUSE LENGTH`` and so many bytes: the
      content of the sample file, nothing, or a message for people about a failure of that cause;
    - ``warm_up`` loads what the first request would have to wait for;
    - ``prepare`` (``groups``, ``policy``, ``fresh``) is replied to with ``{"failures": [...]}``,
      before anything is sent; with ``fresh`` and without problems it sets the answers aside that
      the ledger has to these requests;
    - ``prefetch`` (``groups``, ``policy``, ``due`` samples by model, how many of them were
      ``collected`` and ``failed`` before another gateway went away) starts on requests before their
      jobs ask, for as long as the connection stays open: when the workflow ends, however it ends,
      nothing more is sent on its behalf. Meanwhile it is replied to with the state of the run, line
      by line.

    A group is a ``template`` (see `base.requests`) and its ``seeds``.
    """

    def __init__(
        self, ledger: Ledger, request_locks: RequestLocks, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._ledger = ledger
        self._dispatcher = Dispatcher(ledger, request_locks)
        self._prefetching: set[asyncio.Task[None]] = set()
        self._idle_seconds = idle_seconds
        self._connections = 0
        self._stop = asyncio.Event()
        self._operations: dict[str, Callable[[Message, Send], Awaitable[None]]] = {
            "collect": self._collect,
            "warm_up": self._warm_up,
            "prepare": self._prepare,
            "prefetch": self._prefetch,
        }

    async def serve(self, listener: socket.socket, path: Path) -> None:
        """Answer on the listening socket at `path` until idle for long enough, or told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        server = await asyncio.start_unix_server(self._attend, sock=listener, limit=LONGEST_MESSAGE)
        idle = asyncio.create_task(self._wait_until_idle())
        await self._stop.wait()
        path.unlink(missing_ok=True)
        server.close()
        idle.cancel()
        for task in self._prefetching:
            task.cancel()
        self._dispatcher.close()
        while self._dispatcher.busy:  # answers to what was already sent are paid for
            await asyncio.sleep(0.02)
        await llm.close_connections()

    async def _wait_until_idle(self) -> None:
        loop = asyncio.get_running_loop()
        busy = loop.time()
        while loop.time() - busy < self._idle_seconds:
            await asyncio.sleep(min(1.0, self._idle_seconds / 4))
            if self._connections or self._dispatcher.busy:
                busy = loop.time()
        self._stop.set()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1

        async def send(content: bytes) -> None:
            writer.write(content)
            await writer.drain()

        try:
            if Path().stat().st_nlink == 0:  # our directory is gone; perhaps there is a new one
                self._stop.set()  # the client hears nothing and starts another where it is
                return
            message = json.loads(await reader.readline())
            async with _hung_up(reader) as gone:
                work = asyncio.create_task(self._work(message, send))
                if message["op"] == "prefetch":
                    self._prefetching.add(work)
                    work.add_done_callback(self._prefetching.discard)
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
                work.cancel()
                with suppress(asyncio.CancelledError):
                    await work
        except (OSError, ValueError):
            pass  # the client is gone, or never was one
        finally:
            self._connections -= 1
            writer.close()

    async def _work(self, message: Message, send: Send) -> None:
        try:
            await self._operations[message["op"]](message, send)
        except* OSError:
            pass  # the client is gone
        except* Exception:
            _log_exception()

    async def _collect(self, message: Message, send: Send) -> None:
        policy = RunPolicy(**message["policy"])
        run = self._dispatcher.run_of(policy.batch)

        async def collect(seed: int, kept: str | None) -> None:
            outcome, content = await self._collect_one(message, policy, seed, kept)
            there = outcome in ("answer", "kept")
            run.collected += there
            run.failed += not there
            encoded = content.encode()
            await send(f"{seed} {outcome} {len(encoded)}\n".encode() + encoded)

        async with asyncio.TaskGroup() as tasks:
            for seed, kept in message["kept"].items():
                tasks.create_task(collect(int(seed), kept))

    async def _collect_one(
        self, message: Message, policy: RunPolicy, seed: int, kept: str | None
    ) -> tuple[str, str]:
        """Return ``answer``, ``kept`` or a cause, and the content of the file or the reason."""
        request = request_at(message["request"], seed)
        name = digest(request)
        try:
            if kept == name and self._stands(request, name, policy):
                return "kept", ""
            answer = await self._dispatcher.answer(name, request, policy)
        except NoAnswerError as error:
            return _for_people(error.failure)
        except (sqlite3.Error, *DAMAGE) as error:
            return _for_people(Failure("ledger", self._ledger.complaint(error)))
        except Exception as error:
            _log_exception()
            reason = f"the gateway failed ({type(error).__name__}: {error}); see its log"
            told = f"{label(request)}: {reason}"
            return _for_people(Failure("gateway", told))
        return "answer", record_text({**message["condition"], "seed": seed}, name, request, answer)

    def _stands(self, request: Request, name: str, policy: RunPolicy) -> bool:
        """Say whether an answer that a sample file holds need not be collected again."""
        if not find_provider(request["provider"]).asks_models:
            return False  # their generators may have changed
        return not policy.fresh and not self._ledger.is_set_aside(name)

    async def _warm_up(self, _message: Message, _send: Send) -> None:
        await asyncio.to_thread(llm.load_litellm)

    async def _prepare(self, message: Message, send: Send) -> None:
        await asyncio.to_thread(llm.load_litellm)
        self._dispatcher.give_another_chance()
        groups, policy = message["groups"], RunPolicy(**message["policy"])
        try:
            spending = self._ledger.spending(policy.batch)
            found = problems([group["template"] for group in groups], policy, spending)
            if message["fresh"] and not found:
                names = map(digest, _requests(groups))
                await asyncio.wrap_future(self._ledger.set_aside(names))
        except LEDGER_ERRORS as error:
            found = [Failure("ledger", self._ledger.complaint(error))]
        told = {"failures": [_for_people(each) for each in found]}
        await send(json.dumps(told).encode() + b"\n")

    async def _prefetch(self, message: Message, send: Send) -> None:
        policy = RunPolicy(**message["policy"])
        run = self._dispatcher.start_run(policy.batch, message["due"])
        run.collected, run.failed = message["collected"], message["failed"]
        await send(json.dumps(self._dispatcher.status(run)).encode() + b"\n")
        by_endpoint: dict[tuple[str, ...], list[tuple[int, Request]]] = {}
        for number, request in enumerate(_requests(message["groups"])):
            endpoint = (request["provider"], str(request["api_base"]), request["model"])
            by_endpoint.setdefault(endpoint, []).append((number, request))
        async with asyncio.TaskGroup() as tasks:
            for of_endpoint in by_endpoint.values():
                tasks.create_task(self._prefetch_model(of_endpoint, policy, run))
            while True:
                await send(json.dumps(self._dispatcher.status(run)).encode() + b"\n")
                if run.finished:
                    break
                await asyncio.sleep(STATUS_SECONDS)

    async def _prefetch_model(
        self, requests: Iterable[tuple[int, Request]], policy: RunPolicy, run: Run
    ) -> None:
        room = asyncio.Semaphore(PREFETCHED_PER_MODEL)

        async def ask(number: int, request: Request) -> None:
            try:
                await self._dispatcher.answer(digest(request), request, policy)
            except NoAnswerError:
                pass  # the job that comes for it is told why
            except Exception:
                _log_exception()
            finally:
                run.settled.append(number)
                room.release()

        async with asyncio.TaskGroup() as tasks:
            for number, request in requests:
                await room.acquire()
                tasks.create_task(ask(number, request))


def _log_exception() -> None:
    # What a library says of a request may quote its headers.
    print(_safe(traceback.format_exc()), file=sys.stderr, flush=True)


def _for_people(failure: Failure) -> Failure:
    return Failure(failure.cause, _safe(failure.message))


def _safe(told: str) -> str:
    # A provider may say anything, a library even quote a key.
    return printable(redact(told))


def _requests(groups: list[dict[str, Any]]) -> Iterable[Request]:
    for group in groups:
        for seed in group["seeds"]:
            yield request_at(group["template"], seed)


@asynccontextmanager
async def _hung_up(reader: asyncio.StreamReader) -> AsyncIterator["asyncio.Task[bytes]"]:
    task = asyncio.create_task(reader.read(1))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, OSError):
            await task


def main(socket_path: str) -> None:
    """Run the gateway at `socket_path`; say `READY` on standard output once it can be asked.

    It has a session of its own, so that Ctrl-C reaches the workflow alone. A ledger that cannot be
    used is a UserError.
    """
    idle_seconds = seconds_from(GATEWAY_IDLE, IDLE_SECONDS)
    with suppress(PermissionError):  # it leads one already
        os.setsid()
    with Path(f"{socket_path}.lock").open("w") as lock:  # held for as long as the gateway lives
        # One that is leaving may still wait for answers: asking for them again would pay twice.
        lock_file(lock.fileno(), lock.name)
        with closing(Ledger()) as ledger:
            try:
                request_locks = RequestLocks(LEDGER.with_name("claims"))
                # A pipe that nobody reads would hold up its opening for ever.
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK
                log = os.open(LEDGER.with_name("gateway.log"), flags, 0o600)
            except OSError as error:
                raise UserError(
                    f"{error.filename}: cannot be used ({error.strerror}); move it away and run "
                    "again"
                ) from error
            with closing(request_locks):
                listener = _listen(Path(socket_path))
                with suppress(OSError):  # who started it is gone; others come
                    os.write(1, f"{READY}\n".encode())
                _log_to(log)
                gateway = Gateway(ledger, request_locks, idle_seconds)
                asyncio.run(gateway.serve(listener, Path(socket_path)))


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # of a gateway that was killed; ours alone, by the lock
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(128)
    return listener


def _log_to(log: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
