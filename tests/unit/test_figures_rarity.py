"""Score against the rarity of the words."""

import numpy as np
import pandas as pd
import pytest

from divergent_bench.analysis.statistics.rarity import lists_with_rarity, score_by_rarity
from divergent_bench.analysis.summaries import rank_models
from divergent_bench.analysis.tables import WORDS
from divergent_bench.instrument.spaces.lexicon import LAST_RANK
from divergent_bench.reporting.figures.rarity import draw_rarity
from tests.helpers.figures import (
    LONG,
    assert_legible,
    assert_legible_in_one_column,
    assert_same_bytes,
    texts_of,
)
from tests.helpers.scores import grid, scores_table
from tests.helpers.words import words_table


def words_of(scores, ranks=(), of_seven=7):
    """Give the scored words of each scorable list; the rank of the words goes with its score."""
    scorable = scores["score"].notna().to_numpy()
    lists = scores[scorable].reset_index(drop=True)
    frequency = (10 ** (lists["score"] / 24)).astype(int)
    if len(ranks):
        frequency = pd.Series(np.asarray(ranks)[scorable])
    words = words_table([" ".join("abcdefg"[:of_seven])] * len(lists))
    of_list = words["seed"].to_numpy()
    for name in ("space", "provider", "model", "strategy", "temperature", "seed"):
        words[name] = lists[name].to_numpy()[of_list]
    words["frequency_rank"] = frequency.to_numpy()[of_list]
    return words.assign(scored=True).astype(dict(WORDS))


def drawn(*of_grid, **more):
    scores = grid(*of_grid, **more)
    return draw_rarity(scores, words_of(scores))


CASES = {
    "one": lambda: drawn(["a"], baselines=False),
    "one answer each": lambda: drawn(["a", "b"], n=1),
    "only people": lambda: drawn([], n=40, baselines=False, people=True),
    "two with odd names": lambda: drawn(["$x_1^2$", "模型"], people=True),
    "the published space": lambda: drawn(["a", "b"], space="glove-840b-300d", people=True),
    "twelve with long names": lambda: drawn([f"{i} {LONG}" for i in range(12)], people=True),
    "twelve and four strategies": lambda: drawn(
        [f"m{i}" for i in range(12)], ["none", "etymology", "opposites", "random"], people=True
    ),
    "sixty with long names": lambda: drawn([f"{i} {LONG}" for i in range(60)], n=3, people=True),
    "nothing scorable": lambda: drawn(["a"], unscorable="a", baselines=False),
}


@pytest.mark.layout
@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(case):
    assert_legible(CASES[case]())


@pytest.mark.layout
def test_it_is_legible_in_one_column():
    assert_legible_in_one_column(CASES["twelve with long names"])


def test_rarity_is_the_mean_logarithm_of_the_ranks_of_scored_words_by_hand():
    scores = scores_table([{"score": 80.0}, {"score": 81.0}, {"outcome": "refused"}])
    words = pd.concat(
        [
            words_table(["a b c"]).assign(frequency_rank=[10, 1000, 5], scored=[True, True, False]),
            words_table(["a b"], seed=1).assign(frequency_rank=[100, None], scored=True),
            words_table(["a"], space="own").assign(scored=True),
        ]
    ).astype({"frequency_rank": "Int64"})

    lists = lists_with_rarity(scores, words)

    # (1 + 3) / 2; a word without a rank is just beyond the last one.
    assert lists["rarity"].tolist() == pytest.approx([2, (2 + np.log10(LAST_RANK + 1)) / 2])
    assert lists["score"].tolist() == [80, 81]


def test_groups_of_like_rarity_by_hand():
    lists = pd.DataFrame({"rarity": [3.0] * 10 + [2.0] * 10, "score": [84, 86] * 5 + [70, 72] * 5})

    course = score_by_rarity(lists.sample(frac=1, random_state=1))

    assert course.rarity.tolist() == [2, 3]
    assert course.score.tolist() == [71, 85]
    # Within groups 20 / 18; over all (20 + 20 * 49) / 19.
    assert course.share == pytest.approx(1 - (20 / 18) / (1000 / 19))


def test_where_rarity_tells_nothing_the_share_is_about_none_and_few_lists_have_no_groups():
    rng = np.random.default_rng(1)
    lists = pd.DataFrame({"rarity": rng.normal(3, 1, 400), "score": rng.normal(80, 5, 400)})

    assert score_by_rarity(lists).share < 0.03
    assert len(score_by_rarity(lists).score) == 8
    assert score_by_rarity(lists.head(19)) is None
    assert np.isnan(score_by_rarity(lists.assign(score=80.0)).share)


def test_marks_stand_at_their_score_and_rarity():
    scores = grid(["a", "b"], people=True)
    scores = scores[scores["model"].ne("oracle")].reset_index(drop=True)
    by_model = {"a": 1_000, "b": 2_000, "people": 4_000, "random-nouns": 20_000}
    ranks = [by_model[model] for model in scores["model"]]
    ranking = rank_models(scores).set_index("model")

    axes = draw_rarity(scores, words_of(scores, ranks)).axes[0]

    marks = {line.get_marker(): line for line in axes.lines}
    for marker, names in {"o": ["b", "a"], "s": ["people"], "D": ["random-nouns"]}.items():
        assert sorted(marks[marker].get_xdata()) == pytest.approx(
            sorted(np.log10([by_model[name] for name in names]))
        )
        assert sorted(marks[marker].get_ydata()) == pytest.approx(
            sorted(ranking.loc[names, "mean"])
        )
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels[list(axes.get_xticks()).index(3)] == "1,000"


def test_a_line_shows_what_lists_score_at_each_rarity():
    scores = grid([], n=40, baselines=False, people=True)
    figure = draw_rarity(scores, words_of(scores))
    course = score_by_rarity(lists_with_rarity(scores, words_of(scores)))

    (line,) = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 4]

    assert line.get_xdata() == pytest.approx(course.rarity, abs=1e-6)
    assert line.get_ydata() == pytest.approx(course.score, abs=1e-6)
    assert f"{100 * course.share:.0f} % of the variance" in texts_of(figure)


@pytest.mark.layout
def test_equal_input_gives_equal_bytes(tmp_path):
    scores = grid(["a", "b", "c"], n=30, people=True)
    words = words_of(scores)
    shuffled = [each.sample(frac=1, random_state=1) for each in (scores, words)]

    assert_same_bytes(draw_rarity(scores, words), draw_rarity(*shuffled), tmp_path)
