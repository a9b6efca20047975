"""What tests of the gateway share."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from divergent_bench.sampling.gateway.ledger import Ledger
from divergent_bench.sampling.providers import llm


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Open a ledger of the test's own."""
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """Run all tests of a file in one event loop, whose connections are closed at its end."""
    llm.load_litellm()
    with asyncio.Runner() as runner:
        yield runner
        runner.run(llm.close_connections())
