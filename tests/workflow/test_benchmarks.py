"""The benchmarks run, and say what they promise to say."""

import json
import os
import subprocess
import sys

import pytest

from tests.helpers.fork_server import EVERYTHING
from tests.helpers.workflow import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.benchmark]


def run(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_throughput_ends_with_one_line_of_json():
    output = run(
        "benchmarks.throughput", "--samples", "64", "--rounds", "1", "--json", **EVERYTHING
    )
    result = json.loads(output.splitlines()[-1])
    assert set(result) == {"raw_s", "litellm_ratio", "inspect_ratio", "workflow_ratio"}
    assert 1.0 <= result["raw_s"] < 10  # one round of answers of one second each
    assert result["workflow_ratio"] > 1


def test_overhead_prints_a_row_per_size():
    output = run("benchmarks.overhead", "--samples", "60", "--rounds", "1", **EVERYTHING)
    rows = [line.split() for line in output.splitlines()[2:]]
    assert [row[:2] for row in rows] == [["60", "1"], ["60", "100"]]


def test_scale_prints_a_row_per_kind_and_size():
    output = run("benchmarks.scale", "--samples", "100", "--target", "samples", "--json")
    rows = [line.split() for line in output.splitlines()[1:-1]]
    assert [row[:2] for row in rows] == [["baselines", "100"], ["models", "100"]]
    for measured in json.loads(output.splitlines()[-1]):
        assert measured["together_mb"] >= measured["largest_mb"] > 50
        assert measured["files"] > 100
