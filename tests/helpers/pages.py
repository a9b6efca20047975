"""Doing what a page of the documentation says, as it stands there.

A ``console`` block holds commands (after ``$ ``) and what they print, where ``...`` stands for
whatever is left out. A block with a title is a file. A ``bash`` block holds commands that no test
can give: they need a network, a key or a cluster.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.helpers.fork_server import EVERYTHING
from tests.helpers.workflow import BIN, ROOT

BLOCK = re.compile(r'^```(\w*)(?: title="([^"\n]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
LEFT_OUT = "..."
# Enough of a checkout to work in; results and configs are the reader's own.
CHECKOUT = ("Snakefile", "workflow", "scripts", "divergent_bench", "envs", "profiles")
CHECKOUT += ("config/benchmark.yaml", "config/demo.yaml")
# The scores are made, and nothing of what other tests look at.
QUICKLY = {
    "analysis": {
        "include_visualizations": False,
        "generate_report": False,
        "statistical_tests": [],
    },
    "output": {"generate_summary": False},
}


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its title (empty without), its text."""

    kind: str
    title: str
    text: str

    def commands(self) -> Iterator[tuple[str, list[str]]]:
        """Give each command with the lines that it is shown to print."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, _, shown = re.sub(r"\\\n\s*", "", part).partition("\n")
            yield command, shown.splitlines()


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page, named by its path in the repository."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [Block(*found) for found in BLOCK.findall(text)]


def prints(printed: str, shown: list[str]) -> bool:
    """Tell whether a command printed what is shown, word by word."""
    pattern = ""
    for line in shown:
        words = " ".join(line.split())
        if words == LEFT_OUT:
            pattern += r"(?:.*\n)*"
        elif words.endswith(f" {LEFT_OUT}"):
            pattern += re.escape(words.removesuffix(f" {LEFT_OUT}")) + r"(?: .*)?\n"
        else:
            pattern += re.escape(words) + r"\n"
    lines = (" ".join(line.split()) for line in printed.splitlines())
    return bool(re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)))


class Reader:
    """Someone with a fresh checkout who does what pages say.

    Parameters
    ----------
    directory
        Of the checkout.
    addresses
        What stands on loopback instead of an address that a page names.
    environment
        Beyond what the test has.
    """

    def __init__(
        self, directory: Path, addresses: Mapping[str, str], environment: Mapping[str, str]
    ) -> None:
        self.directory = directory
        self.addresses = addresses
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, **EVERYTHING, **environment}
        (directory / "config").mkdir()
        for part in CHECKOUT:
            (directory / part).symlink_to(ROOT / part)

    def follow(self, page: str, *, quickly: bool = False) -> None:
        """Write the files of a page and give its commands, in order.

        `quickly` leaves what is made from the scores out of its configs.
        """
        for block in blocks(page):
            if block.title:
                self.write(block, quickly=quickly)
            elif block.kind == "console":
                for command, shown in block.commands():
                    printed = self.give(command)
                    assert not shown or prints(printed, shown), f"$ {command}\n{printed}"

    def write(self, block: Block, *, quickly: bool) -> None:
        """Write a file."""
        text = block.text
        for address, here in self.addresses.items():
            text = text.replace(address, here)
        if quickly and block.kind == "yaml":
            config = yaml.safe_load(text)
            config |= {part: config.get(part, {}) | less for part, less in QUICKLY.items()}
            text = yaml.safe_dump(config)
        file = self.directory / block.title
        file.write_text(text, encoding="utf-8")

    def give(self, command: str) -> str:
        """Give a command and return what it printed."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        return done.stdout
