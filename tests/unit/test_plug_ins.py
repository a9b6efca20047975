"""The two seams: providers and tasks that other packages bring, found by their entry points."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from divergent_bench.base import provider_catalogue
from divergent_bench.base.errors import UserError
from divergent_bench.base.provider_catalogue import (
    CATALOGUE,
    check_provider,
    find_provider,
    known_providers,
)
from divergent_bench.config import parse_config
from divergent_bench.design.expansion import expand
from divergent_bench.design.grid import Grid
from divergent_bench.instrument import tasks
from tests.helpers import toys
from tests.helpers.results import around, computed


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a package installed that brings a provider and a task."""
    monkeypatch.setattr(sys, "path", [str(toys.install(tmp_path)), *sys.path])
    caches = (provider_catalogue._plug_ins, tasks._plug_ins)
    for cache in caches:
        cache.cache_clear()
    yield
    sys.modules.pop("toys", None)
    for cache in caches:
        cache.cache_clear()


def test_what_is_not_installed_is_not_there() -> None:
    with pytest.raises(UserError, match="there is no provider 'parrot'"):
        check_provider("parrot")
    with pytest.raises(UserError, match=r"there is no task 'initials' \(known: dat"):
        tasks.find_task("initials")
    with pytest.raises(UserError, match="there is no provider 'parrot'"):
        expand(parse_config(toys.config() | {"strategies": {"three": {"text": "x"}}}))


@pytest.mark.usefixtures("installed")
def test_a_provider_and_a_task_of_another_package_make_a_grid() -> None:
    check_provider("parrot")
    assert known_providers()["parrot"] is find_provider("parrot")
    assert find_provider("parrot").description == "says words of its own"
    assert tasks.known_tasks()[-1] == "initials"
    grid = expand(parse_config(toys.config()))
    assert grid.tasks == ["initials"]
    assert [str(planned.condition) for planned in grid.conditions] == [
        "parrot/grey, three, t0.7",
        "parrot/macaw, three, t0.7",
        "baseline/common-nouns, not-applicable, tdefault",
    ]
    assert not grid.asks_models()
    (message,) = grid.conditions[0].template["messages"]
    assert message["content"] == "Name three words. Be brief."


@pytest.mark.usefixtures("installed")
def test_prompts_of_a_config_may_be_of_several_tasks() -> None:
    config = toys.config()
    config["experiments"][0]["strategies"] = ["three", "none"]
    grid = expand(parse_config(config))
    assert grid.tasks == ["dat", "initials"]
    strategies = {task: conditions(grid.of_task(task)) for task in grid.tasks}
    assert strategies == {
        "dat": ["grey none", "macaw none", "common-nouns not-applicable"],
        "initials": ["grey three", "macaw three", "common-nouns not-applicable"],
    }
    own = {"mine": {"text": "Two. {manner}", "task": "initials"}, "odd": {"text": "{manner}"}}
    with pytest.raises(UserError, match=r"strategies\.odd: \{manner\} stands for nothing"):
        parse_config(toys.config(strategies=own))
    del own["odd"]
    config = toys.config(strategies=own)
    config["experiments"][0]["strategies"] = ["mine", "three"]
    assert expand(parse_config(config)).tasks == ["initials"]


def conditions(grid: Grid) -> list[str]:
    return [f"{each.condition.model} {each.condition.strategy}" for each in grid.conditions]


@pytest.mark.usefixtures("installed")
def test_every_task_names_the_prompt_that_asks_as_people_are_asked() -> None:
    assert tasks.find_task("initials").plain == "three"
    for task in map(tasks.find_task, tasks.known_tasks()):
        assert task.plain in task.prompts


@pytest.mark.usefixtures("installed")
def test_people_stand_beside_the_plain_prompt_of_the_task_that_was_asked() -> None:
    asked = [
        row | {"task": "initials"}
        for strategy, mean in (("three", 80.0), ("mine", 60.0))
        for row in around(mean, model="grey", strategy=strategy)
    ]
    people = around(70, provider="people", model="pupils", strategy="not-applicable")

    of_run = computed([*asked, *({**row, "task": "initials"} for row in people)])

    (pair,) = of_run.pairs_of("model")
    assert pair.higher == "grey"
    assert pair.points("grey")[0] == pytest.approx(10.0)


@pytest.mark.usefixtures("installed")
def test_all_stands_for_the_prompts_of_the_divergent_association_task() -> None:
    config = toys.config()
    config["experiments"][0]["strategies"] = ["all"]
    assert expand(parse_config(config)).tasks == ["dat"]


def test_a_provider_of_ours_answers_in_the_module_that_it_names() -> None:
    for provider in CATALOGUE.values():
        assert callable(provider.load().answer)
        assert bool(provider.key_variable) <= provider.asks_models
        assert provider.asks_models or provider.description
        assert provider.kind == "model" or not provider.is_ranked


def test_names_of_litellm_are_known_without_it() -> None:
    names = provider_catalogue._names_in_litellm()
    assert {"openai", "anthropic", "text-completion-openai", "cerebras", "nano-gpt"} <= set(names)
    assert {name for name, each in CATALOGUE.items() if each.asks_models} <= set(names)
    check_provider("cerebras")
    with pytest.raises(UserError, match="no provider 'cerebrs'; did you mean 'cerebras'"):
        check_provider("cerebrs")


@pytest.mark.usefixtures("installed")
def test_two_tasks_with_a_prompt_of_the_same_name_are_refused(monkeypatch) -> None:
    assert {"none", "three"} <= set(tasks.known_strategies())
    theirs = tasks.find_task("initials")
    monkeypatch.setattr(theirs, "prompts", {"none": {"text": "x"}})
    with pytest.raises(UserError, match="tasks dat and initials both have a prompt 'none'"):
        tasks.known_strategies()
