"""The benchmark of spaces runs, and says what it promises to say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_spaces_ends_with_one_line_of_json():
    command = [sys.executable, "-m", "benchmarks.spaces", "--words", "20000", "--rounds", "1"]
    done = subprocess.run(
        [*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    ways = ("straightforward", "compact", "open")
    assert set(result) == {f"{way}_{what}" for way in ways for what in ("s", "ratio", "mb")}
    # 5 at full size on a quiet machine; here the fixed costs weigh more, and others are at work
    assert result["compact_ratio"] > 1.5
    assert result["open_s"] < 0.05
    assert result["compact_mb"] < 1000
