"""What holds for every test of the workflow."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.helpers.browser import all_is_well, chromium
from tests.helpers.processes import gateways, wait_until


@pytest.fixture(autouse=True)
def _gateways_leave_when_told(tmp_path: Path) -> Iterator[None]:
    yield
    for gateway in gateways(tmp_path):
        os.kill(gateway, signal.SIGTERM)
    wait_until(lambda: not gateways(tmp_path), seconds=20)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Run one browser for all tests of a file."""
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(opened: Chrome) -> Iterator[Chrome]:
    """Give the browser; what a test opened in it had no error, and asked for nothing else."""
    yield opened
    all_is_well(opened)
    opened.get("about:blank")  # from the same page, the next test would not load it anew
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
