import pytest

from divergent_bench.analysis.statistics.diversity import measure_diversity
from divergent_bench.analysis.summaries import summarize_conditions
from divergent_bench.reporting.figures.model_page import draw_model_page
from tests.helpers.figures import (
    LONG,
    NINE,
    STRATEGIES,
    assert_legible,
    assert_legible_in_one_column,
    assert_same_bytes,
    texts_of,
)
from tests.helpers.scores import grid, scores_table
from tests.helpers.words import words_table

LISTS = ["cat dog", "cat elk", "cat dog", "fox gnu"]


def page_of(scores, model="a", provider="openai", lists=LISTS):
    words = words_table(lists, model=model, provider=provider)
    tables = (scores, summarize_conditions(scores), measure_diversity(words))
    return draw_model_page(*tables, provider, model)


CASES = {
    "one condition": lambda: page_of(grid(["a"])),
    "one answer": lambda: page_of(grid(["a"], n=1), lists=LISTS[:1]),
    "published space": lambda: page_of(grid(["a"], space="glove-840b-300d")),
    "nothing scorable": lambda: page_of(grid(["a", "b"], unscorable="a")),
    "no valid word": lambda: page_of(grid(["a"], unscorable="a"), lists=["-x"]),
    "4 x 3": lambda: page_of(grid(["a", "b"], STRATEGIES, [0.2, 0.7, None])),
    "27 conditions": lambda: page_of(grid(["a"], NINE, [0, 0.7, None], n=70)),
    "long names": lambda: page_of(grid([LONG], [LONG, "none"]), LONG),
    "odd name": lambda: page_of(grid(["$x_{1}^2$ 模型"]), "$x_{1}^2$ 模型"),
    "people": lambda: page_of(people(), "people", "people"),
}


def people():
    row = {"provider": "people", "model": "people", "strategy": "not-applicable"}
    return scores_table([row | {"temperature": None, "score": 70.0 + i} for i in range(9)])


@pytest.mark.layout
@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(case):
    assert_legible(CASES[case]())


@pytest.mark.layout
def test_it_is_legible_in_one_column():
    assert_legible_in_one_column(CASES["long names"])


def test_a_condition_shows_its_lists_its_mean_and_its_interval():
    scores = scores_table(
        [{"score": 80.0, "scored_words": "x|y"}] * 9
        + [{"score": 82.0, "scored_words": "x|z"}]
        + [{"score": 99.0, "model": "b"}]
    )
    summary = summarize_conditions(scores).query("model == 'a'").iloc[0]

    figure = page_of(scores)

    left = figure.axes[0]
    dots, interval = left.collections
    assert dots.get_offsets()[:, 0].tolist() == [80, 82]
    assert dots.get_sizes()[0] == 9 * dots.get_sizes()[1]
    assert left.lines[0].get_xdata().tolist() == [80.2, 80.2]
    ends = interval.get_segments()[0][:, 0].tolist()
    assert ends == summary[["mean_low", "mean_high"]].tolist()
    text = texts_of(figure)
    assert "n = 10 answers; scorable: 100 %, with 2 different lists of scored words." in text
    assert "A dot is a list; its area says how often it was given." in text.replace(
        "a dot", "A dot"
    )


def test_the_words_are_those_in_most_lists():
    figure = page_of(grid(["a"]))

    bars = figure.axes[1].patches
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == [
        *("cat", "dog", "elk", "fox", "gnu")
    ]
    assert [bar.get_width() for bar in bars] == [0.75, 0.5, 0.25, 0.25, 0.25]
    # Pairs of the four lists: one alike (1), four that share cat (1/3 twice), three with none.
    jaccard = 100 * (1 + 2 / 3) / 6
    assert f"Distinct words: 5 in 4 lists; words that two lists share: {jaccard:.1f} %" in texts_of(
        figure
    )


def test_people_have_neither_strategy_nor_temperature():
    text = texts_of(page_of(people(), "people", "people"))

    assert "all lists" in text
    assert "not-applicable" not in text
    assert "default" not in text


@pytest.mark.layout
def test_equal_input_gives_equal_bytes(tmp_path):
    scores = grid(["a", "b"], ["none", "etymology"], [0.5, None], n=20)

    assert_same_bytes(page_of(scores), page_of(scores.sample(frac=1, random_state=1)), tmp_path)
