"""The benchmark of parsing runs."""

import json
import subprocess
import sys

from benchmarks.parsing import SEEDS
from tests.helpers.workflow import ROOT


def test_it_measures_every_text() -> None:
    command = [sys.executable, "-m", "benchmarks.parsing", "--length", "800", "--rounds", "1"]
    done = subprocess.run(
        [*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["ratios"].keys() == SEEDS.keys()
    assert result["largest"] == max(result["ratios"].values()) > 0
