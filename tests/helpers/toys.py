"""The package that docs/how-to/own-task.md shows: a provider and a task that we do not know."""

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from tests.helpers.workflow import ROOT

PAGE = (ROOT / "docs/how-to/own-task.md").read_text(encoding="utf-8")


def block(title: str) -> str:
    """Return what the page shows of a file, all its parts together."""
    return "\n".join(re.findall(rf'```\w+ title="{title}"\n(.*?)```', PAGE, re.DOTALL))


def install(directory: Path) -> Path:
    """Make a directory that has the package, as `pip install` would; return it."""
    found = directory / "toys-1.0.dist-info"
    found.mkdir(parents=True)
    (directory / "toys.py").write_text(block("toys.py"), encoding="utf-8")
    project = tomllib.loads(block("pyproject.toml"))["project"]
    (found / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1.0\n")
    groups = [
        "\n".join([f"[{group}]", *(f"{name} = {value}" for name, value in points.items())])
        for group, points in project["entry-points"].items()
    ]
    (found / "entry_points.txt").write_text("\n".join(groups) + "\n")
    return directory


def config(**more: object) -> dict[str, Any]:
    """Return the config of the page."""
    data: dict[str, Any] = yaml.safe_load(block("config/toys.yaml"))
    return data | more
