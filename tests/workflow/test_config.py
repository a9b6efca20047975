"""What plain Snakemake says about a wrong config: one message, no traceback, nothing sent."""

from typing import Any

import pytest

from tests.helpers.workflow import Workflow

pytestmark = pytest.mark.slow


def config(entry: dict[str, Any], **experiment: Any) -> dict[str, Any]:
    block = {"name": "e", "providers": [entry], "samples": 1, **experiment}
    return {"name": "wrong", "experiments": [block]}


@pytest.mark.parametrize(
    ("entry", "experiment", "said"),
    [
        (
            {"model": "gpt-4o", "modle": "x"},
            {},
            "line 7, experiments[0].providers[0].modle: unknown key 'modle'; did you mean 'model'?",
        ),
        (
            {"model": "gpt-4o"},
            {"strategies": ["etymolgy"]},
            "line 10, experiments[0].strategies[0]: there is no strategy 'etymolgy'; "
            "did you mean 'etymology'?",
        ),
        (
            {"models": []},
            {},
            "line 6, experiments[0].providers[0].models: is empty; give at least one",
        ),
        (
            {"model": "gpt-4o"},
            {"temperature": 3.5},
            "line 9, experiments[0].temperature: 3.5 is out of range; "
            "a temperature is from 0 to 2, or null",
        ),
        (
            {"models": ["org/model", "org:model"]},
            {},
            "line 8, experiments[0].providers[0].models[1]: models 'org/model' and 'org:model' of "
            "openai would share the path 'org-model'; give one of them a `name`",
        ),
        (
            {"provider": "recorded", "model": "gpt-4", "file": "nowhere.jsonl"},
            {},
            "line 6, experiments[0].providers[0].model: nowhere.jsonl: "
            "cannot read recorded answers (No such file or directory)",
        ),
    ],
    ids=["unknown key", "strategy", "no models", "temperature", "collision", "missing file"],
)
def test_a_wrong_config_gives_one_message(server, tmp_path, entry, experiment, said):
    entry = {"provider": "openai", **entry}
    if entry["provider"] == "openai":
        entry["api_base"] = server.url
    flow = Workflow(tmp_path, config(entry, **experiment))
    # The base URL comes last, so that it shifts no line.
    output = flow.run(fails=True)
    assert f"{flow.config_file}, {said}" in output
    assert "Traceback" not in output
    assert server.requests == []
    assert not (tmp_path / "results").exists()


def test_a_timestamp_is_refused_with_the_reason(tmp_path):
    entry = {"provider": "baseline", "model": "oracle"}
    flow = Workflow(
        tmp_path, config(entry) | {"output": {"directory": "results/batch_{timestamp}"}}
    )
    output = flow.run(fails=True)
    assert "nothing is ever resumed; write results/{name} instead" in output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot read the config (No such file or directory); check the path"),
        ("a: [1\nb: 2", "line 2: is not valid YAML"),
        ("just text", "holds no keys; a config starts with `name:` and `experiments:`"),
    ],
)
def test_what_snakemake_reads_before_us_the_command_line_reports(tmp_path, content, said):
    import subprocess

    from tests.helpers.workflow import BIN

    file = tmp_path / "bench.yaml"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    done = subprocess.run(
        [str(BIN / "divergent-bench"), "batch", "validate", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"{file}" in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
