"""`divergent_bench.load`: the tables of a run in Python."""

import subprocess
import sys

import pandas as pd
import pytest

import divergent_bench
from divergent_bench.analysis.tables import SCORES, TABLES, write_table
from divergent_bench.base.errors import UserError
from tests.helpers.scores import scores_table


def test_the_tables_that_are_there_have_their_types_and_say_what_they_mean(tmp_path):
    scores = scores_table([{"model": "NA", "score": 80.5}, {"model": "NA", "strategy": "none"}])
    write_table(scores, tmp_path / "scores.csv")

    run = divergent_bench.load(str(tmp_path))

    assert list(run) == ["scores"]
    pd.testing.assert_frame_equal(run["scores"], scores, check_categorical=False)
    assert run["scores"]["model"].tolist() == ["NA", "NA"]
    told = run.describe("scores").set_index("column")
    assert list(told.index) == list(SCORES)
    assert told.loc["score", "unit"] == "points"
    assert list(run.describe("summary")["column"]) == list(TABLES["summary"])


def test_where_nothing_was_scored_there_is_nothing_to_load(tmp_path):
    with pytest.raises(UserError, match="there are no scores; name the results of a run"):
        divergent_bench.load(tmp_path)


def test_the_package_itself_loads_nothing_heavy():
    loaded = "import sys, divergent_bench; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pandas", "numpy", "typing"}.intersection(modules)
