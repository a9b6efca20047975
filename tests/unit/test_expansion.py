"""From configs to conditions, requests and paths."""

import json
from pathlib import Path
from typing import Any

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.base.requests import digest
from divergent_bench.config import parse_config
from divergent_bench.design.expansion import expand
from divergent_bench.design.policy import run_policy
from divergent_bench.design.spaces import spaces
from divergent_bench.instrument.tasks import find_task


def config(*experiments: dict[str, Any], **rest: Any):
    named = [{"name": f"e{i}", **experiment} for i, experiment in enumerate(experiments)]
    return parse_config({"name": "t", "experiments": named, **rest})


def openai(*models: Any, **settings: Any) -> dict[str, Any]:
    return {"providers": [{"provider": "openai", "models": list(models)}], **settings}


def test_a_config_becomes_one_file_per_condition_and_seed():
    grid = expand(
        config(openai("gpt-4o", strategies=["none", "random"], temperatures=[0.5, 1], samples=2))
    )
    assert grid.paths() == [
        f"results/t/samples/openai/gpt-4o/{strategy}/t{temperature}/seed{seed}.json"
        for strategy in ("none", "random")
        for temperature in ("0.5", "1")
        for seed in (0, 1)
    ]


def test_integer_and_float_temperatures_are_one_condition():
    grid = expand(config(openai("m", temperatures=[1, 1.0, 0, -0.0, 0.7], samples=1)))
    assert [Path(path).parent.name for path in grid.paths()] == ["t1", "t0", "t0.7"]


def test_null_temperature_is_left_to_the_model():
    (sample,) = expand(config(openai("m", temperature=None, samples=1))).samples()
    assert sample.path == "results/t/samples/openai/m/none/tdefault/seed0.json"
    assert sample.request["temperature"] is None


def test_model_names_with_slash_colon_and_space_make_safe_paths_and_true_requests():
    names = ["openai/gpt-4o", "llama3.2:3b", "my model"]
    grid = expand(config(openai(*names, samples=1)))
    assert [Path(p).parts[4] for p in grid.paths()] == ["openai-gpt-4o", "llama3.2-3b", "my-model"]
    assert [sample.request["model"] for sample in grid.samples()] == names


@pytest.mark.parametrize("other", ["a-b", "A/b", "a:b"])
def test_models_that_would_share_a_path_are_an_error(other):
    with pytest.raises(UserError, match=r"would share the path .*give one of them a `name`"):
        expand(config(openai("a/b", other)))


def test_a_name_resolves_the_collision_and_labels_the_condition():
    grid = expand(config(openai("a/b", {"model": "a-b", "name": "ab2"}, samples=1)))
    assert [planned.condition.model for planned in grid.conditions] == ["a/b", "ab2"]


def test_experiments_share_conditions_and_the_larger_count_wins():
    grid = expand(config(openai("m", samples=2), openai("m", samples=5), openai("m", samples=3)))
    (planned,) = grid.conditions
    assert planned.seeds == (0, 1, 2, 3, 4)


def test_explicit_seeds_join_those_of_other_experiments():
    (planned,) = expand(config(openai("m", samples=2), openai("m", seeds=[7, 1]))).conditions
    assert planned.seeds == (0, 1, 7)


def test_one_condition_in_two_descriptions_is_an_error():
    with pytest.raises(UserError, match=r"described in two ways .*max_tokens"):
        expand(config(openai("m"), openai("m", max_tokens=5)))


def test_equal_requests_under_two_names_are_an_error():
    with pytest.raises(UserError, match="would send the same requests"):
        expand(config(openai("m", {"model": "m", "name": "again"})))


def test_all_strategies_include_those_of_the_config():
    own = {"mine": {"text": "Ten words.\n{rules}"}}
    grid = expand(config(openai("m", strategies=["all"], samples=1), strategies=own))
    names = [planned.condition.strategy for planned in grid.conditions]
    assert names == [*find_task("dat").prompts, "mine"]
    (message,) = grid.conditions[-1].template["messages"]
    assert message["content"].startswith("Ten words.\nRules:\n- single English words only")


def test_baselines_are_one_condition_each_whatever_the_grid():
    grid = expand(
        config(
            {
                "providers": [{"provider": "baseline", "models": ["random-nouns", "oracle"]}],
                "strategies": ["none", "random"],
                "temperatures": [0.5, 1.0],
                "samples": 3,
            }
        )
    )
    assert [str(planned.condition) for planned in grid.conditions] == [
        "baseline/random-nouns, not-applicable, tdefault",
        "baseline/oracle, not-applicable, tdefault",
    ]


def test_digests_tell_apart_what_is_sent_and_nothing_else():
    def one(**settings: Any) -> str:
        (sample,) = expand(config(openai("m", samples=1, **settings))).samples()
        return digest(sample.request)

    assert one() == one(temperature=0.7)  # the default, said aloud
    assert len({one(), one(temperature=None), one(max_tokens=9), one(structured=True)}) == 4
    first, second = expand(config(openai("m", samples=2))).samples()
    assert digest(first.request) != digest(second.request)


def test_limits_belong_to_the_provider_or_to_one_model_and_are_no_part_of_the_request():
    model = {"model": "m", "rpm": 30}
    entry = {"provider": "openai", "models": [model, "n"], "max_parallel": 4}
    limited = config({"providers": [entry], "samples": 1})
    assert run_policy(limited).limits == {"openai": {"max_parallel": 4}, "openai/m": {"rpm": 30}}
    assert expand(limited).paths() == expand(config(openai("m", "n", samples=1))).paths()
    assert [s.request for s in expand(limited).samples()] == [
        s.request for s in expand(config(openai("m", "n", samples=1))).samples()
    ]


def test_two_limits_for_one_provider_are_an_error():
    entries = [
        {"provider": "openai", "model": m, "max_parallel": n} for m, n in (("m", 4), ("n", 8))
    ]
    with pytest.raises(UserError, match="max_parallel of openai is 8 here and 4 elsewhere"):
        run_policy(config({"providers": entries}))


def recorded(tmp_path: Path, **settings: Any) -> dict[str, Any]:
    file = tmp_path / "answers.jsonl"
    rows = [
        {"model": "gpt4", "strategy": "none", "temperature": "1.0", "response": "a, b"},
        {"model": "gpt4", "strategy": "none", "temperature": None, "response": "c, d"},
        {"model": "gpt4", "strategy": "none", "temperature": 1, "response": "e, f"},
        {"model": "other", "strategy": "odd", "temperature": "None", "response": "g, h"},
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    entry = {"provider": "recorded", "model": "gpt4", "file": str(file)}
    return {"providers": [entry], "samples": "all", **settings}


def test_recorded_answers_are_counted_by_their_condition(tmp_path):
    grid = expand(config(recorded(tmp_path, temperatures=[1.0, None])))
    assert [planned.seeds for planned in grid.conditions] == [(0, 1), (0,)]


def test_too_few_recorded_answers_are_an_error_that_says_how_many_there_are(tmp_path):
    with pytest.raises(UserError, match=r"has 2 answers of .*but 3 are asked for"):
        expand(config(recorded(tmp_path, temperature=1.0, samples=3)))


def test_all_recorded_answers_leave_out_combinations_that_were_never_recorded(tmp_path):
    grid = expand(
        config(recorded(tmp_path, strategies=["none", "odd"], temperatures=[1.0, None, 0.3]))
    )
    assert [str(planned.condition) for planned in grid.conditions] == [
        "recorded/gpt4, none, t1",
        "recorded/gpt4, none, tdefault",
    ]


def test_a_model_without_any_recorded_answer_is_an_error(tmp_path):
    with pytest.raises(UserError, match=r"answers\.jsonl has no answer of recorded/gpt4, other"):
        expand(config(recorded(tmp_path, strategies=["other"], temperature=1.0)))


def test_a_missing_file_of_recorded_answers_is_an_error(tmp_path):
    broken = recorded(tmp_path)
    broken["providers"][0]["file"] = str(tmp_path / "nope.csv")
    with pytest.raises(UserError, match=r"experiments\[0\].providers\[0\].model: .*nope\.csv"):
        expand(config(broken))


def test_samples_all_is_for_recorded_answers_only():
    with pytest.raises(UserError, match="`samples: all` is for recorded answers"):
        expand(config(openai("m", samples="all")))


def test_strategies_that_would_share_a_path_are_an_error():
    own = {"mine": {"text": "One."}, "Mine": {"text": "Two."}}
    with pytest.raises(UserError, match=r"strategies 'mine' and 'Mine' of openai would share"):
        expand(config(openai("m", strategies=["mine", "Mine"]), strategies=own))


def test_an_endpoint_of_the_environment_is_part_of_the_request(monkeypatch):
    (plain,) = expand(config(openai("m", samples=1))).samples()
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8000/v1")
    (local,) = expand(config(openai("m", samples=1))).samples()
    assert plain.request["api_base"] is None
    assert local.request["api_base"] == "http://localhost:8000/v1"
    assert digest(plain.request) != digest(local.request)


def test_what_a_file_of_answers_does_not_say_is_not_invented(tmp_path):
    people = recorded(tmp_path, strategies=["none", "random"], temperatures=[0.5, 1.0])
    people["providers"][0]["columns"] = {"strategy": None, "temperature": None}
    (planned,) = expand(config(people)).conditions
    assert str(planned.condition) == "recorded/gpt4, not-applicable, tdefault"
    assert planned.seeds == (0, 1, 2)


def test_people_are_another_condition_with_the_same_requests_as_recorded_answers(tmp_path):
    models = recorded(tmp_path, temperatures=[1.0])
    people = {**models, "providers": [{**models["providers"][0], "provider": "people"}]}
    one, other = expand(config(models, people)).conditions
    assert str(other.condition) == "people/gpt4, none, t1"
    assert one.template == other.template
    assert {Path(s.path).parts[3] for s in other.samples()} == {"people"}


def test_an_unknown_provider_is_an_error_that_names_the_nearest():
    entry = {"provider": "opneai", "model": "m"}
    with pytest.raises(UserError, match=r"there is no provider 'opneai'; did you mean 'openai'"):
        expand(config({"providers": [entry]}))


def test_any_provider_that_litellm_knows_will_do():
    entry = {"provider": "perplexity", "model": "sonar"}
    (planned,) = expand(config({"providers": [entry]})).conditions
    assert planned.condition.provider == "perplexity"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (["wordnt"], "there is no semantic space 'wordnt'; did you mean 'wordnet'"),
        (["wordnet", "wordnet"], "names 'wordnet' twice"),
        ([{"name": "mine", "path": "nowhere.vec"}], r"there is no file nowhere\.vec"),
    ],
)
def test_a_wrong_space_is_an_error(entries, said):
    wrong = config(openai("m"), analysis={"spaces": entries})
    with pytest.raises(UserError, match=said):
        spaces(wrong)
