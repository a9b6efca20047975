"""A provider and a task that another package brings, from config to report."""

import os

import pandas as pd
import pytest

from tests.helpers import toys
from tests.helpers.workflow import Workflow

pytestmark = pytest.mark.slow


def test_a_task_and_a_provider_go_from_config_to_report(tmp_path, monkeypatch):
    plug_ins = toys.install(tmp_path / "site")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(plug_ins), os.environ["PYTHONPATH"]]))
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "1")
    flow = Workflow(tmp_path, toys.config())
    flow.run()
    scores = pd.read_csv(flow.results() / "scores.csv", keep_default_na=False, na_values=[""])
    assert set(scores["task"]) == {"initials"}
    for model in ("grey", "macaw"):
        rows = scores[scores["model"] == model].sort_values("seed")
        letters = rows["scored_words"].map(lambda words: len({w[0] for w in words.split("|")}))
        assert list(rows["score"]) == list(10.0 * letters)
        assert set(rows["n_words"]) == {3}
    report = (flow.results() / "report.md").read_text(encoding="utf-8")
    assert "The score of an answer is ten points for each letter" in report  # its `method`
    assert "Divergent Association" not in report
    assert "DAT" not in report
    for figure in (flow.results() / "figures").rglob("*.svg"):
        assert "DAT" not in figure.read_text(encoding="utf-8"), figure.name
    assert "Initials score (points)" in (flow.results() / "figures/ranking.svg").read_text("utf-8")
