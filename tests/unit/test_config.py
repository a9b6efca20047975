"""The config: what loads, and what is said about what does not."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from divergent_bench.base.errors import UserError
from divergent_bench.config import load_config, typed
from divergent_bench.instrument.tasks import known_strategies
from tools.config_schema import config_schema

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.json"
CONFIGS = sorted((ROOT / "config").glob("*.yaml"))

MINIMAL = """\
name: small
experiments:
  - name: one
    providers:
      - provider: openai
        model: gpt-4o
"""

# The example that the format was designed on, with its one change: {name} in output.directory.
FULL = """\
name: "Multi-Model DAT Benchmark"
description: "Compare multiple models across different strategies"
defaults:
  samples: 10
  temperature: 0.7
  output_format: "json"
  save_intermediate: true
experiments:
  - name: "baseline_comparison"
    providers:
      - provider: "openai"
        model: "gpt-4"
      - provider: "anthropic"
        model: "claude-3-5-sonnet"
    strategies: ["none", "etymology", "random"]
    temperatures: [0.5, 0.7, 1.0]
    samples: 20
  - name: "ollama_models"
    providers:
      - provider: "ollama"
        models: ["llama3.2:3b", "mistral:7b", "gemma2:9b"]
    strategies: ["none"]
    temperature: 0.7
    samples: 10
  - name: "strategy_analysis"
    providers:
      - provider: "openai"
        model: "gpt-4"
    strategies: ["all"]
    temperature: 0.7
    samples: 50
analysis:
  generate_report: true
  include_visualizations: true
  statistical_tests:
    - "mann_whitney"
    - "kruskal_wallis"
output:
  directory: "results/batch_{name}"
  format: "json"
  include_raw_responses: false
  generate_summary: true
"""


def complaint(tmp_path: Path, text: str) -> str:
    file = tmp_path / "bench.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_config(file)
    return str(caught.value).replace(str(tmp_path), "")


def test_the_example_of_the_format_loads(tmp_path):
    file = tmp_path / "bench.yaml"
    file.write_text(FULL, encoding="utf-8")
    config = load_config(file)
    assert config.results() == Path("results/batch_Multi-Model-DAT-Benchmark")
    assert [experiment.name for experiment in config.experiments] == [
        "baseline_comparison",
        "ollama_models",
        "strategy_analysis",
    ]


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.name)
def test_shipped_configs_load_and_name_the_schema_in_their_first_line(file):
    load_config(file)
    first = file.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../workflow/schemas/config.schema.json"


def test_the_schema_file_is_the_one_of_the_models():
    command = f"{Path(sys.executable).name} -m tools.config_schema {SCHEMA.name}"
    assert SCHEMA.read_text(encoding="utf-8") == config_schema(), f"regenerate it with: {command}"


def test_the_schema_can_be_regenerated_by_its_command(tmp_path):
    target = tmp_path / "schema.json"
    subprocess.run([sys.executable, "-m", "tools.config_schema", target], check=True, cwd=ROOT)
    assert target.read_text(encoding="utf-8") == config_schema()


def test_every_problem_is_named_at_once_with_line_key_and_fix(tmp_path):
    text = FULL.replace('"etymology"', '"etymolgy"').replace("samples: 50", "sample: 50")
    text = text.replace("temperature: 0.7\n    samples: 10", "temperature: 7\n    samples: 10")
    assert complaint(tmp_path, text).splitlines() == [
        "/bench.yaml, line 15, experiments[0].strategies[1]: there is no strategy 'etymolgy'; "
        f"did you mean 'etymology'? (known: {', '.join(known_strategies())}, or all; "
        "add your own under `strategies:`)",
        "/bench.yaml, line 23, experiments[1].temperature: 7 is out of range; "
        "a temperature is from 0 to 2, or null",
        "/bench.yaml, line 31, experiments[2].sample: unknown key 'sample'; "
        "did you mean 'samples'? (known: samples, temperature, max_tokens, structured, "
        "wordings, stimuli, name, description, providers, strategies, temperatures, seeds)",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("gpt-4o", "gpt-4o\n        models: [a]"), "either `model: NAME` or `models:"),
        (("model: gpt-4o", "models: []"), "line 6, experiments[0].providers[0].models: is empty"),
        (("name: small", "nam: small"), "line 1, nam: unknown key 'nam'; did you mean 'name'?"),
        (("name: small\n", ""), "name: is missing; add it"),
        (("name: small", "name: '***'"), "needs at least one letter or digit"),
        (("gpt-4o", "gpt-4o\n        params: {api_key: x}"), "keys live in the environment only"),
        (
            ("gpt-4o", "gpt-4o\n        params: {extra_headers: {Authorization: x}}"),
            "keys live in the environment only",
        ),
        (("gpt-4o", "gpt-4o\n        params: {seed: 1}"), "'seed' has a place of its own"),
        (("gpt-4o", "gpt-4o\n        params: {stream: true}"), "'stream' is not for configs"),
        (("openai", "baseline"), "there is no baseline 'gpt-4o'"),
        (("openai", "recorded"), "provider 'recorded' needs `file:`"),
        (("openai", "people"), "provider 'people' needs `file:`"),
        (("gpt-4o", "gpt-4o\n        file: a.csv"), "recorded and people, not for 'openai'"),
        (("openai", "peple\n        file: a.csv"), "not for 'peple'; did you mean 'people'?"),
        (("gpt-4o", "gpt-4o\n        api_key: x"), "'api_key' looks like a secret; keys live in"),
        (("name: small", "name: ledger"), "'ledger' is where paid answers are kept"),
        (("name: small", "name: small\nname: large"), "line 2, name: is given twice; keep one"),
        (("- name: one", "- name: one\n    strategies: none"), "needs a list; write [none]"),
        (
            ("name: small", "name: small\nstrategies: {mine: {text: 'Ten. {rulez}'}}"),
            "{rulez} stands for nothing; only {rules} does",
        ),
        (
            ("name: small", "name: small\nstrategies: {mine: {text: ['{rules}', 'Ten. {rulez}']}}"),
            "{rulez} stands for nothing; only {rules} does",
        ),
        (
            ("name: small", "name: small\nstrategies: {mine: {text: [Ten., Ten.]}}"),
            "line 2, strategies.mine: has the same text twice; keep one",
        ),
        (
            ("name: small", "name: small\nstrategies: {mine: {text: []}}"),
            "line 2, strategies.mine.text: [] does not fit (expected: text, or at least one entry)",
        ),
        (
            ("name: small", "name: small\nstrategies: {mine: {text: [Ten., '']}}"),
            "line 2, strategies.mine.text[1]: '' does not fit (expected:",
        ),
        (
            ("name: small", "name: small\nstrategies: {mine: {text: 3}}"),
            "line 2, strategies.mine.text: 3 does not fit (expected: text, or a list)",
        ),
        (
            ("name: small", "name: small\ndefaults: {wordings: 0}"),
            "line 2, defaults.wordings: 0 does not fit (expected: greater than 0)",
        ),
        (("openai", "open/ai"), "takes letters, digits and"),
        (("- name: one", "- name: one\n    temperatures: [0.1, 9]"), "9 is out of range"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_mistake_is_named_with_its_fix(tmp_path, change, said):
    message = complaint(tmp_path, MINIMAL.replace(*change))
    assert said in message
    assert "Traceback" not in message


ANALYSIS_MISTAKES = [
    (
        "analysis: {statistical_tests: [mann_whitny]}",
        "did you mean 'mann_whitney'? (expected:",
    ),
    ("analysis: {factors: []}", "analysis.factors: is empty; give at least one"),
    ("figures: {width: half}", "'half' does not fit (expected: 'single' or 'double')"),
    ("analysis: {equivalence_margin: 0}", "0 does not fit (expected: greater than 0)"),
    ("analysis: {primary: [{model: [a, b], strategy: [a, b]}]}", "[0]: names one factor: {model:"),
    ("analysis: {primary: [{model: null}]}", "primary[0]: names one factor: {model: [A, B]}"),
    ("analysis: {primary: [{strategy: [none, none]}]}", "[0]: compares 'none' with itself"),
    ("analysis: {primary: [{temperature: [1, 1.0]}]}", "[0]: compares '1' with itself"),
    ("analysis: {primary: [{temperature: [null, default]}]}", "compares 'default' with itself"),
    ("analysis: {primary: [{model: [all, a]}]}", "write 'all' second: [A, all] is A against each"),
    ("analysis: {primary: [{model: [a]}]}", "primary[0].model: needs 2 entries, not 1"),
    ("analysis: {primary: [{model: [a, b, c]}]}", "primary[0].model: needs 2 entries, not 3"),
    ("analysis: {primary: [{temperature: [9, 1]}]}", "a temperature is from 0 to 2, or null"),
    ("analysis: {primary: [{modle: [a, b]}]}", "unknown key 'modle'; did you mean 'model'?"),
    (
        "analysis: {primary: [{temperature: [hot, 1]}]}",
        "primary[0].temperature[0]: 'hot' does not fit (expected: a number, or 'default' or 'all')",
    ),
    (
        "output: {format: xml}",
        "output.format: 'xml' does not fit (expected: 'csv', 'json' or 'markdown', or a list)",
    ),
    (
        "output: {format: [json, markdwn]}",
        "output.format[1]: 'markdwn' does not fit; did you mean 'markdown'?",
    ),
    ("defaults: {samples: al}", "did you mean 'all'? (expected: a whole number, or 'all')"),
    ("analysis: {spaces: [3]}", "spaces[0]: 3 does not fit (expected: text, or a block of keys)"),
]


@pytest.mark.parametrize(("line", "said"), ANALYSIS_MISTAKES, ids=[m[0] for m in ANALYSIS_MISTAKES])
def test_one_mistake_is_said_once_by_its_key(tmp_path, line, said):
    # A value that may be of several types is tried as each, and no attempt is a mistake of its own.
    message = complaint(tmp_path, f"{MINIMAL}{line}\n")
    assert message.startswith("/bench.yaml, line 7, ")
    assert said in message
    assert len(message.splitlines()) == 1


def test_the_plan_of_analysis_loads_as_it_is_documented(tmp_path):
    file = tmp_path / "bench.yaml"
    file.write_text(
        MINIMAL
        + "analysis:\n"
        + "  primary: [{model: [a, b]}, {strategy: [none, all]}, {temperature: [null, 1.0]}]\n"
        + "output: {format: [json, csv, markdown]}\n",
        encoding="utf-8",
    )
    config = load_config(file)
    assert [planned.levels() for planned in config.analysis.primary] == [
        ("model", ["a", "b"]),
        ("strategy", ["none", "all"]),
        ("temperature", ["default", "1"]),
    ]
    assert config.table_suffixes() == ["json", "md"]


def test_a_timestamp_is_refused_with_the_reason_and_the_fix(tmp_path):
    message = complaint(tmp_path, MINIMAL + "output:\n  directory: results/{timestamp}\n")
    assert message.startswith("/bench.yaml, line 8, output.directory: {timestamp}")
    assert "nothing is ever resumed; write results/{name} instead" in message


def test_a_file_that_is_no_yaml_is_named_with_the_line(tmp_path):
    assert complaint(tmp_path, "a: [1\nb: 2").startswith("/bench.yaml, line 2: is not valid YAML")


def test_a_file_that_holds_no_keys_is_named(tmp_path):
    assert "holds no keys" in complaint(tmp_path, "just text")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"nope\.yaml: cannot read the config"):
        load_config(tmp_path / "nope.yaml")


def test_the_sampling_part_of_a_config_stays_the_same_config(tmp_path):
    # What the listing of samples is made from must not read as both temperature and temperatures.
    file = tmp_path / "bench.yaml"
    file.write_text(FULL, encoding="utf-8")
    part = yaml.safe_load(load_config(file).sampling_json())
    assert part["experiments"] == yaml.safe_load(FULL)["experiments"]
    assert "statistical_tests" not in part["analysis"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        # As Snakemake hands over `--config 'defaults={samples: 5, temperature: null}'`, ...
        (
            {"defaults": {"samples": "5", "temperature": "null"}},
            {"samples": 5, "temperature": None},
        ),
        ({"analysis": {"spaces": ["a", "b"], "norms": []}}, {"spaces": ["a", "b"], "norms": []}),
        ({"a": {"b": "2.5", "c": "true", "d": "no colon"}}, {"b": 2.5, "c": True, "d": "no colon"}),
        ({"a": {"b": "2026-01-01", "c": "{", "d": ""}}, {"b": "2026-01-01", "c": "{", "d": ""}),
    ],
)
def test_values_of_the_command_line_are_yaml(given, meant):
    assert list(typed(given).values()) == [meant]
