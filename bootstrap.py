"""Set up a virtual environment in .venv and run the demo or the tests in it.

    python3 bootstrap.py demo     the demo, to a finished report
    python3 bootstrap.py test     everything that .ci/run checks by running it, each time
    python3 bootstrap.py thorough what takes long, where the code it checks has changed since it
                                  passed (--all: all of it): calibration, storms of kills,
                                  layout of figures, clusters, buckets, benchmarks
    python3 bootstrap.py          only set up
    python3 bootstrap.py lock     what pyproject.toml asks for, into envs/*.lock (--upgrade)

Standard library only, and it needs neither pip nor Debian's python3-venv to start from.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / "bin"
PIP = [BIN / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
PIP_ON_PYPI = "https://pypi.org/pypi/pip/json"

# The versions that are installed, with their checksums. The others have what goes beyond `run`.
LOCKS = {"run": [], "dev": ["dev"], "cluster": ["kubernetes", "slurm"], "setup": ["setup"]}
# What tests of clusters put on PYTHONPATH: every start of Snakemake would import these plugins.
CLUSTER = ENVIRONMENT / "cluster"

BY_FILE = ["--dist", "loadfile", "--no-loadscope-reorder"]  # what a file shares is made once
WORKERS = (os.cpu_count() or 1) + 1  # a quarter of the time, tests wait for other processes

TASKS = {
    "setup": (["run"], []),
    "demo": (["run"], [BIN / "divergent-bench", "batch", "run", "config/demo.yaml"]),
    "test": (
        ["dev", "cluster"],
        [BIN / "python", "-m", "pytest", f"-n{WORKERS}", *BY_FILE],
    ),
    "thorough": (["dev", "cluster"], [BIN / "python", "-m", "tests.thorough"]),
    "lock": (["run"], []),
}


def main() -> None:
    """Set up what the task needs, run it, and exit as it does."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", nargs="?", default="setup", choices=TASKS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="go to the task as they are")
    args = parser.parse_args()
    if sys.version_info < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    # What starts a thousand times is compiled once; uv leaves that to the first import.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    locks, command = TASKS[args.task]
    for name in locks:
        install(name)
    if args.task == "lock":
        lock(args.arguments)
    elif command and (code := subprocess.call([*command, *args.arguments], cwd=ROOT)):
        sys.exit(code)
    if args.task in ("setup", "demo"):
        print("Next:  source .venv/bin/activate && divergent-bench --help")


def lock_file(name: str) -> Path:
    """Return the file with the versions of one purpose."""
    return ROOT / "envs" / f"{name}.lock"


def install(name: str) -> None:
    """Install the package with what one lock names, unless that was done already."""
    if is_installed(name) or (name == "run" and is_installed("dev")):
        return
    if not (BIN / "python").exists():
        venv.create(ENVIRONMENT, with_pip=False)
    install_uv()
    print(f"Installing what envs/{name}.lock names into .venv, a minute or two ...", flush=True)
    if name == "cluster":
        apart = ["--no-deps", "--upgrade", "--target", CLUSTER]
        install_packages("--require-hashes", *apart, "-r", lock_file(name))
    else:
        files = dict.fromkeys([lock_file("run"), lock_file(name)])
        install_packages("--require-hashes", *(f"--requirement={file}" for file in files))
        install_packages("--no-deps", "--no-build-isolation", "--editable", ROOT)
    stamp(name).write_text(state(name))


def install_packages(*arguments: str | Path) -> None:
    """Install with uv, which is quick; with pip where only that finds its way to an index."""
    told = subprocess.check_output([*PIP, "config", "list"], text=True)
    mirrors = re.findall(r"\.index-url='(.+)'", told)  # that of the environment is the first
    environment = {"UV_DEFAULT_INDEX": mirrors[0], **os.environ} if mirrors else None
    uv = [BIN / "uv", "pip", "install", "--quiet", "--python", BIN / "python"]
    if subprocess.call([*uv, *arguments], env=environment):
        print("uv could not; pip goes on", flush=True)
        subprocess.check_call([*PIP, "install", *arguments])


def is_installed(name: str) -> bool:
    """Tell whether what a lock names is installed, as it is now."""
    return stamp(name).exists() and stamp(name).read_text() == state(name)


def stamp(name: str) -> Path:
    """Return the file that tells what was installed."""
    return ENVIRONMENT / f"installed-{name}"


def state(name: str) -> str:
    """Return a digest of all that decides what is installed."""
    files = (ROOT / "pyproject.toml", lock_file("run"), lock_file(name))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def lock(options: list[str]) -> None:
    """Write the versions that fit together, on every tested Python and platform, and checksums."""
    import tomllib  # which older Pythons lack

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    to_build = "\n".join(project["build-system"]["requires"])

    def resolve(extras: list[str], constraints: list[Path]) -> str:
        command = [BIN / "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
        command += ["--universal", "--python-version", "3.11", "--generate-hashes"]
        command += [f"--extra={extra}" for extra in extras]
        command += [f"--constraint={file}" for file in constraints]
        return subprocess.run(
            [*command, "pyproject.toml", "-"],
            cwd=ROOT,
            input=to_build,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    kept = [] if "--upgrade" in options else [lock_file(name) for name in LOCKS]
    with tempfile.TemporaryDirectory() as directory:
        together = Path(directory) / "all.txt"
        everything = [extra for extras in LOCKS.values() for extra in extras]
        together.write_text(resolve(everything, kept))
        of = {name: packages(resolve(extras, [together])) for name, extras in LOCKS.items()}
    for name, found in of.items():
        more = found if name == "run" else sorted(set(found) - set(of["run"]))
        lock_file(name).write_text("".join(more))


def packages(lock_text: str) -> list[str]:
    """Return the lines of each package in a lock."""
    return re.findall(r"^\S.*\n(?: .*\n)*", lock_text, re.MULTILINE)


def install_uv() -> None:
    """Install uv with pip, and first of all that."""
    if (BIN / "uv").exists():
        return
    if not (BIN / "pip3").exists():
        install_pip()
    subprocess.check_call([*PIP, "install", "--require-hashes", "-r", lock_file("setup")])


def install_pip() -> None:
    """Install pip: from Python's own copy, or from PyPI where Debian took that copy out."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        with urllib.request.urlopen(PIP_ON_PYPI, timeout=60) as answer:
            release = json.load(answer)
        wheel = next(url for url in release["urls"] if url["packagetype"] == "bdist_wheel")
        with urllib.request.urlopen(urljoin(PIP_ON_PYPI, wheel["url"]), timeout=60) as answer:
            content = answer.read()
        if hashlib.sha256(content).hexdigest() != wheel["digests"]["sha256"]:
            sys.exit("the download of pip does not match its checksum; try again")
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / wheel["filename"]
            file.write_bytes(content)
            pip = [BIN / "python", f"{file}/pip", "install", "--quiet", "--no-index", file]
            subprocess.check_call(pip)
    else:
        subprocess.check_call([BIN / "python", "-m", "ensurepip"], stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    except OSError as error:
        sys.exit(f"setting up failed: {error}; check the network and run the same command again")
