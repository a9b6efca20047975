"""The gateway process: a socket, the desk behind it, and the good sense to leave when idle."""

import asyncio
import fcntl
import json
import os
import signal
import socket
import traceback
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from divergent_bench.gateway.claims import Claims
from divergent_bench.gateway.desk import Desk, NoAnswerError
from divergent_bench.gateway.ledger import LEDGER, Ledger
from divergent_bench.requests import Request

IDLE_SECONDS = 30.0
LONGEST_MESSAGE = 2**28  # bytes
AHEAD_PER_LANE = 256  # read-ahead requests of one model that wait in line at once


class Gateway:
    """Serves the desk on a Unix-domain socket.

    A message is a line of JSON. ``{"op": "answer", "request", "limits"}`` is replied to with
    ``{"answer"}`` or ``{"error"}``. ``{"op": "read_ahead", "groups", "limits"}`` starts on requests
    before their jobs ask, for as long as the connection stays open: when the workflow ends, however
    it ends, nothing more is sent on its behalf.
    """

    def __init__(self, ledger: Ledger, claims: Claims, idle_seconds: float = IDLE_SECONDS) -> None:
        self._desk = Desk(ledger, claims)
        self._working_ahead: set[asyncio.Task[dict[str, Any]]] = set()
        self._idle_seconds = idle_seconds
        self._connections = 0
        self._stop = asyncio.Event()

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
        for task in self._working_ahead:
            task.cancel()
        self._desk.close()
        while self._desk.busy:  # answers to what was already sent are paid for
            await asyncio.sleep(0.02)

    async def _wait_until_idle(self) -> None:
        loop = asyncio.get_running_loop()
        busy = loop.time()
        while loop.time() - busy < self._idle_seconds:
            await asyncio.sleep(min(1.0, self._idle_seconds / 4))
            if self._connections or self._desk.busy:
                busy = loop.time()
        self._stop.set()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        try:
            if _homeless():
                self._stop.set()  # the client hears nothing and starts another where it is
                return
            message = json.loads(await reader.readline())
            async with _hung_up(reader) as gone:
                work = asyncio.create_task(self._work(message))
                if message["op"] == "read_ahead":
                    self._working_ahead.add(work)
                    work.add_done_callback(self._working_ahead.discard)
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not work.done():
                    work.cancel()
                with suppress(asyncio.CancelledError):
                    writer.write(json.dumps(await work).encode() + b"\n")
                    await writer.drain()
        except (OSError, ValueError):
            pass  # the client is gone, or never was one
        finally:
            self._connections -= 1
            writer.close()

    async def _work(self, message: dict[str, Any]) -> dict[str, Any]:
        if message["op"] == "read_ahead":
            self._desk.give_another_chance()
            await self._read_ahead(message["groups"], message["limits"])
            return {}
        try:
            answer = await self._desk.answer(message["request"], message["limits"])
        except NoAnswerError as error:
            return {"error": str(error)}
        except Exception as error:
            traceback.print_exc()
            return {"error": f"the gateway failed ({type(error).__name__}: {error}); see its log"}
        return {"answer": json.loads(answer)}

    async def _read_ahead(self, groups: list[dict[str, Any]], limits: dict[str, Any]) -> None:
        by_lane: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for group in groups:
            template = group["template"]
            lane = (template["provider"], str(template["api_base"]), template["model"])
            by_lane.setdefault(lane, []).append(group)
        async with asyncio.TaskGroup() as tasks:
            for of_lane in by_lane.values():
                tasks.create_task(self._read_lane_ahead(_requests(of_lane), limits))

    async def _read_lane_ahead(self, requests: Iterable[Request], limits: dict[str, Any]) -> None:
        room = asyncio.Semaphore(AHEAD_PER_LANE)

        async def ask(request: Request) -> None:
            try:
                await self._desk.answer(request, limits)
            except NoAnswerError:
                pass  # the job that comes for it is told why
            except Exception:
                traceback.print_exc()
            finally:
                room.release()

        async with asyncio.TaskGroup() as tasks:
            for request in requests:
                await room.acquire()
                tasks.create_task(ask(request))


def _homeless() -> bool:
    """Say whether our working directory was deleted, even if there is a new one of its name."""
    return Path().stat().st_nlink == 0


def _requests(groups: list[dict[str, Any]]) -> Iterable[Request]:
    for group in groups:
        for seed in group["seeds"]:
            yield {**group["template"], "seed": seed}


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
    """Start the gateway at `socket_path` and return once it can be asked.

    The process that was called ends here; the gateway goes on as a child with a session of its own,
    so that Ctrl-C reaches the workflow alone.

    Raises
    ------
    UserError
        When the ledger cannot be used.
    """
    with Path(f"{socket_path}.lock").open("w") as lock:  # held for as long as the gateway lives
        # One that is leaving may still wait for answers: asking for them again would pay twice.
        fcntl.flock(lock, fcntl.LOCK_EX)
        Ledger().close()
        listener = _listen(Path(socket_path))
        if os.fork():
            os._exit(0)
        os.setsid()
        _log_to(LEDGER.with_name("gateway.log"))
        idle_seconds = float(os.environ.get("DIVERGENT_BENCH_GATEWAY_IDLE", IDLE_SECONDS))
        ledger = Ledger()
        claims = Claims(LEDGER.with_name("claims"))
        try:
            gateway = Gateway(ledger, claims, idle_seconds)
            asyncio.run(gateway.serve(listener, Path(socket_path)))
        finally:
            claims.close()
            ledger.close()


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # of a gateway that was killed; ours alone, by the lock
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(128)
    return listener


def _log_to(path: Path) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
