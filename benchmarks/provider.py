"""A provider on loopback in a process of its own, as lean as aiohttp allows.

    python -m benchmarks.provider DELAY_SECONDS

prints its base URL and serves OpenAI's chat completions until its standard input closes.
"""

import asyncio
import json
import sys

from aiohttp import web

TEXT = (
    "1. arm\n2. eye\n3. feast\n4. shoe\n5. tree\n6. hippo\n7. violin\n8. volcano\n9. fog\n10. bee"
)


def completion(body: dict) -> bytes:
    message = {"role": "assistant", "content": TEXT, "refusal": None}
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
