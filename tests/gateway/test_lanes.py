"""Lanes: order, limits that change, and waiters that go away."""

import asyncio

import pytest

from divergent_bench.gateway.lanes import Lane


async def hold(lane: Lane, release: asyncio.Event, inside: list[int], number: int) -> None:
    async with lane.slot():
        inside.append(number)
        await release.wait()


def run(work) -> None:
    asyncio.run(asyncio.wait_for(work(), timeout=10))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_first_come_first_served():
    async def work() -> None:
        lane, release, inside = Lane({"max_parallel": 1}), asyncio.Event(), []
        tasks = [asyncio.create_task(hold(lane, release, inside, n)) for n in range(5)]
        release.set()
        await asyncio.gather(*tasks)
        assert inside == [0, 1, 2, 3, 4]

    run(work)


def test_a_raised_limit_admits_those_who_wait():
    async def work() -> None:
        lane, release, inside = Lane({"max_parallel": 1}), asyncio.Event(), []
        tasks = [asyncio.create_task(hold(lane, release, inside, n)) for n in range(6)]
        await settle()
        assert inside == [0]
        lane.limit({"max_parallel": 4})
        await settle()
        assert inside == [0, 1, 2, 3]
        release.set()
        await asyncio.gather(*tasks)

    run(work)


def test_a_lowered_limit_counts_for_those_to_come():
    async def work() -> None:
        lane, release, inside = Lane({"max_parallel": 4}), asyncio.Event(), []
        tasks = [asyncio.create_task(hold(lane, release, inside, n)) for n in range(4)]
        await settle()
        lane.limit({"max_parallel": 1})
        late = asyncio.create_task(hold(lane, release, inside, 9))
        await settle()
        assert 9 not in inside
        release.set()
        await asyncio.gather(*tasks, late)
        assert inside[-1] == 9

    run(work)


def test_a_waiter_called_off_in_the_moment_of_its_turn_passes_the_turn_on():
    async def work() -> None:
        lane, release, inside = Lane({"max_parallel": 1}), asyncio.Event(), []
        first = asyncio.create_task(hold(lane, release, inside, 1))
        second = asyncio.create_task(hold(lane, asyncio.Event(), inside, 2))
        third = asyncio.create_task(hold(lane, release, inside, 3))
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
        lane = Lane()
        started = asyncio.get_running_loop().time()
        for n in range(6):
            lane.limit({"rpm": 600 if n % 2 else 1200})
            async with lane.slot():
                pass
        # Starts keep 0.05 s or 0.1 s from the one before: 3 x 0.05 + 2 x 0.1 at least.
        assert asyncio.get_running_loop().time() - started >= 0.34

    run(work)
