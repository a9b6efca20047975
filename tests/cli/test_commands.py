"""The commands that look."""

import pytest

from divergent_bench import __version__
from divergent_bench.names import BASELINE_MODELS
from tests.helpers.commands import divergent_bench


def test_version():
    assert divergent_bench("version") == f"divergent-bench {__version__}\n"


def test_strategies_are_listed_with_what_they_do():
    listed = divergent_bench("list-strategies")
    for name in ("none", "etymology", "persona-young", "nothing"):
        assert f" {name} " in listed


def test_strategies_can_be_read_in_full():
    assert "Name 10 words that are as different from each other as possible" in divergent_bench(
        "list-strategies", "--text"
    )


def test_models_are_listed_with_prices():
    lines = divergent_bench("list-models", "openai").splitlines()
    (line,) = [line for line in lines if line.split()[:1] == ["gpt-4o"]]
    assert line.split() == ["gpt-4o", "2.50", "10.00"]  # USD per million tokens
    assert [
        line.split()[0] for line in divergent_bench("list-models", "baseline").splitlines()[1:]
    ] == [*BASELINE_MODELS]


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
