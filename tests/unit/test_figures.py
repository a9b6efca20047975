import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from divergent_bench.figures import save
from divergent_bench.figures.distributions import draw_distributions
from divergent_bench.figures.ranking import draw_ranking
from divergent_bench.figures.strategy_temperature import draw_strategy_temperature
from divergent_bench.figures.style import fit
from divergent_bench.summaries import summarize_conditions
from tests.helpers.figures import CASES, LONG, STRATEGIES, assert_legible, texts_of
from tests.helpers.scores import grid, scores_table

DRAWINGS = [draw_ranking, draw_distributions, draw_strategy_temperature]


@pytest.mark.parametrize("draw", DRAWINGS)
@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(draw, case):
    scores = CASES[case]()
    assert_legible(draw(scores, summarize_conditions(scores)))


@pytest.mark.parametrize("draw", DRAWINGS)
def test_the_space_is_named_and_that_wordnet_is_not_glove(draw):
    scores = grid(["a", "b"])

    assert "Embedded WordNet space: not GloVe scores" in texts_of(
        draw(scores, summarize_conditions(scores))
    )


@pytest.mark.parametrize("draw", [draw_ranking, draw_distributions])
def test_human_norms_are_drawn_in_the_published_space_only(draw):
    published, embedded = (grid(["a"], space=space) for space in ("glove-840b-300d", "wordnet"))

    assert "human median" in texts_of(draw(published, summarize_conditions(published)))
    assert "human" not in texts_of(draw(embedded, summarize_conditions(embedded)))


def test_rows_are_conditions_where_few_and_models_where_many():
    few = grid(["a", "b"], ["none", "etymology"])
    many = grid([f"m{i}" for i in range(6)], STRATEGIES)

    assert "a · none" in texts_of(draw_ranking(few, summarize_conditions(few)))
    pooled = texts_of(draw_ranking(many, summarize_conditions(many)))
    assert "m1 · none" not in pooled
    assert "One row per model, over its conditions." in pooled


def test_unlike_designs_are_told():
    full = grid([f"m{i}" for i in range(6)], STRATEGIES)
    uneven = full[(full["model"] != "m0") | (full["strategy"] == "none")]

    assert "not all asked in the same conditions" in texts_of(
        draw_ranking(uneven, summarize_conditions(uneven))
    )


def test_the_ranking_draws_the_means_and_intervals_of_the_summary():
    scores = grid(["a", "b", "c"], baselines=False)
    summary = summarize_conditions(scores).sort_values("mean", ascending=False)

    axes = draw_ranking(scores, summary).axes[0]

    drawn = next(line for line in axes.lines if line.get_marker() == "o")
    assert drawn.get_xdata().tolist() == summary["mean"].tolist()
    spans = [segment[:, 0].tolist() for segment in axes.collections[0].get_segments()]
    assert spans == summary[["mean_low", "mean_high"]].to_numpy().tolist()


def test_baselines_are_lines_across_the_ranking():
    scores = grid(["a"])
    means = summarize_conditions(scores).query("provider == 'baseline'")["mean"]

    axes = draw_ranking(scores, summarize_conditions(scores)).axes[0]

    across = [line.get_xdata()[0] for line in axes.lines if line.is_dashed()]
    assert sorted(across) == sorted(means)


def test_an_unscorable_condition_is_said_to_be_so():
    scores = grid(["a", "b"], unscorable="b")
    summary = summarize_conditions(scores)

    assert "no scorable answer" in texts_of(draw_ranking(scores, summary))
    assert "no scorable answer" in texts_of(draw_distributions(scores, summary))
    assert "no scorable answer" in texts_of(draw_strategy_temperature(scores, summary))


def test_a_repeated_list_is_one_large_dot():
    scores = scores_table(
        [{"score": 80.0, "scored_words": "x|y"}] * 9 + [{"score": 82.0, "scored_words": "x|z"}]
    )

    axes = draw_distributions(scores, summarize_conditions(scores)).axes[0]

    dots = axes.collections[0]
    assert dots.get_offsets()[:, 0].tolist() == [80, 82]
    assert dots.get_sizes()[0] == 9 * dots.get_sizes()[1]


def test_each_strategy_is_a_line_over_the_temperatures():
    scores = grid(["a"], ["none", "etymology"], [0.2, 1.0], baselines=False)
    summary = summarize_conditions(scores)

    figure = draw_strategy_temperature(scores, summary)

    lines = [line.get_ydata().tolist() for line in figure.axes[0].lines if len(line.get_xdata())]
    means = summary.sort_values(["strategy", "temperature"])["mean"].tolist()
    assert lines == [means[:2], means[2:]]


def test_more_models_than_panels_become_a_heatmap():
    scores = grid([f"m{i}" for i in range(13)], ["none", "etymology"], [0.2, 1.0])
    summary = summarize_conditions(scores)

    figure = draw_strategy_temperature(scores, summary)

    means = figure.axes[0].images[0].get_array()
    assert means.shape == (13, 4)
    asked = summary[summary["provider"] == "openai"]
    assert np.sort(means.filled().ravel()) == pytest.approx(np.sort(asked["mean"].to_numpy()))


@pytest.mark.parametrize("draw", DRAWINGS)
def test_equal_input_gives_equal_bytes(draw, tmp_path):
    scores = grid(["a", "b"], ["none", "etymology"], [0.5, None], n=20)
    summary = summarize_conditions(scores)
    paths = [tmp_path / f"{n}.{kind}" for n in (1, 2) for kind in ("svg", "png")]

    save(draw(scores, summary), paths[:2])
    save(draw(scores.sample(frac=1, random_state=1), summary), paths[2:])

    assert paths[0].read_bytes() == paths[2].read_bytes()
    assert paths[1].read_bytes() == paths[3].read_bytes()
    assert b"<dc:date>" not in paths[0].read_bytes()
    assert imread(paths[1]).shape[1] >= 1200


def test_names_are_fitted_by_their_middle():
    assert fit("short", 10) == "short"
    assert fit("a name\nin lines", 20) == "a name in lines"
    fitted = fit(LONG, 20)
    assert max(map(len, fitted.split("\n"))) <= 20
    assert fitted.startswith("openrouter/")
    assert fitted.endswith(":free")
    assert "…" in fitted


@pytest.mark.parametrize(("name", "width", "lines"), [("x" * 500, 30, 2), ("a b " * 99, 7, 1)])
def test_fitted_names_keep_to_their_room(name, width, lines):
    fitted = fit(name, width, lines).split("\n")

    assert len(fitted) <= lines
    assert all(len(line) <= width for line in fitted)


def test_drawing_leaves_the_settings_of_the_process_alone():
    before = dict(mpl.rcParams)
    scores = grid(["a"])

    draw_ranking(scores, summarize_conditions(scores))

    assert dict(mpl.rcParams) == before


def test_only_the_figures_import_matplotlib():
    package = Path(__file__).parents[2] / "divergent_bench"
    importers = {
        path.relative_to(package).parts[0]
        for path in package.rglob("*.py")
        if re.search(
            r"^\s*(import|from) matplotlib", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }

    assert importers == {"figures"}
