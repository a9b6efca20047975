"""A real HTTP server on loopback that speaks OpenAI's chat completions wire format."""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

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
KEY = "sk-loopback-0123456789abcdef"


def ten_nouns(body: dict[str, Any]) -> str:
    """Return a numbered list that depends on the model, the prompt and the seed."""
    draw = random.Random(f"{body['model']} {body['messages']} {body.get('seed')}")
    words = draw.sample(NOUNS, 10)
    return "\n".join(f"{i}. {word.capitalize()}" for i, word in enumerate(words, start=1))


@dataclass
class Loopback:
    """The server, what it was asked, and how it is to behave.

    `fault` may return a response instead of an answer for a request; None answers it.
    """

    answer: Callable[[dict[str, Any]], str] = ten_nouns
    fault: Callable[[dict[str, Any]], web.Response | None] = lambda body: None
    delay_s: float = 0.0
    requests: list[dict[str, Any]] = field(default_factory=list)
    answered: Counter[tuple[str, str, int | None]] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0
    url: str = ""

    async def complete(self, http: web.Request) -> web.StreamResponse:
        """Answer one POST to /v1/chat/completions."""
        if http.headers.get("Authorization") != f"Bearer {KEY}":
            return error(401, "Incorrect API key provided.", "invalid_api_key")
        body = await http.json()
        self.requests.append(body)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.delay_s)
        finally:
            self.in_flight -= 1
        if (response := self.fault(body)) is not None:
            return response
        reply = web.json_response(completion(body, self.answer(body)))
        await reply.prepare(http)
        await reply.write_eof()
        self.answered[asked(body)] += 1
        return reply

    def reset(self) -> None:
        """Forget what was asked."""
        self.requests.clear()
        self.answered.clear()


def asked(body: dict[str, Any]) -> tuple[str, str, int | None]:
    """Return what tells samples apart on the wire: model, prompt, seed."""
    return (
        f"{body['model']} t{body.get('temperature')}",
        body["messages"][-1]["content"],
        body.get("seed"),
    )


def completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a chat completion as OpenAI sends it."""
    return {
        "id": "chatcmpl-loopback",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": f"{body['model']}-2026-01-01",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 90, "completion_tokens": 40, "total_tokens": 130},
        "system_fingerprint": "fp_loopback",
    }


def error(status: int, message: str, code: str, headers: dict[str, str] | None = None):
    """Return an error as OpenAI sends it."""
    content = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return web.json_response({"error": content}, status=status, headers=headers)


@contextmanager
def loopback(**behaviour: Any) -> Iterator[Loopback]:
    """Run a server in a thread of its own for the length of the block."""
    server = Loopback(**behaviour)
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def serve() -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", server.complete)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        server.url = f"http://127.0.0.1:{port}/v1"
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
