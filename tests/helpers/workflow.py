"""Running the workflow as a user does, in a directory of its own."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from divergent_bench.instrument.spaces.embedded import DEFAULT_SPACE
from tests.helpers.fork_server import EVERYTHING
from tests.helpers.spaces import store as store_of

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


class Workflow:
    """A working directory with a config, and Snakemake run on it from the checkout.

    Parameters
    ----------
    directory
        Where results go; it has its own ledger and gateway.
    config
        The data of the config file; None where it has been written.
    checkout
        Where the Snakefile is.
    store
        Whether the store of the default space is there, so that no job has to make it.
    """

    def __init__(
        self,
        directory: Path,
        config: dict[str, Any] | None = None,
        checkout: Path = ROOT,
        *,
        store: bool = True,
    ) -> None:
        self.directory = directory
        self.checkout = checkout
        spaces = directory / "resources/spaces"
        if store and not spaces.exists():
            shutil.copytree(store_of(DEFAULT_SPACE), spaces / DEFAULT_SPACE, copy_function=os.link)
        self.config_file = directory / "bench.yaml"
        if config is None:
            self.config = yaml.safe_load(self.config_file.read_text(encoding="utf-8"))
        else:
            self.write(config)

    def write(self, config: dict[str, Any]) -> None:
        """Write the config file."""
        self.config = config
        self.config_file.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        """Return the command line, as in the README but for the directory."""
        return [
            str(BIN / "snakemake"),
            *arguments,  # before --configfile, which takes several files
            "--cores",
            "4",
            "--directory",
            str(self.directory),
            "--configfile",
            str(self.config_file),
        ]

    def start(
        self, *arguments: str, output: Any = subprocess.PIPE, **options: Any
    ) -> "subprocess.Popen[str]":
        """Start Snakemake."""
        # A signal to a process group would not reach the jobs of a copy of the fork server.
        if self.checkout == ROOT and "start_new_session" not in options:
            options["env"] = {**os.environ, **EVERYTHING}
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.checkout,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )

    def run(self, *arguments: str, fails: bool = False) -> str:
        """Run Snakemake to its end and return what it printed."""
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=300)
        assert (process.returncode != 0) == fails, output
        return output

    def draw(self, *wanted: tuple[str, ...]) -> None:
        """Draw only some of the figures that are due, and pages of models, by their own command.

        Each is wanted by what its rule names before the files: task and figure; or task, provider
        and model.
        """
        listed = self.run("--dry-run", "--printshellcmds", "plot_figures")
        (command,) = re.findall(r"/plot_figures\.py\" (.*) 2> ", listed)
        flags: list[list[str]] = []
        for word in shlex.split(command):
            if word.startswith("--"):
                flags.append([])
            flags[-1].append(word)
        drawn = [
            flag
            for flag in flags
            if flag[0] not in ("--figure", "--model")
            or any(tuple(flag[1 : len(each) + 1]) == each for each in wanted)
        ]
        assert sum(flag[0] in ("--figure", "--model") for flag in drawn) == len(wanted)
        subprocess.run(
            [sys.executable, ROOT / "scripts/plot_figures.py", *chain.from_iterable(drawn)],
            cwd=self.directory,
            env={**os.environ, **EVERYTHING},
            check=True,
        )

    def results(self) -> Path:
        """Return the directory of the results."""
        return self.directory / "results" / self.config["name"]

    def samples(self) -> list[Path]:
        """Return the sample files there are."""
        return sorted(self.results().glob("samples/**/seed*.json"))

    def records(self) -> list[dict[str, Any]]:
        """Return what the sample files hold."""
        return [json.loads(path.read_text(encoding="utf-8")) for path in self.samples()]


def jobs(output: str) -> dict[str, int]:
    """Return how many jobs of each rule a run or dry run listed in its first table."""
    table = output.split("Job stats:", 1)[1].split("\n\n", 1)[0] if "Job stats:" in output else ""
    found = re.findall(r"^(\w+)\s+(\d+)$", table, flags=re.MULTILINE)
    return {rule: int(count) for rule, count in found if rule != "total"}
