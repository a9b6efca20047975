"""From the contrasts of a config to levels by the labels of the tables."""

from typing import Any

import pytest

from divergent_bench.base.analysis_names import DEFAULT_TESTS
from divergent_bench.base.errors import UserError
from divergent_bench.config import Config, load_config, parse_config
from divergent_bench.design.analysis_plan import FACTORS, Contrast, Plan
from divergent_bench.design.contrasts import analysis_plans, varied_factors
from divergent_bench.design.expansion import expand


def config(*primary: dict[str, Any], **analysis: Any) -> Config:
    """Return a config of two models, two strategies, three temperatures and a baseline."""
    asked = {
        "name": "asked",
        "providers": [{"provider": "openai", "models": ["big", "small"]}],
        "strategies": ["none", "random"],
        "temperatures": [0.5, 1.0, None],
    }
    baselines = {
        "name": "baselines",
        "providers": [{"provider": "baseline", "models": ["random-nouns", "oracle"]}],
    }
    return parse_config(
        {
            "name": "t",
            "experiments": [asked, baselines],
            "analysis": {"primary": list(primary), **analysis},
        }
    )


def plan(*primary: dict[str, Any], **analysis: Any) -> Plan:
    planned = config(*primary, **analysis)
    return analysis_plans(planned, expand(planned))["dat"]


def pairs(*primary: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each.factor, each.a, each.b) for each in plan(*primary).primary]


def providers(*named: dict[str, Any]) -> Config:
    return parse_config({"name": "t", "experiments": [{"name": "e", "providers": list(named)}]})


def complaint(**contrast: Any) -> str:
    with pytest.raises(UserError) as caught:
        plan(contrast)
    return str(caught.value)


def test_a_config_that_says_nothing_plans_the_default_tests_of_every_factor():
    assert plan() == Plan(DEFAULT_TESTS, FACTORS, (), 1.0)


def test_the_plan_is_that_of_the_config():
    assert plan(
        {"model": ["big", "small"]},
        statistical_tests=["permutation", "equivalence"],
        factors=["model"],
        equivalence_margin=2.5,
    ) == Plan(("permutation", "equivalence"), ("model",), (Contrast("model", "big", "small"),), 2.5)


def test_the_plan_says_which_test_decides():
    assert plan().deciding == "mean_difference"
    assert plan(decided_by="mann_whitney").deciding == "mann_whitney"
    assert plan(statistical_tests=[]).deciding is None


def test_a_plan_travels_to_a_script_as_it_is():
    planned = plan({"model": ["big", "small"]}, decided_by="mann_whitney", factors=["model"])

    assert Plan.from_json(planned.to_json()) == planned


def test_contrasts_keep_the_order_of_the_config_and_of_their_levels():
    assert pairs({"strategy": ["random", "none"]}, {"model": ["small", "big"]}) == [
        ("strategy", "random", "none"),
        ("model", "small", "big"),
    ]


def test_all_stands_for_each_other_level_that_competes():
    # Neither baseline is a level that models are compared with unless it is named.
    assert pairs({"model": ["big", "all"]}) == [("model", "big", "small")]
    assert pairs({"strategy": ["none", "all"]}) == [("strategy", "none", "random")]
    assert pairs({"temperature": [0.5, "all"]}) == [
        ("temperature", "0.5", "1"),
        ("temperature", "0.5", "default"),
    ]


def test_a_baseline_can_be_named():
    assert pairs({"model": ["big", "oracle"]}) == [("model", "big", "oracle")]
    assert pairs({"model": ["oracle", "all"]}) == [
        ("model", "oracle", "big"),
        ("model", "oracle", "small"),
    ]


@pytest.mark.parametrize("one", [1, 1.0])
@pytest.mark.parametrize("own", [None, "default"])
def test_a_temperature_is_one_level_however_it_is_written(one, own):
    assert pairs({"temperature": [one, own]}) == [("temperature", "1", "default")]


def test_a_contrast_that_is_named_twice_is_one():
    assert pairs(
        {"model": ["big", "small"]}, {"model": ["big", "all"]}, {"model": ["big", "openai/small"]}
    ) == [("model", "big", "small")]


def test_a_contrast_the_other_way_round_is_the_same():
    assert pairs({"model": ["big", "small"]}, {"model": ["small", "all"]}) == [
        ("model", "big", "small")
    ]


def test_two_names_of_one_model_are_no_contrast():
    assert "there is no other model to compare 'big' with" in complaint(model=["big", "openai/big"])


def test_a_level_without_another_to_compare_it_with_is_an_error():
    planned = parse_config(
        {
            "name": "t",
            "experiments": [{"name": "e", "providers": [{"provider": "openai", "model": "m"}]}],
            "analysis": {"primary": [{"strategy": ["none", "all"]}]},
        }
    )
    with pytest.raises(
        UserError, match=r"no other strategy to compare 'none' with .there are: none"
    ):
        analysis_plans(planned, expand(planned))["dat"]


def test_models_that_share_a_name_are_told_apart_by_their_providers():
    shared = [
        {"provider": "openai", "models": ["m", "other"]},
        {"provider": "ollama", "model": "m"},
    ]
    contrasts = [
        {"model": ["openai/m", "ollama/m"]},
        {"model": ["openai/other", "all"]},
    ]
    planned = parse_config(
        {
            "name": "t",
            "experiments": [{"name": "e", "providers": shared}],
            "analysis": {"primary": contrasts},
        }
    )
    assert analysis_plans(planned, expand(planned))["dat"].primary == (
        Contrast("model", "openai/m", "ollama/m"),
        Contrast("model", "other", "ollama/m"),
        Contrast("model", "other", "openai/m"),
    )


def test_people_are_a_level_like_any_model(tmp_path):
    (tmp_path / "lists.csv").write_text("word1,word2\ncat,dog\n", encoding="utf-8")
    columns = {"words": "word*", "model": None, "strategy": None, "temperature": None}
    people = {"provider": "people", "model": "students", "file": str(tmp_path / "lists.csv")}
    experiments = [
        {"name": "a", "providers": [{"provider": "openai", "model": "m"}]},
        {"name": "b", "providers": [{**people, "columns": columns}], "samples": "all"},
    ]
    planned = parse_config(
        {
            "name": "t",
            "experiments": experiments,
            "analysis": {"primary": [{"model": ["m", "all"]}]},
        }
    )
    grid = expand(planned)
    assert analysis_plans(planned, grid)["dat"].primary == (Contrast("model", "m", "students"),)
    # That people have no temperature is no level beside the 0.7 of the model.
    assert varied_factors(grid) == {"model"}


def test_a_level_that_is_not_in_the_grid_is_named_with_file_line_and_the_nearest(tmp_path):
    file = tmp_path / "bench.yaml"
    file.write_text(
        "name: t\n"
        "experiments:\n"
        "  - name: e\n"
        "    providers: [{provider: openai, models: [gpt-4o, gpt-4o-mini]}]\n"
        "analysis:\n"
        "  primary:\n"
        "    - model: [gpt-4o, gpt-4o-mini]\n"
        "    - model: [gpt-4o, gpt-4-mini]\n",
        encoding="utf-8",
    )
    planned = load_config(file)
    with pytest.raises(UserError) as caught:
        analysis_plans(planned, expand(planned))["dat"]
    assert str(caught.value) == (
        f"{file}, line 8, analysis.primary[1].model: no experiment has the model 'gpt-4-mini'; "
        "did you mean 'gpt-4o-mini'? (there are: gpt-4o, gpt-4o-mini)"
    )


@pytest.mark.parametrize(
    ("contrast", "said"),
    [
        ({"strategy": ["none", "opposites"]}, "no experiment has the strategy 'opposites'"),
        ({"temperature": [0.7, "all"]}, "'0.7'; did you mean '0.5'? (there are: 0.5, 1, default)"),
        # Baselines have no strategy: theirs is no level.
        ({"strategy": ["none", "not-applicable"]}, "has the strategy 'not-applicable'"),
    ],
    ids=str,
)
def test_levels_of_every_factor_are_looked_up(contrast, said):
    assert said in complaint(**contrast)


@pytest.mark.parametrize(
    ("entries", "varied"),
    [
        ([{"provider": "openai", "model": "m"}], set()),
        ([{"provider": "openai", "models": ["m", "n"]}], {"model"}),
        ([{"provider": "openai", "model": "m"}, {"provider": "ollama", "model": "m"}], {"model"}),
        ([{"provider": "baseline", "models": ["oracle", "nearest"]}], set()),
        (
            [{"provider": "openai", "model": "m"}, {"provider": "baseline", "model": "oracle"}],
            set(),
        ),
    ],
)
def test_what_varies_is_looked_for_among_what_is_no_baseline(entries, varied):
    assert varied_factors(expand(providers(*entries))) == varied


def test_every_factor_can_vary():
    assert varied_factors(expand(config())) == set(FACTORS)
