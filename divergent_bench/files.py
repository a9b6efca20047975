"""Files that are either whole or absent.

Standard library only, and little of it: the sampling hot path imports this.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from pathlib import Path


@contextmanager
def replacing(path: "str | Path") -> "Iterator[Path]":
    """Give a temporary path beside `path` that takes its place when the block ends well.

    The content is on disk before the name appears (fsync, then rename), so that a crash at any
    moment leaves the old file or the new one, never half of either.

    Parameters
    ----------
    path
        The file to create or replace; missing parent directories are created.

    Yields
    ------
    Path
        A name in the same directory, with the same suffix, for the block to write to. What is there
        is removed when the block raises.
    """
    from pathlib import Path  # slow to import, and not needed to write a text

    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(_name_beside(str(path)))
    try:
        yield temporary
        _put_in_place(str(temporary), str(target))
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: "str | Path", text: str) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all."""
    target = str(path)
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    temporary = _name_beside(target)
    try:
        with open(temporary, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        _put_in_place(temporary, target)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def _name_beside(target: str) -> str:
    directory, name = os.path.split(target)
    stem, suffix = os.path.splitext(name)
    unique = f".{stem}.{os.getpid()}.{os.urandom(4).hex()}{suffix}"
    return os.path.join(directory, unique)


def _put_in_place(temporary: str, target: str) -> None:
    descriptor = os.open(temporary, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(temporary, target)
