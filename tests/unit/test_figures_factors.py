"""Figures of the factors: strategies, temperatures, sources of variance."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from divergent_bench.analysis.statistics.design import answers
from divergent_bench.analysis.summaries import rank_models, summarize_conditions
from divergent_bench.analysis.tables import TABLES
from divergent_bench.reporting.figures.heatmap import by_mean, pool
from divergent_bench.reporting.figures.strategies import draw_strategies
from divergent_bench.reporting.figures.temperatures import draw_temperatures
from divergent_bench.reporting.figures.variance_shares import draw_variance_shares
from tests.helpers.figures import (
    NINE,
    STRATEGIES,
    assert_legible,
    assert_legible_in_one_column,
    draw,
    texts_of,
)
from tests.helpers.scores import grid, scores_table

TWO_OF_EACH = (["a", "b"], ["none", "etymology"], [0.2, 1.0])


def shares(*rows: tuple[str, str, float, str]) -> pd.DataFrame:
    """Make a table of variance from space, component, share and note."""
    made = [
        {"space": space, "component": component, "n_levels": "12x4", "share": share}
        | {"variance": 9 * share, "share_low": share - 0.1, "share_high": share + 0.1, "note": note}
        for space, component, share, note in rows
    ]
    return pd.DataFrame(made, columns=list(TABLES["variance"])).astype(dict(TABLES["variance"]))


def drawn_lines(axes):
    """List the values of the joined lines and of the marks, references left out."""
    own = [line for line in axes.lines if line.get_transform() == axes.transData]
    return [line.get_ydata().tolist() for line in own if len(line.get_ydata())]


def test_a_cell_holds_the_mean_over_the_temperatures():
    scores = scores_table(
        [
            {"score": 80.0, "temperature": 0.2},
            {"score": 82.0, "temperature": 0.2},
            {"score": 90.0, "temperature": 1.0},
            {"temperature": 1.0, "outcome": "refused"},
            {"score": 70.0, "strategy": "etymology", "temperature": 0.2},
        ]
    )

    cells = pool(answers(scores), "strategy").set_index("strategy")

    assert cells.loc["none", "mean"] == 84.0  # (80 + 82 + 90) / 3: every answer weighs the same
    assert cells.loc["none", ["n", "n_scorable"]].tolist() == [4, 3]
    assert cells.loc["etymology", "mean"] == 70.0
    assert np.isnan(cells.loc["etymology", "mean_low"])  # a single list has no interval


def test_at_one_temperature_a_cell_is_the_condition_of_the_summary():
    scores = grid(["a", "b"], ["none", "etymology"], baselines=False)

    cells = pool(answers(scores), "strategy")

    measures = ["n", "n_scorable", "mean", "mean_low", "mean_high"]
    summary = summarize_conditions(scores).sort_values(["model", "strategy"])
    assert cells[measures].to_numpy() == pytest.approx(summary[measures].to_numpy())


def test_models_are_ordered_by_the_mean_of_all_answers():
    cells = pd.DataFrame(
        {
            "model": ["a", "a", "b", "none scorable"],
            "mean": [90.0, 80.0, 84.0, np.nan],
            "n_scorable": [1, 9, 5, 0],
        }
    )

    assert by_mean(cells) == ["b", "a", "none scorable"]  # a: (90 + 9 * 80) / 10 = 81


def test_strategies_draw_a_cell_per_model_and_strategy():
    scores = grid([f"m{i}" for i in range(3)], STRATEGIES, [0.2, 1.0])
    cells = pool(answers(scores), "strategy")

    image = draw_strategies(scores).axes[0].images[0]

    assert image.cmap.name == "cividis"
    assert image.get_array().shape == (3, 4)
    top = cells[cells["model"] == "m2"].set_index("strategy")["mean"]
    plain_first = ["none", "etymology", "opposites", "thesaurus"]
    assert image.get_array()[0].tolist() == pytest.approx(top[plain_first].tolist())


def test_colours_do_not_make_much_of_little():
    scores = grid(["a", "b"], ["none", "etymology"], [0.7])
    scores["score"] = 80 + scores.groupby(["model", "strategy"]).ngroup() / 10

    low, high = draw_strategies(scores).axes[0].images[0].get_clim()

    # The means of the models lie between 80.0 and 80.5.
    assert high - low == pytest.approx(10)
    assert low < 80.0 < 80.5 < high


def test_a_cell_says_mean_half_interval_and_n():
    scores = grid(["a"], ["none", "etymology"], [0.2, 1.0])
    cell = pool(answers(scores), "strategy").iloc[0]
    half = (cell["mean_high"] - cell["mean_low"]) / 2

    assert f"{cell['mean']:.1f} ±{half:.1f} n = 16" in texts_of(draw_strategies(scores))


def test_what_has_no_strategy_is_told_beside_the_cells():
    scores = grid(["a"], ["none", "etymology"], people=True)
    means = rank_models(scores).set_index("label")["mean"]

    text = texts_of(draw_strategies(scores))

    for label, named in (("oracle", "oracle (baseline)"), ("people", "people")):
        assert f"{named} {means[label]:.1f} (n = 8)" in text


def test_cells_over_unlike_temperatures_are_told():
    scores = grid(["a", "b"], ["none", "etymology"], [0.2, 1.0])
    uneven = scores[(scores["model"] != "a") | (scores["temperature"] != 1.0)]

    assert "compare with care" not in texts_of(draw_strategies(scores))
    assert "Not every cell covers all of them" in texts_of(draw_strategies(uneven))


def test_each_strategy_is_a_line_over_the_temperatures():
    scores = grid(["a"], ["none", "etymology"], [0.2, 1.0], baselines=False)
    summary = summarize_conditions(scores)

    axes = draw_temperatures(scores, summary).axes[0]

    means = summary.sort_values(["strategy", "temperature"], ascending=[False, True])[
        "mean"
    ].tolist()
    # Marks and the line that joins them, of the plain prompt and then of the other.
    assert drawn_lines(axes) == [means[:2], means[:2], means[2:], means[2:]]


def test_no_line_leads_to_the_temperature_left_to_the_model():
    scores = grid(["a"], temperatures=[0.2, 1.0, None], baselines=False)

    axes = draw("temperatures", scores).axes[0]

    marks, line = drawn_lines(axes)
    assert (len(marks), len(line)) == (3, 2)
    assert line == marks[:2]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.2", "1", "default"]


def test_temperatures_stand_as_far_apart_as_their_values():
    axes = draw("temperatures", grid(["a"], temperatures=[0, 0.5, 2.0], baselines=False)).axes[0]

    assert axes.get_xticks().tolist() == [0, 0.5, 2.0]


def test_the_means_of_many_strategies_are_drawn_over_them():
    scores = grid(["a"], NINE, [0.2, 1.0], n=4, baselines=False)
    pooled = pool(answers(scores), "temperature")

    axes = draw("temperatures", scores).axes[0]

    marks = next(line for line in axes.lines if line.get_marker() == "o")
    assert marks.get_ydata().tolist() == pytest.approx(pooled["mean"].tolist())
    pale = [line for line in axes.lines if to_hex(line.get_color()) == "#d9d9d9"]
    assert len(pale) == len(NINE)


@pytest.mark.parametrize(("n_models", "panels"), [(4, 4), (13, 13), (24, 24)])
def test_models_have_a_panel_each(n_models, panels):
    scores = grid([f"m{i}" for i in range(n_models)], temperatures=[0.2, 1.0], n=2)

    assert len(draw("temperatures", scores).axes) == panels


def test_more_models_than_panels_become_a_coloured_table():
    scores = grid([f"m{i}" for i in range(25)], ["none", "etymology"], [0.2, 1.0], n=3)
    pooled = pool(answers(scores), "temperature")

    image = draw("temperatures", scores).axes[0].images[0]

    assert image.get_array().shape == (25, 2)
    assert np.sort(image.get_array().filled().ravel()) == pytest.approx(np.sort(pooled["mean"]))


def test_baselines_and_people_are_lines_across_the_panels_or_told():
    scores = grid(*TWO_OF_EACH, people=True)
    scores.loc[scores["model"] == "random-nouns", "score"] -= 4
    means = rank_models(scores).set_index("label")["mean"]

    figure = draw("temperatures", scores)

    across = {
        line.get_ydata()[0] for line in figure.axes[0].lines if list(line.get_xdata()) == [0, 1]
    }
    # The models score about 75 to 80, so 84 and 86 are near, while 105 is not.
    assert across == {means["people"], means["random-nouns"]}
    assert f"Off the scale: oracle (baseline) {means['oracle']:.1f}" in texts_of(figure)


def test_shares_of_variance_are_drawn_with_their_intervals():
    table = shares(
        ("wordnet", "model", 0.5, ""),
        ("wordnet", "model:strategy", 0.2, ""),
        ("wordnet", "within", 0.3, ""),
    )

    figure = draw_variance_shares(table)

    axes = figure.axes[0]
    marks = next(line for line in axes.lines if line.get_marker() == "o")
    assert marks.get_xdata().tolist() == [50, 20, 30]
    spans = [segment[:, 0].tolist() for segment in axes.collections[0].get_segments()]
    assert spans == [pytest.approx(span) for span in ([40, 60], [10, 30], [20, 40])]
    names = [label.get_text() for label in axes.get_yticklabels()]
    times = "\N{MULTIPLICATION SIGN}"
    assert names[1:] == [
        f"model {times} strategy (12 {times} 4 levels)",
        "answers within a condition",
    ]
    assert_legible(figure)


def test_the_primary_space_is_filled_and_the_others_are_hollow():
    table = shares(
        ("wordnet", "model", 0.5, "left out: strategy none"),
        ("wordnet", "within", 0.5, "left out: strategy none"),
        ("own", "model", 0.4, ""),
        ("own", "within", 0.6, ""),
    )

    figure = draw_variance_shares(table)

    marks = {line.get_marker(): line for line in figure.axes[0].lines if len(line.get_xdata()) == 2}
    assert to_hex(marks["o"].get_markerfacecolor()) == "#0072b2"
    assert marks["s"].get_markerfacecolor() == "white"
    assert marks["s"].get_xdata().tolist() == [40, 60]
    assert "wordnet: left out: strategy none." in texts_of(figure)
    assert_legible(figure)
    assert_legible_in_one_column(lambda: draw_variance_shares(table))


def test_what_was_left_out_is_told():
    table = shares(("wordnet", "within", 1.0, "no factor has two levels"))

    assert "No factor has two levels." in texts_of(draw_variance_shares(table))


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (shares(), "no answer of a model has a score"),
        (shares(("wordnet", "within", np.nan, "")), "no share can be estimated"),
    ],
)
def test_a_page_says_why_no_variance_is_drawn(table, why):
    figure = draw_variance_shares(table)

    assert not figure.axes
    assert why in texts_of(figure)
