"""Every command of the README, as it stands there."""

import os
import re
import shlex
import subprocess

import pytest

from tests.helpers.wires import KEY
from tests.helpers.workflow import BIN, ROOT

pytestmark = pytest.mark.slow

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, block in BLOCKS if not kind for line in block.splitlines() if line]


MAKING = tuple(f"divergent-bench {verb} " for verb in ("config", "dat", "batch", "analyze"))


def test_the_first_benchmark_runs_as_it_is_written(server, tmp_path, monkeypatch):
    (config,) = [block for kind, block in BLOCKS if kind == "yaml"]
    for part in ("Snakefile", "workflow", "scripts", "divergent_bench", "envs", "profiles"):
        (tmp_path / part).symlink_to(ROOT / part)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/first.yaml").write_text(config, encoding="utf-8")
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("OPENAI_API_BASE", server.url)  # the true URL is litellm's own default
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def run(command: str) -> str:
        return subprocess.run(
            shlex.split(command), cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    def shown(command: str) -> list[list[str]]:
        """Return what the README says that a command prints, in words."""
        (block,) = [block for _, block in BLOCKS if command in block]
        return [line.split() for line in block.splitlines()[1:]]

    plan = next(line for line in COMMANDS if " plan " in line).removeprefix("$ ")
    with monkeypatch.context() as at_home:
        at_home.delenv("OPENAI_API_BASE")  # where the limits of a first-tier key hold
        assert [line.split() for line in run(plan).splitlines()] == shown(plan)

    validate = next(line for line in COMMANDS if "batch validate" in line).removeprefix("$ ")
    assert [line.split() for line in run(validate).splitlines()] == shown(validate)

    sample, report = (line for line in COMMANDS if line.startswith("snakemake"))
    run(sample)
    assert len(server.requests) == 160  # 2 models, 2 strategies, 2 temperatures, 20 samples
    run(sample)
    assert len(server.requests) == 160
    for command in (line for line in COMMANDS if line.startswith("divergent-bench ledger")):
        run(command.split("#")[0])
    exported = (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(exported) == 160
    (tmp_path / "answers.jsonl").write_text(
        '{"model": "m", "response": "1. cat\\n2. dog"}\n', encoding="utf-8"
    )
    (tmp_path / "answer.txt").write_text("1. cat\n2. dog\n", encoding="utf-8")
    for verb in ("import", "export", "score", "parse", "verify"):
        command = next(c for c in COMMANDS if c.startswith(f"divergent-bench {verb} "))
        assert run(command.split("#")[0])
    assert (tmp_path / "config/ours.yaml").exists()
    assert (tmp_path / "first.csv").read_text(encoding="utf-8").count("\n") > 220
    for command in (line for line in COMMANDS if line.startswith(MAKING)):
        run(command)
    assert (tmp_path / "config/mine.yaml").exists()
    # 20 of one model, then 20 of another: the first ones are there.
    assert len(server.requests) == 160 + 20 + 20
    run(report)
    assert (tmp_path / "report.html").stat().st_size > 1_000_000
    promised = re.search(r"in `results/\{name\}/`.*?\n\n", README, flags=re.DOTALL)
    for name in re.findall(r"`([\w/]+(?:\.\w+)?/?)`", promised.group().split("| --- | --- |")[1]):
        assert (tmp_path / "results/first" / name).exists(), name


def test_the_set_up_commands_are_tasks_of_bootstrap():
    tasks = {line.split()[-1] for line in COMMANDS if line.startswith("python3 bootstrap.py")}
    assert tasks == {"demo", "test"}
    help_text = subprocess.run(
        ["python3", "bootstrap.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert all(task in help_text for task in tasks)


def test_no_command_of_the_readme_is_left_out():
    tested = ("python3 bootstrap.py", "source .venv", "export ", "$ divergent-bench", "snakemake ")
    verbs = ("ledger", "import", "export", "score", "parse", "verify")
    tested += (*MAKING, *(f"divergent-bench {verb} " for verb in verbs))
    printed = [
        line
        for kind, block in BLOCKS
        if not kind and block.startswith("$ ")
        for line in block.splitlines()[1:]
    ]
    assert not [c for c in COMMANDS if not c.startswith(tested) and c not in printed]
