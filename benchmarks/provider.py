"""A provider on loopback in a process of its own, as lean as aiohttp allows.

    python -m benchmarks.provider DELAY_SECONDS

prints its base URL and serves OpenAI's chat completions until its standard input closes. Answers
are ten of 200 nouns, others for each request.
"""

import asyncio
import json
import random
import sys

from aiohttp import web

from divergent_bench.instrument.spaces.nouns import nouns_of_first_edition

NOUNS = nouns_of_first_edition()[:200]


def completion(body: dict) -> bytes:
    # A seed has one answer under each prompt, as it should have.
    draw = random.Random(f"{body['messages']}{body['temperature']}{body['seed']}")
    words = "\n".join(f"{n}. {word}" for n, word in enumerate(draw.sample(NOUNS, 10), 1))
    message = {"role": "assistant", "content": words, "refusal": None}
    return json.dumps(
        {
            "id": "chatcmpl-benchmark",
            "object": "chat.completion",
            "created": 1767225600,
            "model": body["model"],
            "choices": [
                {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
            ],
            "usage": {"prompt_tokens": 90, "completion_tokens": 40, "total_tokens": 130},
        }
    ).encode()


async def serve(delay_s: float) -> None:
    async def complete(http: web.Request) -> web.Response:
        body = await http.json()
        await asyncio.sleep(delay_s)
        return web.Response(body=completion(body), content_type="application/json")

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
