"""The ledger: every response ever paid for, durable before anyone is told of it."""

import fcntl
import os
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from divergent_bench.base.answers import MOST_TOKENS
from divergent_bench.base.environment import LEDGER_WAIT, seconds_from
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import LEDGER_DIRECTORY
from divergent_bench.base.requests import Request, canonical_json
from divergent_bench.sampling.gateway.group_commit import GroupCommit, Work

LEDGER = Path(LEDGER_DIRECTORY, "ledger.sqlite")
SCHEMA_VERSION = 2
MOST_USD = 10_000  # no answer costs so much
RECENT_ANSWERS = 200  # by which a model is judged
LONGEST_PATH = 500  # bytes; SQLite itself takes 512
SAVE = (
    "If the file is damaged, move it away "
    "(a backup or `sqlite3 FILE .recover` may save its answers)"
)
# By which a damaged file shows: sqlite3 fails to decode what it says of some.
DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
LOCKED_SECONDS = 35.0  # to wait for another program: longer than an idle gateway stays
LOOK_AGAIN_SECONDS = 0.2
# Earlier versions believed whatever a provider said of tokens, and what they cost.
CREDIBLE = f"""(CASE WHEN json_valid(answer) THEN
    ifnull(json_extract(answer, '$.usage.prompt_tokens') BETWEEN 0 AND {MOST_TOKENS}, TRUE)
    AND ifnull(json_extract(answer, '$.usage.completion_tokens') BETWEEN 0 AND {MOST_TOKENS}, TRUE)
    AND ifnull(cost_usd BETWEEN 0 AND {MOST_USD}, TRUE)
    ELSE FALSE END)"""
_SPENDING = """
CREATE TABLE spending (
    batch TEXT PRIMARY KEY,
    spent_usd REAL NOT NULL DEFAULT 0,
    reserved_usd REAL NOT NULL DEFAULT 0
);
"""
_SCHEMA = f"""
CREATE TABLE responses (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    cost_usd REAL,
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    batch TEXT NOT NULL DEFAULT '',
    set_aside INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX responses_by_digest ON responses (digest);
{_SPENDING}
"""
_FROM_SCHEMA_1 = f"""
{_SPENDING}
ALTER TABLE responses ADD COLUMN batch TEXT NOT NULL DEFAULT '';
ALTER TABLE responses ADD COLUMN set_aside INTEGER NOT NULL DEFAULT 0;
INSERT INTO spending (batch, spent_usd) SELECT batch, total(cost_usd) FROM responses GROUP BY batch;
"""  # noqa: S608  a constant


class Entry(NamedTuple):
    """An answer to be stored."""

    digest: str
    request: Request
    answer: str  # as JSON
    answered_at: str
    cost_usd: float | None
    batch: str = ""  # as of rows of schema 1, of which it is not known
    reserved_usd: float = 0.0  # for it in the budget of its batch


class ModelHistory(NamedTuple):
    """What a model has usually needed: mean tokens of its answers, mean seconds until they came."""

    answer_tokens: float
    latency_s: float


class Spending(NamedTuple):
    """What a batch has spent, and what is set aside for requests whose answer is not known, in USD.

    Outside a run, `reserved_usd` is in doubt: a request was sent, and its answer got lost.
    """

    spent_usd: float
    reserved_usd: float


class Ledger:
    """An append-only table of requests and their answers, in SQLite.

    Gateways of several machines may share one on a file system that they share. Hence the rollback
    journal: SQLite's write-ahead log is faster, and for the processes of one machine only. The file
    and its directory are made, private to the user, when missing. A file that is no ledger, is
    damaged, is of another schema, or cannot be locked is a UserError, and never overwritten.
    """

    def __init__(self, path: Path = LEDGER) -> None:
        self.path = path
        self._one_at_a_time = threading.Lock()  # it is read and written from several threads
        self._commits = GroupCommit(self._one_at_a_time, self._transact)
        self._open()

    def _open(self) -> None:
        path = self.path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_locks(path)
            if not _is_there(path):
                _begin(path)
        except OSError as error:
            raise UserError(self.complaint(error)) from error
        self._file = _identity(path)
        # Autocommit mode: transactions are begun and ended by name below.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            wait_s = seconds_from(LEDGER_WAIT, LOCKED_SECONDS)
            self._connection.execute(f"PRAGMA busy_timeout = {round(wait_s * 1000)}")
            self._leave_wal(wait_s)
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA fullfsync = TRUE")  # of macOS, whose fsync is less
            self._create_or_check()
        except (*DAMAGE, UserError) as error:
            self._connection.close()
            raise UserError(self.complaint(error)) from error

    def _leave_wal(self, wait_s: float) -> None:
        """Give the ledger a rollback journal, once a gateway of an earlier version has left it."""
        deadline = time.monotonic() + wait_s
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = TRUNCATE")
            except sqlite3.OperationalError:  # for this alone SQLite does not wait by itself
                if time.monotonic() > deadline:
                    raise
                time.sleep(LOOK_AGAIN_SECONDS)
            else:
                return

    def complaint(self, error: Exception) -> str:
        """Return what is wrong with the ledger, and what to do, for people."""
        if isinstance(error, UserError):
            return str(error)
        told = " ".join(str(error).split())  # which may quote what the file holds
        return f"{self.path}: cannot use the ledger ({told}); {_hint(self.path, error)}"

    def _create_or_check(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        steps = {0: _SCHEMA, 1: _FROM_SCHEMA_1}.get(version, "")
        for statement in filter(str.strip, steps.split(";")):
            self._connection.execute(statement)
        if steps:
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self._connection.execute("COMMIT")
        if version not in (0, 1, SCHEMA_VERSION):
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
                f"all runs have ended, remove {self.path.name}-journal, and put it back again"
            )

    def find(self, digest: str) -> str | None:
        """Return the newest answer to the request with this digest, as JSON, or None."""
        rows = self.query(
            "SELECT answer FROM responses WHERE digest = ? AND NOT set_aside"
            " ORDER BY id DESC LIMIT 1",
            (digest,),
        )
        return rows[0][0] if rows else None

    def is_set_aside(self, digest: str) -> bool:
        """Say whether this request was answered, and is to be asked again all the same."""
        return self.query(
            "SELECT set_aside FROM responses WHERE digest = ? ORDER BY id DESC LIMIT 1", (digest,)
        ) == [(1,)]

    def digests(self) -> frozenset[str]:
        """Return the digests of all requests that have an answer."""
        rows = self.query("SELECT DISTINCT digest FROM responses WHERE NOT set_aside")
        return frozenset(digest for (digest,) in rows)

    def spending(self, batch: str) -> Spending:
        """Return what a batch has spent."""
        rows = self.query(
            "SELECT max(spent_usd, 0), max(reserved_usd, 0) FROM spending WHERE batch = ?", (batch,)
        )
        return Spending(*rows[0]) if rows else Spending(0.0, 0.0)

    def model_history(self, request: Request) -> ModelHistory | None:
        """Return what the model of a request has usually needed, or None where it is new."""
        ((tokens, latency_s),) = self.query(
            "SELECT avg(json_extract(answer, '$.usage.completion_tokens')),"  # noqa: S608
            " avg(json_extract(answer, '$.latency_s'))"
            " FROM (SELECT answer FROM responses WHERE provider = ? AND model = ?"
            f" AND {CREDIBLE} ORDER BY id DESC LIMIT ?)",
            (request["provider"], request["model"], RECENT_ANSWERS),
        )
        return None if tokens is None or latency_s is None else ModelHistory(tokens, latency_s)

    def add(self, entries: Sequence[Entry]) -> Future[None]:
        """Store answers and what they cost; once the future is done, they are on disk."""
        rows = [
            {
                **e._asdict(),
                "provider": e.request["provider"],
                "model": e.request["model"],
                "request": canonical_json(e.request),
                # What cannot be priced counts as reserved: no budget is passed by accident.
                "spent_usd": e.reserved_usd if e.cost_usd is None else e.cost_usd,
            }
            for e in entries
        ]

        def work() -> None:
            self._connection.executemany(
                "INSERT INTO responses (digest, provider, model, answered_at, cost_usd, request,"
                " answer, batch) VALUES (:digest, :provider, :model, :answered_at, :cost_usd,"
                " :request, :answer, :batch)",
                rows,
            )
            self._connection.executemany(
                "INSERT INTO spending (batch, spent_usd) VALUES (:batch, :spent_usd)"
                " ON CONFLICT DO UPDATE SET spent_usd = spent_usd + excluded.spent_usd,"
                " reserved_usd = round(max(reserved_usd - :reserved_usd, 0), 12)",
                rows,
            )

        return self._commits.submit(work)

    def reserve(self, batch: str, usd: float, budget_usd: float) -> Future[bool]:
        """Reserve money of a batch for one request; the result is False where it has no room."""

        def work() -> bool:
            self._connection.execute(
                "INSERT INTO spending (batch) VALUES (?) ON CONFLICT DO NOTHING", (batch,)
            )
            changed = self._connection.execute(
                "UPDATE spending SET reserved_usd = reserved_usd + :usd WHERE batch = :batch"
                " AND max(spent_usd, 0) + max(reserved_usd, 0) + :usd <= :budget",
                {"usd": usd, "batch": batch, "budget": budget_usd},
            )
            return changed.rowcount == 1

        return self._commits.submit(work)

    def release(self, batch: str, usd: float) -> Future[object]:
        """Give back what was reserved for a request that was certainly not paid for."""
        return self._commits.submit(
            lambda: self._connection.execute(
                "UPDATE spending SET reserved_usd = round(max(reserved_usd - ?, 0), 12)"
                " WHERE batch = ?",
                (usd, batch),
            )
        )

    def set_aside(self, digests: Iterable[str]) -> Future[object]:
        """Answer these requests no more; their answers stay in the ledger."""
        rows = [(digest,) for digest in digests]
        return self._commits.submit(
            lambda: self._connection.executemany(
                "UPDATE responses SET set_aside = 1 WHERE digest = ?", rows
            )
        )

    def correct(
        self, without_cost: Iterable[int], spending: Mapping[str, Spending]
    ) -> Future[object]:
        """Forget the cost of these answers, and set what these batches have spent."""
        answers = [(number,) for number in without_cost]
        batches = [(batch, *money) for batch, money in spending.items()]

        def work() -> None:
            self._connection.executemany(
                "UPDATE responses SET cost_usd = NULL WHERE id = ?", answers
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO spending VALUES (?, ?, ?)", batches
            )

        return self._commits.submit(work)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        with self._one_at_a_time:
            self._follow()
            return self._connection.execute(sql, parameters).fetchall()

    def _transact(self, works: Sequence[Work]) -> list[Any]:
        while True:
            self._follow()
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:  # commits, or takes all of it back
                results = [work() for work in works]
            if _identity(self.path) == self._file:
                return results  # else it went away meanwhile, and all with it

    def __len__(self) -> int:
        ((count,),) = self.query("SELECT count(*) FROM responses")
        return int(count)

    def close(self) -> None:
        """Close the database, once all is written."""
        self._commits.close()
        self._connection.close()


@contextmanager
def reading(path: Path = LEDGER) -> Iterator[Ledger | None]:
    """Open the ledger to look into it; None where there is none.

    Whatever is wrong with the file, then or while the block reads it, is a UserError.
    """
    try:
        there = _is_there(path)
    except OSError as error:
        raise UserError(
            f"{path}: cannot use the ledger ({error.strerror}); check the path"
        ) from error
    if not there:
        yield None
        return
    with closing(Ledger(path)) as ledger:
        try:
            yield ledger
        except DAMAGE as error:
            raise UserError(ledger.complaint(error)) from error


def _is_there(path: Path) -> bool:
    """Say whether there is a ledger; what takes its place and is none is a UserError."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(found.st_mode):
        what = "is no file (but a directory, a pipe or a device)"
    elif not found.st_size:
        what = "is empty, which no ledger is"
    else:
        return True
    raise UserError(
        f"{path}: {what}; put a copy of the ledger back in its place, or move it away to begin a "
        "new one (what no sample file holds would then be paid for again)"
    )


def _begin(path: Path) -> None:
    """Make a ledger without answers; at no moment is it an empty file."""
    new = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(new)) as connection:
            connection.executescript(f"{_SCHEMA};PRAGMA user_version = {SCHEMA_VERSION}")
        with suppress(FileExistsError):  # another gateway was quicker
            os.link(new, path)
    except sqlite3.Error as error:
        raise UserError(f"{path}: cannot begin a ledger ({error}); {_hint(path, error)}") from error
    except OSError:
        path.touch(mode=0o600)  # where a file has one name only, SQLite begins with an empty one
    finally:
        new.unlink(missing_ok=True)


def _hint(path: Path, error: Exception) -> str:
    if "locked" in str(error):
        return (
            "close the program that holds it (a backup, a database browser; a gateway of an "
            "earlier version leaves within a minute) and run again"
        )
    if len(os.fsencode(path.absolute())) > LONGEST_PATH:
        return (
            f"SQLite takes paths of up to {LONGEST_PATH} bytes: work in a directory nearer the root"
        )
    if isinstance(error, OSError):
        return "check the path and its permissions"
    return f"it is left as it is. {SAVE}"


def _check_locks(path: Path) -> None:
    """Make sure that the file system has the locks that keep two writers apart."""
    # A file of its own: to close one gives up all locks that this process has on it.
    with tempfile.TemporaryFile(dir=path.parent) as probe:
        try:
            fcntl.lockf(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(
                f"{path}: the file system of {path.parent.absolute()} has no file locks "
                f"({os.strerror(error.errno or 0)}), without which an answer could be paid for "
                "twice; mount it with them (NFS: version 4; Lustre: "
                "`-o flock`), or work in a directory of another file system"
            ) from error


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
