"""What a result was made with: the code, its versions, the config."""

import hashlib
import importlib.metadata
from functools import cache
from pathlib import Path

import divergent_bench

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
