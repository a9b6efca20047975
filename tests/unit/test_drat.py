"""The DRAT: what is asked, which words survive, what a list scores."""

import random

import numpy as np
import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.config import Config, parse_config
from divergent_bench.design.expansion import expand
from divergent_bench.instrument.scoring import score_answers
from divergent_bench.instrument.spaces import open_space
from divergent_bench.instrument.spaces.embedded import NAMES
from divergent_bench.instrument.spaces.lexicon import word_facts
from divergent_bench.instrument.spaces.nouns import base_form, nouns
from divergent_bench.instrument.spaces.store import Space, SpaceInfo
from divergent_bench.instrument.stimuli import words_of
from divergent_bench.instrument.tasks.drat import TASK
from divergent_bench.instrument.tasks.drat.scoring import POOL_SEED, POOL_SIZE, AnchorScorer
from tests.helpers.hostile import MARKUP
from tests.helpers.hostile import NAMES as HOSTILE
from tools import choose_anchors

# What is asked


@pytest.mark.parametrize("name", TASK.prompts)
def test_a_strategy_has_five_wordings_with_anchors_and_rules(name: str) -> None:
    texts = TASK.strategy(name).texts
    assert len(texts) == len(set(texts)) == 5
    for text in texts:
        assert text.count("{anchors}") == text.count("{rules}") == 1
        assert "10 nouns" in text
        assert "number" in text
        asks_for_difference = any(word in text for word in ("differ", "unlike", "dissimilar"))
        assert asks_for_difference == (name == "drat")
    said = TASK.strategy(name).messages(4, "gene, valley")[-1]["content"]
    assert said.count("gene, valley") == 2
    assert "{" not in said


def test_the_sets_are_those_that_the_tool_draws() -> None:
    assert list(TASK.stimuli) == choose_anchors.chosen_anchors()


def test_a_set_has_words_of_four_fields_and_no_word_is_in_two() -> None:
    field_of = {w: field for field, words in choose_anchors.FIELDS.items() for w in words.split()}
    sets = [words_of(text) for text in TASK.stimuli]
    assert len(sets) == 30
    assert all(len({field_of[word] for word in words}) == len(words) == 4 for words in sets)
    used = [word for words in sets for word in words]
    assert sorted(used) == sorted(field_of)
    assert len({base_form(word) for word in used}) == len(used) == 120
    assert all(word_facts(word).is_noun for word in used)
    for name in NAMES:
        space = open_space(name)
        assert all(word in space for word in used)


def config(stimuli: object, **more: object) -> Config:
    experiment = {
        "name": "e",
        "providers": [{"provider": "openai", "model": "m"}],
        "strategies": ["drat"],
        "stimuli": stimuli,
        "samples": 1,
    }
    return parse_config({"name": "t", "experiments": [experiment | more]})


def test_sets_of_ones_own_are_read_as_they_are_called() -> None:
    asked = config(["gene,valley", " gene ,  valley", "ice cream, Gear, law"])
    assert [each.condition.stimulus for each in expand(asked).conditions] == [
        "gene, valley",
        "ice cream, Gear, law",
    ]


@pytest.mark.parametrize(
    ("anchors", "said"),
    [
        ("gene", "'gene' has 1 word; a set of anchors is 2 to 4 words with commas between them"),
        ("a, b, c, d, e", "has 5 words"),
        (",", "has 0 words"),
        ("gene, law, Genes", "'gene, law, Genes' has an anchor twice"),
    ],
)
def test_what_is_no_set_is_refused_in_its_place(anchors: str, said: str) -> None:
    with pytest.raises(UserError, match=r"experiments\[0\]\.stimuli: ") as caught:
        expand(config([anchors]))
    assert said in str(caught.value)


@pytest.mark.parametrize("word", [w for w in (*HOSTILE, *MARKUP) if w.strip() and "," not in w])
def test_an_anchor_may_be_any_text_and_changes_nothing_but_the_score(word: str) -> None:
    anchors = f"gene, {word}"
    assert TASK.stimulus(anchors).startswith("gene, ")
    scored = score_answers(DRAT, [DRAT.check(["cat", "ship"], anchors)], [anchors])
    assert np.isnan(scored.scores).all()  # what no space knows has no neighbours


# Which words count, by hand. The cosine of w1, w2, ... with the anchor is 0.01, 0.02, ...

ANGLES = np.arccos(np.arange(1, 101) / 100)
WORDS = [word for word in nouns()[:2_000] if base_form(word) == word][:100]


def toy(angles: np.ndarray = ANGLES) -> Space:
    """Make a space of 100 nouns, an anchor that is their first dimension, and one opposite."""
    rows = {word: row for row, word in enumerate([*WORDS, "gene", "valleys", "quickly"])}
    vectors = [(np.cos(angle), np.sin(angle), 0) for angle in angles]
    vectors += [(1, 0, 0), (-1, 0, 0), (1, 0, 0)]
    info = SpaceInfo("toy", 3, len(rows), "", "", "", published=False)
    return Space("toy", np.array(vectors, dtype=np.float64), rows, info)


DRAT = TASK.scorer(toy(), TASK.options())
ANCHORS = "gene, valleys"


def test_the_pool_is_drawn_from_the_nouns_that_the_space_knows() -> None:
    drawn = random.Random(POOL_SEED).sample(nouns(), len(nouns()))
    assert DRAT.pool == [noun for noun in drawn if noun in DRAT.space]
    assert sorted(DRAT.pool) == sorted({*WORDS, "gene"} & set(nouns()))
    for name in NAMES:
        pool = TASK.scorer(open_space(name), TASK.options()).pool
        assert len(set(pool)) == POOL_SIZE == 2_001


def test_an_anchor_its_forms_and_what_is_no_noun_do_not_count() -> None:
    words = ["Gene", "genes", "valleys", "valley", "quickly", "xqz", WORDS[3], WORDS[3]]
    assert [check.reason for check in DRAT.check(words, ANCHORS)] == [
        "anchor",
        "not in dictionary",
        "anchor",
        "not in dictionary",
        "no noun",
        "not in dictionary",
        "",
        "duplicate",
    ]


def scored(words: list[str], scorer: AnchorScorer = DRAT) -> tuple[float, float]:
    found = score_answers(scorer, [scorer.check(words, ANCHORS)], [ANCHORS])
    return found.scores[0], found.measures["n_survivors"][0]


def test_a_word_at_the_threshold_is_no_survivor() -> None:
    # The 90th percentile of 101 utilities, of the words and of the anchor itself, is the 91st.
    assert DRAT.threshold(ANCHORS) == pytest.approx(0.91)
    near = WORDS[91:96]  # 0.92 to 0.96
    assert scored(near)[1] == 5
    assert scored([WORDS[90], *near[1:]]) == (0, 4)
    assert scored([WORDS[90], *near])[1] == 5


def test_too_few_survivors_score_nothing_and_no_valid_word_is_unscorable() -> None:
    near = WORDS[91:]
    assert scored(near[:4]) == (0, 4)
    cosines = [np.cos(a - b) for a in ANGLES[91:96] for b in ANGLES[91:96] if a < b]
    assert scored(near[:5]) == (pytest.approx(100 * (1 - np.mean(cosines))), 5)
    assert scored(WORDS[:10]) == (0, 0)
    assert np.isnan(scored(["xqz", "gene", "quickly"])).all()
    assert np.isnan(scored([])).all()
    three = TASK.scorer(DRAT.space, TASK.options(minimum=3))
    assert scored(near[:3], three)[0] > 0
    assert TASK.differences(three.options) == "minimum=3"


def test_the_first_ten_valid_words_are_looked_at() -> None:
    far, near = WORDS[:6], WORDS[91:96]
    assert scored([*far, "xqz", *near[:4]]) == (0, 4)
    assert scored([*far, *near]) == (0, 4)
    assert scored([*far[:5], *near])[1] == 5


def test_the_nearest_anchor_counts_and_an_unknown_one_leaves_nothing_to_say() -> None:
    (utility,) = DRAT.utilities(["quickly"], ANCHORS) or [None]
    assert utility == 1
    assert DRAT.utilities([WORDS[0]], "valleys, valleys")[0] == pytest.approx(-0.01)
    assert DRAT.threshold("gene, nowhere") is None
    checks = DRAT.check([WORDS[95]], "gene, nowhere")
    assert DRAT.word_measures(checks, "gene, nowhere") == {"utility": [None], "survivor": [False]}


def test_utilities_and_survivors_are_told_word_by_word() -> None:
    words = [WORDS[95], "xqz", WORDS[95], *WORDS[:8], WORDS[96], WORDS[97]]
    told = DRAT.word_measures(DRAT.check(words, ANCHORS), ANCHORS)
    assert told["utility"][:3] == [pytest.approx(0.96), None, None]
    assert told["utility"][-2:] == [pytest.approx(0.97), pytest.approx(0.98)]
    # The last is the eleventh valid word, at which nobody looks.
    assert told["survivor"] == [True, *[False] * 10, True, False]


def test_a_space_without_nouns_is_named() -> None:
    info = SpaceInfo("own", 2, 2, "", "", "", published=False)
    space = Space("own", np.eye(2), {"löwe": 0, "haus-boot": 1}, info)
    scorer = TASK.scorer(space, TASK.options())
    with pytest.raises(UserError, match="the space own knows no English noun"):
        scorer.threshold("löwe, haus-boot")


# Against a reference


class Reference:
    """Scores lists as the published description says, word by word and pair by pair."""

    def __init__(self, space: Space, pool: list[str]) -> None:
        self.space, self.pool = space, pool
        self.unit: dict[str, np.ndarray] = {}
        self.at: dict[str, tuple[float, str]] = {}

    def cosine(self, a: str, b: str) -> float:
        for word in (word for word in (a, b) if word not in self.unit):
            vector = np.asarray(self.space.vector(word), dtype=np.float64)
            self.unit[word] = vector / np.sqrt((vector * vector).sum())
        return float(self.unit[a] @ self.unit[b])

    def utility(self, word: str, anchors: str) -> float:
        return max(self.cosine(word, anchor) for anchor in anchors.split(", "))

    def threshold(self, anchors: str) -> tuple[float, str]:
        """Return the 90th percentile of the pool, which is one of its 2,001 values, and whose."""
        if anchors not in self.at:
            ordered = sorted((self.utility(word, anchors), word) for word in self.pool)
            self.at[anchors] = ordered[1_800]
        return self.at[anchors]

    def score(self, words: list[str], anchors: str) -> float | None:
        left_out = {base_form(anchor) for anchor in anchors.split(", ")}
        valid: list[str] = []
        for word in words:
            facts = word_facts(word)
            if base_form(word) not in left_out and facts.is_noun and not facts.is_proper_noun:
                valid += [word] if word not in valid else []
        if not valid:
            return None
        least, _ = self.threshold(anchors)
        above = [word for word in valid[:10] if self.utility(word, anchors) > least]
        if len(above) < 5:
            return 0.0
        pairs = [(a, b) for i, a in enumerate(above) for b in above[:i]]
        return 100 * sum(1 - self.cosine(a, b) for a, b in pairs) / len(pairs)


def made_lists(told: Reference, n: int) -> list[tuple[list[str], str]]:
    """Make lists of words near and far, at the threshold, given twice, anchors, and no nouns."""
    draw = random.Random(7)
    space = told.space
    common = [word for word in nouns()[:3_000] if word in space]
    everything = sorted(space.rows)
    sets = [", ".join(words_of(text)[:k]) for text in TASK.stimuli[:8] for k in (2, 3, 4)]
    near = {}
    for anchors in sets:
        given = space.vectors[[space.rows[word] for word in anchors.split(", ")]]
        cosines = space.vectors[[space.rows[word] for word in common]] @ given.T
        near[anchors] = [common[place] for place in (-cosines.max(axis=1)).argsort()[:300]]
    lists = []
    for _ in range(n):
        anchors = draw.choice(sets)
        length = draw.choice([0, 1, 4, 5, 7, 10, 10, 10, 13])
        given = draw.sample(near[anchors], min(length, draw.randrange(11)))
        given += draw.sample(common, length - len(given))
        given += draw.choice([[], [told.threshold(anchors)[1]]])
        given += draw.choice([[], anchors.split(", ")[:1]])
        given += draw.sample(everything, draw.choice([0, 0, 2]))
        given += given[: draw.choice([0, 0, 3])]
        draw.shuffle(given)
        lists.append((given, anchors))
    return lists


def test_two_thousand_lists_score_what_the_description_says() -> None:
    space = open_space("glove-6b-100d")
    scorer = TASK.scorer(space, TASK.options())
    told = Reference(space, scorer.pool)
    lists = made_lists(told, 2_000)
    checks = [scorer.check(words, anchors) for words, anchors in lists]
    stimuli = [anchors for _, anchors in lists]
    found = score_answers(scorer, checks, stimuli)
    forms = [[check.word for check in of_answer if check.word] for of_answer in checks]
    wanted = [told.score(*each) for each in zip(forms, stimuli, strict=True)]
    zeros, none = wanted.count(0.0), wanted.count(None)
    assert min(zeros, none, len(wanted) - zeros - none) >= 50  # of each kind there are many
    at = [told.threshold(anchors)[1] in words for words, anchors in lists]
    assert sum(at) >= 500
    np.testing.assert_allclose(
        found.scores, [np.nan if each is None else each for each in wanted], rtol=0, atol=1e-9
    )
