"""Plugins of clusters: installed beside the tests' environment, for their tests alone."""

import pytest

from tests.helpers.workflow import BIN


def with_cluster_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each Snakemake of a test find the plugins that `bootstrap.py test` installs."""
    place = BIN.parent / "cluster"
    if not place.is_dir():
        pytest.skip(f"needs the plugins in {place}; python3 bootstrap.py test installs them")
    monkeypatch.setenv("PYTHONPATH", str(place))
