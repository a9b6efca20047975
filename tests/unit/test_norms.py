import csv
from itertools import combinations

import numpy as np
import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.config.models import Analysis
from divergent_bench.instrument.norms import (
    HUMAN_DIVERSITY,
    NORMS,
    SAMPLES,
    find_norm,
    norms_of,
    percentile,
    score_at,
    space_statement,
)
from divergent_bench.instrument.spaces import embedded
from divergent_bench.instrument.spaces.store import open_space
from divergent_bench.instrument.tasks.dat import TASK
from tests.helpers.spaces import store


@pytest.mark.parametrize(
    ("norm", "expected"),
    [
        # Study 2: 82nd percentile 84.129, 83rd 84.349; (84.19 - 84.129) / 0.220 = 0.277.
        ("olson2021_study2", 82.277),
        # 100k: 64th percentile 84.055, 65th 84.248; (84.19 - 84.055) / 0.193 = 0.699.
        ("bellemare2024_100k", 64.699),
    ],
)
def test_the_choice_of_the_norm_matters(norm, expected):
    assert percentile(84.19, find_norm(norm)) == pytest.approx(expected, abs=1e-3)


def test_published_medians():
    assert score_at(50, find_norm("olson2021_study2")) == pytest.approx(78.514)
    assert score_at(50, find_norm("bellemare2024_100k")) == pytest.approx(81.407)


@pytest.mark.parametrize("norm", NORMS)
def test_percentile_and_score_undo_each_other(norm):
    places = np.array([0.1, 3.3, 25, 50, 74.5, 99.9])

    assert percentile(score_at(places, norm), norm) == pytest.approx(places)


@pytest.mark.parametrize("norm", NORMS)
def test_scores_beyond_the_table_stay_at_its_ends(norm):
    assert percentile([0, 200], norm).tolist() == [0.1, 99.9]


def test_a_missing_score_has_no_percentile():
    assert np.isnan(percentile([np.nan], NORMS[0])).all()


def test_an_unknown_norm_is_told_with_the_known_ones():
    with pytest.raises(UserError, match="olson2021_study2 in glove-840b-300d, "):
        find_norm("olson")
    with pytest.raises(UserError, match="no human norm 'olson2021_study2' in the space 'wordnet'"):
        find_norm("olson2021_study2", "wordnet")


def test_the_table_is_that_of_the_shared_data(shared_data):
    from importlib.resources import files

    shipped = (files("divergent_bench.instrument") / "data/human_norms.csv").read_text("utf-8")

    columns = [line.rsplit(",", 2)[0] for line in shipped.splitlines()]  # without those of spaces
    assert columns == (shared_data / "human_norms.csv").read_text(encoding="utf-8").splitlines()


def test_the_people_scored_in_the_embedded_space_are_those_of_the_shared_lists(shared_data):
    from importlib.resources import files

    from tools.human_norms import with_spaces
    from tools.space_validity import read_lists

    shipped = (files("divergent_bench.instrument") / "data/human_norms.csv").read_text("utf-8")

    assert with_spaces(shipped, read_lists(shared_data / "published_lists.jsonl")) == shipped


def test_the_config_chooses_among_these_norms():
    assert Analysis().norms == list(SAMPLES)


def test_norms_hold_in_their_own_space_only():
    assert [norm.name for norm in norms_of(TASK, "glove-840b-300d")] == list(SAMPLES)
    (norm,) = norms_of(TASK, "glove-6b-100d")
    assert (norm.name, norm.n) == ("olson2021_study2", 8_551)  # of 8,572: who has a score there
    assert score_at(50, norm) == pytest.approx(77.537)
    (norm,) = norms_of(TASK, "minilm-l6")
    assert (norm.name, norm.n) == ("olson2021_study2", 8_317)
    assert norms_of(TASK, "wordnet") == []
    assert "not GloVe scores" in space_statement("wordnet")
    assert "human norms do not apply" in space_statement("mine")


@pytest.mark.parametrize("name", [embedded.GLOVE, embedded.MINILM])
def test_people_differ_from_each_other_as_is_told_in_an_embedded_space(shared_data, name):
    known = HUMAN_DIVERSITY[name]
    scorer = TASK.scorer(open_space(store(name)), TASK.options())
    with (shared_data / "human_lists.tsv").open(encoding="utf-8", newline="") as file:
        answers = [
            scorer.check([row[f"word.{i}"] or "" for i in range(1, 11)])
            for row in csv.DictReader(file, delimiter="\t")
        ]
    lists = [{check.word for check in checks if check.accepted} for checks in answers]

    assert len(lists) == known.n_lists
    assert len(set().union(*lists)) == known.n_distinct_words
    shares = [len(a & b) / len(a | b) for a, b in combinations(lists, 2)]
    assert np.mean(shares) == pytest.approx(known.mean_jaccard, abs=0.0005)
