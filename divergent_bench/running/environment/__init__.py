"""The environment of a run: the file ``.env``, the settings, and whether everything is there.

Every command imports this: what is slow to import is imported where it is needed.
"""

import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from divergent_bench.base.errors import UserError

if TYPE_CHECKING:
    from dotenv.parser import Binding

ENV_FILE = Path(".env")  # in the working directory
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_taken: set[str] = set()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    status: Literal["ok", "warning", "problem"]
    what: str  # was looked at
    message: str
    fix: str = ""  # what to do; empty where nothing is needed


def load(file: Path = ENV_FILE) -> None:
    """Set the variables of ``.env`` that the environment does not have.

    Warns on stderr when others can read the file. Values are taken as they stand: ``$`` in a key
    means nothing. An error does not show the line that it is about.
    """
    if not file.exists():
        return
    variables = read_variables(file)
    if is_exposed(file):
        print(f"warning: others may read {file}; run: chmod 600 {file}", file=sys.stderr)
    for name, value in variables.items():
        if name not in os.environ:
            os.environ[name] = value
            _taken.add(name)


def origin(name: str) -> str | None:
    """Return where a variable comes from: ``.env``, ``environment``, or None when it is not set."""
    if name not in os.environ:
        return None
    return str(ENV_FILE) if name in _taken else "environment"


def read_variables(file: Path) -> Mapping[str, str]:
    """Return the assignments of a file as `load` reads them; the last one of a name counts."""
    read = bindings(file, read_text(file))
    return {str(each.key): str(each.value) for each in read if each.key is not None}


def read_text(file: Path) -> str:
    """Return the text of a file in UTF-8; a UserError says why it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file}: is not UTF-8 text; save it as UTF-8") from error


def bindings(file: Path, text: str) -> Iterator["Binding"]:
    """Yield the assignments and comments of a text, each with the text that it is.

    A comment has no key. Together, the texts are the whole. It is a UserError when a line is
    neither of both and not empty.
    """
    import io

    from dotenv.parser import parse_stream

    for binding in parse_stream(io.StringIO(text)):
        is_comment = binding.key is None and not binding.error
        named = binding.value is not None and _VARIABLE.fullmatch(binding.key or "")
        if not is_comment and not named:
            source = binding.original.string
            before = source[: len(source) - len(source.lstrip())].count("\n")
            raise UserError(
                f"{file}, line {binding.original.line + before}: is no assignment; "
                "write NAME=value, with quotes that match, or # before a comment"
            )
        yield binding


def is_exposed(file: Path) -> bool:
    """Say whether others may read, write or enter a file."""
    return bool(file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def git_would_add(file: Path) -> bool:
    """Say whether a file is in a git checkout that does not ignore it."""
    import shutil
    import subprocess

    if shutil.which("git") is None:
        return False
    # 0: ignored, 1: not ignored, 128: no checkout.
    done = subprocess.run(
        ["git", "check-ignore", "--quiet", "--", file], capture_output=True, check=False
    )
    return done.returncode == 1
