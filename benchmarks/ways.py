"""Ways to get N answers of one model, each as a process of its own.

python -m benchmarks.ways raw|litellm|inspect URL SAMPLES IN_FLIGHT
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable

PROMPT = "Name 10 nouns that are as different from each other as possible."
KEY = "sk-benchmark-not-a-key"
MODEL = "gpt-4o"


async def gather(ask: Callable[[int], Awaitable[None]], samples: int, in_flight: int) -> None:
    room = asyncio.Semaphore(in_flight)

    async def one(seed: int) -> None:
        async with room:
            await ask(seed)

    await asyncio.gather(*map(one, range(samples)))


async def raw(url: str, samples: int, in_flight: int) -> None:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=in_flight)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def ask(seed: int) -> None:
            message = {"role": "user", "content": PROMPT}
            body = {"model": MODEL, "messages": [message], "temperature": 0.7, "seed": seed}
            async with session.post(f"{url}/chat/completions", json=body) as response:
                assert (await response.json())["choices"]

        await gather(ask, samples, in_flight)


async def litellm(url: str, samples: int, in_flight: int) -> None:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    async def ask(seed: int) -> None:
        response = await litellm.acompletion(
            model=f"openai/{MODEL}",
            messages=[{"role": "user", "content": PROMPT}],
            temperature=0.7,
            seed=seed,
            api_base=url,
            api_key=KEY,
        )
        assert response.choices

    await gather(ask, samples, in_flight)


def inspect(url: str, samples: int, in_flight: int) -> None:
    import inspect_ai
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.solver import generate

    os.environ |= {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}
    task = inspect_ai.Task(
        dataset=MemoryDataset([Sample(input=PROMPT, id=seed + 1) for seed in range(samples)]),
        solver=generate(),
    )
    (log,) = inspect_ai.eval(
        task,
        log_dir=tempfile.mkdtemp(),
        model=f"openai/{MODEL}",
        max_connections=in_flight,
        max_samples=in_flight,
        temperature=0.7,
        display="none",
        model_args={"responses_api": False},
    )
    assert log.status == "success", log.error


if __name__ == "__main__":
    way, url, samples, in_flight = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    if way == "inspect":
        inspect(url, samples, in_flight)
    else:
        asyncio.run({"raw": raw, "litellm": litellm}[way](url, samples, in_flight))
