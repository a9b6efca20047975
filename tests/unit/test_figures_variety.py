"""Score against the variety of the lists."""

import numpy as np
import pandas as pd
import pytest

from divergent_bench.analysis.summaries import rank_models
from divergent_bench.analysis.tables import MODEL, TABLES
from divergent_bench.reporting.figures.variety import draw_variety
from tests.helpers.figures import (
    LONG,
    assert_legible,
    assert_legible_in_one_column,
    assert_same_bytes,
    boxes,
    texts_of,
)
from tests.helpers.scores import grid


def diversity(scores, **more):
    """A row of each who gave `scores`, in the order of their names, and one to leave out."""
    rows = [
        {**key, "space": "wordnet", "level": "model", "n_lists": 8, "n_different_lists": 8}
        | {"n_distinct_words": 40, "mean_similarity": 0.9 - 0.6 * place / (place + 5)}
        for place, key in enumerate(scores[MODEL].astype(str).drop_duplicates().to_dict("records"))
    ]
    for row in rows:
        row["mean_similarity_low"] = row["mean_similarity"] - 0.02
        row["mean_similarity_high"] = row["mean_similarity"] + 0.01
    others = [
        rows[0] | {"level": "condition", "mean_similarity": 0.0},
        rows[0] | {"space": "own", "mean_similarity": np.nan},
    ]
    table = pd.DataFrame([*others, *rows], columns=list(TABLES["diversity"])).assign(**more)
    return table.astype(dict(TABLES["diversity"]))


def drawn(models, **more):
    scores = grid(models, **more)
    return draw_variety(scores, diversity(scores))


CASES = {
    "one": lambda: drawn(["a"], baselines=False),
    "one answer each": lambda: drawn(["a", "b"], n=1),
    "two with odd names": lambda: drawn(["$x_1^2$", "模型"], people=True),
    "the published space": lambda: drawn(["a", "b"], people=True),
    "twelve with long names": lambda: drawn([f"{i} {LONG}" for i in range(12)], people=True),
    "sixty with long names": lambda: drawn([f"{i} {LONG}" for i in range(60)], n=3, people=True),
    "nothing scorable": lambda: drawn(["a"], unscorable="a", baselines=False),
}


@pytest.mark.layout
@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(case):
    assert_legible(CASES[case]())


@pytest.mark.layout
def test_it_is_legible_in_one_column():
    assert_legible_in_one_column(CASES["two with odd names"])


def test_marks_stand_at_their_score_and_variety_with_both_intervals():
    scores = grid(["a", "b"], people=True)
    scores["score"] = scores["score"].mask(scores["model"].eq("oracle"), scores["score"] - 10)
    table = diversity(scores)
    ranking = rank_models(scores).set_index("model")
    similarity = table[table["level"].eq("model") & table["space"].eq("wordnet")].set_index("model")

    axes = draw_variety(scores, table).axes[0]

    marks = {
        line.get_marker(): line
        for line in axes.lines
        if len(line.get_xdata()) != 2 or line.get_marker() in "oD"
    }
    models = ranking.index[ranking["kind"].eq("model")]
    assert marks["o"].get_ydata().tolist() == ranking.loc[models, "mean"].tolist()
    assert marks["o"].get_xdata() == pytest.approx(1 - similarity.loc[models, "mean_similarity"])
    assert marks["s"].get_xdata() == pytest.approx(1 - similarity.loc["people", "mean_similarity"])
    assert len(marks["D"].get_xdata()) == 2
    across, along = axes.collections[:2]
    ends = [segment[:, 0].tolist() for segment in across.get_segments()]
    low, high = (similarity.loc[models, f"mean_similarity_{end}"] for end in ("low", "high"))
    assert ends == [pytest.approx(pair) for pair in zip(1 - high, 1 - low, strict=True)]
    ends = [segment[:, 1].tolist() for segment in along.get_segments()]
    assert ends == ranking.loc[models, ["mean_low", "mean_high"]].to_numpy().tolist()


def test_who_gave_one_list_or_no_score_is_not_drawn():
    scores = grid(["a", "b", "c"], unscorable="b", baselines=False)
    table = diversity(scores)
    table.loc[table["model"].eq("c"), "mean_similarity"] = np.nan

    axes = draw_variety(scores, table).axes[0]

    assert [text.get_text() for text in axes.texts] == ["a"]


def test_baselines_that_are_far_off_are_told():
    scores = grid(["a", "b"])  # about 75 and 78; random-nouns 90, oracle 105

    figure = draw_variety(scores, diversity(scores))

    assert [text.get_text() for text in figure.axes[0].texts if text.get_text()] == [
        *("random-nouns (baseline)", "b", "a")
    ]
    assert "Off the scale: oracle (baseline) 10" in texts_of(figure)


@pytest.mark.parametrize(("n_models", "numbered"), [(15, False), (16, True)])
def test_many_are_named_by_number(n_models, numbered):
    figure = drawn([f"model-{i}" for i in range(n_models)], baselines=False)

    assert any(text.startswith("1 model-") for text, _, _ in boxes(figure)) == numbered
    assert all(f"model-{i}" in texts_of(figure) for i in range(n_models))


@pytest.mark.layout
def test_equal_input_gives_equal_bytes(tmp_path):
    scores = grid(["a", "b", "c"], people=True)
    table = diversity(scores)
    shuffled = [each.sample(frac=1, random_state=1) for each in (scores, table)]

    assert_same_bytes(draw_variety(scores, table), draw_variety(*shuffled), tmp_path)
