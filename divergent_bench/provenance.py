"""What a result was made with: the code, its versions, the config."""

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import divergent_bench
from divergent_bench.config import Config
from divergent_bench.spaces.store import open_space

PACKAGE = Path(divergent_bench.__file__).parent
LIBRARIES = ("snakemake", "litellm", "numpy", "scipy", "pandas", "statsmodels", "matplotlib")


@cache
def source_digest(*modules: str) -> str:
    """Return a short digest of the source of modules of the package, named without its prefix.

    As a parameter of a rule it makes results due again when the code that computes them changed.
    """
    content = hashlib.sha256()
    for module in modules:
        place = PACKAGE / module
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
        for file in files:
            content.update(file.read_bytes())
    return content.hexdigest()[:12]


def library_versions() -> dict[str, str]:
    """Return the versions of the package and of the libraries its numbers depend on."""
    versions = {"divergent-bench": divergent_bench.__version__}
    return versions | {name: importlib.metadata.version(name) for name in LIBRARIES}


def provenance(config: Config, spaces: Iterable[Path]) -> dict[str, Any]:
    """Return what the appendix of a report tells: versions, spaces, prompts, the config.

    Parameters
    ----------
    config
        As it was run.
    spaces
        Directories of the stores that scores were computed in.
    """
    used = {name for experiment in config.experiments for name in experiment.strategies}
    strategies = config.all_strategies()
    return {
        "Versions": library_versions(),
        "Semantic spaces": {
            space.name: f"{space.info.source}, {space.info.source_checksum}"
            for space in map(open_space, spaces)
        },
        "Prompts": {
            name: strategy.messages()[-1]["content"]
            for name, strategy in strategies.items()
            if name in used or "all" in used
        },
        "Config": json.dumps(config.model_dump(exclude_unset=True), ensure_ascii=False),
    }
