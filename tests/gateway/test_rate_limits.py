"""Rate limits: order, limits that change, and waiters that go away."""

import asyncio

import pytest

from divergent_bench.sampling.gateway.rate_limits import RateLimit, RateLimits, configured_limits


async def hold(
    rate_limit: RateLimit, release: asyncio.Event, inside: list[int], number: int
) -> None:
    async with rate_limit.slot():
        inside.append(number)
        await release.wait()


def run(work) -> None:
    asyncio.run(asyncio.wait_for(work(), timeout=10))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_first_come_first_served():
    async def work() -> None:
        rate_limit, release, inside = RateLimit({"max_parallel": 1}), asyncio.Event(), []
        tasks = [asyncio.create_task(hold(rate_limit, release, inside, n)) for n in range(5)]
        release.set()
        await asyncio.gather(*tasks)
        assert inside == [0, 1, 2, 3, 4]

    run(work)


def test_a_raised_limit_admits_those_who_wait():
    async def work() -> None:
        rate_limit, release, inside = RateLimit({"max_parallel": 1}), asyncio.Event(), []
        tasks = [asyncio.create_task(hold(rate_limit, release, inside, n)) for n in range(6)]
        await settle()
        assert inside == [0]
        rate_limit.limit({"max_parallel": 4})
        await settle()
        assert inside == [0, 1, 2, 3]
        release.set()
        await asyncio.gather(*tasks)

    run(work)


def test_a_lowered_limit_counts_for_those_to_come():
    async def work() -> None:
        rate_limit, release, inside = RateLimit({"max_parallel": 4}), asyncio.Event(), []
        tasks = [asyncio.create_task(hold(rate_limit, release, inside, n)) for n in range(4)]
        await settle()
        rate_limit.limit({"max_parallel": 1})
        late = asyncio.create_task(hold(rate_limit, release, inside, 9))
        await settle()
        assert 9 not in inside
        release.set()
        await asyncio.gather(*tasks, late)
        assert inside[-1] == 9

    run(work)


def test_a_waiter_called_off_in_the_moment_of_its_turn_passes_the_turn_on():
    async def work() -> None:
        rate_limit, release, inside = RateLimit({"max_parallel": 1}), asyncio.Event(), []
        first = asyncio.create_task(hold(rate_limit, release, inside, 1))
        second = asyncio.create_task(hold(rate_limit, asyncio.Event(), inside, 2))
        third = asyncio.create_task(hold(rate_limit, release, inside, 3))
        await settle()
        release.set()
        await first  # the second has its turn now, and has not noticed yet
        second.cancel()
        await third
        with pytest.raises(asyncio.CancelledError):
            await second
        assert 3 in inside

    run(work)


def test_two_rates_in_turn_do_not_cancel_the_pace():
    async def work() -> None:
        rate_limit = RateLimit()
        started = asyncio.get_running_loop().time()
        for n in range(6):
            rate_limit.limit({"rpm": 600 if n % 2 else 1200})
            async with rate_limit.slot():
                pass
        # Starts keep 0.05 s or 0.1 s from the one before: 3 x 0.05 + 2 x 0.1 at least.
        assert asyncio.get_running_loop().time() - started >= 0.34

    run(work)


def test_tokens_per_minute_set_the_pace_and_what_was_really_used_counts():
    async def work() -> None:
        rate_limit = RateLimit({"tpm": 60_000})  # a thousand tokens per second
        clock = asyncio.get_running_loop().time
        started = clock()
        async with rate_limit.slot(tokens=100):  # at once; the next one 0.1 s later
            pass
        async with rate_limit.slot(tokens=100):
            assert clock() - started >= 0.099
        rate_limit.correct(
            expected=100, used=300
        )  # it took 300: the next one waits for 0.1 + 0.1 + 0.2 s in all
        async with rate_limit.slot(tokens=100):
            assert clock() - started >= 0.399

    run(work)


async def start_one(rate_limit: RateLimit) -> float:
    async with rate_limit.slot():
        return asyncio.get_running_loop().time()


def test_a_provider_that_asks_to_slow_down_is_heeded_once_per_round():
    async def work() -> None:
        rate_limit, release = RateLimit({"max_parallel": 8}), asyncio.Event()
        tasks = [asyncio.create_task(hold(rate_limit, release, [], n)) for n in range(8)]
        await settle()
        began = asyncio.get_running_loop().time()
        for _ in range(8):  # all that were under way are told so
            rate_limit.slow_down(8, began, pause_s=0.2)
        assert rate_limit.status()["allowed"] == 4
        release.set()
        await asyncio.gather(*tasks)
        assert await start_one(rate_limit) - began >= 0.19
        rate_limit.slow_down(1, asyncio.get_running_loop().time(), pause_s=0.0)
        assert rate_limit.status()["allowed"] == 1  # never less

    run(work)


def test_a_slowed_limit_recovers_by_one_request_per_round_of_answers():
    async def work() -> None:
        rate_limit, release = RateLimit({"max_parallel": 8}), asyncio.Event()
        tasks = [asyncio.create_task(hold(rate_limit, release, [], n)) for n in range(8)]
        await settle()
        rate_limit.slow_down(8, asyncio.get_running_loop().time(), pause_s=0.0)
        allowed = []
        for _ in range(40):
            rate_limit.succeed()
            allowed.append(rate_limit.status()["allowed"])
        # From 4: it takes about 4 + 5 + 6 + 7 answers, one round each, until all 8 are allowed.
        assert allowed[3] in (4, 5)
        assert allowed[25] == 8
        assert not rate_limit.status()["slowed"]
        release.set()
        await asyncio.gather(*tasks)

    run(work)


def test_without_a_limit_a_slowed_limit_still_recovers():
    async def work() -> None:
        rate_limit, release = RateLimit(), asyncio.Event()
        tasks = [asyncio.create_task(hold(rate_limit, release, [], n)) for n in range(6)]
        await settle()
        rate_limit.slow_down(6, asyncio.get_running_loop().time(), pause_s=0.0)
        assert rate_limit.status()["allowed"] == 3
        for _ in range(100):
            rate_limit.succeed()
        assert rate_limit.status()["allowed"] >= 12
        release.set()
        await asyncio.gather(*tasks)

    run(work)


def request(provider: str, api_base: str | None = None) -> dict:
    return {"provider": provider, "model": "m", "api_base": api_base}


@pytest.mark.parametrize(
    ("provider", "base", "limits", "of_model", "of_provider"),
    [
        ("openai", None, {}, {"rpm": 500, "tpm": 30_000}, {"max_parallel": 8}),
        ("openai", "http://own", {}, {}, {"max_parallel": 8}),
        ("ollama", None, {}, {"max_parallel": 2}, {"max_parallel": 2}),
        ("openai", "http://own", {"openai/m": {"max_parallel": 3}}, {"max_parallel": 3}, None),
        ("anthropic", None, {"anthropic/m": {"rpm": 9}}, {"rpm": 9, "tpm": 30_000}, None),
        # What the config says of the provider replaces the usual limit of its models.
        ("anthropic", None, {"anthropic": {"rpm": 900}}, {"tpm": 30_000}, None),
    ],
)
def test_a_first_tier_key_is_assumed_until_the_config_says_more(
    provider, base, limits, of_model, of_provider
):
    found = configured_limits(request(provider, base), limits)
    assert found[0] == {"max_parallel": 8, **of_model}
    assert found[1] == of_provider or of_provider is None


def test_a_limit_that_the_config_no_longer_gives_is_gone():
    async def work() -> None:
        rate_limits = RateLimits()
        rate_limits.of(request("openai", "http://own"), {"openai": {"max_parallel": 1}})
        _, of_provider = rate_limits.of(request("openai", "http://own"), {})
        assert of_provider.status()["allowed"] == 8

    run(work)


def test_a_new_limit_holds_for_those_who_wait_and_those_who_left_cost_no_time():
    async def work() -> None:
        rate_limit = RateLimit({"tpm": 60})  # a request of 100 tokens takes 100 s
        async with rate_limit.slot(tokens=100):
            pass
        waiting = [asyncio.create_task(start_one(rate_limit)) for _ in range(3)]
        gone = [asyncio.create_task(start_one(rate_limit)) for _ in range(20)]
        await settle()
        for task in gone:
            task.cancel()
        rate_limit.limit({})
        await asyncio.wait_for(asyncio.gather(*waiting), timeout=2)

    run(work)
