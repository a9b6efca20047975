"""The borders of the house: who may import whom, and what the hot paths may load."""

import ast
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "divergent_bench"

# Lower rooms first: a room imports from itself and from rooms of earlier lines only.
ROOMS = [
    ("__init__", "errors"),
    ("files", "names", "requests", "stops"),
    ("credentials", "locks", "strategies", "answers", "records", "norms", "terms", "exhibits"),
    ("tables", "config", "parsing", "spaces"),
    ("statistics", "providers", "scoring"),
    ("conditions", "summaries", "evaluation", "verification"),
    ("expansion", "contrasts", "gateway", "figures"),
    ("report", "provenance", "planning", "importing", "exporting"),
    ("batches",),
    ("engine", "notifications", "single"),
    ("display", "environment"),
    ("cli",),
]
LEVELS = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_room_imports_only_from_lower_rooms(file):
    room = room_of(file)
    for name in imports(file):
        package, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if package == "divergent_bench" and other in LEVELS and other != room:
            assert LEVELS[other] < LEVELS[room], f"{room} imports {other}, which is not below it"


def test_every_room_has_its_level():
    assert {room_of(file) for file in FILES} == set(LEVELS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_the_package_knows_nothing_of_snakemake(file):
    assert not {name for name in imports(file) if name.split(".")[0] == "snakemake"}


def modules_after(*arguments: str, flags: Sequence[str] = ()) -> set[str]:
    """Return the modules that a Python process has loaded when it is done."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('LOADED', *sys.modules))\n"
        "sys.argv = sys.argv[1:]\n"
        "exec(open(sys.argv[0]).read(), {'__name__': '__main__', '__doc__': ''})\n"
    )
    done = subprocess.run(
        [sys.executable, *flags, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    return set(done.stdout.rsplit("LOADED", 1)[1].split())


HEAVY = {
    "litellm",
    "numpy",
    "pandas",
    "scipy",
    "matplotlib",
    "statsmodels",
    "pydantic",
    "snakemake",
}


def test_a_sampling_job_loads_next_to_nothing():
    loaded = modules_after("scripts/sample_dat.py", flags=["-S"])  # as the rule runs it
    ours = {name for name in loaded if name.startswith("divergent_bench.")}
    unwanted = HEAVY | {"yaml", "asyncio", "sqlite3", "subprocess", "tempfile"}
    # Light, but each would make a job live longer by a tenth or more.
    unwanted |= {"argparse", "json", "hashlib", "socket", "contextlib", "pathlib", "typing"}
    assert loaded & unwanted == set()
    assert ours == {
        "divergent_bench.errors",
        "divergent_bench.files",
        "divergent_bench.gateway",
        "divergent_bench.gateway.client",
        "divergent_bench.records",
    }


@pytest.mark.parametrize("argument", ["--help", "version"])
def test_the_command_line_starts_without_anything_heavy(argument):
    command = Path(sys.executable).with_name("divergent-bench")
    # Typer itself imports pydantic where there is one.
    assert modules_after(str(command), argument) & (HEAVY - {"pydantic"} | {"yaml"}) == set()
