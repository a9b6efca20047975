"""The benchmark of scoring runs, and its distances agree with scipy's."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.scoring import answers
from divergent_bench.instrument.tasks.dat import TASK

ROOT = Path(__file__).parents[2]


def test_it_measures_every_step() -> None:
    command = [sys.executable, "-m", "benchmarks.scoring", "--answers", "300", "--rounds", "1"]
    done = subprocess.run(
        [*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    result = json.loads(done.stdout.splitlines()[-1])
    assert set(result) == {"parse_s", "validate_s", "distances_s", "loop_ratio", "total_s"}
    assert all(value > 0 for value in result.values())


def test_its_answers_hold_ten_words_each() -> None:
    texts = answers(500)
    assert texts == answers(500)
    assert len(set(texts)) == 500
    assert all(len(TASK.parse(text).words) == 10 for text in texts)
