"""Import and export, as a person types them."""

import json
import subprocess
from pathlib import Path

from tests.helpers.workflow import BIN


def run(directory: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [str(BIN / "divergent-bench"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=directory,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def test_an_import_says_what_comes_next(tmp_path):
    (tmp_path / "my answers.json").write_text(json.dumps({"0": "cat", "1": "dog"}))

    said = run(tmp_path, "import", "my answers.json", "--model", "gpt-4o", "--temperature", "0.7")

    assert said.splitlines() == [
        "2 answers in 1 condition: config/my-answers.jsonl",
        "Next: snakemake --cores 4 --configfile config/my-answers.yaml",
    ]
    assert "valid; 202 samples in 3 conditions" in run(
        tmp_path, "batch", "validate", "config/my-answers.yaml"
    )


def test_what_is_missing_is_said(tmp_path):
    (tmp_path / "a.json").write_text('["cat"]')

    assert "have no model; " in run(tmp_path, "import", "a.json", code=2)
    assert "nowhere: there is no such directory" in run(
        tmp_path, "export", "nowhere", "out.csv", code=2
    )
