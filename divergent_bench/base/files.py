"""Files that are either whole or absent.

Standard library only, and little of it: the sampling hot path imports this.
"""

import errno
import os
import stat

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from pathlib import Path

LEDGER_DIRECTORY = "results/ledger"  # where answers that were paid for are kept


class replacing:  # noqa: N801  used like a function; `contextlib` is slow to import
    """Give a temporary path beside `path`, of the same suffix, that takes its place in the end.

    The content is on disk before the name appears (fsync, then rename), so that a crash at any
    moment leaves the old file or the new one, never half of either. What the block wrote is removed
    when it raises. Missing parent directories are created. Only regular files are replaced: where a
    link, a device, a pipe or a directory is, that is an OSError.
    """

    def __init__(self, path: "str | Path") -> None:
        self._target = str(path)
        self._temporary = _name_beside(self._target)

    def __enter__(self) -> "Path":
        from pathlib import Path  # slow to import, and not needed to write a text

        _check_replaceable(self._target)
        _make_room(self._target)
        return Path(self._temporary)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                _put_in_place(self._temporary, self._target)
        finally:
            _remove(self._temporary)


def write_bytes(path: str, content: bytes) -> None:
    """Write `content` to `path`, whole or not at all; see `replacing`."""
    _check_replaceable(path)
    _make_room(path)
    temporary = _name_beside(path)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)
    finally:
        _remove(temporary)


def write_text(path: "str | Path", text: str) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all."""
    write_bytes(str(path), text.encode())


def read_text(path: "str | Path") -> str:
    """Return the text of a file in UTF-8, without the white space around it."""
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def read_input(path: "str | Path", most_bytes: int) -> bytes:
    """Return what is in a file that a person has named.

    No regular file (a device has no end, a pipe may never begin), or a larger one, is an OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "is no regular file", str(path))
        if found.st_size > most_bytes:
            raise OSError(errno.EFBIG, f"has more than {most_bytes:,} bytes", str(path))
        return file.read()


def _check_replaceable(path: str) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        what = "a link" if stat.S_ISLNK(mode) else "no regular file"
        raise OSError(errno.EINVAL, f"is {what}, and stays; name another file", path)


def _make_room(target: str) -> None:
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)


def _remove(temporary: str) -> None:
    try:
        os.unlink(temporary)
    except FileNotFoundError:
        pass  # as always, when it took its place


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
