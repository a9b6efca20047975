"""What holds for every test of the workflow."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.processes import gateways, wait_until


@pytest.fixture(autouse=True)
def _gateways_leave_when_told(tmp_path: Path) -> Iterator[None]:
    yield
    for gateway in gateways(tmp_path):
        os.kill(gateway, signal.SIGTERM)
    wait_until(lambda: not gateways(tmp_path), seconds=20)
