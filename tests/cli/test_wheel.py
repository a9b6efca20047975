"""The package as a wheel: the workflow travels with it, and works where no checkout is."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.helpers.workflow import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Install the wheel into an environment of its own, beside the libraries of this one."""
    directory = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheel = ["wheel", str(ROOT), "--no-deps", "--no-build-isolation", "--wheel-dir", str(directory)]
    subprocess.run([*pip, *wheel], check=True)
    environment = directory / "environment"
    venv.create(environment)
    python = environment / "bin" / "python"
    (file,) = directory.glob("*.whl")
    install = ["--python", str(python), "install", "--no-deps", str(file)]
    subprocess.run([*pip, *install], check=True)
    snakemake = environment / "bin" / "snakemake"
    snakemake.write_text(f"#!{python}\nfrom snakemake.cli import main\nmain()\n", encoding="utf-8")
    snakemake.chmod(0o755)
    # Behind the wheel on the path; the editable install of the checkout is not followed from here.
    site = Path(next(environment.glob("lib/python*/site-packages")))
    (site / "libraries.pth").write_text(
        f"import sys; sys.path.append({sysconfig.get_path('purelib')!r})\n", encoding="utf-8"
    )
    return environment / "bin"


def contents(results: Path) -> dict[str, bytes]:
    """Return what each file holds, but for how long it took and the commit, which no wheel has."""
    found = {
        str(file.relative_to(results)): file.read_bytes()
        for file in results.rglob("*")
        if file.is_file() and not file.match("logs/*.tsv")
    }
    reports = [path for path in found if path.startswith("report")]
    return found | {path: re.sub(rb", commit [\w-]+", b"", found[path]) for path in reports}


def test_the_demo_from_a_wheel_in_an_empty_directory_is_the_same(
    installed, finished_demo, tmp_path
):
    (tmp_path / "demo.yaml").write_bytes(finished_demo.config_file.read_bytes())
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [installed / "divergent-bench", "batch", "run", "demo.yaml"],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "_workflow/Snakefile" in done.stderr  # not that of the checkout

    # As in a second checkout or on a later day: the same numbers, and the same pictures of them.
    first, again = contents(finished_demo.results()), contents(tmp_path / "results/demo")
    assert set(again) == set(first)
    assert len([path for path in first if path.startswith("samples/")]) == 250
    assert not [path for path in first if again[path] != first[path]]
