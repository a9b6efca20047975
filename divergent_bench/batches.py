"""Batches: what a results directory says of the run that it belongs to."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from divergent_bench.conditions import Grid
from divergent_bench.config import Config, load_config
from divergent_bench.errors import UserError
from divergent_bench.expansion import expand

CONFIG_FILE: Final = "config.yaml"  # in a results directory: the config of its run
REPORT: Final = "report.md"


@dataclass(frozen=True)
class Batch:
    """A results directory and the config it was made by.

    Attributes
    ----------
    directory
        Relative to where the workflow runs.
    """

    directory: Path
    config: Config

    @cached_property
    def grid(self) -> Grid:
        """What the config asks for."""
        return expand(self.config)

    @cached_property
    def samples(self) -> int:
        """Number of samples that the config asks for."""
        return len(self.grid.paths())

    def done(self) -> int:
        """Count the samples that are there."""
        return sum(Path(path).exists() for path in self.grid.paths())

    def state(self) -> str:
        """Say how far it is: ``complete``, ``analysis is due``, ``partial`` or ``empty``."""
        done = self.done()
        if done < self.samples:
            return "partial" if done else "empty"
        return "complete" if (self.directory / REPORT).exists() else "analysis is due"

    def reasons(self) -> Counter[str]:
        """Say why samples are missing, as their jobs were told, with how many each."""
        size = self.config.job_size(self.grid.seed_counts())
        return missing_samples(self.grid, self.directory, size)


def open_batch(directory: Path) -> Batch:
    """Return the batch of a results directory.

    Raises
    ------
    UserError
        When there is none, or its config cannot be used any more.
    """
    file = directory / CONFIG_FILE
    if not file.is_file():
        what = "is no results directory" if directory.is_dir() else "there is no such directory"
        raise UserError(
            f"{directory}: {what}; name one that holds a {CONFIG_FILE}, such as results/NAME "
            "(`divergent-bench batch list` lists them)"
        )
    return Batch(directory, load_config(file))


def find_batches(results: Path) -> list[Path]:
    """Return the results directories below `results`, by name."""
    return sorted(file.parent for file in results.glob(f"*/{CONFIG_FILE}"))


def missing_samples(grid: Grid, results: Path, seeds_per_job: int) -> Counter[str]:
    """Say why samples are missing, from the logs of their jobs.

    Returns
    -------
    Counter
        Reasons for people, with the number of samples each; samples whose job never ran are not
        among them.
    """
    found: Counter[str] = Counter()
    samples, logs = results / "samples", results / "logs" / "samples"
    for planned in grid.conditions:
        address = Path(planned.directory).relative_to(samples)
        for start in range(0, len(planned.seeds), seeds_per_job):
            seeds = planned.seeds[start : start + seeds_per_job]
            log = logs / address / f"seed{seeds[0]}.log"
            missing = sum(not Path(planned.path(seed)).exists() for seed in seeds)
            if missing and log.exists():
                found[log.read_text(encoding="utf-8").strip() or "interrupted"] += missing
    return found
