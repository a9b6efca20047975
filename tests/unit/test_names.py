"""How numbers of things are written."""

import pytest

from divergent_bench.base.names import percent


@pytest.mark.parametrize(
    ("share", "digits", "written"),
    [
        (0, 0, "0"),
        (0.004, 0, "<1"),
        (0.005, 0, "<1"),
        (0.006, 0, "1"),
        (0.5, 0, "50"),
        (0.994, 0, "99"),
        (499 / 500, 0, ">99"),
        (1, 0, "100"),
        (0.0004, 1, "<0.1"),
        (0.9996, 1, ">99.9"),
        (0.983, 1, "98.3"),
    ],
)
def test_only_none_is_0_percent_and_only_all_is_100(share, digits, written):
    assert percent(share, digits) == written
