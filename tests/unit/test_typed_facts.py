"""Facts travel as columns: a name that looks like a fact, or like several names, changes none."""

import io
import json

import pandas as pd
import pytest
from rich.console import Console

from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.statistics.power import estimate_power
from divergent_bench.analysis.statistics.variance import decompose_variance
from divergent_bench.analysis.tables import read_table, records, write_table
from divergent_bench.analysis.tables.facts import LeftOut, Omission, left_out
from divergent_bench.cli.views import results as view
from divergent_bench.design.analysis_plan import Plan
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.comparisons import levels_in_words
from divergent_bench.reporting.report.document import write_report
from divergent_bench.reporting.report.results import Results
from tests.helpers.hostile import NAMES
from tests.helpers.results import around, results
from tests.helpers.scores import grid, scores_table


def written(scores, directory):
    """Give the results of a run as they are read from its files."""
    made = results(
        scores,
        compare(scores),
        power=estimate_power(scores, Plan()).to_dict("records"),
        variance=decompose_variance(scores).to_dict("records"),
    )
    tables = {}
    for name in ("scores", "summary", "tests", "diversity", "power", "variance"):
        write_table(getattr(made, name), directory / f"{name}.csv")
        tables[name] = read_table(name, directory / f"{name}.csv")
    return Results(**tables, plan=Plan())


def shown(of_run):
    """Give what the terminal shows of an analysis."""
    console = Console(file=io.StringIO(), width=400, markup=False, highlight=False)
    for part in view.in_short(of_run):
        console.print(part, soft_wrap=True)
    return console.file.getvalue()


def incomplete(name):
    """Give two models, both asked under one strategy, only the first under a second one."""
    scores = grid([name, "b"], ["none", "etymology"], baselines=False)
    return scores[(scores["model"] != "b") | (scores["strategy"] != "etymology")]


@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_pooled_is_reported_as_pooled(name, tmp_path):
    scores = incomplete(name)

    of_run = written(scores, tmp_path)

    (pair,) = of_run.pairs_of("model")
    assert not pair.pooled
    assert pair.decision[f"n_unmatched_{'a' if pair.a == name else 'b'}"] == 8
    text = write_report(of_run, name="t")
    assert f"8 of 16 answers of {markdown.escape(name)} left out: no counterpart" in text
    assert "| pooled |" not in text
    assert "; pooled)" not in text
    assert "pools conditions" not in shown(of_run)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_pooled_is_reported_as_pooled(name, tmp_path):
    apart = grid(["b"], ["etymology"], baselines=False)
    scores = pd.concat([grid([name], ["none"], baselines=False), apart], ignore_index=True)

    of_run = written(scores, tmp_path)

    (pair,) = of_run.pairs_of("model")
    assert pair.pooled
    assert pair.decision["confounded_with"] == "strategy"
    assert "| pooled |" in write_report(of_run, name="t")
    assert "This comparison pools conditions that differ" in shown(of_run)


@pytest.mark.parametrize("name", NAMES)
def test_people_who_are_left_out_are_not_reported_as_compared(name, tmp_path):
    models = [*around(80, model="a"), *around(78, model="b")]
    people = around(70, provider="people", model=name, strategy="not-applicable")

    of_run = written(scores_table([*models, *people]), tmp_path)

    omnibus = of_run.omnibus("model")
    assert left_out(omnibus) == [LeftOut("model", name, Omission.NO_COUNTERPART)]
    assert levels_in_words(of_run, omnibus) == "models"
    text = write_report(of_run, name="t")
    assert "models and people" not in text
    assert f"Caution: left out: {markdown.escape(name)} has no counterpart." in text


@pytest.mark.parametrize("name", NAMES)
def test_people_who_are_compared_are_reported_so_whatever_is_left_out(name, tmp_path):
    people = around(70, provider="people", model="Leipzig")
    one = [{"model": f"{name}, Leipzig has one", "score": 80.0, "scored_words": "x|y"}] * 3
    scores = scores_table([*around(80, model="a"), *around(78, model="b"), *people, *one])

    of_run = written(scores, tmp_path)

    omnibus = of_run.omnibus("model")
    assert [each.level for each in left_out(omnibus)] == [one[0]["model"]]
    assert levels_in_words(of_run, omnibus) == "models and people"


def test_every_name_that_cannot_be_tested_is_left_out_under_its_own_name(tmp_path):
    single = [{"model": name, "score": 80.0, "scored_words": "x|y"} for name in NAMES]
    scores = scores_table([*around(80, model="a"), *around(78, model="b"), *single])

    of_run = written(scores, tmp_path)

    expected = {(name, Omission.ONE_LIST) for name in NAMES}
    told = {(each.level, each.reason) for each in left_out(of_run.omnibus("model"))}
    assert told == expected
    power = of_run.power.set_index("factor")
    assert {(e.level, e.reason) for e in left_out(power.loc["model"])} == expected
    for pair in of_run.pairs_of("model"):
        single_ones = {pair.a, pair.b} & set(NAMES)
        assert pair.tested == (not single_ones)
        if single_ones:
            assert pair.decision["reason"] == Omission.DEGENERATE
            assert {each.level for each in left_out(pair.decision)} == single_ones
    text, terminal = write_report(of_run, name="t"), shown(of_run)
    for name in NAMES:
        assert f"degenerate: {markdown.escape(name)} has one unique list" in text
    assert "1 tested pair" in text
    assert "pooled |" not in text
    assert "left out: " in text
    assert "degenerate: a has" not in terminal


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_that_makes_the_grid_incomplete_is_named_as_it_is(name, tmp_path):
    scores = grid(["a", "b"], ["none", "x", name], baselines=False)
    scores = scores[(scores["model"] != "a") | (scores["strategy"] != name)]

    of_run = written(scores, tmp_path)

    assert left_out(of_run.variance.iloc[0]) == [LeftOut("strategy", name, Omission.INCOMPLETE)]
    assert f"Left out: strategy {markdown.escape(name)}." in write_report(of_run, name="t")


@pytest.mark.parametrize("name", NAMES)
def test_the_verdict_names_the_higher_one(name, tmp_path):
    scores = scores_table([*around(80, model=name), *around(70, model="b")])

    of_run = written(scores, tmp_path)

    (pair,) = of_run.pairs_of("model")
    assert pair.higher == name
    assert pair.verdict(pair.a, pair.b) == f"{name} higher"
    assert f"{name} higher" in shown(of_run)


def test_facts_are_data_for_json_too(tmp_path):
    of_run = written(incomplete("x|y"), tmp_path)

    told = json.loads(json.dumps(records(of_run.tests)))

    assert {row["pooled"] for row in told} == {False}
