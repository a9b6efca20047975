"""What may not be in one grid: shared paths, and equal requests under two names."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from divergent_bench.base.files import LEDGER_DIRECTORY
from divergent_bench.base.names import slug
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.requests import Request, digest, each_wording
from divergent_bench.config import Config, config_error
from divergent_bench.config.values import Location
from divergent_bench.design.grid import Condition


@dataclass(frozen=True, slots=True)
class Described:
    """A condition as one place of the config describes it."""

    location: Location
    condition: Condition
    template: Request
    seeds: set[int]
    tasks: set[str]  # that its samples are answers to


def check_results(config: Config) -> None:
    """Make sure that results go beside the ledger, and outside the directory only if that is meant.

    A UserError says where they would go.
    """
    given = config.output.directory
    results, ledger = (os.path.realpath(each) for each in (config.results(), LEDGER_DIRECTORY))
    problem = ""
    # Some file systems do not tell upper from lower case.
    pair = results.casefold(), ledger.casefold()
    if os.path.commonpath(pair) in pair:
        problem = f"{given} lies on, in or above {LEDGER_DIRECTORY}, where paid answers are kept"
    elif given.startswith("~"):
        problem = f"{given} begins with ~, which nobody fills in"
    elif not Path(given).is_absolute() and os.path.normpath(given).startswith(os.pardir):
        problem = f"{given} leads out of the directory of the run; if you mean it, write {results}"
    if problem:
        raise config_error(
            config, ("output", "directory"), f"{problem}; a usual one is results/{{name}}"
        )


def check_paths(config: Config, described: Iterable[Described]) -> None:
    """Make sure that no two conditions share a path, or have none."""
    owners: dict[str, Condition] = {}
    for each in described:
        condition = each.condition
        if not slug(condition.model) or not slug(condition.strategy):
            raise config_error(
                config,
                each.location,
                f"{condition} has no letter or digit that can stand in a path; give it a `name`",
            )
        # Some file systems do not tell upper from lower case.
        address = str(condition.directory()).casefold()
        owner = owners.setdefault(address, condition)
        if owner == condition:
            continue
        if owner.model != condition.model:
            what, one, other = "models", owner.model, condition.model
            example = f"{{model: {other!r}, name: {slug(other)}-2}}"
            fix = f"give one of them a `name`, for example {example}"
        elif owner.strategy == condition.strategy:
            what, one, other = "stimuli", str(owner.stimulus), str(condition.stimulus)
            fix = "take one of them out"
        else:
            what, one, other = "strategies", owner.strategy, condition.strategy
            fix = "rename one of them"
        raise config_error(
            config,
            each.location,
            f"{what} {one!r} and {other!r} of {condition.provider} would share "
            f"the path {slug(other)!r}; {fix}",
        )


def check_requests(config: Config, described: Iterable[Described]) -> None:
    """Make sure that no two conditions send the same requests: one answer would count twice."""
    seen: dict[str, Condition] = {}
    for each in described:
        if find_provider(each.condition.provider).from_file:
            continue  # reading an answer under two names costs nothing and may be meant
        for request in each_wording(each.template):
            # Whichever seed has a wording: two prompts that share one are no two prompts.
            twin = seen.setdefault(digest({**request, "seed": None}), each.condition)
            if twin != each.condition:
                raise config_error(
                    config,
                    each.location,
                    f"{twin} and {each.condition} would send the same requests, "
                    "so that one answer would count twice; remove one of the two",
                )
