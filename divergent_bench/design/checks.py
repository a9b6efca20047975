"""Whether a config asks for something that can be done."""

from dataclasses import dataclass

from divergent_bench.base.names import counted
from divergent_bench.base.policy import RunPolicy
from divergent_bench.config import Config
from divergent_bench.config.analysis import SpaceEntry
from divergent_bench.design.analysis_plan import Plan
from divergent_bench.design.contrasts import analysis_plans
from divergent_bench.design.expansion import expand
from divergent_bench.design.grid import Grid
from divergent_bench.design.policy import run_policy
from divergent_bench.design.spaces import spaces


@dataclass(frozen=True)
class CheckedConfig:
    """A config in which nothing is wrong, and what it expands to."""

    config: Config
    grid: Grid
    policy: RunPolicy
    spaces: dict[str, SpaceEntry | None]
    plans: dict[str, Plan]  # by task

    def __str__(self) -> str:
        conditions = counted(len(self.grid.conditions), "condition")
        return f"valid; {len(self.grid.paths()):,} samples in {conditions}"


def check_config(config: Config) -> CheckedConfig:
    """Expand all parts of a config; a UserError says what cannot be done. Sends nothing."""
    asked = expand(config)
    grid = asked.first(config.limit) if config.limit else asked
    policy = run_policy(config)
    return CheckedConfig(config, grid, policy, spaces(config), analysis_plans(config, grid))
