"""Novelty against appropriateness: the gate, its figure and its section of the report."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from divergent_bench.analysis.frontier import measure_frontier
from divergent_bench.analysis.summaries import rank_models
from divergent_bench.analysis.tables import TABLES
from divergent_bench.design.analysis_plan import Plan
from divergent_bench.instrument.tasks import find_task
from divergent_bench.reporting.figures.frontier import draw_frontier
from divergent_bench.reporting.figures.style import GREY
from divergent_bench.reporting.report.finding import finding
from divergent_bench.reporting.report.frontier import on_failed_gate, on_frontier
from divergent_bench.reporting.report.leaderboard import leaderboard
from divergent_bench.reporting.report.results import Results
from tests.helpers.figures import (
    LONG,
    assert_legible,
    assert_legible_in_one_column,
    assert_same_bytes,
    texts_of,
)
from tests.helpers.results import computed, says
from tests.helpers.scores import only, scores_table

GATE = find_task("cdat").gate
CUES = [f"cue{number}" for number in range(8)]
KINDS = {
    "random-nouns": ("baseline", "not-applicable", np.nan),
    "students": ("people", "not-applicable", np.nan),
}


def scores(models: dict[str, tuple[float, float]], cues=CUES, n=2, **more) -> pd.DataFrame:
    """Make answers of models with these mean novelties and appropriatenesses."""
    rng = np.random.default_rng(3)
    rows = []
    for model, (novelty, near) in models.items():
        provider, strategy, temperature = KINDS.get(model, ("openai", "cdat", 0.7))
        key = {"provider": provider, "model": model, "strategy": strategy}
        for cue in cues:
            at_cue = rng.normal(0, 2)
            for _ in range(n):
                score = novelty + at_cue + rng.normal(0, 1)
                measured = {"score": score, "novelty": score}
                measured["appropriateness"] = near - at_cue + rng.normal(0, 1)
                rows.append(key | {"temperature": temperature, "stimulus": cue} | measured)
    return scores_table({"task": "cdat", "space": "minilm-l6"} | row | more for row in rows)


FOUR = {"a": (70, 140), "b": (80, 121), "students": (68, 135), "random-nouns": (82, 120)}


def cue_means(table: pd.DataFrame, model: str, measure: str) -> np.ndarray:
    of = table[table["model"] == model]
    return of.groupby("stimulus", observed=True)[measure].mean().to_numpy()


def test_means_are_over_stimuli_however_often_these_were_asked() -> None:
    table = scores(FOUR)
    often = table[table["stimulus"].eq(CUES[0]) & table["model"].eq("a")]
    for rows in (table, pd.concat([table, *[often] * 5], ignore_index=True)):
        row = only(measure_frontier(rows), model="a")
        assert row["n_stimuli"] == 8
        for column, measure in (("mean_score", "score"), ("mean_gate", "appropriateness")):
            means = cue_means(table, "a", measure)
            low, high = stats.t.interval(0.95, 7, means.mean(), stats.sem(means))
            assert row[column] == pytest.approx(means.mean())
            assert row[f"{column}_low"] == pytest.approx(low)
            assert row[f"{column}_high"] == pytest.approx(high)


def test_the_gate_is_a_one_sided_welch_test_on_means_of_stimuli() -> None:
    table = scores(FOUR)
    found = measure_frontier(table)
    near = {model: cue_means(table, model, "appropriateness") for model in FOUR}
    p = [
        stats.ttest_ind(
            near[model], near["random-nouns"], equal_var=False, alternative="greater"
        ).pvalue
        for model in ("a", "b", "students")
    ]
    adjusted = stats.false_discovery_control(p)
    for model, one, all_three in zip(("a", "b", "students"), p, adjusted, strict=True):
        row = only(found, model=model)
        assert row["p"] == pytest.approx(one)
        assert row["p_adjusted"] == pytest.approx(all_three)
        assert row["adjusted_over"] == 3
        assert row["gate"] == ("passed" if all_three <= GATE.alpha else "failed")
        assert row["chance_gate"] == pytest.approx(near["random-nouns"].mean())
    assert found.set_index("model")["gate"].to_dict() | {"random-nouns": ""} == {
        "a": "passed",
        "b": "failed",
        "students": "passed",
        "random-nouns": "",
    }
    assert only(found, model="random-nouns")[["gate", "p"]].isna().all()


def test_only_stimuli_that_both_answered_are_compared() -> None:
    table = scores(FOUR)
    absent = table["model"].eq("random-nouns") & table["stimulus"].isin(CUES[4:])
    row = only(measure_frontier(table[~absent]), model="a")
    own, chance = (
        cue_means(table[table["stimulus"].isin(CUES[:4])], model, "appropriateness")
        for model in ("a", "random-nouns")
    )
    known = stats.ttest_ind(own, chance, equal_var=False, alternative="greater")
    assert row["p"] == pytest.approx(known.pvalue)
    assert row["n_stimuli"] == 8


@pytest.mark.parametrize("case", ["no baseline", "one stimulus", "no variation"])
def test_where_nothing_can_be_tested_there_is_no_gate(case: str) -> None:
    table = scores({k: v for k, v in FOUR.items() if case != "no baseline" or k != "random-nouns"})
    if case == "one stimulus":
        table = table[table["stimulus"].eq(CUES[0])]
    if case == "no variation":
        table = table.assign(appropriateness=130.0)
    found = measure_frontier(table)
    assert found["gate"].isna().all()
    assert found["p"].isna().all()
    assert len(found) == table["model"].nunique()


def test_a_run_without_stimuli_has_no_row() -> None:
    table = scores_table([{"score": 80.0}, {"score": 81.0}])
    assert measure_frontier(table).empty
    assert list(measure_frontier(table).columns) == list(TABLES["frontier"])


CASES = {
    "four": lambda: scores(FOUR),
    "no baseline": lambda: scores({"a": (70, 140)}),
    "one answer each": lambda: scores(FOUR, cues=CUES[:1], n=1),
    "odd names": lambda: scores({"$x_1^2$": (70, 130), "模型": (74, 131)}),
    "forty with long names": lambda: scores(
        {f"{i} {LONG}": (60 + i / 2, 125 + i % 7) for i in range(40)} | FOUR, n=1
    ),
    "nothing scorable": lambda: scores({"a": (np.nan, np.nan)}),
}


@pytest.mark.layout
@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(case: str) -> None:
    assert_legible(draw_frontier(measure_frontier(CASES[case]())))


@pytest.mark.layout
def test_it_is_legible_in_one_column() -> None:
    assert_legible_in_one_column(lambda: draw_frontier(measure_frontier(scores(FOUR))))


def test_marks_stand_at_their_means_and_the_gate_at_that_of_random_nouns(tmp_path) -> None:
    found = measure_frontier(scores(FOUR))
    figure = draw_frontier(found)
    points = {
        (round(x, 6), round(y, 6))
        for line in figure.axes[0].lines
        if line.get_linestyle() == "None"
        for x, y in zip(*line.get_data(), strict=True)
    }
    wanted = found[["mean_gate", "mean_score"]].round(6)
    assert points == set(wanted.itertuples(index=False, name=None))
    (gate,) = (line for line in figure.axes[0].lines if line.get_linestyle() == "--")
    assert gate.get_xdata()[0] == only(found, model="random-nouns")["mean_gate"]
    said = texts_of(figure)
    assert "(b)" in said
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    (grey,) = (line.get_xdata().tolist() for line in marks if line.get_color() == GREY)
    assert grey == [only(found, model="b")["mean_gate"]]
    assert "model that does not count" in said
    assert "(a)" not in said
    assert_same_bytes(draw_frontier(found), draw_frontier(found), tmp_path)


def results(table: pd.DataFrame) -> Results:
    nothing = {name: pd.DataFrame() for name in ("summary", "tests", "diversity", "power")}
    return Results(
        scores=table,
        **nothing,
        variance=pd.DataFrame(),
        plan=Plan(),
        frontier=measure_frontier(table),
    )


def test_the_report_tells_who_passed_and_names_are_escaped() -> None:
    hostile = "<script>alert(1)</script>"
    said = "\n\n".join(on_frontier(results(scores(FOUR | {hostile: (71, 139)}))))
    assert "3 of 4 conditions passed" in said
    rows = {line.split("|")[1].strip(): line for line in said.splitlines() if "[" in line}
    assert rows["b"].endswith("| failed |")
    assert rows["a"].endswith("| passed |")
    assert rows["*random-nouns* (baseline)"].endswith("|  |")
    assert "<script" not in said
    (limit,) = on_failed_gate(results(scores(FOUR)))
    assert "in 1 of 3 conditions were not shown" in limit
    assert on_failed_gate(results(scores({"a": (70, 140)}))) == []


def test_the_report_says_that_a_gate_needs_a_baseline_and_nothing_without_stimuli() -> None:
    said = "\n\n".join(on_frontier(results(scores({"a": (70, 140)}))))
    assert "No gate" in said
    assert list(on_frontier(results(scores_table([{"score": 80.0}])))) == []


def test_what_is_less_appropriate_than_random_nouns_does_not_pass() -> None:
    row = only(measure_frontier(scores(FOUR | {"off": (70, 100)})), model="off")
    assert row["p"] > 0.99
    assert row["gate"] == "failed"


def ranked(models: dict[str, tuple[float, float]]) -> pd.DataFrame:
    return rank_models(scores(models)).set_index("model")


def test_who_did_not_pass_has_no_rank() -> None:
    ranking = ranked(FOUR | {"c": (60, 140)})
    assert ranking["mean"].idxmax() == "random-nouns"
    assert ranking.loc[["a", "b", "c"], "failed_gate"].tolist() == [False, True, False]
    assert ranking.loc[["a", "c"], "rank"].tolist() == [1, 2]
    assert pd.isna(ranking.loc["b", "rank"])
    assert pd.isna(ranking.loc["students", "rank"])


def test_one_condition_that_passes_is_enough_and_without_a_gate_all_are_ranked() -> None:
    both = pd.concat(
        [scores(FOUR), scores({"b": (60, 140)}, strategy="cdat-associated")], ignore_index=True
    )
    assert rank_models(both).set_index("model").loc[["a", "b"], "rank"].notna().all()
    ranking = ranked({"a": (70, 140), "b": (80, 121)})
    assert ranking.loc[["b", "a"], "rank"].tolist() == [1, 2]
    assert not ranking["failed_gate"].any()


def told(models: dict[str, tuple[float, float]]) -> str:
    table = scores(models)
    of_run = computed(table)
    return finding(replace(of_run, frontier=measure_frontier(table)))


def test_the_finding_and_the_leaderboard_say_who_has_no_rank() -> None:
    said = told(FOUR | {"c": (60, 140)})
    assert says(said, "**a** has the highest mean of 2 of 3 models that passed the gate")
    assert says(said, "in 1 of 4 conditions were not shown to be more to the point")
    assert "**b**" not in said
    nobody = told({"b": (80, 121), "d": (75, 120), "random-nouns": (82, 120)})
    assert says(nobody, "answers of no model were shown to be more to the point than random words")
    board = leaderboard({"cdat": rank_models(scores(FOUR))}, name="t")
    assert "| 1 | a |" in board
    assert "|  | (b) |" in board
    assert says(board, "Names in brackets have no rank")
    assert "Names in brackets" not in leaderboard(
        {"cdat": rank_models(scores({"a": (1, 2)}))}, name="t"
    )
