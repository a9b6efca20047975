"""The ledger keeps every answer and is never overwritten."""

import shutil
import sqlite3

import pytest

from divergent_bench.errors import UserError
from divergent_bench.gateway.ledger import Entry, Ledger

REQUEST = {"provider": "openai", "model": "m", "seed": 1}


def test_an_answer_is_there_for_the_next_process(tmp_path):
    path = tmp_path / "deep" / "ledger.sqlite"
    first = Ledger(path)
    first.add([Entry("d1", REQUEST, '{"text": "a"}', "2026-01-01", 0.5)])
    # Not closed: as after a kill.
    second = Ledger(path)
    assert second.find("d1") == '{"text": "a"}'
    assert second.find("d2") is None
    assert len(second) == 1
    first.close()
    second.close()


def test_the_newest_answer_to_a_request_counts_and_the_older_stays(tmp_path):
    ledger = Ledger(tmp_path / "l.sqlite")
    ledger.add(
        [
            Entry("d", REQUEST, "old", "2026-01-01", None),
            Entry("d", REQUEST, "new", "2026-01-02", None),
        ]
    )
    assert ledger.find("d") == "new"
    assert len(ledger) == 2
    ledger.close()


def test_only_the_user_can_read_it(tmp_path):
    path = tmp_path / "l.sqlite"
    Ledger(path).close()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content", [b"this is no database at all" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_damaged_file_is_reported_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "l.sqlite"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"l\.sqlite: cannot use the ledger"):
        Ledger(path)
    assert path.read_bytes() == content


def test_a_ledger_of_another_schema_is_refused(tmp_path):
    path = tmp_path / "l.sqlite"
    Ledger(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(UserError, match="is a ledger of schema 99"):
        Ledger(path)


def test_a_failed_write_leaves_nothing_and_the_next_one_works(tmp_path):
    ledger = Ledger(tmp_path / "l.sqlite")
    with pytest.raises(sqlite3.Error):
        ledger.add(
            [Entry("d", REQUEST, "kept?", "2026-01-01", None), Entry("e", REQUEST, "x", None, None)]
        )
    assert len(ledger) == 0
    ledger.add([Entry("d", REQUEST, "kept", "2026-01-01", None)])
    assert ledger.find("d") == "kept"
    ledger.close()


def test_a_ledger_that_is_deleted_under_a_running_gateway_is_begun_anew(tmp_path):
    path = tmp_path / "results" / "l.sqlite"
    ledger = Ledger(path)
    ledger.add([Entry("old", REQUEST, "gone", "2026-01-01", None)])
    shutil.rmtree(path.parent)
    assert ledger.find("old") is None
    shutil.rmtree(path.parent)
    ledger.add([Entry("new", REQUEST, "kept", "2026-01-01", None)])
    ledger.close()
    again = Ledger(path)
    assert again.find("new") == "kept"
    again.close()


def test_a_ledger_that_is_replaced_under_a_running_gateway_is_left_alone(tmp_path):
    path = tmp_path / "l.sqlite"
    backup = Ledger(tmp_path / "backup.sqlite")
    backup.add([Entry("d", REQUEST, "from the backup", "2026-01-01", None)])
    backup.close()
    ledger = Ledger(path)
    (tmp_path / "backup.sqlite").replace(path)
    content = path.read_bytes()
    with pytest.raises(UserError, match="was replaced while it was in use"):
        ledger.find("d")
    with pytest.raises(UserError, match="was replaced while it was in use"):
        ledger.add([Entry("e", REQUEST, "x", "2026-01-01", None)])
    assert path.read_bytes() == content
    ledger.close()
