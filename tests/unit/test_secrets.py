"""Keys by their values: in configs, wherever they stand, and in texts."""

import pytest

from divergent_bench.base.credentials import redact
from divergent_bench.base.errors import UserError
from divergent_bench.config import load_config, parse_config
from divergent_bench.design.expansion import expand

KEY = "sk-proj-abcDEF1234567890abcdef"
CONFIG = """\
name: b
description: {description}
experiments:
  - name: a
    providers:
      - provider: openai
        model: {model}
        api_base: {api_base}
        params: {params}
strategies:
  mine: {{text: {text}}}
"""
SOUND = {
    "description": "x",
    "model": "gpt-4o",
    "api_base": "http://localhost:1/v1",
    "params": "{top_p: 0.5}",
    "text": "Ten words.",
}


def complaint(tmp_path, **changes):
    file = tmp_path / "bench.yaml"
    file.write_text(CONFIG.format(**SOUND | changes), encoding="utf-8")
    with pytest.raises(UserError) as raised:
        load_config(file)
    return str(raised.value).replace(str(file), "bench.yaml")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"description": f"by {KEY}"}, "line 2, description"),
        ({"model": KEY}, "providers[0].model"),
        ({"text": f"Say {KEY}."}, "strategies.mine.text"),
        ({"api_base": f"https://host/v1/{KEY}/x"}, "providers[0].api_base"),
        ({"api_base": f"https://host/v1?x={KEY}"}, "providers[0].api_base"),
        ({"api_base": "https://host/v1?x=sk%2Dproj%2DabcDEF1234567890abcdef"}, "api_base"),
        ({"params": f"{{extra_headers: {{X-Anything: {KEY}}}}}"}, "X-Anything"),
        ({"params": f"{{extra_headers: {{X-Anything: 'Bearer {'a1' * 12}'}}}}"}, "X-Anything"),
        ({"params": f"{{extra_query: {{q: {KEY}}}}}"}, "extra_query.q"),
        ({"params": f"{{extra_body: {{a: [{{b: {KEY}}}]}}}}"}, "extra_body.a[0].b"),
        ({"params": f"{{extra_body: {{{KEY}: 1}}}}"}, "params.extra_body"),
        ({"params": f"[{KEY}]"}, "params[0]"),
        ({"params": "{extra_body: {a: from-the-environment}}"}, "extra_body.a"),
    ],
)
def test_a_key_is_refused_wherever_it_stands_and_not_repeated(
    tmp_path, monkeypatch, changes, where
):
    monkeypatch.setenv("MISTRAL_API_KEY", "from-the-environment")
    said = complaint(tmp_path, **changes)
    assert where in said
    assert "looks like a key; keys live in the environment only" in said
    assert "abcDEF1234567890" not in said
    assert "a1a1a1" not in said
    assert "from-the-environment" not in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("api_base", "why"),
    [
        ("https://me:hunter2@host/v1", "holds a name or a password"),
        ("https://hunter2@host/v1", "holds a name or a password"),
        ("https://host/v1?api_key=hunter2", "holds api_key=... after ?"),
        ("https://host/v1?a=1&key=hunter2", "holds key=... after ?"),
    ],
)
def test_an_address_holds_no_secret(tmp_path, api_base, why):
    said = complaint(tmp_path, api_base=api_base)
    assert why in said
    assert "hunter2" not in said


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "apikey", "Cookie", "x-auth"])
def test_a_header_named_like_a_secret_is_refused(tmp_path, name):
    said = complaint(tmp_path, params=f"{{extra_headers: {{{name}: hunter2}}}}")
    assert f"{name!r} looks like a secret" in said
    assert "hunter2" not in said


def test_numbers_of_tokens_are_no_secrets(tmp_path):
    params = "{thinking: {type: enabled, budget_tokens: 1024}, max_completion_tokens: 5}"
    file = tmp_path / "bench.yaml"
    file.write_text(CONFIG.format(**SOUND | {"params": params}), encoding="utf-8")
    assert load_config(file).name == "b"


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn",
        "sk-learn-contribution-guidelines",
        "risk-2024-assessment-of-everything",
        "task-12345678901234567890",
        "AIza",
        "hf_hub_download",
        "the standard bearer internationalization",
        "c2stcHJvai1hYmNERUYxMjM0NTY3ODkwYWJjZGVmCg==",
        "x/sk+AKIAIOSFODNN7EXAMPLEx",
        "https://github.com/scikit-learn/scikit-learn",
        "gpt-4o-mini-2024-07-18",
    ],
)
def test_ordinary_text_stays(text):
    assert redact(text) == text


def test_one_key_that_begins_like_another_leaves_nothing(monkeypatch):
    monkeypatch.setenv("A_KEY", "0123456789")
    monkeypatch.setenv("B_KEY", "0123456789abcdef")
    assert redact("0123456789abcdef 0123456789") == "[B_KEY] [A_KEY]"


# --- Where results go ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("directory", "why"),
    [
        ("results/ledger", "lies on, in or above results/ledger"),
        ("results/Ledger/x", "lies on, in or above"),
        ("results", "lies on, in or above"),
        (".", "lies on, in or above"),
        ("/", "lies on, in or above"),
        ("results/x/../led{name}", "lies on, in or above"),
        ("link", "lies on, in or above"),
        ("../{name}", "leads out of the directory of the run"),
        ("results/../../x", "leads out of the directory of the run"),
        ("~/results", "begins with ~"),
    ],
)
def test_results_go_beside_the_ledger_and_not_elsewhere_by_accident(
    tmp_path, monkeypatch, directory, why
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("results/ledger")
    baselines = [{"name": "a", "providers": [{"provider": "baseline", "model": "common-nouns"}]}]
    config = {"name": "ger", "experiments": baselines, "output": {"directory": directory}}
    with pytest.raises(UserError, match=r"output\.directory") as raised:
        expand(parse_config(config))
    assert why in str(raised.value)
    elsewhere = {"directory": str(tmp_path.parent / "{name}")}  # which is meant
    assert expand(parse_config(config | {"output": elsewhere})).paths()


def test_a_file_whose_name_snakemake_would_fill_in_is_refused():
    entry = {"provider": "recorded", "model": "m", "file": "x{y}/answers.csv"}
    config = {"name": "b", "experiments": [{"name": "a", "providers": [entry]}]}
    with pytest.raises(UserError, match="which Snakemake takes for a wildcard"):
        parse_config(config)
    space = {"name": "own", "path": "{x}.vec"}
    entry["file"] = "answers.csv"
    with pytest.raises(UserError, match="which Snakemake takes for a wildcard"):
        parse_config(config | {"analysis": {"spaces": [space]}})
