"""What tests of the gateway share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from divergent_bench.gateway.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Open a ledger of the test's own."""
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()
