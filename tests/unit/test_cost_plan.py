"""Plans: what would be asked, what it costs, how long it takes."""

import json
from pathlib import Path

import pytest

from divergent_bench.base.files import write_text
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.records import record_text
from divergent_bench.base.requests import digest
from divergent_bench.cli.views.plan import plan_notes, plan_table, power_notes, power_table
from divergent_bench.config import load_config, parse_config
from divergent_bench.design.contrasts import analysis_plans
from divergent_bench.design.expansion import expand
from divergent_bench.design.policy import run_policy
from divergent_bench.running.cost_plan import FactorPlan, ModelPlan, Plan, make_plan, plan_factors
from divergent_bench.sampling.gateway.ledger import LEDGER, Entry, Ledger
from divergent_bench.sampling.providers import llm

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _somewhere(workdir, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")


def config(samples: int = 10, **extra):
    settings = {"price": {"input": 2.0, "output": 10.0}, "max_tokens": 100}
    entry = {"provider": "openai", "model": "gpt-4o"} | settings | extra.pop("entry", {})
    baseline = {"provider": "baseline", "model": "random-nouns"}
    experiment = {"name": "e", "providers": [entry, baseline], "samples": samples}
    return parse_config({"name": "p", "experiments": [experiment], **extra})


def plan(checked, **options):
    return make_plan(expand(checked), run_policy(checked), **options)


def factors(checked):
    grid = expand(checked)
    return plan_factors(grid, analysis_plans(checked, grid))


def answer(request, tokens=30, latency_s=1.0):
    usage = {"prompt_tokens": 50, "completion_tokens": tokens, "total_tokens": 50 + tokens}
    text = json.dumps({"text": "cat", "outcome": "ok", "usage": usage, "latency_s": latency_s})
    return Entry(digest(request), request, text, "2026-01-01", 0.01, "results/p")


def test_nothing_is_made_by_looking():
    plan(config())
    assert list(Path().iterdir()) == []


def test_a_first_run_asks_for_everything_that_is_not_free():
    made = plan(config())
    model, baseline = made.models
    assert (model.samples, model.due, model.in_ledger, model.to_ask) == (10, 10, 0, 10)
    assert (baseline.samples, baseline.due, baseline.to_ask) == (10, 10, 0)
    request = expand(config()).conditions[0].template
    prompt = llm.prompt_tokens(request)
    assert model.prompt_tokens == 10 * prompt
    assert model.answer_tokens == 10 * 60  # ten words, before anything is known of the model
    assert made.cost_usd == pytest.approx(10 * (prompt * 2e-6 + 60 * 10e-6))
    worst = llm.upper_bound_usd(request, llm.Price(2e-6, 10e-6))
    assert made.most_usd == pytest.approx(10 * worst)
    # First tier of OpenAI: 500 requests and 30,000 tokens per minute; eight at a time, 2 s each.
    assert made.minutes == pytest.approx(
        max(10 / 500, 10 * (prompt + 60) / 30_000, 10 * 2 / 60 / 8)
    )


def test_sample_files_and_the_ledger_are_not_asked_again_unless_fresh():
    samples = list(expand(config()).conditions[0].samples())
    ledger = Ledger(LEDGER)
    ledger.add([answer(sample.request) for sample in samples[:6]]).result()
    ledger.close()
    for sample in samples[:4]:
        text = record_text({}, digest(sample.request), sample.request, "{}")
        write_text(sample.path, text)
    model = plan(config()).models[0]
    assert (model.samples, model.due, model.in_ledger, model.to_ask) == (10, 6, 2, 4)
    fresh = plan(config(), fresh=True).models[0]
    assert (fresh.due, fresh.in_ledger, fresh.to_ask) == (6, 0, 6)
    assert model.answer_tokens == 4 * 30  # as long as its answers were so far


def test_a_file_that_answers_another_request_is_due():
    sample = next(expand(config()).conditions[0].samples())
    write_text(sample.path, record_text({}, "0" * 64, sample.request, "{}"))
    assert plan(config()).models[0].due == 10


def test_limits_of_the_config_set_the_time():
    made = plan(config(entry={"rpm": 2}))
    assert made.minutes == pytest.approx(5.0)


def test_two_models_of_a_provider_share_its_limit_and_providers_do_not_wait_for_each_other():
    both = {"model": None, "models": ["gpt-4o", "gpt-4o-mini"], "rpm": 2}
    assert plan(config(entry=both)).minutes == pytest.approx(10.0)


def test_what_would_stop_the_run_is_in_the_plan(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    assert "set OPENAI_API_KEY" in plan(config()).problems[0]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    unpriced = {"model": "unheard-of", "price": None}
    assert "`budget_usd` needs" in plan(config(entry=unpriced, budget_usd=1.0)).problems[0]
    refused = plan(config(entry={"model": "o3"})).problems
    assert "takes no temperature of 0.7; write `temperature: null`" in refused[0]


def test_a_budget_that_one_request_could_pass_is_said_beforehand():
    (problem,) = plan(config(budget_usd=0.0001)).problems
    assert "openai/gpt-4o: one request could cost up to 0.00" in problem
    assert "of the budget of 0.0001 USD 0.0001 are left" in problem


def test_of_a_reasoning_model_nobody_knows_how_long_it_thinks():
    thinking = config(entry={"model": "o3"}, defaults={"temperature": None})
    assert "openai/o3 may think before answering" in " ".join(plan_notes(plan(thinking)))


def test_a_model_that_its_provider_withdraws_is_said_with_the_day(monkeypatch):
    assert not any("Withdrawn" in note for note in plan_notes(plan(config())))
    monkeypatch.setattr(llm.pricing, "table_entry", lambda *_: {"deprecation_date": "2031-02-03"})
    assert "openai/gpt-4o on 2031-02-03" in " ".join(plan_notes(plan(config())))


def test_shipped_configs_name_models_that_are_for_sale_and_not_withdrawn():
    grids = [expand(load_config(path)) for path in sorted((ROOT / "config").glob("*.yaml"))]
    asked = {
        (request["provider"], request["model"]): request
        for grid in grids
        for request in (planned.template for planned in grid.conditions)
        if find_provider(request["provider"]).asks_models
    }
    assert len(asked) >= 4
    assert not [name for name, request in asked.items() if not llm.price_of(request)]
    assert not [name for name, request in asked.items() if llm.ends_on(request)]


def test_notes_say_what_it_amounts_to():
    notes = " ".join(plan_notes(plan(config(), fresh=True)))
    assert "10 requests, about 0.0" in notes
    assert "fresh" in notes
    tight = plan_notes(plan(config(budget_usd=0.0001)))
    assert "that is not enough for this plan" in tight[-1]
    unknown = plan_notes(plan(config(entry={"model": "unheard-of", "price": None})))
    assert "No price is known for openai/unheard-of" in unknown[-1]
    assert plan_table(plan(config())).row_count == 2


def crossed(models, strategies=("none",), temperatures=(0.7,), samples=10, **extra):
    experiment = {
        "name": "e",
        "providers": [
            {"provider": "openai", "models": list(models)},
            {"provider": "baseline", "models": ["random-nouns", "oracle"]},
        ],
        "strategies": list(strategies),
        "temperatures": list(temperatures),
        "samples": samples,
    }
    return parse_config({"name": "p", "experiments": [experiment], **extra})


def test_what_is_compared_is_planned_without_baselines():
    checked = crossed(["gpt-4o", "gpt-4o-mini"], ["none", "etymology", "opposites"], [0.5, 1.0])

    model, strategy, temperature = factors(checked)

    # One pair of levels: 5 %; three pairs: 5 / 3 %.
    needed = {2: 64, 3: 143, 5: 394}
    assert model == FactorPlan("dat", "model", 2, 1, 60, needed, can_show=True)
    assert temperature == FactorPlan("dat", "temperature", 2, 1, 60, needed, can_show=True)
    assert (strategy.levels, strategy.comparisons, strategy.answers) == (3, 3, 40)
    assert strategy.needed[2] > 64


def test_forty_five_comparisons_need_twice_as_many_answers():
    (model,) = factors(crossed([f"m{place}" for place in range(10)]))

    assert (model.comparisons, model.answers) == (45, 10)
    assert model.needed == {2: 138, 3: 306, 5: 845}


def test_so_few_answers_that_no_pair_could_differ_alone_are_told():
    (model,) = factors(crossed([f"m{place}" for place in range(60)], samples=5))

    assert (model.comparisons, model.answers, model.can_show) == (1770, 5, False)


def test_people_are_no_level_of_temperature(tmp_path):
    file = tmp_path / "lists.csv"
    file.write_text("response\none\n", encoding="utf-8")
    columns = {"response": "response", "model": None, "strategy": None, "temperature": None}
    people = {"provider": "people", "model": "people", "file": str(file), "columns": columns}
    models = {"provider": "openai", "models": ["gpt-4o", "o3"]}
    experiment = {"name": "e", "providers": [models, people], "samples": 1}

    compared = factors(parse_config({"name": "p", "experiments": [experiment]}))

    assert [(each.factor, each.levels) for each in compared] == [("model", 3)]


def test_planned_contrasts_are_the_comparisons_of_their_factor():
    primary = [{"model": ["gpt-4o", "all"]}, {"model": ["gpt-4o-mini", "gpt-4.1"]}]
    checked = crossed(
        ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "o3"],
        ["none", "etymology"],
        analysis={"primary": primary},
    )

    model, strategy = factors(checked)

    assert (model.levels, model.comparisons) == (4, 4)
    assert strategy.comparisons == 1


def test_the_level_with_the_fewest_answers_counts():
    more = {"name": "f", "providers": [{"provider": "openai", "model": "gpt-4o"}], "samples": 30}
    entry = {"provider": "openai", "models": ["gpt-4o", "gpt-4o-mini"]}
    both = {"name": "e", "providers": [entry], "samples": 10}
    checked = parse_config({"name": "p", "experiments": [both, more]})

    (model,) = factors(checked)

    assert model.answers == 10


def test_where_nothing_is_compared_no_answers_are_needed_for_it():
    assert factors(config()) == []
    assert factors(crossed(["a", "b"], analysis={"factors": ["strategy"]})) == []


def test_a_plan_says_when_it_cannot_show_anything():
    few = factors(crossed(["a", "b"], ["none", "etymology"], samples=10))
    enough = factors(crossed(["a", "b"], ["none", "etymology"], samples=32))

    # 20 answers per level are fewer than the 64 that an SD of 2 needs; 64 are just enough.
    assert (
        power_notes(few)[-1]
        == "Too few to show a difference of 1 point at any of these SDs: model, strategy."
    )
    assert not any("Too few" in note for note in power_notes(enough))
    assert power_table(few).row_count == 2


def test_a_price_that_is_not_known_is_not_0_because_baselines_cost_nothing():
    unknown = ModelPlan("openai", "new", to_ask=5, cost_usd=None, most_usd=None)
    free = ModelPlan("baseline", "random-nouns")

    def cost(*models: ModelPlan) -> float | None:
        return Plan("b", False, None, 0.0, 0.0, list(models)).cost_usd

    assert cost(unknown, free) is None
    assert cost(free) == 0
