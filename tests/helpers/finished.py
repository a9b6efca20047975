"""Finished runs that all tests of a session share: each is made once, by whoever needs it first.

Fixtures of `tests/conftest.py`, of one session and all its workers:

`finished_demo`
    `config/demo.yaml` to its end, figures and report included, by the command that
    `python3 bootstrap.py demo` gives.
`finished_run`
    Two models and two groups of people from recorded answers, baselines, two spaces; every factor
    varies, so that every table has rows and every figure would have something to draw. To its end
    but for the figures, which take most of the time: who looks at those draws them in a copy.

Nobody writes into them. A test that goes on from one works in `copy_of` it: Snakemake finds the
files as old as they were and has nothing to do there.
"""

import csv
import fcntl
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap import TASKS
from tests.helpers.fork_server import EVERYTHING
from tests.helpers.loopback import NOUNS
from tests.helpers.workflow import ROOT, Workflow

DEMO = "config/demo.yaml"
MODELS, GROUPS = ["one", "two"], ["students", "teachers"]
STRATEGIES, TEMPERATURES = ["none", "random"], [0.5, 1.0]


def demo() -> dict[str, Any]:
    """Return the config of the demo."""
    return yaml.safe_load((ROOT / DEMO).read_text(encoding="utf-8"))


def everything(directory: Path) -> dict[str, Any]:
    """Return a config in which every factor varies, with its files in `directory`."""
    drawn = random.Random(1)
    with (directory / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["model", "strategy", "temperature", "response"])
        for model in (*MODELS, *GROUPS):
            for strategy in STRATEGIES:
                for temperature in TEMPERATURES:
                    for _ in range(4):
                        answer = "\n".join(drawn.sample(NOUNS, 10))
                        writer.writerow([model, strategy, temperature, answer])
    vectors = [f"{noun} {' '.join(str(drawn.gauss()) for _ in range(20))}" for noun in NOUNS]
    (directory / "own.txt").write_text("\n".join(vectors) + "\n", encoding="utf-8")
    (directory / "nouns.txt").write_text("\n".join(NOUNS) + "\n", encoding="utf-8")
    file = str(directory / "answers.csv")
    unsaid = {"strategy": None, "temperature": None}
    own = {"name": "own", "path": str(directory / "own.txt")}
    return {
        "name": "page",
        "description": "A run that shows all there is.",
        "experiments": [
            {
                "name": "answers",
                "providers": [
                    {"provider": "recorded", "models": MODELS, "file": file},
                    {"provider": "people", "models": GROUPS, "file": file, "columns": unsaid},
                ],
                "strategies": STRATEGIES,
                "temperatures": TEMPERATURES,
                "samples": "all",
            },
            {
                "name": "baselines",
                "providers": [{"provider": "baseline", "models": ["random-nouns", "nearest"]}],
                "samples": 4,
            },
        ],
        "seeds_per_job": 25,
        "analysis": {
            "spaces": ["wordnet", own | {"dictionary": str(directory / "nouns.txt")}],
            "include_visualizations": False,
        },
    }


def run_demo(directory: Path) -> None:
    """Run the demo in a directory."""
    flow = Workflow(directory, demo(), store=False)
    _, (*command, config) = TASKS["demo"]
    assert config == DEMO
    environment = {**os.environ, **EVERYTHING}
    subprocess.run([*command, flow.config_file.name], cwd=directory, env=environment, check=True)


def run_everything(directory: Path) -> None:
    """Run what has all there is in a directory."""
    Workflow(directory, everything(directory), store=False).run()


def finished(name: str, run: Callable[[Path], None], factory: pytest.TempPathFactory) -> Workflow:
    """Return a run at its end; the first to ask makes it, while others wait."""
    base = factory.getbasetemp()
    # A worker of xdist has a directory of its own in that of the session.
    session = base.parent if base.name.startswith("popen-") else base
    directory = session / f"finished-{name}"
    with directory.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        if not (directory / "done").exists():
            shutil.rmtree(directory, ignore_errors=True)  # of an attempt that failed
            directory.mkdir()
            run(directory)
            (directory / "done").touch()
    return Workflow(directory)


def copy_of(run: Workflow, directory: Path) -> Workflow:
    """Copy a finished run into an empty directory."""
    shutil.copytree(run.directory, directory, dirs_exist_ok=True, symlinks=True)
    return Workflow(directory)
