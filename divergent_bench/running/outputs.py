"""Where a command may write what a person asked for: never onto what runs are made from."""

import os
from pathlib import Path
from typing import Final

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import LEDGER_DIRECTORY
from divergent_bench.instrument.spaces import DOWNLOADS, STORES
from divergent_bench.running.batches import is_written_by_a_run

_STORES: Final = {
    Path(LEDGER_DIRECTORY): "the ledger, which keeps every answer that was paid for",
    STORES: "the semantic spaces",
    DOWNLOADS: "the downloads",
    Path(".snakemake"): "Snakemake",
}
_SQLITE: Final = b"SQLite format 3\0"  # how its files begin
_SOURCES: Final = {".yaml": "a config", ".yml": "a config", ".env": "a file of keys"}


def check_output(path: Path, *, source: bool = False) -> None:
    """Make sure that nothing is lost by a file of this name, or files in a directory of it.

    Links are followed. A `source` is what a person edits, a config or a file of keys; what is no
    such file does not take the place of one.

    Raises
    ------
    UserError
        Within the ledger (or another name of one of its files), within the results of a run, other
        stores, or Snakemake's files; in place of a database or, unless it is one, a source; in
        place of what is neither a file nor a directory.
    """
    try:
        if reason := _reason(path, source=source):
            raise UserError(f"{path}: {reason}; it is left as it is. Name another place")
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); check the path") from error


def _reason(path: Path, *, source: bool) -> str | None:
    real = Path(os.path.realpath(path))
    for store, what in _STORES.items():
        if real.is_relative_to(store.resolve()) or _is_file_of(path, store):
            return f"belongs to {what}"
    for directory in (real, *real.parents):
        if is_written_by_a_run(directory):
            return "lies in the results of a run, which the workflow makes and reads"
    if not path.exists() or path.is_dir():
        return None
    if not path.is_file():
        return "is a device or a pipe"
    kind = _SOURCES.get(real.suffix or real.name)
    if kind and not source:
        return f"is {kind}"
    with path.open("rb") as file:
        return "is a database" if file.read(len(_SQLITE)) == _SQLITE else None


def _is_file_of(path: Path, store: Path) -> bool:
    """Say whether a path is another name (a hard link) of a file in the store itself."""
    if not path.is_file() or not store.is_dir():
        return False
    return any(path.samefile(each) for each in store.iterdir())
