"""Files that no config should be: without an end, too large, too deep, or of values that are none.

Whatever stands in one, it is read soon and refused with one message that says where.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from divergent_bench.base.errors import UserError
from divergent_bench.config import load_config, parse_config, typed, yaml_files
from divergent_bench.config.yaml_files import DEEPEST, MOST_BYTES, parse_yaml
from divergent_bench.design.checks import check_config
from divergent_bench.running.batches import write_config
from divergent_bench.running.environment.first_config import FirstConfig
from tests.helpers.commands import in_process, run_in_process

VALID = """\
name: x
experiments:
  - name: e
    providers: [{provider: baseline, model: random-words}]
    samples: 2
"""
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
MERGED = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40)
)


def of(samples: str) -> str:
    return VALID.replace("samples: 2", f"samples: {samples}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (VALID.replace("name: x", "name: 2026-13-45"), "line 1: '2026-13-45' cannot be read as"),
        (of("!!int abc"), "line 5: 'abc' cannot be read as a number"),
        (of("!!timestamp abc"), "line 5: 'abc' cannot be read as a date"),
        (of("!!bool abc"), "line 5: 'abc' cannot be read as a yes or no"),
        (of("!!python/object:os.system x"), "line 5: is not valid YAML"),
        (of("9" * 5000), "line 5: '9999"),
        (of("0x" + "f" * 5000), "line 5: 0xffff"),
        (of("1000000000000000000000"), "line 5: 1000000000000000000000 is too large"),
        (of("1000000000"), "line 5, experiments[0].samples: 1000000000 does not fit"),
        ("[" * 20_000, "line 1: is nested more than"),
        (VALID + "x: " + "{a: " * 3000, "line 6: is nested more than"),
        ("name: x\nexperiments: &a [*a]\n", "line 2: the alias *a stands within"),
        ("x: &a\n  <<: *a\n", "line 2: the alias *a stands within"),
        (BOMB, "holds more than"),
        (MERGED, "holds more than"),
        ('name: "\\UFFFFFFFF"\n', "is not valid YAML"),
        (VALID + "? [a]\n: 1\n", "line 6: is not valid YAML"),
        (VALID + f"strategies: {'x' * 5000}\n", "line 6, strategies: 'xxx"),
        (VALID + "k: 1\n" + "".join(f"k{n}: 1\n" for n in range(1000)), "... and 971 more"),
    ],
    ids=lambda value: None if "\n" in value or "[[" in value else value,
)
def test_what_no_config_needs_is_one_message_with_its_line(tmp_path, text, said):
    file = tmp_path / "bench.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        check_config(load_config(file))
    message = str(caught.value)
    assert message.startswith(f"{file}, line ") or "UFFFF" in text
    assert said in message
    assert len(message) < 10_000


def test_what_is_within_the_bounds_is_read(monkeypatch):
    monkeypatch.setattr(yaml_files, "MOST_VALUES", 100)
    assert parse_yaml("[" * DEEPEST + "]" * DEEPEST).data
    assert len(parse_yaml("- 1\n" * 99).data) == 99
    with pytest.raises(yaml.YAMLError, match="holds more than 100 values"):
        parse_yaml("- 1\n" * 100)
    assert parse_yaml(f"a: &a [1, {2**63 - 1}]\nb: *a").data["b"] == [1, 2**63 - 1]
    merged = parse_yaml("a: &a {x: 1, y: 1}\nb: {<<: *a, x: 2}")
    assert merged.data["b"] == {"x": 2, "y": 1}
    assert merged.twice == []


def test_what_has_no_end_or_is_no_file_is_refused_in_every_command(workdir):
    os.mkfifo("pipe")
    Path("large.yaml").write_text("#" * (MOST_BYTES + 1), encoding="utf-8")
    for file, why in (
        ("/dev/zero", "is no regular file"),
        ("pipe", "is no regular file"),
        ("large.yaml", "has more than 1,000,000 bytes"),
    ):
        for command in (
            ("plan", file),
            ("batch", "run", file),
            ("dat", "run", "--strategies", file),
        ):
            assert f"({why}); check the path" in in_process(*command, code=2)
    for answers in ("/dev/zero", "pipe"):
        said = in_process("import", answers, "--name", "x", code=2)
        assert "cannot read the answers (is no regular file)" in said
    Path("pipe.csv").symlink_to("pipe")
    assert "is no regular file" in in_process("import", "pipe.csv", code=2)
    cues = {"name": "x", "experiments": [{"strategies": ["cdat"], "stimuli": "pipe"}]}
    cues["experiments"][0] |= {"name": "e", "providers": [{"provider": "openai", "model": "m"}]}
    with pytest.raises(UserError, match="pipe: cannot be read"):
        check_config(parse_config(cues))


@pytest.mark.parametrize("number", [10**6 + 1, 10**21])
def test_a_number_of_a_flag_is_bounded(workdir, number):
    ask = ("dat", "run", "-p", "baseline", "-m", "random-words")
    assert in_process(*ask, "-n", str(number), code=2).startswith("--samples: ")
    said = in_process("config", "init", "--no-interactive", "--samples", str(number), code=2)
    assert said.startswith("config/")
    assert len(said.splitlines()) == 1
    assert not list(workdir.rglob("*.yaml"))
    batch = write_config(parse_config(yaml.safe_load(VALID))).parent
    resumed = in_process("dat", "resume", str(batch), "--additional-samples", str(number), code=2)
    assert "experiments[0].samples: " in resumed


def test_all_samples_of_a_config_together_are_bounded():
    data = yaml.safe_load(of("600000"))
    data["experiments"] *= 2
    data["experiments"][1] = data["experiments"][1] | {
        "providers": [{"provider": "baseline", "model": "common-nouns"}]
    }
    with pytest.raises(UserError, match=r"asks for more than 1,000,000 samples"):
        check_config(parse_config(data))


@pytest.mark.parametrize(
    "text",
    [of("!!int abc"), BOMB, "x: &a [*a]", "[" * 9999],
    ids=["no number", "bomb", "circle", "depth"],
)
def test_one_broken_config_in_the_results_does_not_stop_the_list(workdir, text):
    write_config(parse_config(yaml.safe_load(VALID)))
    broken = Path("results/broken/config.yaml")
    broken.parent.mkdir()
    broken.write_text(text, encoding="utf-8")
    listed, complaint, code = run_in_process("batch", "list", "--json")
    assert (code, complaint) == (0, "")
    assert [(each["directory"], each["state"]) for each in json.loads(listed)] == [
        ("results/broken", "unreadable"),
        ("results/x", "empty"),
    ]


def test_what_yaml_cannot_read_is_text_on_the_command_line():
    assert typed({"a": "2026-13-45", "b": "9" * 5000}) == {"a": "2026-13-45", "b": "9" * 5000}


def test_a_name_that_yaml_would_read_as_something_else_is_quoted():
    first = FirstConfig(
        name="first", provider="ollama", models=["2026-13-45", "1.0", "llama"], strategies=["none"]
    )
    data = yaml.safe_load(first.text(Path("first.yaml")))
    assert data["experiments"][0]["providers"][0]["models"] == ["2026-13-45", "1.0", "llama"]


# Values that mean something to YAML or to the config, in places where nobody puts them.
ODD = st.sampled_from(
    [
        *(None, True, -1, 0, 3, 10**9, 2**63 - 1, 0.5, float("nan"), float("inf"), "", "x", "all"),
        *("openai", "gpt-4o", "baseline", "random-words", "recorded", "people", "none", "cdat"),
        *("http://h:99999/", "http://[", "\x1b", "\ud800", "</script", "{name}", "../..", "/", "."),
        *("results/ledger", "smollm2-135m", "9" * 400, [], {}, [[]], {"a": {}}, b"\xff"),
        *([{}], ["none", "none"], {"input": 1, "output": -1}, ["openai/gpt-4o"]),
    ]
)
KEYS = st.sampled_from(
    [
        *("name", "experiments", "strategies", "defaults", "analysis", "output", "budget_usd"),
        *("providers", "provider", "model", "models", "samples", "seeds", "temperature"),
        *("temperatures", "params", "price", "file", "columns", "api_base", "stimuli", "text"),
        *("directory", "format", "spaces", "contrasts", "norms", "gateway", "notify", "wordings"),
    ]
)
WHOLE: dict[str, Any] = {
    "name": "x",
    "defaults": {"samples": 2},
    "experiments": [
        {
            "name": "e",
            "providers": [
                {"provider": "baseline", "models": ["random-words"]},
                {"provider": "openai", "model": "gpt-4o", "params": {"top_p": 0.5}},
            ],
            "strategies": ["none", "mine"],
            "temperatures": [0.5, None],
        }
    ],
    "strategies": {"mine": {"text": ["{rules}"]}},
    "analysis": {"spaces": ["wordnet"]},
    "output": {"directory": "results/{name}", "format": ["csv", "json"]},
}


@st.composite
def configs(draw: st.DrawFn) -> object:
    """Draw a config in which values and keys at any depth are others."""

    def changed(data: object, chance: int) -> object:
        if draw(st.integers(0, chance)) == 0:
            return draw(ODD)
        if isinstance(data, dict):
            kept = {key: changed(value, chance + 4) for key, value in data.items()}
            return kept | draw(st.dictionaries(KEYS, ODD, max_size=1))
        if isinstance(data, list):
            return [changed(value, chance + 4) for value in data]
        return data

    return changed(WHOLE, 8)


def check(text: str, file: Path) -> None:
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        config = load_config(file)
        check_config(config)
        write_config(config)
        load_config(config.results() / "config.yaml")
    except UserError as error:
        assert str(error)


# Pieces that mean something to YAML.
SHARDS = st.sampled_from(
    [
        *(
            "&a ",
            "*a",
            "<<: *a",
            "!!int ",
            "!!set ",
            "!!omap ",
            "!!binary ",
            "!x ",
            "? ",
            ": ",
            "- ",
        ),
        *("[", "]", "{", "}", ",", "|\n ", ">\n ", "---\n", "...\n", "%YAML 9.9\n", "#", "'", '"'),
        *("\\x", "\\UFFFFFFFF", "1:99", "0x", "0b2", "2026-13-45", "1e400", ".nan", "=", "~", "\t"),
        *("\n", "\n  ", "name: x\n", "experiments:\n", "  - name: e\n", "\x00", "\ufeff", "1_0"),
    ]
)


@given(configs())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_values_are_a_config_or_one_message(tmp_path, monkeypatch, data):
    monkeypatch.chdir(tmp_path)
    check(yaml.safe_dump(data, allow_unicode=True), tmp_path / "bench.yaml")


@given(st.lists(SHARDS | st.text(max_size=3), max_size=30).map("".join))
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("!!set {a, b}")
def test_any_text_is_yaml_or_one_message(tmp_path, text):
    check(text, tmp_path / "bench.yaml")
