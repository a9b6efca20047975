"""Fixtures that tests of several rooms share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.loopback import Loopback, loopback
from tests.helpers.wires import KEY

ROOT = Path(__file__).parents[1]
# The same examples at every run; look for new ones with --hypothesis-profile=explore.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("steady")

SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """Return the directory of real answers, which is not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip(
            "needs the real answers in ../shared/data, which are not part of the repository"
        )
    return SHARED


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Run a provider on loopback, with its key in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with loopback() as running:
        yield running


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory, with gateways that leave soon."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT)]))
    return tmp_path
