"""Checks that take long, run when what they check is not as it was when they last passed.

    python -m tests.thorough          those that are due
    python -m tests.thorough --all    all

Each is the tests of one marker, which no other run selects. What a check depends on is named here.
A digest of that is written to `tests/thorough.txt` when the tests of the marker pass, all of them,
and is committed with the change. Versions of libraries count where results depend on them.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bootstrap import ROOT, WORKERS

RECORD = ROOT / "tests" / "thorough.txt"
LOCK = "envs/run.lock"
NO_TESTS = 5  # what pytest exits with
NOT_ALL = -1  # no test failed, and some were skipped


@dataclass(frozen=True)
class Check:
    """What the tests of a marker depend on.

    Attributes
    ----------
    files
        Patterns below the root of the repository.
    packages
        Those whose locked versions count.
    """

    files: tuple[str, ...]
    packages: tuple[str, ...]

    def digest(self, root: Path = ROOT) -> str:
        """Return a digest of everything that this depends on."""
        found = hashlib.sha256()
        for pattern in self.files:
            files = sorted(path for path in root.glob(pattern) if is_source(path))
            if not files:
                sys.exit(f"tests/thorough.py: there is no {pattern}; name what is there now")
            for file in files:
                found.update(f"{file.relative_to(root).as_posix()}\0".encode())
                found.update(hashlib.sha256(file.read_bytes()).digest())
        locked = (root / LOCK).read_text(encoding="utf-8")
        for package in self.packages:
            pinned = re.compile(rf"^{re.escape(package)}==\S+", re.MULTILINE)
            found.update(pinned.findall(locked)[0].encode())
        return found.hexdigest()


def is_source(path: Path) -> bool:
    """Tell whether a path is of a file, and not what Python made of one."""
    return path.is_file() and path.parent.name != "__pycache__"


CHECKS = {
    "benchmark": Check(
        (
            "benchmarks/*.py",
            "divergent_bench/base/*.py",
            "divergent_bench/design/*.py",
            "divergent_bench/running/*.py",
            "divergent_bench/sampling/**/*.py",
            "profiles/default/*.yaml",
            "scripts/*.py",
            "workflow/**/*.smk",
            "workflow/Snakefile",
            "tests/workflow/test_benchmarks.py",
        ),
        ("litellm", "snakemake"),
    ),
    "browser": Check(
        (
            "Snakefile",
            "config/demo.yaml",
            "divergent_bench/analysis/tables/*",
            "divergent_bench/base/*.py",
            "divergent_bench/reporting/**/*",
            "profiles/default/*.yaml",
            "scripts/write_*.py",
            "workflow/**/*",
            "tests/workflow/test_answers_page.py",
            "tests/workflow/test_report_page.py",
            "tests/helpers/answers.py",
            "tests/helpers/axe/*",
            "tests/helpers/browser.py",
            "tests/helpers/finished.py",
            "tests/helpers/hostile.py",
            "tests/helpers/spaces.py",
            "tests/helpers/workflow.py",
        ),
        ("snakemake",),
    ),
    "calibration": Check(
        (
            "divergent_bench/analysis/statistics/**/*.py",
            "divergent_bench/analysis/tables/*",
            "divergent_bench/design/analysis_plan.py",
            "tests/unit/test_calibration.py",
            "tests/helpers/cells.py",
            "tests/helpers/scores.py",
            "tests/helpers/simulation.py",
        ),
        ("numpy", "pandas", "scipy"),
    ),
    "cluster": Check(
        (
            "Snakefile",
            "divergent_bench/base/*.py",
            "divergent_bench/running/*.py",
            "divergent_bench/sampling/**/*.py",
            "docs/how-to/kubernetes.md",
            "docs/how-to/object-storage.md",
            "docs/how-to/slurm.md",
            "envs/cluster.lock",
            "profiles/**/*.yaml",
            "scripts/*.py",
            "workflow/**/*.smk",
            "workflow/Snakefile",
            "tests/workflow/test_kubernetes.py",
            "tests/workflow/test_s3.py",
            "tests/workflow/test_slurm.py",
            "tests/helpers/cluster.py",
            "tests/helpers/kubernetes.py",
            "tests/helpers/s3.py",
            "tests/helpers/slurm.py",
        ),
        ("snakemake",),
    ),
    "edits": Check(
        (
            "Snakefile",
            "divergent_bench/reporting/code_digests.py",
            "profiles/default/*.yaml",
            "scripts/*.py",
            "workflow/**/*.smk",
            "workflow/Snakefile",
            "tests/workflow/test_code_changes.py",
            "tests/helpers/imports.py",
            "tests/helpers/spaces.py",
            "tests/helpers/workflow.py",
        ),
        ("snakemake",),
    ),
    "layout": Check(
        (
            "divergent_bench/analysis/**/*",
            "divergent_bench/base/*.py",
            "divergent_bench/design/analysis_plan.py",
            "divergent_bench/instrument/**/*",
            "divergent_bench/reporting/figure_catalogue.py",
            "divergent_bench/reporting/figures/*.py",
            "tests/unit/test_figures*.py",
            "tests/unit/test_frontier.py",
            "tests/helpers/figures.py",
            "tests/helpers/scores.py",
            "tests/helpers/words.py",
        ),
        ("matplotlib", "numpy", "pandas"),
    ),
    "properties": Check(
        (
            "divergent_bench/base/*.py",
            "divergent_bench/instrument/parsing/*",
            "divergent_bench/instrument/spaces/data/wordnet.dictionary.xz",
            "divergent_bench/instrument/tasks/**/*",
            "benchmarks/parsing.py",
            "tests/unit/test_parsing_properties.py",
        ),
        (),
    ),
    "storm": Check(
        (
            "divergent_bench/base/*.py",
            "divergent_bench/design/*.py",
            "divergent_bench/running/*.py",
            "divergent_bench/sampling/**/*.py",
            "profiles/default/*.yaml",
            "scripts/sample_*.py",
            "workflow/**/*.smk",
            "workflow/Snakefile",
            "tests/gateway/test_ledger.py",
            "tests/workflow/test_faults.py",
            "tests/workflow/test_sampling.py",
            "tests/helpers/breaks.py",
            "tests/helpers/loopback.py",
            "tests/helpers/processes.py",
            "tests/helpers/spaces.py",
            "tests/helpers/wires.py",
            "tests/helpers/workflow.py",
        ),
        ("litellm", "snakemake"),
    ),
}


def passed(record: Path) -> dict[str, str]:
    """Return the digests with which checks passed."""
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    return dict(line.split() for line in lines if not line.startswith("#"))


def run(marker: str) -> int:
    """Run the tests of a marker and return what pytest exits with, or `NOT_ALL`."""
    spread = [f"-n{WORKERS}", "--dist", "worksteal"]
    with tempfile.TemporaryDirectory() as directory:
        results = Path(directory, "results.xml")
        more = ["-m", marker, "--durations=5", f"--junitxml={results}"]
        command = [sys.executable, "-m", "pytest", *spread, *more]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if code == 0 and ElementTree.parse(results).findall(".//skipped"):
            return NOT_ALL
    return code


def check(
    names: Iterable[str],
    record: Path = RECORD,
    run: Callable[[str], int] = run,
    *,
    due_only: bool = True,
) -> bool:
    """Run checks, write down which passed, and tell whether all did."""
    well = True
    for name in names:
        before = passed(record)
        digest = CHECKS[name].digest()
        if due_only and before.get(name) == digest:
            print(f"{name}: passed with all as it is now")
            continue
        print(f"{name}: due, as what it checks has changed", flush=True)
        code = run(name)
        if code == NO_TESTS and name not in before:
            print(f"{name}: no test has this marker yet")
        elif code == NOT_ALL:
            print(f"{name}: passed but for what was skipped, so that it stays due")
        elif code:
            well = False
        elif before.get(name) != digest:
            digests = sorted({**before, name: digest}.items())
            lines = [f"{each} {state}\n" for each, state in digests]
            comment = "# Written by `python3 bootstrap.py thorough`; commit it with the change.\n"
            record.write_text(comment + "".join(lines), encoding="utf-8")
            print(f"{name}: passed; commit {record.name} with the change")
    return well


def main() -> None:
    """Run the checks that are due, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="also what passed as it is now")
    arguments = parser.parse_args()
    sys.exit(not check(CHECKS, due_only=not arguments.all))


if __name__ == "__main__":
    main()
