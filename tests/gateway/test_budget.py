"""Budgets: no request is sent that could pass one, and whatever may have been paid counts."""

import asyncio
import json

import pytest
from aiohttp import web

from divergent_bench.base.failures import NoAnswerError
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.requests import digest
from divergent_bench.sampling.gateway import budget
from divergent_bench.sampling.gateway.dispatcher import Dispatcher
from divergent_bench.sampling.gateway.ledger import Entry
from divergent_bench.sampling.gateway.request_locks import RequestLocks
from divergent_bench.sampling.providers import llm
from tests.gateway.test_dispatcher import request
from tests.helpers import wires

BATCH = "results/b"
# Ten USD per million tokens either way: the loopback's answer of 90 + 40 tokens costs 0.0013 USD.
PRICES = {"openai/gpt-4o": {"input": 10.0, "output": 10.0}}
COST = 130 * 10e-6


@pytest.fixture(scope="module", autouse=True)
def _litellm():
    llm.load_litellm()


def ask(ledger, requests, budget_usd, prices=PRICES, max_parallel=8):
    limits = {"openai": {"max_parallel": max_parallel}}
    policy = RunPolicy(BATCH, limits, prices, budget_usd)

    async def work():
        dispatcher = Dispatcher(ledger, RequestLocks(ledger.path.with_name("claims")))
        asked = [dispatcher.answer(digest(each), each, policy) for each in requests]
        try:
            return await asyncio.gather(*asked, return_exceptions=True)
        finally:
            await llm.close_connections()

    return asyncio.run(work())


def seeds(server, count, **changes):
    prompt = [{"role": "user", "content": "word " * 90}]  # as long as the loopback says it is
    changes = {"messages": prompt, "max_tokens": 40, **changes}
    return [request(server, seed=seed, **changes) for seed in range(count)]


def bound(server):
    price = llm.Price(10e-6, 10e-6)
    return llm.upper_bound_usd(seeds(server, 1)[0], price)


@pytest.mark.parametrize("max_parallel", [1, 8])
def test_no_request_is_sent_that_could_pass_the_budget(server, ledger, max_parallel):
    budget = 10 * COST
    results = ask(ledger, seeds(server, 30), budget, max_parallel=max_parallel)
    answers = [each for each in results if isinstance(each, str)]
    sent = len(server.requests)
    assert sent == len(answers)
    assert sent * COST <= budget
    # It goes on for as long as one more request at its worst still fits.
    assert (sent - 1) * COST + bound(server) <= budget < sent * COST + bound(server)
    refused = {str(each) for each in results if isinstance(each, NoAnswerError)}
    assert len(refused) == 1  # one reason, told once
    assert "the budget of 0.013 USD is reached" in refused.pop()
    assert ledger.spending(BATCH).spent_usd == pytest.approx(sent * COST)
    assert ledger.spending(BATCH).reserved_usd == pytest.approx(0)


@pytest.mark.parametrize("alive", [True, False])
def test_what_a_living_gateway_holds_is_waited_for(server, ledger, monkeypatch, alive):
    monkeypatch.setattr(budget, "OTHERS_POLL_SECONDS", 0.02)
    price, one = llm.Price(10e-6, 10e-6), seeds(server, 1)[0]
    policy = RunPolicy(BATCH, {}, PRICES, bound(server) * 1.5)
    assert ledger.reserve(BATCH, bound(server), policy.budget_usd).result()  # by another gateway

    async def work():
        own = budget.Budget(ledger, lambda: alive)
        asyncio.get_running_loop().call_later(0.1, ledger.release, BATCH, bound(server))
        async with own.hold(one, price, policy) as reservation:
            return reservation.usd

    if alive:
        assert asyncio.run(work()) == bound(server)
    else:
        with pytest.raises(NoAnswerError, match="in doubt") as raised:
            asyncio.run(work())
        assert raised.value.failure.cause == "budget"


def test_a_raised_budget_goes_on_where_it_stopped(server, ledger):
    ask(ledger, seeds(server, 20), 5 * COST)
    first = len(server.requests)
    results = ask(ledger, seeds(server, 20), 1.0)
    assert all(isinstance(each, str) for each in results)
    assert len(server.requests) == 20 > first
    assert sorted(body["seed"] for body in server.requests) == list(range(20))  # none twice


def test_money_under_way_is_waited_for_rather_than_given_up(server, ledger):
    server.delay_s = 0.05
    # The budget holds two requests at their worst at a time, but four at what they really cost.
    budget = max(2.2 * bound(server), 3 * COST + bound(server))
    results = ask(ledger, seeds(server, 4), budget)
    assert all(isinstance(each, str) for each in results)
    assert server.most_in_flight <= budget // bound(server)


def test_what_was_sent_and_never_answered_counts_as_spent(server, ledger):
    # A gateway that was killed leaves its reservation in the ledger.
    assert ledger.reserve(BATCH, 0.5, budget_usd=1.0).result()
    (error,) = ask(ledger, seeds(server, 1), budget_usd=0.5)
    assert "0.5000 USD in doubt (sent, but never answered)" in str(error)
    assert server.requests == []


def test_an_error_that_costs_nothing_gives_its_money_back(server, ledger):
    server.fault = lambda body: wires.error(400, "no", "no")
    ask(ledger, seeds(server, 1), budget_usd=1.0)
    assert ledger.spending(BATCH).reserved_usd == pytest.approx(0)
    assert ledger.spending(BATCH).spent_usd == 0


def test_an_answer_without_usage_counts_as_what_was_reserved(server, ledger):
    def reply(body):
        content = wires.completion(body, "1. cat")
        content["usage"] = None
        return web.json_response(content)

    server.fault = reply
    (answer,) = ask(ledger, seeds(server, 1), budget_usd=1.0)
    assert json.loads(answer)["cost_usd"] is None
    assert ledger.spending(BATCH).spent_usd == pytest.approx(bound(server))


@pytest.mark.parametrize("count", [-(10**6), 1_000_000, 10**15, 0.5])
def test_no_figure_of_a_provider_makes_a_budget_grow_or_spends_all_of_it(server, ledger, count):
    def reply(body):
        content = wires.completion(body, "1. cat")
        content["usage"] |= {"completion_tokens": count, "total_tokens": count}
        return web.json_response(content)

    server.fault = reply
    answers = ask(ledger, seeds(server, 20), budget_usd=5.5 * bound(server), max_parallel=1)
    kept = [json.loads(each) for each in answers if isinstance(each, str)]
    assert len(kept) == len(server.requests) == 5, "each counts as what was reserved for it"
    assert {(each["cost_usd"], *each["flags"]) for each in kept} == {(None, "usage_not_credible")}
    assert ledger.spending(BATCH).spent_usd == pytest.approx(5 * bound(server))


def test_spending_below_nothing_is_no_budget(server, ledger):
    ask(ledger, seeds(server, 1), budget_usd=1.0)
    ledger.query("UPDATE spending SET spent_usd = -100, reserved_usd = -100")
    (error,) = ask(ledger, seeds(server, 2)[1:], budget_usd=bound(server) / 2)
    assert error.failure.cause == "budget"


def test_a_model_without_a_price_is_not_asked_under_a_budget(server, ledger):
    (error,) = ask(ledger, seeds(server, 1, model="my-own-model"), budget_usd=1.0, prices={})
    assert "what a request may cost is not known, which `budget_usd` needs" in str(error)
    assert server.requests == []


def test_spending_is_counted_by_batch_with_and_without_a_budget(server, ledger):
    ask(ledger, seeds(server, 3), budget_usd=None)
    assert ledger.spending(BATCH).spent_usd == pytest.approx(3 * COST)
    ledger.add(
        [Entry("d", {"provider": "p", "model": "m"}, "{}", "2026-01-01", 2.0, "results/c")]
    ).result()
    assert ledger.spending("results/c").spent_usd == 2.0
    assert ledger.spending(BATCH).spent_usd == pytest.approx(3 * COST)


def test_a_provider_that_counts_more_tokens_than_we_do_is_believed(server, ledger):
    short = [{"role": "user", "content": "Ten words."}]  # for which the loopback counts 90 tokens
    requests = seeds(server, 30, messages=short, max_tokens=None, params={"max_tokens": 1})
    results = ask(ledger, requests, budget_usd=10 * COST, max_parallel=1)
    assert sum(isinstance(each, str) for each in results) == len(server.requests)
    assert len(server.requests) * COST <= 10 * COST + 1e-9
