"""What strangers install: locks, environments, the image, profiles and the catalog agree."""

import ast
import re
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bootstrap import LOCKS, lock_file, packages
from divergent_bench.config import load_config
from divergent_bench.reporting import provenance
from divergent_bench.running import snakemake

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RULES = yaml.safe_load((ROOT / "envs/benchmark.yaml").read_text(encoding="utf-8"))
# Of modules and conda packages that are named otherwise than on PyPI, or come with another.
DISTRIBUTIONS = {"markdown_it": "markdown-it-py", "yaml": "pyyaml"}
DISTRIBUTIONS |= {"simdjson": "pysimdjson", "pydantic_core": "pydantic"}
DISTRIBUTIONS |= {"sentence_transformers": "sentence-transformers"}
DISTRIBUTIONS |= {"python_calamine": "python-calamine"}
DISTRIBUTIONS |= {"httpx": "litellm", "openai": "litellm"}
DISTRIBUTIONS |= {"matplotlib-base": "matplotlib", "snakemake-minimal": "snakemake"}


def locked(name: str) -> dict[str, str]:
    """Return the versions of a lock, by package."""
    pinned = re.compile(r"^([\w.-]+)==([^ ]+) ", re.MULTILINE)
    return dict(pinned.findall(lock_file(name).read_text(encoding="utf-8")))


def asked_for(extras: list[str]) -> list[Requirement]:
    """Return what pyproject.toml asks for, extras of extras included."""
    optional = PROJECT["optional-dependencies"]
    direct = [*PROJECT["dependencies"], *(line for extra in extras for line in optional[extra])]
    found = [Requirement(line) for line in direct]
    own = [extra for each in found if each.name == PROJECT["name"] for extra in each.extras]
    return [each for each in found if each.name != PROJECT["name"]] + (
        asked_for(own) if own else []
    )


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_what_the_project_asks_for_with_checksums(name):
    versions = locked("run") | locked(name)
    for requirement in asked_for(LOCKS[name]):
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement
    for package in packages(lock_file(name).read_text(encoding="utf-8")):
        assert "--hash=sha256:" in package, package


def reached(files: list[Path]) -> Iterator[str]:
    """Yield the modules of others that Python files import, also by way of the package."""
    seen: set[Path] = set()
    while files:
        file = files.pop()
        if file in seen:
            continue
        seen.add(file)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
            for name in names:
                first, *rest = name.split(".")
                if first != "divergent_bench":
                    yield first
                place = ROOT.joinpath(first, *rest)
                own = [*(ROOT / first).glob("__init__.py"), place.with_suffix(".py")]
                files += [each for each in [*own, place / "__init__.py"] if each.is_file()]


def test_the_conda_environment_has_what_scripts_and_gateway_import_in_the_locked_versions():
    *conda, pip = RULES["dependencies"]
    pins = [re.split("=+", line) for line in [*conda, *pip["pip"]] if "=" in line]
    versions = {DISTRIBUTIONS.get(name, name): version for name, version in pins}
    assert PROJECT["requires-python"] == f">={versions.pop('python')}"
    assert versions.items() <= locked("run").items()
    start = [*ROOT.glob("scripts/*.py"), ROOT / "divergent_bench/sampling/gateway/server.py"]
    others = set(reached(start)) - sys.stdlib_module_names
    needed = {DISTRIBUTIONS.get(name, name) for name in {*others, *provenance.LIBRARIES}}
    optional = {
        Requirement(line).name
        for extra in ("encoder", "spreadsheets")
        for line in PROJECT["optional-dependencies"][extra]
    }
    assert needed <= versions.keys() | optional
    assert {"litellm", "scipy"} <= needed  # it does look


def test_the_embedded_spaces_leave_the_wheel_below_28_mb():
    data = ROOT / "divergent_bench/instrument/spaces/data"
    assert sum(file.stat().st_size for file in data.iterdir()) <= 27_000_000  # which zip keeps


def test_another_python_finds_an_installed_package_and_none_of_its_libraries(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert snakemake.package_path(alone=True) == str(ROOT)
    monkeypatch.setattr(snakemake, "workflow_directory", lambda: ROOT / "divergent_bench/_workflow")
    assert snakemake.package_path(alone=False) == str(ROOT)
    for _ in range(2):
        place = snakemake.package_path(alone=True)
        assert [each.name for each in Path(place).iterdir()] == ["divergent_bench"]
    code = "import divergent_bench.sampling.gateway.client as found; print(found.__file__)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": place},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(place)


def test_the_image_gets_what_the_wheel_is_built_from():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    allowed = set(re.findall(r"^!(.+)$", ignored, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    build = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {Path(each).parts[0] for each in [*build["force-include"], *build["packages"]]}
    assert {*needed, PROJECT["readme"], "pyproject.toml", "LICENSE"} == allowed


def test_pods_own_the_ledger_that_the_page_has_them_keep():
    claim, owner = yaml.safe_load_all(
        (ROOT / "profiles/kubernetes/ledger.yaml").read_text(encoding="utf-8")
    )
    name = claim["metadata"]["name"]
    assert f"the claim `{name}`" in (ROOT / "docs/how-to/kubernetes.md").read_text(encoding="utf-8")
    profile = yaml.safe_load((ROOT / "profiles/kubernetes/config.yaml").read_text(encoding="utf-8"))
    assert profile["kubernetes-persistent-volumes"] == [f"{name}:/ledger"]
    assert "ln -sfn /ledger results/ledger" in profile["precommand"]
    pod = owner["spec"]["template"]["spec"]
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == name
    (user,) = re.findall(r"^USER (\d+)$", (ROOT / "Containerfile").read_text(), re.MULTILINE)
    assert f"chown {user}:{user} /ledger" in pod["containers"][0]["command"][-1]


def test_the_catalog_and_snakedeploy_find_what_they_look_for():
    catalog = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))
    assert catalog["usage"]["software-stack-deployment"]["conda"]
    assert catalog["usage"]["report"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8").lower()
    assert "snakemake" in readme
    assert "workflow" in readme
    assert (ROOT / "config/README.md").is_file()
    first = load_config(ROOT / "config/config.yaml")
    providers = [each.provider for block in first.experiments for each in block.providers]
    assert set(providers) == {"baseline"}  # whoever tries it first needs no key


def test_ci_runs_every_python_that_the_project_names():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yaml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    prefix = "Programming Language :: Python :: 3."
    named = [each for each in PROJECT["classifiers"] if each.startswith(prefix)]
    assert [each.rpartition(" ")[2] for each in named] == matrix
    assert f">={matrix[0]}" == PROJECT["requires-python"]


def test_a_source_distribution_holds_the_sources_alone(tmp_path):
    build = "import sys; from hatchling.build import build_sdist; build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True)
    (file,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    top = {name.partition("/")[0] for name in names}
    assert {"Snakefile", "bootstrap.py", "divergent_bench", "envs", "tests", "workflow"} <= top
    assert not top & {".git", ".snakemake", ".venv", "resources", "results", "site"}
