"""The ledger: every response ever paid for, durable before anyone is told of it."""

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from divergent_bench.errors import UserError
from divergent_bench.requests import Request, canonical_json

LEDGER = Path("results/ledger/ledger.sqlite")
SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE responses (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    cost_usd REAL,
    request TEXT NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX responses_by_digest ON responses (digest);
"""


class Ledger:
    """An append-only table of requests and their answers, in SQLite.

    Parameters
    ----------
    path
        The database file; it and its directory are made, private to the user, when missing.

    Raises
    ------
    UserError
        When the file is no ledger, is damaged, or is of another schema. It is never overwritten.
    """

    def __init__(self, path: Path = LEDGER) -> None:
        self.path = path
        self._one_at_a_time = threading.Lock()  # `find` and `add` are called from two threads
        self._open()

    def _open(self) -> None:
        path = self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._file = _identity(path)
        try:
            # Autocommit mode: transactions are begun and ended by name below.
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA busy_timeout = 30000")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._create_or_check()
        except sqlite3.DatabaseError as error:
            raise UserError(
                f"{path}: cannot use the ledger ({error}); it is left as it is. If the file is "
                "damaged, move it away (a backup or `sqlite3 FILE .recover` may save its answers)"
            ) from error

    def _create_or_check(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self._connection.execute("COMMIT")
        if version not in (0, SCHEMA_VERSION):
            raise UserError(
                f"{self.path}: is a ledger of schema {version}, this version writes "
                f"{SCHEMA_VERSION}; use the version of divergent-bench that made it"
            )

    def _follow(self) -> None:
        """Begin a new file when somebody removed this one: SQLite would not notice."""
        found = _identity(self.path)
        if found is None:
            self._connection.close()
            self._open()
        elif found != self._file:
            # SQLite would mix the journal of the old file into the new one.
            raise UserError(
                f"{self.path}: was replaced while it was in use; nothing more is sent. Wait until "
                f"all runs have ended, remove {self.path.name}-wal and -shm, and put it back again"
            )

    def find(self, digest: str) -> str | None:
        """Return the newest answer to the request with this digest, as JSON, or None."""
        with self._one_at_a_time:
            self._follow()
            row = self._connection.execute(
                "SELECT answer FROM responses WHERE digest = ? ORDER BY id DESC LIMIT 1", (digest,)
            ).fetchone()
        return row[0] if row else None

    def add(self, entries: Iterable[tuple[str, Request, str, str, float | None]]) -> None:
        """Store answers; when this returns they are on disk.

        Parameters
        ----------
        entries
            Tuples of digest, request, answer as JSON, time of the answer, cost in USD or None.
        """
        rows = [
            (digest, request["provider"], request["model"], at, cost, canonical_json(request), text)
            for digest, request, text, at, cost in entries
        ]
        with self._one_at_a_time:
            self._follow()
            self._insert(rows)
            while _identity(self.path) != self._file:  # it went away meanwhile, rows and all
                self._follow()
                self._insert(rows)

    def _insert(self, rows: list[tuple[Any, ...]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(
                "INSERT INTO responses"
                " (digest, provider, model, answered_at, cost_usd, request, answer)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    def __len__(self) -> int:
        (count,) = self._connection.execute("SELECT count(*) FROM responses").fetchone()
        return int(count)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
