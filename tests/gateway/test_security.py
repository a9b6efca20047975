"""What SECURITY.md claims of other users of the machine."""

import os
import socket
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.sampling.gateway.address import socket_path
from divergent_bench.sampling.gateway.ledger import LEDGER
from tests.gateway.test_process import recorded
from tests.helpers.asking import ask
from tests.helpers.processes import gateways, wait_until

NOBODY = 65534
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who can be somebody else")


@contextmanager
def nobody() -> Iterator[None]:
    """Be another user for the length of the block: the kernel judges by that."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@pytest.fixture
def open_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work where everybody may go, with a umask that takes nothing away."""
    before = os.umask(0)
    try:
        with tempfile.TemporaryDirectory() as place:
            Path(place).chmod(0o777)
            monkeypatch.chdir(place)
            monkeypatch.setenv("XDG_RUNTIME_DIR", place)
            yield Path(place)
            wait_until(lambda: not gateways(Path(place)), seconds=20)
    finally:
        os.umask(before)


def test_other_users_can_neither_read_nor_ask_nor_remove(workdir, open_place):
    (open_place / "answers.csv").write_text("response\none\n", encoding="utf-8")
    assert ask(recorded(0))["answer"]["text"] == "one"
    address = Path(socket_path())
    assert address.is_relative_to(open_place)
    mine = [*LEDGER.parent.iterdir(), *address.parent.iterdir()]
    assert {path.name for path in mine} >= {"ledger.sqlite", "claims", "gateway.log", address.name}
    for path in LEDGER.parent.iterdir():  # whoever made the directory
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    with nobody():
        (open_place / "proof").touch()  # may do what is not forbidden
        for path in mine:
            with pytest.raises(PermissionError):
                path.read_bytes()
            with pytest.raises(PermissionError):
                path.unlink()
        for directory in (LEDGER.parent, address.parent):
            with pytest.raises(PermissionError):
                list(directory.iterdir())
            with pytest.raises(PermissionError):
                (directory / "planted").touch()
        with socket.socket(socket.AF_UNIX) as connection, pytest.raises(PermissionError):
            connection.connect(str(address))
    # So it is for the journal, which is there while an answer is written.
    connection = sqlite3.connect(LEDGER, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO spending (batch) VALUES ('b')")
    (journal,) = LEDGER.parent.glob("*-journal")
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    connection.execute("ROLLBACK")
    connection.close()


def test_a_directory_that_another_user_made_for_us_is_refused(open_place):
    planted = open_place / "divergent-bench"
    planted.mkdir(0o700)
    os.chown(planted, NOBODY, NOBODY)
    with pytest.raises(UserError, match="must be a directory of yours"):
        socket_path()
    planted.rmdir()
    (open_place / "elsewhere").mkdir(0o700)
    planted.symlink_to(open_place / "elsewhere")
    with pytest.raises(UserError, match="must be a directory of yours"):
        socket_path()
