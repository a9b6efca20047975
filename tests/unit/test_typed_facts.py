"""Facts travel as columns: a name that looks like a fact, or like several names, changes none."""

import io
import json

import pandas as pd
import pytest
from rich.console import Console

from divergent_bench.analysis.tables import read_table, records, write_table
from divergent_bench.analysis.tables.facts import LeftOut, Omission, left_out
from divergent_bench.cli.views import results as view
from divergent_bench.design.analysis_plan import Plan
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.document import write_report
from divergent_bench.reporting.report.results import Results
from tests.helpers.hostile import NAMES
from tests.helpers.results import around, computed, says
from tests.helpers.scores import grid, scores_table


def written(scores, directory):
    """Give the results of a run as they are read from its files."""
    made = computed(scores)
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


def test_people_who_are_left_out_are_not_reported_as_compared(tmp_path):
    rows = [*around(80, model="a"), *around(78, model="b")]
    for name in NAMES:
        rows += around(70, provider="people", model=name, strategy="not-applicable", n=5)

    of_run = written(scores_table(rows), tmp_path)

    omnibus = of_run.omnibus("model")
    apart = sorted(NAMES)
    assert left_out(omnibus) == [LeftOut("model", e, Omission.NO_COUNTERPART) for e in apart]
    assert omnibus["n_groups"] == 2
    text = write_report(of_run, name="t")
    assert says(text, "By ranks", "2 models")
    told = ", ".join(f"no counterpart for {markdown.escape(name)}" for name in apart)
    assert f"Caution: left out: {told}." in text


@pytest.mark.parametrize("name", NAMES)
def test_people_stand_beside_the_plain_prompt_whatever_they_are_called(name, tmp_path):
    models = [
        row
        for strategy in ("none", "x")
        for row in around(80, model="a", strategy=strategy, n=20)
    ]  # fmt: skip
    people = around(70, provider="people", model=name, strategy="not-applicable")

    of_run = written(scores_table([*models, *people]), tmp_path)

    (pair,) = of_run.pairs_of("model")
    mine = "a" if pair.a == "a" else "b"
    assert (pair.decision[f"n_{mine}"], pair.decision[f"n_unmatched_{mine}"]) == (20, 20)
    text, called = write_report(of_run, name="t"), markdown.escape(name)
    finding = text.partition("## Design")[0]
    assert f"In the plain prompt a scored higher than people ({called})" in finding
    assert pair.verdict("a", "p") == ("a higher" if pair.a == "a" else "p higher")


def test_every_name_that_cannot_be_tested_is_left_out_under_its_own_name(tmp_path):
    silent = [{"model": name} for name in NAMES]
    scores = scores_table([*around(80, model="a"), *around(78, model="b"), *silent])

    of_run = written(scores, tmp_path)

    expected = {(name, Omission.NONE_SCORABLE) for name in NAMES}
    told = {(each.level, each.reason) for each in left_out(of_run.omnibus("model"))}
    assert told == expected
    power = of_run.power.set_index("factor")
    assert {(e.level, e.reason) for e in left_out(power.loc["model"])} == expected
    for pair in of_run.pairs_of("model"):
        silent_ones = {pair.a, pair.b} & set(NAMES)
        assert pair.tested == (not silent_ones)
        if silent_ones:
            assert pair.decision["reason"] == Omission.NO_SCORE
            assert {each.level for each in left_out(pair.decision)} == silent_ones
    text, terminal = write_report(of_run, name="t"), shown(of_run)
    for name in NAMES:
        assert f"{markdown.escape(name)} has no scorable answer" in text
    assert "1 tested pair" in text
    assert "pooled |" not in text
    assert "a has no scorable answer" not in terminal


def test_every_name_with_a_single_answer_is_told_as_such(tmp_path):
    single = [{"model": name, "score": 80.0} for name in NAMES]
    scores = scores_table([*around(80, model="a"), *around(78, model="b"), *single])

    of_run = written(scores, tmp_path)

    power = of_run.power.set_index("factor")
    expected = {(name, Omission.TOO_FEW_ANSWERS) for name in NAMES}
    assert {(e.level, e.reason) for e in left_out(power.loc["model"])} == expected
    for pair in of_run.pairs_of("model"):
        assert pair.tested == (not {pair.a, pair.b} & set(NAMES))
        if not pair.tested:
            assert pair.decision["reason"] == Omission.SINGLE_ANSWERS


@pytest.mark.parametrize("name", NAMES)
def test_a_pair_that_depends_on_a_prompt_names_it_and_nobody_as_higher(name, tmp_path):
    means = {("a", "none"): 90, ("b", "none"): 80, ("a", name): 73, ("b", name): 80}
    rows = [
        row
        for (model, strategy), mean in means.items()
        for row in around(mean, model=model, strategy=strategy)
    ]

    of_run = written(scores_table(rows), tmp_path)

    (pair,) = of_run.pairs_of("model")
    assert pair.dependence == "depends on the prompt"
    assert [value for _, value, *_ in pair.in_cells("a")] == pytest.approx([10, -7])
    text = write_report(of_run, name="t")
    assert f"(prompt {markdown.escape(name)})" in text
    assert pair.verdict("a", "b") == "depends on the prompt"
    assert "a higher" not in shown(of_run).partition("By strategy")[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_that_makes_the_grid_incomplete_is_named_as_it_is(name, tmp_path):
    scores = grid(["a", "b"], ["none", "x", name], baselines=False)
    scores = scores[(scores["model"] != "a") | (scores["strategy"] != name)]

    of_run = written(scores, tmp_path)

    assert left_out(of_run.variance.iloc[0]) == [LeftOut("strategy", name, Omission.INCOMPLETE)]
    assert f"Left out: strategy {markdown.escape(name)}." in write_report(of_run, name="t")


def test_the_verdict_names_the_higher_one(tmp_path):
    means = {name: 90.0 - 5 * place for place, name in enumerate(NAMES)}
    rows = [row for name, mean in means.items() for row in around(mean, model=name)]

    of_run = written(scores_table(rows), tmp_path)

    found, terminal = of_run.pairs_of("model"), shown(of_run)
    assert len(found) == len(NAMES) * (len(NAMES) - 1) / 2
    for pair in found:
        assert pair.higher == max(pair.a, pair.b, key=means.get)
        assert pair.verdict(pair.a, pair.b) == f"{pair.higher} higher"
    for pair in found[:12]:  # so many are shown
        assert f"{pair.higher} higher" in terminal


def test_facts_are_data_for_json_too(tmp_path):
    of_run = written(incomplete("x|y"), tmp_path)

    told = json.loads(json.dumps(records(of_run.tests)))

    assert {row["pooled"] for row in told} == {False}
