"""``divergent-bench verify`` in the embedded space."""

import json
import subprocess

from tests.helpers.workflow import BIN


def run(*arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [str(BIN / "divergent-bench"), "verify", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def test_the_embedded_space_has_the_properties_of_a_space_and_is_not_the_published_one(workdir):
    checks = json.loads(run("--json"))
    outcomes = [check["outcome"] for check in checks]
    assert outcomes.count("passed") >= 5
    assert outcomes.count("not applicable") >= 10
    assert "failed" not in outcomes
    shown = run("wordnet").splitlines()
    assert shown[-1].startswith(f"wordnet: {outcomes.count('passed')} passed, 0 failed, ")


def test_a_space_that_is_not_there_is_said_to_be(workdir):
    assert "glove-9" in run("glove-9", code=2)
