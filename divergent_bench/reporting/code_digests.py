"""Digests of the code and data behind each rule, so that an edit makes due what depends on it.

Standard library only: every start of Snakemake computes them.
"""

import hashlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import divergent_bench

PACKAGE: Final = Path(divergent_bench.__file__).parent
NOWHERE: Final = ""

# The rule that each file of the package concerns first; the first pattern that fits counts. Each of
# the five rules reads what those before it have made, so that these follow by themselves.
FIRST_CONCERNS: Final = (
    # What is asked is no matter of code: samples follow what is sent. What runs, watches or exports
    # changes no result.
    ("_workflow/*", NOWHERE),
    ("base/analysis_names.py", "analyze_scores"),
    ("base/answers.py", NOWHERE),
    ("base/credentials.py", NOWHERE),
    ("base/errors.py", NOWHERE),
    ("base/policy.py", NOWHERE),
    ("sampling/*", NOWHERE),
    ("running/*", NOWHERE),
    ("cli/*", NOWHERE),
    ("instrument/prompts.py", NOWHERE),
    ("instrument/tasks/*/strategies.yaml", NOWHERE),
    ("instrument/spaces/data/*.nouns.xz", NOWHERE),  # for baselines, which are samples
    ("instrument/spaces/data/*.withheld.xz", NOWHERE),
    ("instrument/spaces/data/*-LICENSE", NOWHERE),
    ("analysis/exporting.py", NOWHERE),
    # The report tells of the config and the design; the plan also decides what is tested.
    ("design/analysis_plan.py", "analyze_scores"),
    ("design/*", "write_report"),
    ("config/*", "write_report"),
    ("__init__.py", "write_report"),  # the version
    ("instrument/spaces/*", "prepare_space"),
    ("instrument/norms.py", "analyze_scores"),
    ("instrument/data/human_norms.csv", "analyze_scores"),
    ("instrument/verification.py", "write_report"),
    ("instrument/tasks/*/verification.py", "write_report"),
    ("instrument/tasks/*/published_scores.json", "write_report"),
    ("instrument/*", "score_samples"),
    ("base/*", "score_samples"),
    ("analysis/evaluation.py", "score_samples"),
    ("analysis/tables/*", "score_samples"),
    ("analysis/*", "analyze_scores"),
    ("reporting/code_digests.py", NOWHERE),
    ("reporting/table_files.py", "analyze_scores"),
    # The leaderboard is written with the tables.
    ("reporting/report/leaderboard.py", "analyze_scores"),
    ("reporting/report/markdown.py", "analyze_scores"),
    ("reporting/report/wording.py", "analyze_scores"),
    ("reporting/figures/*", "plot_figures"),
    ("reporting/figure_catalogue.py", "plot_figures"),
    ("reporting/*", "write_report"),
)


def code_digests(scripts: Path, package: Path = PACKAGE) -> dict[str, str]:
    """Return a short digest for each rule but those that sample.

    As a parameter of the rule it makes results due again when the code or the data behind them
    changed. The scripts are called as their rules are.
    """
    contents: dict[str, hashlib._Hash] = {}
    for rule, file, name in sorted([*_of_package(package), *_of_scripts(scripts)]):
        content = contents.setdefault(rule, hashlib.sha256())
        content.update(name.encode())
        content.update(file.read_bytes())
    return {rule: content.hexdigest()[:12] for rule, content in contents.items() if rule}


def _of_package(package: Path) -> Iterator[tuple[str, Path, str]]:
    for file in package.rglob("*"):
        name = file.relative_to(package).as_posix()
        if file.is_file() and file.suffix != ".pyc" and not file.name.startswith("."):
            yield first_concern(name), file, name


def _of_scripts(scripts: Path) -> Iterator[tuple[str, Path, str]]:
    for file in scripts.glob("*.py"):
        yield NOWHERE if file.stem == "sample_dat" else file.stem, file, file.name


def first_concern(name: str) -> str:
    """Return the rule that a file of the package concerns first, by its path in the package."""
    return next(rule for pattern, rule in FIRST_CONCERNS if fnmatchcase(name, pattern))
