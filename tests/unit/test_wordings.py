"""Wordings: several texts of a strategy, of which the seed decides which is asked."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from divergent_bench.analysis.evaluation import evaluate
from divergent_bench.base.answers import Answer
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text
from divergent_bench.base.records import record_text
from divergent_bench.base.requests import digest, each_wording, request_at
from divergent_bench.config import Config, load_config, parse_config
from divergent_bench.design.expansion import expand
from divergent_bench.design.grid import Grid
from divergent_bench.design.policy import run_policy
from divergent_bench.instrument.spaces import open_space
from divergent_bench.instrument.tasks import known_strategies
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.running.cost_plan import make_plan
from divergent_bench.sampling.gateway import prefetch, server
from divergent_bench.sampling.gateway.ledger import Spending
from divergent_bench.sampling.gateway.preflight import problems
from divergent_bench.sampling.providers import llm

MINE = ["Ten words.", "Words, ten of them.", f"Ten {'different ' * 50}words."]
PRICE = {"input": 2.0, "output": 10.0}


def config(*strategies: str, **settings: Any) -> Config:
    entry = {"provider": "openai", "model": "gpt-4o", "price": PRICE, "max_tokens": 100}
    experiment: dict[str, Any] = {"name": "e", "providers": [entry], "samples": 7}
    experiment["strategies"] = list(strategies or ("none", "mine"))
    own = {"mine": {"text": MINE}}
    top = {key: settings.pop(key) for key in ("defaults", "budget_usd") if key in settings}
    return parse_config(
        {"name": "t", "experiments": [{**experiment, **settings}], "strategies": own, **top}
    )


def digests(checked: Config) -> dict[str, str]:
    return {sample.path: digest(sample.request) for sample in expand(checked).samples()}


def asked(grid: Grid) -> list[str]:
    """Return what the samples of a grid are asked."""
    return [sample.request["messages"][-1]["content"] for sample in grid.samples()]


# Requests


def test_the_seed_decides_the_wording_and_a_request_holds_no_other() -> None:
    template = {"model": "m", "messages": ["a"], "wordings": [["a"], ["b"], ["c"]], "n": 1}
    requests = [request_at(template, seed) for seed in (0, 1, 2, 3, 7)]
    assert [request["messages"] for request in requests] == [["a"], ["b"], ["c"], ["a"], ["b"]]
    assert requests[4] == {"model": "m", "messages": ["b"], "n": 1, "seed": 7}
    assert each_wording(template) == requests[:3]
    assert "wordings" in template


def test_a_template_of_one_wording_is_the_request_without_its_seed() -> None:
    template = {"model": "m", "messages": ["a"]}
    assert json.dumps(request_at(template, 3)) == '{"model": "m", "messages": ["a"], "seed": 3}'
    assert each_wording(template) == [{**template, "seed": 0}]


# From a config to requests


@pytest.mark.parametrize("said", [{"wordings": 1}, {"defaults": {"wordings": 1}}])
def test_one_wording_said_aloud_changes_nothing(said: dict[str, Any]) -> None:
    assert digests(config(**said)) == digests(config())
    plain, grid = expand(config()), expand(config(**said))
    assert [each.template_json() for each in grid.conditions] == [
        each.template_json() for each in plain.conditions
    ]


def test_without_wordings_only_the_first_text_is_asked() -> None:
    assert set(asked(expand(config("mine")))) == {MINE[0]}


@pytest.mark.parametrize("said", [{"wordings": 3}, {"defaults": {"wordings": 3}}])
def test_samples_are_asked_in_turn_in_the_wordings_of_their_strategy(said: dict[str, Any]) -> None:
    grid = expand(config(**said))
    none = [message["content"] for (message,) in map(known_strategies()["none"].messages, range(3))]
    assert asked(grid) == [texts[seed % 3] for texts in (none, MINE) for seed in range(7)]
    assert [sample.wording for sample in grid.samples()] == [0, 1, 2, 0, 1, 2, 0] * 2


def test_a_seed_has_its_wording_whichever_seeds_are_asked() -> None:
    grid = expand(config("mine", seeds=[10, 4, 5], samples=None, wordings=3))
    assert asked(grid) == [MINE[1], MINE[2], MINE[1]]


def test_an_experiment_has_its_own_number_of_wordings() -> None:
    one = config(defaults={"wordings": 3}, wordings=1)
    assert digests(one) == digests(config())


def test_the_system_message_goes_with_every_wording() -> None:
    raw = config("mine", wordings=2).model_dump(exclude_unset=True)
    raw["strategies"]["mine"]["system"] = "You are a poet."
    grid = expand(parse_config(raw))
    assert {s.request["messages"][0]["content"] for s in grid.samples()} == {"You are a poet."}
    assert asked(grid)[:2] == MINE[:2]


@pytest.mark.parametrize(("before", "after"), [(1, 2), (1, 5), (2, 4), (2, 5), (5, 3)])
def test_another_number_changes_the_samples_whose_text_changes_and_no_path(
    before: int, after: int
) -> None:
    seeds = range(20)
    old, new = (
        digests(config("none", samples=len(seeds), wordings=number)) for number in (before, after)
    )
    assert list(old) == list(new)
    changed = [seed for seed, path in enumerate(new) if old[path] != new[path]]
    assert changed == [seed for seed in seeds if seed % before != seed % after]
    grids = [
        expand(config("none", samples=len(seeds), wordings=number)) for number in (before, after)
    ]
    # What Snakemake remembers of the job of a single seed.
    (one,), (other,) = (grid.conditions for grid in grids)
    assert changed == [
        seed for seed in seeds if one.template_json(seed) != other.template_json(seed)
    ]


def test_whom_no_prompt_is_sent_has_no_wordings(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_text("response\ncat dog\n", encoding="utf-8")
    nothing_said = {"model": None, "strategy": None, "temperature": None}
    providers = [
        {"provider": "baseline", "model": "random-nouns"},
        {"provider": "recorded", "model": "m", "file": str(file), "columns": nothing_said},
    ]
    plain, many = (
        digests(config(providers=providers, samples=1, wordings=number)) for number in (1, 9)
    )
    assert plain == many


# What is wrong with a config


TOO_MANY = {
    "name: t\ndefaults: {wordings: 6}\nexperiments:\n  - {name: e, providers: "
    "[{provider: openai, model: m}]}\n": "line 2, defaults.wordings: 6 wordings are asked for, "
    "and the strategy 'none' has 5; write 5",
    "name: t\nstrategies: {mine: {text: Ten.}}\nexperiments:\n  - name: e\n    wordings: 2\n"
    "    strategies: [none, mine]\n    providers: [{provider: openai, model: m}]\n": "line 5, "
    "experiments[0].wordings: 2 wordings are asked for, and the strategy 'mine' has 1; write 1, "
    "or list more texts under `strategies.mine.text`",
}


@pytest.mark.parametrize(("text", "said"), TOO_MANY.items())
def test_more_wordings_than_there_are_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bench.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        expand(load_config(file))
    assert str(caught.value) == f"{file}, {said}"


def test_one_condition_in_two_numbers_of_wordings_is_an_error() -> None:
    raw = config(wordings=2).model_dump(exclude_unset=True)
    raw["experiments"].append({**raw["experiments"][0], "wordings": 3})
    with pytest.raises(UserError, match=r"described in two ways \(they differ in: wordings\)"):
        expand(parse_config(raw))


def test_two_strategies_that_share_a_wording_are_an_error() -> None:
    raw = config(wordings=2).model_dump(exclude_unset=True)
    raw["strategies"]["other"] = {"text": ["Another.", MINE[0]]}
    raw["experiments"][0]["strategies"] = ["mine", "other"]
    with pytest.raises(UserError, match="would send the same requests"):
        expand(parse_config(raw))
    raw["experiments"][0]["wordings"] = 1  # then the shared one is not asked twice
    expand(parse_config(raw))


# On the way to the models


def test_the_gateway_is_told_of_groups_and_asks_what_the_samples_ask() -> None:
    samples = list(expand(config(wordings=3)).samples())
    grouped = prefetch._grouped(samples)
    groups = json.loads(json.dumps([prefetch._group(group) for group in grouped]))
    assert [len(group["seeds"]) for group in groups] == [7, 7]
    assert list(server._requests(groups)) == [sample.request for sample in samples]


def test_the_plan_counts_the_prompt_of_every_wording(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    checked = config(wordings=3)
    (model,) = make_plan(expand(checked), run_policy(checked)).models
    tokens = [llm.prompt_tokens(sample.request) for sample in expand(checked).samples()]
    assert model.to_ask == 14
    assert model.prompt_tokens == sum(tokens)
    assert model.cost_usd == pytest.approx(sum(tokens) * 2e-6 + 14 * 60 * 10e-6)
    bounds = [
        llm.upper_bound_usd(sample.request, llm.Price(2e-6, 10e-6))
        for sample in expand(checked).samples()
    ]
    assert model.most_usd == pytest.approx(sum(filter(None, bounds)))


def test_a_budget_must_suffice_for_the_longest_wording(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    (planned,) = expand(config("mine", wordings=3)).conditions
    short, _, long = (
        llm.upper_bound_usd(request, llm.Price(2e-6, 10e-6))
        for request in each_wording(planned.template)
    )
    assert short is not None
    assert long is not None
    checked = config("mine", wordings=3, budget_usd=(short + long) / 2)
    policy = run_policy(checked)
    (failure,) = problems([planned.template], policy, Spending(0.0, 0.0))
    assert f"one request could cost up to {long:.4f} USD" in failure.message
    first = request_at(planned.template, 0)
    assert problems([first], policy, Spending(0.0, 0.0)) == []


# In the tables


def test_scores_have_the_wording_of_each_seed_also_where_others_are_missing(tmp_path: Path) -> None:
    grid = expand(config(wordings=3, seeds=[4, 5, 6, 9], samples=None))
    samples = [sample for sample in grid.samples() if sample.seed != 6]
    for sample in samples:
        key = {
            "provider": "openai",
            "model": "gpt-4o",
            "strategy": sample.condition.strategy,
            "temperature": 0.7,
            "seed": sample.seed,
        }
        answer = Answer("cat, dog", sent={}).to_json()
        text = record_text(key, digest(sample.request), sample.request, answer)
        write_text(tmp_path / sample.path, text)
    scores, _ = evaluate(
        [(sample.path, digest(sample.request)) for sample in samples],
        [open_space("wordnet")],
        TASK,
        copies=str(tmp_path),
        wordings={sample.path: sample.wording for sample in samples},
    )
    assert scores["seed"].tolist() == [4, 5, 9] * 2
    assert scores["wording"].tolist() == [1, 2, 0] * 2


# The texts of the package


HINTS = {  # patterns that every wording of a strategy has
    "none": [],
    "etymology": ["etymolog"],
    "thesaurus": ["thesaurus", "part"],
    "opposites": ["oppos"],
    "random": ["random", "dictionary", "ten times", "page"],
    "competitive": ["contest", "rank", "average", "semantic distance", "most divergent", "win"],
    "instructions": [
        "silent|silence|keep it to yourself|without",
        "ten areas of life",
        "(one|a) noun",
        "compare|pairs?|against",
        "replace|exchange|in the place",
        "context.* shape.* use",
    ],
    "persona-young": ["19", "curious", "unusual idea", "quick|never takes you long"],
    "nothing": [],
}


@pytest.mark.parametrize("name", TASK.prompts)
def test_a_strategy_has_five_wordings_that_differ_and_keep_rules_hint_and_format(name: str) -> None:
    texts = known_strategies()[name].texts
    assert len(texts) == len(set(texts)) == 5
    for text in texts:
        assert text.count("{rules}") == (name != "nothing")
        assert text.count("{") == (name != "nothing")
        said = text.casefold()
        assert "10 words" in said
        assert "list" in said
        assert "number" in said
        assert all(re.search(hint, said) for hint in HINTS.get(name, [])), said
        other_hints = {h for other in HINTS if other != name for h in HINTS[other]}
        for hint in other_hints & {"etymolog", "thesaurus", "oppos", "random", "contest", "19"}:
            assert hint not in said
        if name != "nothing":
            assert re.search("mean|sense", said)
            assert "use" in said
            assert re.search("differ|unlike|dissimilar", said)
