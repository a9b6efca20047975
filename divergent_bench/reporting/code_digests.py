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

# By rule, patterns of the files of the package that concern it first; the first that fits counts.
# Rules read what others have made, so that these follow by themselves.
FIRST_CONCERNS: Final = (
    # What is asked is no matter of code: samples, which baselines are too, follow what is sent.
    # What runs, watches or exports changes no result.
    (NOWHERE, "_workflow/*", "sampling/*", "running/*", "cli/*", "analysis/exporting.py"),
    (NOWHERE, "analysis/loading.py"),
    (NOWHERE, "base/answers.py", "base/credentials.py", "base/errors.py", "base/policy.py"),
    (NOWHERE, "instrument/prompts.py", "instrument/tasks/*/strategies.yaml"),
    (NOWHERE, "instrument/tasks/*/*.txt"),  # stimuli
    (NOWHERE, "reporting/code_digests.py"),
    (NOWHERE, "instrument/spaces/data/*.nouns.xz", "instrument/spaces/data/*.withheld.xz"),
    (NOWHERE, "instrument/spaces/data/*-LICENSE"),
    (NOWHERE, "reporting/pages/datatables/LICENSE", "reporting/pages/datatables/README.md"),
    (NOWHERE, "design/data/*"),  # answers, which are an input of their samples
    # The report tells of the version, the config and the design; the plan also decides what is
    # tested.
    ("analyze_scores", "base/analysis_names.py", "design/analysis_plan.py"),
    ("write_report", "__init__.py", "config/*", "design/*"),
    ("score_samples", "instrument/spaces/lexicon.py", "instrument/spaces/data/*.categories.xz"),
    ("prepare_space", "instrument/spaces/*"),
    ("analyze_scores", "instrument/norms.py", "instrument/data/human_norms.csv"),
    ("write_report", "instrument/verification.py", "instrument/tasks/*/verification.py"),
    ("write_report", "instrument/tasks/*/published_scores.json", "instrument/tasks/*/validity.csv"),
    ("score_samples", "instrument/*", "base/*", "analysis/evaluation.py", "analysis/tables/*"),
    # The leaderboard is written with the tables.
    ("analyze_scores", "analysis/*", "reporting/table_files.py"),
    ("analyze_scores", "reporting/report/leaderboard.py"),
    ("analyze_scores", "reporting/report/markdown.py", "reporting/report/wording.py"),
    ("write_pages", "reporting/pages/*"),
    ("plot_figures", "reporting/figures/*", "reporting/figure_catalogue.py"),
    ("write_report", "reporting/*"),
)


def code_digests(scripts: Path, package: Path = PACKAGE) -> dict[str, str]:
    """Return a short digest for each rule but those that sample.

    As a parameter of the rule it makes results due again when the code or the data behind them
    changed. The scripts are called as their rules are.
    """
    contents: dict[str, hashlib._Hash] = {}
    of_scripts = [
        (NOWHERE if file.stem == "sample_dat" else file.stem, file, file.name)
        for file in scripts.glob("*.py")
    ]
    for rule, file, name in sorted([*_of_package(package), *of_scripts]):
        content = contents.setdefault(rule, hashlib.sha256())
        content.update(name.encode())
        content.update(file.read_bytes())
    return {rule: content.hexdigest()[:12] for rule, content in contents.items() if rule}


def _of_package(package: Path) -> Iterator[tuple[str, Path, str]]:
    for file in package.rglob("*"):
        name = file.relative_to(package).as_posix()
        if file.is_file() and file.suffix != ".pyc" and not file.name.startswith("."):
            yield first_concern(name), file, name


def first_concern(name: str) -> str:
    """Return the rule that a file of the package concerns first, by its path in the package."""
    return next(
        rule for rule, *patterns in FIRST_CONCERNS if any(fnmatchcase(name, p) for p in patterns)
    )
