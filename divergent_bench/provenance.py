"""What a result was made with: the code, its versions, the config."""

import hashlib
import importlib.metadata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

import divergent_bench
from divergent_bench.config import Config
from divergent_bench.expansion import expand
from divergent_bench.scoring import ScoringOptions
from divergent_bench.spaces.store import open_space
from divergent_bench.verification import verification_table, verify

PACKAGE = Path(divergent_bench.__file__).parent
NOT_ANALYSIS = {"answers", "cli", "conditions", "config", "credentials"}
NOT_ANALYSIS |= {"contrasts", "display", "expansion", "exporting", "gateway", "importing"}
NOT_ANALYSIS |= {"planning", "providers", "terms"}
LIBRARIES = ("snakemake", "litellm", "numpy", "scipy", "pandas", "statsmodels", "matplotlib")


def analysis_code_digest() -> str:
    """Return a short digest of the code that turns samples into results.

    As a parameter of a rule it makes results due again when that code changed. What decides the
    samples themselves is not part of it: those are tracked by what they send. Nor is what only
    reads results.
    """
    content = hashlib.sha256()
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.relative_to(PACKAGE).parts[0].removesuffix(".py") not in NOT_ANALYSIS:
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
    prompts = {
        planned.condition.strategy: planned.template["messages"][-1]["content"]
        for planned in expand(config).conditions
        if "messages" in planned.template
    }
    return {
        "Versions": library_versions(),
        "Semantic spaces": {
            space.name: f"{space.info.source}, {space.info.source_checksum}"
            for space in map(open_space, spaces)
        },
        "Prompts": prompts,
        "Config": yaml.safe_dump(
            config.model_dump(mode="json", exclude_unset=True), sort_keys=False, allow_unicode=True
        ),
    }


def verification(spaces: Iterable[Path]) -> dict[str, str]:
    """Return, by space, whether it gives what is published, as a Markdown table."""
    return {space.name: verification_table(verify(space)) for space in map(open_space, spaces)}


def scoring_label(config: Config) -> str:
    """Return what differs in the config from the published scoring; empty where nothing does."""
    return ScoringOptions(**config.analysis.scoring.model_dump()).label
