"""The layers of the house, and what the hot paths may load."""

import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.helpers.imports import imports

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "divergent_bench"

# Ground first: a layer imports from itself and from those before it. The folders are the layers.
LAYERS = (
    "base",
    "instrument",
    "config",
    "design",
    "sampling",
    "analysis",
    "reporting",
    "running",
    "cli",
)
# What other programs import: it leads into the layers, and loads none before it is asked.
DOOR = "divergent_bench.__init__"


def layer_of(module: str) -> str:
    """Return the folder of the package that a module is in; empty for the package itself."""
    return module.split(".")[1] if module.count(".") else ""


@cache
def modules() -> dict[str, set[str]]:
    """Return what each module of the package imports, wherever in it."""
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts): imports(file)
        for file in sorted(PACKAGE.rglob("*.py"))
    }


def test_every_module_is_in_a_layer():
    folders = {path.name for path in PACKAGE.iterdir() if any(path.rglob("*.py"))}
    assert folders == {*LAYERS, "__init__.py"} - {"__init__.py"}
    assert [path.name for path in PACKAGE.glob("*.py")] == ["__init__.py"]


def test_a_layer_imports_only_from_those_before_it():
    back_up = [
        f"{module} imports {name}"
        for module, names in modules().items()
        if module != DOOR
        for name in names
        if name.startswith("divergent_bench.") and layer_of(name) in LAYERS
        if LAYERS.index(layer_of(name)) > LAYERS.index(layer_of(module))
    ]
    assert not back_up


def test_the_package_knows_nothing_of_snakemake_and_of_the_tools():
    apart = {"snakemake", "tools", "tests", "benchmarks", "scripts"}
    strays = {
        module: found
        for module, names in modules().items()
        if (found := {name for name in names if name.split(".")[0] in apart})
    }
    assert not strays


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
    light = ("base", "base.errors", "base.files", "base.records")
    assert ours == {
        f"divergent_bench.{name}"
        for name in (*light, "sampling", "sampling.gateway", "sampling.gateway.client")
    }


@pytest.mark.parametrize("argument", ["--help", "version"])
def test_the_command_line_starts_without_anything_heavy(argument):
    command = Path(sys.executable).with_name("divergent-bench")
    # Typer itself imports pydantic where there is one.
    assert modules_after(str(command), argument) & (HEAVY - {"pydantic"} | {"yaml"}) == set()
