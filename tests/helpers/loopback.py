"""A real HTTP server on loopback that speaks the wire formats of five providers.

Each has a base URL of its own on it. The server checks their keys as they do, and answers, refuses
and fails in their own formats.
"""

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from tests.helpers.breaks import BREAKS, write
from tests.helpers.wires import KEYS, WIRES, Asked, Fault, OpenAI, asked

NOUNS = (
    "arm",
    "eye",
    "foot",
    "hand",
    "head",
    "leg",
    "body",
    "bag",
    "bee",
    "burger",
    "feast",
    "office",
    "shoe",
    "tree",
    "hippo",
    "jumper",
    "lamp",
    "golf",
    "machinery",
    "prickle",
    "ticket",
    "tomato",
    "violin",
    "algorithm",
    "playground",
    "orchestra",
    "spaghetti",
    "crocodile",
    "giraffe",
    "microscope",
    "volcano",
    "tambourine",
    "philosophy",
    "refrigerator",
    "asteroid",
    "umbrella",
)


def set_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the keys of all providers in the environment."""
    for provider, key in KEYS.items():
        monkeypatch.setenv(f"{provider.upper()}_API_KEY", key)


def ten_nouns(body: dict[str, Any]) -> str:
    """Return a numbered list that depends on the model, the prompt and the seed."""
    draw = random.Random(f"{body['model']} {body['messages']} {body.get('seed')}")
    words = draw.sample(NOUNS, 10)
    return "\n".join(f"{i}. {word.capitalize()}" for i, word in enumerate(words, start=1))


ENDS = frozenset({"ok", "truncated", "filtered", "blocked", "refused", "empty"})


@dataclass
class Loopback:
    """The server, what it was asked, and how it is to behave.

    `fault` may return what is to happen to a request instead of an answer: a `Fault`, the name of
    one, or a response of the test's own making; None answers it.
    """

    answer: Callable[[dict[str, Any]], str] = ten_nouns
    fault: Callable[[Any], web.Response | Fault | str | None] = lambda body: None
    delay_s: float = 0.0
    drip_s: float = 0.3
    requests: list[Asked] = field(default_factory=list)
    answered: Counter[tuple[str, str, int | None]] = field(default_factory=Counter)
    strays: list[str] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    root: str = ""
    url: str = ""

    def base(self, provider: str) -> str:
        """Return the `api_base` for requests in a provider's format."""
        return self.root + WIRES[provider].base

    async def complete(self, http: web.Request) -> web.StreamResponse:
        """Answer one request, whatever its format."""
        wire = next((each for each in WIRES.values() if each.takes(http.path)), None)
        if wire is None:
            self.strays.append(f"{http.method} {http.path}")
            return web.Response(status=404)
        if not wire.has_key(http):
            return _error(wire, wire.wrong_key())
        body = wire.read(http, await http.json())
        self.requests.append(body)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.delay_s)
        finally:
            self.in_flight -= 1
        fault = self.fault(body)
        if isinstance(fault, web.Response):
            return fault
        return await self._answer(http, wire, body, _as_fault(wire, fault))

    async def _answer(
        self, http: web.Request, wire: OpenAI, body: Asked, fault: Fault
    ) -> web.StreamResponse:
        if fault.kind == "status":
            return _error(wire, fault)
        end = fault.kind if fault.kind in ENDS else "ok"
        text = "" if end in {"empty", "filtered", "blocked"} else self.answer(body)
        content = json.dumps(wire.answer(body, text, end)).encode()
        broken = BREAKS.get(fault.kind)
        if broken:
            reply = await broken(http, content, self.drip_s)
        else:
            reply = await write(http, content)
        if not broken or fault.kind == "drip":
            self.answered[asked(body)] += 1
        return reply

    def reset(self) -> None:
        """Forget what was asked."""
        self.requests.clear()
        self.answered.clear()
        self.strays.clear()


def _as_fault(wire: OpenAI, fault: Fault | str | None) -> Fault:
    """Return a fault by its name, as this provider has it."""
    if isinstance(fault, Fault):
        return fault
    named = {
        "wrong_key": wire.wrong_key,
        "policy": wire.policy,
        "unknown_model": wire.unknown_model,
        "no_credit": wire.no_credit,
    }
    return named[fault]() if fault in named else Fault(fault or "ok")


def _error(wire: OpenAI, fault: Fault) -> web.Response:
    return web.json_response(wire.error(fault), status=fault.status, headers=fault.headers)


@contextmanager
def loopback(**behaviour: Any) -> Iterator[Loopback]:
    """Run a server in a thread of its own for the length of the block."""
    server = Loopback(**behaviour)
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def serve() -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", server.complete)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.root = f"http://127.0.0.1:{runner.addresses[0][1]}"
        server.url = server.base("openai")
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(serve())
        started.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
