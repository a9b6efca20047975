"""Configs made from flags, and configs that ask for more of what is there."""

import re

import pytest
import yaml

from divergent_bench.base.errors import UserError
from divergent_bench.base.failures import Failure
from divergent_bench.base.provider_catalogue import CATALOGUE
from divergent_bench.cli.models import models_of, unheard_of
from divergent_bench.cli.sampling import _naming_flags
from divergent_bench.config import parse_config
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.running.batches import write_config
from divergent_bench.running.config_from_flags import (
    Treatment,
    comparison_setup,
    default_model,
    models_to_compare,
    pair_models,
    read_strategies,
    read_temperature,
    run_setup,
    with_more,
    with_what_is_there,
)

LOCAL = "http://localhost:8080/v1"
WITH_DEFAULTS = [name for name, each in CATALOGUE.items() if each.default_model]


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def treatment(**changed):
    given = {
        "strategy": "none",
        "temperature": 0.7,
        "samples": 10,
        "structured": False,
        "space": "wordnet",
    }
    return Treatment(**given | changed)


def run(provider="openai", model="gpt-4o", **changed):
    return run_setup(provider, model, treatment(**changed))


def own_server():
    return treatment(api_base=LOCAL)


@pytest.mark.parametrize(
    ("setup", "name"),
    [
        (run, "dat-openai-gpt-4o-none-t0.7"),
        (lambda: run(structured=True), "dat-openai-gpt-4o-none-t0.7-structured"),
        (lambda: run(temperature=1.0, strategy="random"), "dat-openai-gpt-4o-random-t1"),
        (lambda: run(temperature=None), "dat-openai-gpt-4o-none-tdefault"),
        (lambda: run("openrouter", "openai/gpt-4o"), "dat-openrouter-openai-gpt-4o-none-t0.7"),
        # Neither a strategy nor a temperature changes what a generator draws.
        (lambda: run("baseline", "random-nouns", temperature=1.0), "dat-baseline-random-nouns"),
        # The number of samples and the space do not change what is asked.
        (lambda: run(samples=99, space="glove-6b-300d"), "dat-openai-gpt-4o-none-t0.7"),
    ],
)
def test_what_is_asked_names_the_directory(setup, name):
    assert setup().directory.as_posix() == f"results/{name}"


def test_a_run_asks_for_one_condition():
    (planned,) = run(samples=3, structured=True, strategy="random").grid.conditions

    assert str(planned.condition) == "openai/gpt-4o, random, t0.7"
    assert planned.seeds == (0, 1, 2)
    assert planned.template["structured"] == TASK.response_schema


def test_a_comparison_is_the_same_in_any_order_and_has_its_yardsticks():
    models = [("openai", "gpt-4o"), ("anthropic", "claude-haiku-4-5")]
    one = comparison_setup(models, treatment(), baselines=True)
    other = comparison_setup(models[::-1], treatment(), baselines=True)

    assert one == other
    assert one.config.name == "compare-anthropic-claude-haiku-4-5-openai-gpt-4o-none-t0.7"
    asked = [(p.condition.provider, p.condition.model) for p in one.grid.conditions]
    yardsticks = [("baseline", "random-nouns"), ("baseline", "common-nouns")]
    assert asked == [*sorted(models), *yardsticks]


def test_a_comparison_without_yardsticks_is_another_one():
    models = [("openai", "gpt-4o"), ("openai", "gpt-4o-mini")]
    alone = comparison_setup(models, treatment(), baselines=False)

    assert len(alone.grid.conditions) == 2
    assert alone.config.name == "compare-openai-gpt-4o-openai-gpt-4o-mini-none-t0.7-no-baselines"


def test_a_comparison_of_many_models_has_a_name_that_a_directory_can_have():
    models = [("openai", f"gpt-number-{number:02}") for number in range(20)]
    names = {
        comparison_setup(some, treatment(), baselines=True).config.name
        for some in (models, models[:-1])
    }

    assert len(names) == 2  # cut, and still not the same
    assert {len(name) for name in names} == {120}


@pytest.mark.parametrize(
    ("providers", "models", "pairs"),
    [
        (["openai", "gemini"], ["a", "b"], [("openai", "a"), ("gemini", "b")]),
        (
            ["openai", "gemini"],
            ["a"],
            [("openai", "a"), ("gemini", "gemini-2.5-flash-lite")],
        ),
        ([], ["openai/a", "openrouter/b/c"], [("openai", "a"), ("openrouter", "b/c")]),
        (["openrouter"], ["b/c", "openai/a"], [("openrouter", "b/c"), ("openai", "a")]),
        ([], ["a", "ollama/b:7b"], [("openai", "a"), ("ollama", "b:7b")]),
        (["openai"], ["openai/gpt-oss-20b"], [("openai", "openai/gpt-oss-20b")]),
        ([], [], [("openai", "gpt-4o-mini")]),
    ],
)
def test_models_are_paired_with_providers(providers, models, pairs):
    assert pair_models(providers, models) == pairs


@pytest.mark.parametrize(
    ("providers", "models", "pairs"),
    [
        ([], ["smol"], [("openai", "smol")]),
        ([], ["HuggingFaceTB/SmolLM2"], [("openai", "HuggingFaceTB/SmolLM2")]),
        ([], ["ollama/smol"], [("ollama", "smol")]),
        (["hosted_vllm"], ["a/b"], [("hosted_vllm", "a/b")]),
    ],
)
def test_a_server_of_ones_own_calls_its_models_as_it_likes(providers, models, pairs):
    assert pair_models(providers, models, LOCAL) == pairs


@pytest.mark.parametrize("providers", [[], ["ollama"]])
def test_a_server_of_ones_own_has_no_default_model(providers):
    with pytest.raises(UserError, match=f"--model: name the model that {LOCAL} serves"):
        pair_models(providers, [], LOCAL)


def test_an_unknown_provider_before_a_slash_is_said_with_the_way_out():
    with pytest.raises(UserError, match="--provider NAME") as raised:
        pair_models([], ["opnai/gpt-4o"])
    assert "did you mean 'openai'" in str(raised.value)


def test_an_address_is_part_of_what_is_asked_and_of_where_results_go():
    here = run(model="smol", api_base=LOCAL)

    assert here.directory.as_posix() == "results/dat-openai-smol-none-t0.7-at-localhost-8080-v1"
    (planned,) = here.grid.conditions
    assert planned.template["api_base"] == LOCAL
    assert list(unheard_of(here.grid)) == []
    compared = comparison_setup([("openai", "b"), ("openai", "a")], own_server(), baselines=True)
    addresses = [planned.template.get("api_base") for planned in compared.grid.conditions]
    assert addresses == [LOCAL, LOCAL, None, None]


def test_another_scheme_is_another_server(tmp_path):
    write_config(run(model="smol", api_base=LOCAL).config)
    with pytest.raises(UserError, match=f"asks for openai/smol, none, t0.7 at {LOCAL}, not for"):
        with_what_is_there(run(model="smol", api_base=LOCAL.replace("http:", "https:")))


@pytest.mark.parametrize(
    ("provider", "address", "said"),
    [
        ("baseline", LOCAL, "--api-base: baseline asks no server"),
        ("openai", "localhost", "--api-base: .*http://"),
        ("openai", "http://host/v1?api_key=0123456789abcdef", "--api-base: "),
    ],
)
def test_an_address_that_is_none_names_its_flag(provider, address, said):
    with pytest.raises(UserError, match=said):
        run(provider, "random-nouns", api_base=address)


OWN = "haiku:\n  text: Write a haiku, then name 10 nouns. {rules}\n"


@pytest.mark.parametrize("text", [OWN, "strategies:\n  " + OWN.replace("\n", "\n  ")])
def test_strategies_of_a_file_are_asked_and_kept(tmp_path, text):
    file = tmp_path / "own.yaml"
    file.write_text(text, encoding="utf-8")
    setup = run(strategy="haiku", strategies=read_strategies(file))
    (planned,) = setup.grid.conditions
    assert planned.template["messages"][-1]["content"].startswith("Write a haiku")

    write_config(setup.config)
    file.write_text(text.replace("haiku,", "sonnet,"), encoding="utf-8")
    edited = with_what_is_there(run(strategy="haiku", strategies=read_strategies(file)))
    (planned,) = edited.grid.conditions
    assert planned.template["messages"][-1]["content"].startswith("Write a sonnet")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "has no strategies"),
        ("a: [\n", "line 2: is not valid YAML"),
        ("none:\n  text: '{rules}'\n", "'none' is the name of a built-in"),
        ("haiku:\n  txt: '{rules}'\n", "--strategies: haiku.*unknown key 'txt'"),
    ],
)
def test_strategies_that_are_none_name_their_flag(tmp_path, text, said):
    file = tmp_path / "own.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="--strategies: ") as raised:
        run(strategy="haiku", strategies=read_strategies(file))
    assert re.search(said, str(raised.value))


@pytest.mark.parametrize(
    ("providers", "models", "said"),
    [
        ([], ["gpt-4o"], "needs two models"),
        ([], [], "needs two models"),
        (["openai"], ["gpt-4o"], "needs two models"),
        (["openai", "openai"], ["gpt-4o", "gpt-4o"], "needs two models"),
    ],
)
def test_what_cannot_be_paired_is_said(providers, models, said):
    with pytest.raises(UserError, match=said):
        models_to_compare(providers, models)


@pytest.mark.parametrize("provider", WITH_DEFAULTS)
def test_default_models_are_known(provider):
    assert default_model(provider) in [each.model for each in models_of(provider)]


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ("groq", "--model: name a model of groq.*list-models groq"),
        ("anthropc", "--provider: no provider 'anthropc'.*did you mean 'anthropic'"),
        ("people", "--provider: people is nobody to ask.*divergent-bench import"),
    ],
)
def test_providers_without_a_default_model_are_told_apart(provider, said):
    with pytest.raises(UserError, match=said):
        default_model(provider)


@pytest.mark.parametrize(("text", "value"), [("0", 0.0), ("1.5", 1.5), ("default", None)])
def test_temperatures_are_read(text, value):
    assert read_temperature(text) == value


def test_what_is_no_temperature_is_said():
    with pytest.raises(UserError, match="--temperature: 'hot' is no number"):
        read_temperature("hot")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"strategy": "nonne"}, "--strategy: there is no strategy 'nonne'; did you mean 'none'"),
        ({"strategy": "all"}, "--strategy: 'all' is for configs"),
        ({"temperature": 2.5}, "--temperature: 2.5 is out of range.* or default"),
        ({"temperature": float("nan")}, "--temperature: nan is out of range"),
        ({"space": "wordnt"}, "--space: there is no semantic space 'wordnt'; did you mean"),
        ({"provider": "opnai"}, "--provider: there is no provider 'opnai'; did you mean 'openai'"),
        ({"provider": "recorded"}, "--provider: recorded is nobody to ask"),
        (
            {"provider": "baseline", "model": "random-noun"},
            "--model: there is no baseline 'random-noun'; did you mean 'random-nouns'",
        ),
        ({"model": "///"}, "--model: .*has no letter or digit"),
    ],
)
def test_what_is_wrong_is_said_of_the_flag(wrong, said):
    with pytest.raises(UserError, match=said) as raised:
        run(**wrong)
    assert "experiments" not in str(raised.value)


@pytest.mark.parametrize(("samples", "kept"), [(5, 10), (10, 10), (30, 30)])
def test_the_larger_number_of_samples_stays(samples, kept):
    write_config(run(samples=10).config)

    assert with_what_is_there(run(samples=samples)).samples == kept


def test_what_was_added_by_hand_stays_and_the_space_is_the_one_asked_for():
    first = run()
    write_config(first.config)
    by_hand = yaml.safe_load(first.file.read_text()) | {"budget_usd": 2.0}
    by_hand["analysis"]["equivalence_margin"] = 3.0
    first.file.write_text(yaml.safe_dump(by_hand))

    config = with_what_is_there(run(space="glove-6b-300d")).config

    assert config.budget_usd == 2.0
    assert config.analysis.equivalence_margin == 3.0
    assert config.analysis.spaces == ["glove-6b-300d"]


def test_a_directory_of_other_conditions_is_left_alone():
    # The two names are one in a path.
    write_config(run("openrouter", "openai/gpt-4o").config)

    with pytest.raises(UserError, match=r"asks for openrouter/openai/gpt-4o, .*move results/dat-"):
        with_what_is_there(run("openrouter", "openai-gpt-4o"))


def test_more_samples_are_more_of_every_experiment(tmp_path):
    config = {
        "name": "mine",
        "defaults": {"samples": 4},
        "experiments": [
            {"name": "a", "providers": [{"provider": "baseline", "model": "random-nouns"}]},
            {
                "name": "b",
                "samples": 7,
                "providers": [{"provider": "baseline", "model": "common-nouns"}],
            },
        ],
    }
    write(config)

    setup = with_more(tmp_path / "results/mine", 10)

    assert setup.grid.seed_counts() == [4 + 10, 7 + 10]
    assert yaml.safe_load(setup.file.read_text()) == config  # nothing is written yet
    write_config(setup.config)
    assert with_more(tmp_path / "results/mine", 0).grid.seed_counts() == [14, 17]


def test_experiments_that_say_which_seeds_they_have_cannot_have_more(tmp_path):
    providers = [{"provider": "baseline", "model": "random-nouns"}]
    write({"name": "mine", "experiments": [{"name": "a", "providers": providers, "seeds": [3, 5]}]})

    with pytest.raises(UserError, match=r"config.yaml, experiments\[0\]: 'a' names its seeds"):
        with_more(tmp_path / "results/mine", 1)


def test_all_recorded_answers_cannot_be_more(tmp_path):
    answers = tmp_path / "answers.csv"
    answers.write_text("response\ncat dog\n")
    columns = dict.fromkeys(("model", "strategy", "temperature"))
    entry = {"provider": "recorded", "model": "m", "file": str(answers), "columns": columns}
    experiment = {"name": "a", "providers": [entry], "samples": "all"}
    write({"name": "mine", "experiments": [experiment]})

    with pytest.raises(UserError, match="'a' takes all recorded answers"):
        with_more(tmp_path / "results/mine", 1)


def write(config):
    """Leave the config in its results, as a run does."""
    write_config(parse_config(config))


@pytest.mark.parametrize(("cause", "hinted"), [("temperature", True), ("refused", False)])
def test_the_flag_of_a_temperature_is_named_by_cause_and_not_by_words(cause, hinted):
    said = "openai/o: write `temperature: null`"
    with pytest.raises(UserError) as raised, _naming_flags():
        raise UserError(said, [Failure(cause, said)])
    assert ("--temperature default" in str(raised.value)) is hinted
