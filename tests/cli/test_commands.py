"""The commands that look."""

import subprocess

import pytest

from divergent_bench import __version__
from divergent_bench.names import BASELINE_MODELS
from tests.helpers.workflow import BIN, ROOT


def run(*arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [str(BIN / "divergent-bench"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def test_version():
    assert run("version") == f"divergent-bench {__version__}\n"


def test_strategies_are_listed_with_what_they_do():
    listed = run("list-strategies")
    for name in ("none", "etymology", "persona-young", "nothing"):
        assert f" {name} " in listed


def test_strategies_can_be_read_in_full():
    assert "Name 10 words that are as different from each other as possible" in run(
        "list-strategies", "--text"
    )


def test_models_are_listed_with_prices():
    lines = run("list-models", "openai").splitlines()
    (line,) = [line for line in lines if line.split()[:1] == ["gpt-4o"]]
    assert line.split() == ["gpt-4o", "2.50", "10.00"]  # USD per million tokens
    assert [line.split()[0] for line in run("list-models", "baseline").splitlines()[1:]] == [
        *BASELINE_MODELS
    ]


def test_providers_are_listed():
    listed = {line.split()[0] for line in run("list-models").splitlines()}
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
    assert said in run(*arguments, code=2)
