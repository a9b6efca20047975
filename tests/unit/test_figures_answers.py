"""Figures of what the answers cost and how many could be scored."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from divergent_bench.analysis.summaries import rank_models, summarize_conditions
from divergent_bench.reporting.figures.placement import place_labels
from divergent_bench.reporting.figures.style import styled
from tests.helpers.figures import assert_legible, boxes, draw, texts_of
from tests.helpers.scores import grid, scores_table


def priced(prices: dict[str, float], **means: float) -> pd.DataFrame:
    """Make three answers for each model, a point around its mean, at a price each in USD."""
    return scores_table(
        {"model": model, "score": mean + side, "cost_usd": prices.get(model, np.nan)}
        for model, mean in means.items()
        for side in (-1.0, 0.0, 1.0)
    )


def bars(axes):
    """Give start and length of every bar, from below to above."""
    return [(bar.get_x(), bar.get_width()) for bar in axes.patches]


def test_a_bar_holds_all_answers_by_how_they_ended():
    outcomes = ["ok"] * 6 + ["ok", "refused", "refused", "truncated"]
    scores = scores_table(
        {"score": 80.0 + number if number < 6 else np.nan, "outcome": outcome}
        for number, outcome in enumerate(outcomes)
    )

    figure = draw("scorability", scores)

    # Of ten answers six are scorable, one is whole but too short, one cut off, two refused.
    assert [pytest.approx(bar) for bar in bars(figure.axes[0])] == [
        (0, 60),
        (60, 10),
        (70, 10),
        (80, 20),
    ]
    text = texts_of(figure)
    for told in ("6 of 10 answers", "too few valid words (1)", "truncated (1)", "refused (2)"):
        assert told in text


def test_an_answer_that_was_cut_off_but_scored_is_scorable():
    scores = scores_table(
        [{"score": 80.0, "outcome": "truncated"}, {"score": 81.0}, {"outcome": "truncated"}]
    )

    text = texts_of(draw("scorability", scores))

    assert "2 of 3 answers" in text
    assert "truncated (1)" in text


def test_the_share_is_drawn_with_its_wilson_interval():
    scores = grid(["a", "b"], unscorable="b", baselines=False)
    summary = summarize_conditions(scores)

    axes = draw("scorability", scores).axes[0]

    marks = next(line for line in axes.lines if line.get_marker() == "o")
    assert marks.get_xdata().tolist() == [100, 0]
    spans = [segment[:, 0].tolist() for segment in axes.collections[0].get_segments()]
    bounds = 100 * summary[["scorable_low", "scorable_high"]].to_numpy()
    assert spans == [pytest.approx(list(span)) for span in bounds]


def test_where_everything_is_scorable_the_bars_are_full():
    figure = draw("scorability", grid(["a", "b"], baselines=False))

    assert bars(figure.axes[0]) == [(0, 100), (0, 100)]
    assert "16 of 16 answers" in texts_of(figure)


def test_cost_is_per_thousand_answers_and_the_interval_that_of_the_model():
    scores = priced({"a": 0.002, "b": 0.004}, a=80, b=90)
    ranking = rank_models(scores)

    axes = draw("cost", scores).axes[0]

    marks = next(line for line in axes.lines if line.get_marker() == "o")
    assert marks.get_xdata().tolist() == pytest.approx([4, 2])  # b, the higher one, first
    assert marks.get_ydata().tolist() == [90, 80]
    spans = [segment[:, 1].tolist() for segment in axes.collections[0].get_segments()]
    assert spans == ranking[["mean_low", "mean_high"]].to_numpy().tolist()


def test_unscorable_answers_were_paid_for_too():
    scores = scores_table(
        [
            {"score": 80.0, "cost_usd": 0.001},
            {"score": 82.0, "cost_usd": 0.001},
            {"outcome": "refused", "cost_usd": 0.004},
        ]
    )

    axes = draw("cost", scores).axes[0]

    marks = next(line for line in axes.lines if line.get_marker() == "o")
    assert marks.get_xdata().tolist() == pytest.approx([2])  # 6 thousandths for three answers


def test_marks_are_filled_where_no_cheaper_model_has_a_higher_mean():
    prices = {"a": 0.001, "b": 0.002, "c": 0.003, "d": 0.004, "e": 0.003}
    scores = priced(prices, a=80, b=78, c=85, d=84, e=83)

    axes = draw("cost", scores).axes[0]

    best, others = (line for line in axes.lines if line.get_marker() == "o")
    # a, the cheapest, and c, which costs as much as e and scores higher. d costs more than c.
    assert best.get_markerfacecolor() != "white"
    assert sorted(best.get_xdata()) == pytest.approx([1, 3])
    assert sorted(best.get_ydata()) == [80, 85]
    assert others.get_markerfacecolor() == "white"
    assert sorted(others.get_ydata()) == [78, 83, 84]


@pytest.mark.parametrize(
    ("highest", "lowest", "scale"),
    [(0.01, 0.001, "linear"), (0.1, 0.001, "log"), (0.1, 0.0, "linear")],
)
def test_the_axis_is_logarithmic_where_prices_differ_much(highest, lowest, scale):
    scores = priced({"a": lowest, "b": highest}, a=80, b=85)

    assert draw("cost", scores).axes[0].get_xscale() == scale


def test_what_is_free_stays_on_a_logarithmic_axis():
    scores = priced({"a": 0.0, "b": 0.0001, "c": 0.1}, a=80, b=85, c=90)

    figure = draw("cost", scores)

    axes = figure.axes[0]
    assert axes.get_xscale() == "symlog"
    low, high = axes.get_xlim()
    assert low < 0 < 100 < high
    assert_legible(figure)


def test_models_that_cannot_be_drawn_are_named():
    scores = priced({"a": 0.001, "c": 0.001}, a=80, b=85, c=82)
    scores.loc[scores["model"] == "c", "score"] = np.nan
    scores.loc[1, "cost_usd"] = np.nan

    text = texts_of(draw("cost", scores))

    assert "Price not known: b." in text
    assert "No scorable answer: c." in text
    assert "Price of some answers only: a." in text


def test_a_page_says_that_no_price_is_known():
    figure = draw("cost", grid(["a"]))

    assert not figure.axes
    assert "the price of no answer is known" in texts_of(figure)


@pytest.mark.parametrize("n_models", [3, 15, 16, 40])
def test_models_are_named_beside_their_marks_or_by_number(n_models):
    names = [f"model-number-{place}" for place in range(n_models)]
    prices = {name: 0.001 * (1 + place % 5) for place, name in enumerate(names)}
    scores = priced(prices, **{name: 80 + place % 3 for place, name in enumerate(names)})

    figure = draw("cost", scores)

    assert_legible(figure)
    numbered = any(text.startswith("1 model-number") for text, _, _ in boxes(figure))
    assert numbered == (n_models > 15)
    written = texts_of(figure)
    assert all(name in written for name in names)


@styled
def labelled(points, lines):
    """Label points in a square of side 1."""
    figure = Figure((5, 4), layout="constrained")
    axes = figure.subplots()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    place_labels(figure, axes, points, [f"label {i}" for i in range(len(points))], lines)
    return figure


def test_labels_of_points_in_one_place_do_not_lie_on_each_other():
    figure = labelled(np.full((8, 2), 0.5), np.array([[0.0, 0.5, 1.0, 0.5]]))

    assert_legible(figure)
    middle = figure.axes[0].transData.transform((0.5, 0.5))[1]
    for text, _, box in boxes(figure):
        if text.startswith("label"):
            assert not box.y0 < middle < box.y1, f"{text} lies on the line"


def test_a_label_with_room_around_its_point_stays_beside_it():
    points = np.array([[x, y] for x in (0.1, 0.37, 0.63) for y in (0.2, 0.5, 0.8)])

    figure = labelled(points, np.empty((0, 4)))

    marks = figure.axes[0].transData.transform(points)
    for text, _, box in boxes(figure):
        if text.startswith("label"):
            x, y = marks[int(text.removeprefix("label "))]
            # Six points to its right, and one more that keeps labels apart, at 100 dots per inch.
            assert (box.x0 - x, (box.y0 + box.y1) / 2 - y) == pytest.approx((7 / 0.72, 0), abs=1.5)
