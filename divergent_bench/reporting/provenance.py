"""What a result was made with: the code, its versions, the config."""

import importlib.metadata
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

import divergent_bench
from divergent_bench.base.requests import count_wordings
from divergent_bench.config import Config
from divergent_bench.design.grid import Grid
from divergent_bench.instrument.spaces.store import open_space
from divergent_bench.instrument.tasks import Task
from divergent_bench.instrument.verification import Check
from divergent_bench.reporting.report.markdown import table

LIBRARIES = ("snakemake", "litellm", "numpy", "scipy", "pandas", "matplotlib")


def library_versions() -> dict[str, str]:
    """Return the versions of the package, of Python and of the libraries its numbers depend on."""
    versions = {"divergent-bench": divergent_bench.__version__, "Python": platform.python_version()}
    return versions | {name: importlib.metadata.version(name) for name in LIBRARIES}


def made_by() -> str:
    """Return the name and the version of the package, and the commit where it is in a clone."""
    said = f"divergent_bench {divergent_bench.__version__}"
    clone = Path(divergent_bench.__file__).parents[1]
    if (clone / ".git").exists():
        command = ["git", "-C", str(clone), "describe", "--always", "--dirty", "--exclude", "*"]
        with suppress(OSError):
            told = subprocess.run(command, capture_output=True, text=True, check=False)
            said += f", commit {told.stdout.strip()}" if told.returncode == 0 else ""
    return said


def provenance(config: Config, grid: Grid, spaces: Iterable[Path]) -> dict[str, Any]:
    """Return what the appendix of a report tells: versions, spaces, seeds, prompts, the config.

    The config is as it was run, `grid` what it expands to, `spaces` the directories of the stores
    that scores were computed in.
    """
    strategies = config.all_strategies()
    return {
        "Versions": library_versions(),
        "Semantic spaces": {
            space.name: f"{space.info.source}, {space.info.source_checksum}. {space.info.notes}"
            for space in map(open_space, spaces)
        },
        "Seeds": _seeds(grid),
        "Prompts": {
            planned.condition.strategy: "\n\n---\n\n".join(
                _prompt(strategies[planned.condition.strategy].messages(number))
                for number in range(count_wordings(planned.template))
            )
            for planned in grid.conditions
            if "messages" in planned.template
        },
        "Stimuli": _stimuli(grid),
        "Config": yaml.safe_dump(
            config.model_dump(mode="json", exclude_unset=True), sort_keys=False, allow_unicode=True
        ),
    }


def _stimuli(grid: Grid) -> dict[str, str]:
    """Tell what each task asked about; nothing of those that have no stimuli."""
    of_tasks = {task: (c.condition for c in grid.of_task(task).conditions) for task in grid.tasks}
    asked = {task: {c.stimulus for c in of if c.stimulus} for task, of in of_tasks.items()}
    return {task: "; ".join(sorted(stimuli)) for task, stimuli in asked.items() if stimuli}


def _seeds(grid: Grid) -> dict[str, str]:
    """Tell by model how many seeds its conditions have, and from which to which."""
    of_model: dict[str, list[tuple[int, ...]]] = {}
    for planned in grid.conditions:
        condition = planned.condition
        of_model.setdefault(f"{condition.provider}/{condition.model}", []).append(planned.seeds)
    told = {}
    for model, seeds in of_model.items():
        fewest, most = min(map(len, seeds)), max(map(len, seeds))
        count = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
        lowest, highest = min(map(min, seeds)), max(map(max, seeds))
        where = f"in each of {len(seeds):,} conditions" if len(seeds) > 1 else "in 1 condition"
        told[model] = f"{count} {where}, from {lowest} to {highest}"
    return told


def _prompt(messages: Sequence[Mapping[str, str]]) -> str:
    """Return what was said to the model, with the role of each message where there are several."""
    if len(messages) == 1:
        return messages[0]["content"]
    return "\n\n".join(f"{each['role']}:\n{each['content']}" for each in messages)


def verification(spaces: Iterable[Path], task: Task) -> dict[str, str]:
    """Return, by space, whether it gives what is published, as a Markdown table.

    Nothing of a task that has nothing to verify.
    """
    found = {space.name: task.verify(space) for space in map(open_space, spaces)}
    return {name: verification_table(checks) for name, checks in found.items() if checks}


def verification_table(checks: Iterable[Check]) -> str:
    """Return the checks of a space as a Markdown table."""
    rows = [
        (
            check.what,
            _value(check.expected),
            _value(check.found),
            "" if check.tolerance is None else f"{check.tolerance:g}",
            check.outcome,
            check.source,
        )
        for check in checks
    ]
    header = ("check", "expected", "found", "tolerance", "outcome", "source")
    return table(header, rows, align="l" * len(header))


def _value(value: float | str | None) -> str:
    if value is None:
        return "none"
    return f"{value:.5g}" if isinstance(value, float) else value


def scoring_label(config: Config, task: Task) -> str:
    """Return what differs in the config from the published scoring; empty where nothing does."""
    return task.differences(config.analysis.scoring.options(task))
