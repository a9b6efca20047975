import numpy as np
import pandas as pd
import pytest

from divergent_bench.analysis.tables import TABLES
from divergent_bench.reporting.figures.rarefaction import _apart, draw_rarefaction
from tests.helpers.figures import (
    LONG,
    assert_legible,
    assert_legible_in_one_column,
    assert_same_bytes,
    texts_of,
)
from tests.helpers.scores import scores_table

DAT, CDAT = (scores_table([{"task": task, "score": 80.0}]) for task in ("dat", "cdat"))


def curves(models, *, people=False, baselines=False, lists=200, space="wordnet"):
    """A curve per model that bends the more, the later it comes."""
    names = [("openai", model) for model in models]
    names += [("people", "people")] * people + [("baseline", "random-nouns")] * baselines
    rows = [
        {"space": space, "level": level, "provider": provider, "model": model}
        | {"strategy": None, "temperature": np.nan, "n_lists": n}
        | {"expected_distinct_words": 10 * n ** (0.3 + 0.65 / (place + 1))}
        for level in ("model", "condition")
        for place, (provider, model) in enumerate(names)
        for n in (1, 2, 5, 10, 20, 50, 100, 200)
        if n <= lists
    ]
    return pd.DataFrame(rows, columns=list(TABLES["rarefaction"])).astype(
        dict(TABLES["rarefaction"])
    )


CASES = {
    "no valid word": curves([]),
    "one": curves(["a"]),
    "one list": curves(["a"], lists=1),
    "beside people": curves(["a"], people=True, space="glove-6b-100d"),
    "only baselines": curves([], baselines=True),
    "odd names": curves(["$x_1$", "模型", "_hidden"], people=True, baselines=True),
    "twelve": curves([f"m{i}" for i in range(12)], people=True, baselines=True),
    "forty with long names": curves([f"{i} {LONG}" for i in range(40)], people=True),
}


@pytest.mark.layout
@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(case):
    assert_legible(draw_rarefaction(CASES[case], DAT))


@pytest.mark.layout
def test_it_is_legible_in_one_column():
    assert_legible_in_one_column(lambda: draw_rarefaction(CASES["twelve"], DAT))


def test_the_curves_are_those_of_the_models_and_end_in_their_labels():
    table = curves(["a", "b"], baselines=True)

    figure = draw_rarefaction(table, DAT)

    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 1]
    assert len(lines) == 3  # none of the conditions
    for line, model in zip(lines, ["a", "b", "random-nouns"], strict=True):
        part = table[table["model"].eq(model) & table["level"].eq("model")]
        assert line.get_xdata().tolist() == part["n_lists"].tolist()
        assert line.get_ydata().tolist() == part["expected_distinct_words"].tolist()
    assert [line.is_dashed() for line in lines] == [False, False, True]
    assert "random-nouns (baseline)" in texts_of(figure)


@pytest.mark.parametrize(
    ("space", "words"), [("glove-840b-300d", 1968), ("glove-6b-100d", 1747), ("wordnet", None)]
)
def test_the_published_people_are_a_point_in_the_spaces_they_were_counted_in(space, words):
    figure = draw_rarefaction(curves(["a"], space=space), DAT)

    stars = [line for line in figure.axes[0].lines if line.get_marker() == "*"]
    # Olson et al. 2021, study 2: 500 lists.
    assert [(star.get_xdata()[0], star.get_ydata()[0]) for star in stars] == (
        [(500, words)] if words else []
    )
    assert ("Star:" in texts_of(figure)) == bool(words)
    other_task = draw_rarefaction(curves(["a"], space=space), CDAT)
    assert "Star:" not in texts_of(other_task)


def test_labels_move_apart_and_no_further_than_they_must():
    # The first two are 0.1 apart and need 0.3: each gives way by 0.1. The third has room.
    assert _apart(np.array([0.4, 0.5, 0.9]), 0.3) == pytest.approx([0.3, 0.6, 0.9])
    # Three at one place spread around it.
    assert _apart(np.array([0.5, 0.5, 0.5]), 0.2) == pytest.approx([0.3, 0.5, 0.7])
    # Around 0.975 they would leave the axes, which end at 1.
    assert _apart(np.array([0.95, 1.0]), 0.2) == pytest.approx([0.8, 1.0])


@pytest.mark.layout
def test_equal_input_gives_equal_bytes(tmp_path):
    table = curves(["a", "b", "c"], people=True)

    assert_same_bytes(draw_rarefaction(table, DAT), draw_rarefaction(table, DAT), tmp_path)
