"""Set up a virtual environment in .venv and run the demo or the tests in it.

    python3 bootstrap.py demo     the demo, to a finished report
    python3 bootstrap.py test     everything that .ci/run checks by running it
    python3 bootstrap.py          only set up

Standard library only, and it needs neither pip nor Debian's python3-venv to start from.
"""

import argparse
import hashlib
import json
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
CONSTRAINTS = ROOT / "envs" / "constraints.txt"
PIP_ON_PYPI = "https://pypi.org/pypi/pip/json"

TASKS = {
    "setup": ("", []),
    "demo": ("", [BIN / "snakemake", "--cores", "4", "--configfile", "config/demo.yaml"]),
    "test": ("[dev]", [BIN / "python", "-m", "pytest", "-n", "auto", "--dist", "loadgroup"]),
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
    extras, command = TASKS[args.task]
    install(extras)
    if command:
        sys.exit(subprocess.call([*command, *args.arguments], cwd=ROOT))
    print("Ready. Next:  source .venv/bin/activate")


def install(extras: str) -> None:
    """Install the package with its pinned dependencies, unless that was done already."""
    files = (ROOT / "pyproject.toml").read_bytes() + CONSTRAINTS.read_bytes()
    state = hashlib.sha256(files).hexdigest()
    stamp = ENVIRONMENT / f"installed{extras}"
    for done in (stamp, ENVIRONMENT / "installed[dev]"):  # the tests need all that the demo needs
        if done.exists() and done.read_text() == state:
            return
    if not (BIN / "python").exists():
        venv.create(ENVIRONMENT, with_pip=False)
    if not (BIN / "pip").exists():
        install_pip()
    print(f"Installing divergent-bench{extras} into {ENVIRONMENT} ...", flush=True)
    pip = [BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.check_call([*pip, "--constraint", CONSTRAINTS, "--editable", f"{ROOT}{extras}"])
    stamp.write_text(state)


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
