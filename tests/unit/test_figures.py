import inspect
import re
from functools import partial

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from divergent_bench.analysis.summaries import summarize_conditions
from divergent_bench.reporting.figure_catalogue import FIGURES, figures_of
from divergent_bench.reporting.figures import drawer, save
from divergent_bench.reporting.figures.distributions import draw_distributions
from divergent_bench.reporting.figures.style import fit, page_width, text_colour
from divergent_bench.reporting.figures.temperatures import draw_temperatures
from tests.helpers.figures import (
    CASES,
    DRAWINGS,
    LONG,
    NINE,
    STRATEGIES,
    Tables,
    assert_legible,
    assert_legible_in_one_column,
    assert_same_bytes,
    draw,
    texts_of,
)
from tests.helpers.scores import grid, scores_table
from tests.helpers.workflow import ROOT

OF_SCORES = {"ranking", "distributions", "strategies", "temperatures", "cost"}  # on an axis
SOME = ("one sample each", "an unscorable model", "nothing scorable", "only baselines", "people")


def with_prices(scores):
    """Give the models prices, the later ones in the alphabet the higher."""
    names = sorted(set(scores.loc[scores["provider"] == "openai", "model"]))
    prices = {name: 1e-4 * 1.7**place for place, name in enumerate(names)}
    return scores.assign(cost_usd=scores["model"].map(prices).astype(float))


@pytest.mark.parametrize(
    "case",
    [case if case in SOME else pytest.param(case, marks=pytest.mark.layout) for case in CASES],
)
def test_no_text_is_clipped_or_too_small_in_print_and_none_lies_on_another(case, subtests):
    tables = Tables(with_prices(CASES[case]()))
    for name in DRAWINGS:
        with subtests.test(name):
            assert_legible(draw(name, tables))


@pytest.mark.layout
@pytest.mark.parametrize(
    ("scores", "names"),
    [
        (CASES["people"], DRAWINGS),
        (CASES["long names"], ["ranking"]),
        (lambda: grid(["a", "b"], temperatures=[0.2, 0.7, None]), ["temperatures"]),
    ],
    ids=["people", "long names", "temperatures"],
)
def test_figures_for_one_column_are_as_legible(scores, names, subtests):
    tables = Tables(with_prices(scores()))
    for name in names:
        with subtests.test(name):
            assert_legible_in_one_column(partial(draw, name, tables))


def test_what_does_not_fit_one_column_is_drawn_for_two():
    nine, tables = grid(["a"], NINE, n=3), Tables(grid(list("abcde"), n=3))
    with page_width("single"):
        narrow = draw("strategies", nine), draw("pairwise", tables)
    wide = draw("strategies", nine), draw("pairwise", tables)

    assert [each.get_figwidth() for each in narrow] == [each.get_figwidth() for each in wide]
    assert wide[0].get_figwidth() > wide[1].get_figwidth() == pytest.approx(183 / 25.4)


def test_a_page_is_exactly_as_wide_as_a_column_and_equal_for_equal_input(tmp_path):
    scores = grid(["a", "b"], people=True)
    with page_width("single"):
        figure = draw("ranking", scores)
        other = draw("ranking", scores.sample(frac=1, random_state=1))
    svg = assert_same_bytes(figure, other, tmp_path)
    pdf = tmp_path / "one.pdf"
    save(figure, [pdf], titles=False)

    wide = re.search(rb'<svg [^>]*?width="([\d.]+)pt"', svg.read_bytes())
    page = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ", pdf.read_bytes())
    assert wide and page
    for points in (wide, page):
        assert float(points[1]) / 72 * 25.4 == pytest.approx(89, abs=1e-4)


def test_every_figure_of_the_catalogue_can_be_drawn_and_has_a_caption():
    for name, figure in FIGURES.items():
        assert list(inspect.signature(drawer(name)).parameters) == list(figure.tables)
        assert (ROOT / f"workflow/report/{name}.rst").read_text(encoding="utf-8").strip()


def test_what_a_run_does_not_vary_or_have_is_not_drawn():
    alone = figures_of(set())
    full = figures_of({"model", "strategy", "temperature"}, people=True, gate=True)

    assert not {"pairwise", "strategies", "temperatures", "people", "frontier"} & set(alone)
    assert list(full) == list(FIGURES)
    assert "people" not in figures_of({"model"})


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_space_and_people_are_named_and_neither_is_called_what_it_is_not(name):
    text = texts_of(draw(name, with_prices(grid(["a", "b"], people=True))))

    assert "unique" not in text
    assert "Embedded WordNet space: not GloVe scores" in text
    assert "people" in text
    assert "people (model)" not in text


@pytest.mark.parametrize("name", DRAWINGS)
def test_human_norms_are_shown_in_their_spaces_only(name):
    published, embedded, other = (
        texts_of(draw(name, with_prices(grid(["a"], space=space))))
        for space in ("glove-840b-300d", "glove-6b-100d", "wordnet")
    )

    assert "uman median" in published or name not in OF_SCORES
    assert "uman median" in embedded or name not in OF_SCORES
    assert "uman" not in other


@pytest.mark.parametrize("name", DRAWINGS)
def test_people_of_a_named_sample_are_said_to_be_people(name):
    scores = with_prices(grid(["a", "b"], people=True))
    scores["model"] = scores["model"].astype(str).replace("people", "study-2").astype("category")

    named = "study-2: n = 8" if name == "people" else "study-2"
    if name not in ("people", "pairwise"):  # which speak of people as a level
        named += " (people)"
    assert named in texts_of(draw(name, scores))


def test_rows_are_conditions_where_few_and_models_where_many():
    few = grid(["a", "b"], ["none", "etymology"])
    many = grid([f"m{i}" for i in range(6)], STRATEGIES)

    assert "a · none" in texts_of(draw("ranking", few))
    pooled = texts_of(draw("ranking", many))
    assert "m1 · none" not in pooled
    assert "One row per model, over its conditions." in pooled
    assert "Mean over the 4 cells (strategy, temperature) that all models share" in pooled


def test_unlike_designs_are_told():
    full = grid([f"m{i}" for i in range(6)], STRATEGIES)
    uneven = full[(full["model"] != "m0") | (full["strategy"] == "none")]

    text = texts_of(draw("ranking", uneven))

    assert "not all asked in the same conditions" in text
    assert "Mean over the scorable answers" in text  # of the only condition that all share


def test_the_ranking_draws_the_means_and_intervals_of_the_summary():
    scores = grid(["a", "b", "c"], baselines=False)
    summary = summarize_conditions(scores).sort_values("mean", ascending=False)

    axes = draw("ranking", scores).axes[0]

    drawn = next(line for line in axes.lines if line.get_marker() == "o")
    assert drawn.get_xdata().tolist() == summary["mean"].tolist()
    spans = [segment[:, 0].tolist() for segment in axes.collections[0].get_segments()]
    assert spans == summary[["mean_low", "mean_high"]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("apart", "ranks"), [(0.2, ["1\N{EN DASH}2", "1\N{EN DASH}2"]), (9, ["1", "2"])]
)
def test_the_ranking_shows_the_ranks_that_the_tests_leave(apart, ranks):
    scores = scores_table(
        {"model": model, "score": 80.0 + above + 0.1 * place}
        for model, above in (("a", apart), ("b", 0.0))
        for place in range(10)
    )

    texts = [text.get_text() for text in draw("ranking", scores).axes[0].texts]

    assert texts == [
        "ranks",
        "scorable/n\n(different lists)",
        *(text for rank in ranks for text in (rank, "10/10 (10)")),
    ]


def test_where_rows_are_conditions_the_ranks_of_models_are_told_above():
    text = texts_of(draw("ranking", grid(["a", "b"], ["none", "etymology"], n=40)))

    assert re.search(r"Ranks.*95 %.*: b 1, a 2\.", text)


def test_a_model_alone_has_no_ranks():
    assert "anks" not in texts_of(draw("ranking", grid(["a"])))


def test_baselines_are_lines_across_the_ranking():
    scores = grid(["a"])
    means = summarize_conditions(scores).query("provider == 'baseline'")["mean"]

    axes = draw("ranking", scores).axes[0]

    across = [line.get_xdata()[0] for line in axes.lines if line.is_dashed()]
    assert sorted(across) == sorted(means)


def test_people_are_a_hollow_mark_of_their_own():
    scores = grid(["a"], people=True, baselines=False)
    summary = summarize_conditions(scores)

    axes = draw("ranking", scores).axes[0]

    squares = [line for line in axes.lines if line.get_marker() == "s"]
    assert [line.get_xdata().tolist() for line in squares] == [
        summary.loc[summary["provider"] == "people", "mean"].tolist()
    ]
    assert squares[0].get_markerfacecolor() == "white"


def test_rows_of_people_do_not_make_models_look_unlike():
    scores = grid([f"m{i}" for i in range(6)], STRATEGIES, people=True)

    assert "not all asked" not in texts_of(draw("ranking", scores))


def test_an_unscorable_condition_is_said_to_be_so():
    scores = grid(["a", "b"], unscorable="b")
    summary = summarize_conditions(scores)

    assert "no scorable answer" in texts_of(draw("ranking", scores))
    assert "no scorable answer" in texts_of(draw_distributions(scores, summary))
    assert "no scorable answer" in texts_of(draw_temperatures(scores, summary))


def test_a_repeated_list_is_one_large_dot():
    scores = scores_table(
        [{"score": 80.0, "scored_words": "x|y"}] * 9 + [{"score": 82.0, "scored_words": "x|z"}]
    )

    axes = draw_distributions(scores, summarize_conditions(scores)).axes[0]

    dots = axes.collections[0]
    assert dots.get_offsets()[:, 0].tolist() == [80, 82]
    assert dots.get_sizes()[0] == 9 * dots.get_sizes()[1]


@pytest.mark.layout
@pytest.mark.parametrize("name", DRAWINGS)
def test_equal_input_gives_equal_bytes(name, tmp_path):
    scores = with_prices(grid(["a", "b"], ["none", "etymology"], [0.5, None], n=20, people=True))
    shuffled = scores.sample(frac=1, random_state=1)

    svg = assert_same_bytes(draw(name, scores), draw(name, shuffled), tmp_path)

    assert b"<dc:date>" not in svg.read_bytes()


@pytest.mark.layout
def test_equal_figures_are_equal_in_every_format(tmp_path):
    paths = [[tmp_path / f"{n}.{kind}" for kind in ("png", "pdf")] for n in (1, 2)]
    for each in paths:
        save(draw("ranking", grid(["a", "b"])), each)

    for one, other in zip(*paths, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert imread(paths[0][0]).shape[1] >= 1200


def test_figures_for_papers_have_text_and_fonts_and_no_heading(tmp_path):
    scores = grid(["a", "b"], baselines=False)
    whole, bare, pdf, svg = paths = [
        tmp_path / name for name in ("whole.png", "bare.png", "bare.pdf", "bare.svg")
    ]
    save(draw("ranking", scores), paths[:1], dpi=100)
    save(draw("ranking", scores), paths[1:], dpi=100, titles=False)

    assert imread(whole).shape[1] == imread(bare).shape[1] == 720  # 183 mm
    heading = imread(whole).shape[0] - imread(bare).shape[0]
    assert heading > 30
    # But for the first rows of dots, which lay in part in the heading.
    assert np.abs(imread(whole)[heading + 2 :] - imread(bare)[2:]).max() < 0.01
    written = pdf.read_bytes()
    assert b"/FontFile2" in written  # the font is in it, as TrueType, ...
    assert b"/ToUnicode" in written  # ... and what its letters are
    assert b"/Type3" not in written
    drawn = svg.read_text(encoding="utf-8")
    assert ">a</text>" in drawn
    assert "DAT score by" not in drawn


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


@pytest.mark.parametrize(
    ("colour", "ink"),
    # Relative luminance of #777777: ((119 / 255 + 0.055) / 1.055) ** 2.4 = 0.184; #747474: 0.174.
    [((1, 1, 1), "black"), ((119 / 255,) * 3, "black"), ((116 / 255,) * 3, "white")],
)
def test_ink_is_what_is_read_best_on_a_colour(colour, ink):
    assert text_colour(colour) == ink


def test_drawing_leaves_the_settings_of_the_process_alone():
    before = dict(mpl.rcParams)
    scores = grid(["a"])

    draw("ranking", scores)

    assert dict(mpl.rcParams) == before


def test_only_the_figures_import_matplotlib():
    package = ROOT / "divergent_bench"
    importers = {
        "/".join(path.relative_to(package).parts[:2])
        for path in package.rglob("*.py")
        if re.search(
            r"^\s*(import|from) matplotlib", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }

    assert importers == {"reporting/figures"}
