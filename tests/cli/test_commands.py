"""The commands that look."""

import json
import re

import pytest

from divergent_bench import __version__
from divergent_bench.base.provider_catalogue import CATALOGUE
from tests.helpers.commands import in_process as divergent_bench
from tests.helpers.wires import KEY
from tests.helpers.workflow import ROOT


@pytest.mark.parametrize("asked", ["version", "--version"])
def test_version(asked):
    assert divergent_bench(asked) == f"divergent-bench {__version__}\n"


def test_help_begins_with_what_one_begins_with(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    listed = re.findall(r"^│ (\w[\w-]*) ", divergent_bench("--help"), re.MULTILINE)
    assert {"plan", "dat", "batch", "config"} == set(listed[:4])
    assert listed[4] == "score"
    assert {"export", "ledger", "show", "version"} < set(listed)


def test_strategies_are_listed_with_what_they_do():
    listed = divergent_bench("list-strategies")
    for name in ("none", "etymology", "persona-young", "nothing"):
        assert f"\n{name} " in listed
    assert re.search(r"^none +5 +The task as people get it", listed, flags=re.MULTILINE)


def test_strategies_can_be_read_in_full():
    assert "Name 10 words that are as different from each other as possible" in divergent_bench(
        "list-strategies", "--text"
    )


def test_models_are_listed_with_prices():
    lines = divergent_bench("list-models", "openai").splitlines()
    (line,) = [line for line in lines if line.split()[:1] == ["gpt-4o"]]
    # USD per million tokens; temperature, seed, structured
    assert line.split() == ["gpt-4o", "2.50", "10.00", "yes", "yes", "yes"]
    assert [
        line.split()[0] for line in divergent_bench("list-models", "baseline").splitlines()[1:]
    ] == [*CATALOGUE["baseline"].models]


def test_providers_are_listed():
    listed = {line.split()[0] for line in divergent_bench("list-models").splitlines()}
    assert {"baseline", "openai", "anthropic", "gemini", "ollama", "deepseek"} <= listed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list-models", "opnai"], "did you mean 'openai'?"),
        (["batch", "validate", "nowhere.yaml"], "nowhere.yaml: cannot read the config"),
        (["batch"], ""),
        (["fly"], "No such command"),
    ],
)
def test_wrong_use_is_said_and_exits_with_2(arguments, said):
    assert said in divergent_bench(*arguments, code=2)


@pytest.fixture
def small_config(tmp_path, monkeypatch):
    """Write a config of a comparison that 20 answers each cannot decide."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    path = tmp_path / "small.yaml"
    path.write_text(
        "name: small\n"
        "experiments:\n"
        "  - name: e\n"
        "    providers: [{provider: openai, models: [gpt-4o, gpt-4o-mini]}]\n"
        "    samples: 20\n",
        encoding="utf-8",
    )
    return path


def test_a_plan_says_what_it_costs_and_what_it_can_show(small_config, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    lines = divergent_bench("plan", str(small_config), directory=small_config.parent).splitlines()

    place = lines.index("")
    assert lines[0].split()[0] == "model"
    assert lines[place + 1].split() == [
        *("factor", "levels", "comparisons", "answers", "SD", "2", "SD", "3", "SD", "5")
    ]
    assert lines[place + 2].split() == ["model", "2", "1", "20", "64", "143", "394"]
    assert lines[-1] == "Too few to show a difference of 1 point at any of these SDs: model."


def test_a_plan_can_be_read_by_programs(small_config):
    printed = divergent_bench("plan", str(small_config), "--json", directory=small_config.parent)

    plan = json.loads(printed)
    assert plan["to_ask"] == 40
    assert plan["factors"] == [
        {
            "task": "dat",
            "factor": "model",
            "levels": 2,
            "comparisons": 1,
            "answers": 20,
            "needed": {"2": 64, "3": 143, "5": 394},
            "can_show": True,
        }
    ]


def test_a_plan_that_compares_nothing_says_nothing_of_it(tmp_path):
    printed = divergent_bench("plan", str(ROOT / "config/demo.yaml"), directory=tmp_path)

    assert "factor" not in printed
    assert "Nothing is to be asked" in printed.splitlines()[-1]


def test_tasks_are_listed_with_what_they_are_asked_about(monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    listed = {line.split()[0]: line for line in divergent_bench("list-tasks").splitlines()}
    assert "Olson et al. 2021" in listed["dat"]
    assert "60 x cue" in listed["cdat"]
    assert "30 x anchor set" in listed["drat"]
    told = {task["name"]: task for task in json.loads(divergent_bench("list-tasks", "--json"))}
    assert told["dat"]["stimuli"] == []
    assert len(told["cdat"]["stimuli"]) == 60
    assert told["cdat"]["prompts"] == ["cdat", "cdat-associated"]
