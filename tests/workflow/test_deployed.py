"""The workflow as a module of somebody else's project, as snakedeploy sets one up."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.helpers.wires import KEY
from tests.helpers.workflow import BIN, ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git"),
]

DEPLOYED = """
configfile: "config/config.yaml"


module divergent_bench:
    snakefile:
        github("somebody/divergent_bench", path="workflow/Snakefile", tag="v1")
    config:
        config


use rule * from divergent_bench
"""
(HANDLERS,) = [
    block.removeprefix("python\n")
    for block in (ROOT / "docs/how-to/snakedeploy.md").read_text(encoding="utf-8").split("```")
    if "onstart:" in block
]


def git(directory: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", "-C", directory, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def deployed(tmp_path, monkeypatch) -> Path:
    """Return a project that gets the rules from GitHub, which is a directory here."""
    hosted = tmp_path / "hosted/somebody/divergent_bench"
    hosted.mkdir(parents=True)
    shutil.copy(ROOT / "Snakefile", hosted)
    for part in ("workflow", "envs"):
        shutil.copytree(ROOT / part, hosted / part)
    git(hosted, "init", "--quiet")
    git(hosted, "add", ".")
    git(hosted, "commit", "--quiet", "--message", "as it is")
    git(hosted, "tag", "v1")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.file://{tmp_path}/hosted/.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "1")
    project = tmp_path / "project"
    (project / "workflow").mkdir(parents=True)
    (project / "workflow/Snakefile").write_text(DEPLOYED, encoding="utf-8")
    shutil.copytree(ROOT / "profiles", project / "profiles")
    (project / "config").mkdir()
    return project


def snakemake(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "snakemake"), "--cores", "1", *arguments]
    return subprocess.run(
        command, cwd=project, env=dict(os.environ), capture_output=True, text=True, check=False
    )


def test_a_project_has_the_rules_from_github_and_with_handlers_all_that_goes_with_them(
    server, deployed
):
    openai = {"provider": "openai", "model": "gpt-4o", "api_base": server.url}
    config = {
        "name": "mine",
        "experiments": [{"name": "first", "providers": [openai], "samples": 3}],
        "analysis": {"include_visualizations": False, "generate_report": False},
        "output": {"generate_summary": False},
    }
    file = deployed / "config/config.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    done = snakemake(deployed, "samples")
    assert done.returncode == 0, done.stderr
    assert len(list(deployed.glob("results/mine/samples/**/seed*.json"))) == 3
    assert len(server.requests) == 3
    assert server.most_in_flight == 1  # jobs alone ask

    with (deployed / "workflow/Snakefile").open("a", encoding="utf-8") as snakefile:
        snakefile.write(HANDLERS)
    config["experiments"][0]["samples"] = 9
    server.delay_s = 0.5
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    done = snakemake(deployed, "samples")
    assert done.returncode == 0, done.stderr
    assert len(server.requests) == 9
    assert server.most_in_flight > 1  # now they are read ahead
    assert "score_samples" in snakemake(deployed, "-n").stdout  # by default, everything
    written = [each for each in deployed.rglob("*") if each.is_file()]
    assert not [each for each in written if KEY.encode() in each.read_bytes()]


def test_rules_without_the_package_say_what_to_install():
    without = "import sys; sys.modules['divergent_bench'] = None"
    code = f"{without}; from snakemake.cli import main; main()"
    done = subprocess.run(
        [BIN / "python", "-c", code, "-n", "--configfile", "config/demo.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "lacks divergent_bench" in done.stderr
    assert "install divergent-bench into it" in done.stderr
    assert "Traceback" not in done.stderr
