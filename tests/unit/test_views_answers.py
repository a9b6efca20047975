"""The live view of answers, and what a run comes to."""

import io
import json
import math
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from divergent_bench.base.answers import Answer
from divergent_bench.base.errors import UserError
from divergent_bench.base.failures import Failure
from divergent_bench.base.records import record_text
from divergent_bench.cli import sampling
from divergent_bench.cli.views import outcomes
from divergent_bench.cli.views.live_answers import LiveAnswers, headline, rendered, watching
from divergent_bench.cli.views.outcomes import Outcome
from divergent_bench.design.analysis_plan import Plan
from divergent_bench.design.grid import Condition, Grid, PlannedCondition
from divergent_bench.instrument.spaces.store import Space, SpaceInfo
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.instrument.tasks.dat.scoring import dat_score
from divergent_bench.reporting.report.pairs import pairs
from tests.helpers.hostile import NAMES
from tests.helpers.results import POOLED, crossing, pair, table, untested
from tests.helpers.scores import scores_table

WORDS = ["cat", "dog", "sun", "law", "pea", "mud", "fig", "ash", "elf", "ink"]


def space():
    vectors = np.random.default_rng(1).standard_normal((10, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    info = SpaceInfo("small", 4, 10, "", "", "", published=False)
    return Space("small", vectors, {word: row for row, word in enumerate(WORDS)}, info)


def grid(directory, *models, seeds=(0, 1, 2)):
    return Grid(
        tuple(
            PlannedCondition(
                Condition("openai", model, "none", 0.7), seeds, {}, f"{directory}/{model}"
            )
            for model in models
        )
    )


def live_answers(of: Grid) -> LiveAnswers:
    return LiveAnswers(of, TASK, TASK.scorer(space(), TASK.options()))


def arrive(directory, model, seed, text, outcome="ok"):
    path = Path(directory, model, f"seed{seed}.json")
    path.parent.mkdir(exist_ok=True)
    answer = Answer(text, outcome, sent={}, served_model=model)
    path.write_text(record_text({"seed": seed}, "0" * 64, {}, answer.to_json()), encoding="utf-8")


def test_the_half_word_of_a_truncated_answer_is_not_shown(tmp_path):
    arrivals = live_answers(grid(tmp_path, "a", seeds=(0,)))
    arrive(tmp_path, "a", 0, "1. cat\n2. dog\n3. su", "truncated")
    assert arrivals.look()[0].words == ("cat", "dog")


def test_each_sample_arrives_once_with_its_score_and_first_words(tmp_path):
    arrivals = live_answers(grid(tmp_path, "a"))
    assert arrivals.look() == []
    arrive(tmp_path, "a", 2, ", ".join(WORDS))
    arrive(tmp_path, "a", 1, "I cannot do that.", "refused")
    arrive(tmp_path, "a", 9, ", ".join(WORDS))  # nobody asked for it

    refused, scored = arrivals.look()

    assert (refused.seed, refused.outcome) == (1, "refused")
    assert math.isnan(refused.score)
    assert scored.words == ("cat", "dog", "sun", "law", "pea", "...")  # and more
    assert scored.score == pytest.approx(dat_score(WORDS, space()))
    assert arrivals.look() == []
    mean = f"{dat_score(WORDS, space()):.2f}"
    assert headline(arrivals) == f"2 of 3 samples, 1 scorable, mean {mean}"


def test_over_several_models_there_is_no_mean(tmp_path):
    arrivals = live_answers(grid(tmp_path, "a", "b"))
    arrive(tmp_path, "b", 0, ", ".join(WORDS))

    assert [each.label for each in arrivals.look()] == ["b"]
    assert headline(arrivals) == "1 of 6 samples, 1 scorable"


def shown(table, width):
    console = Console(file=io.StringIO(), width=width, no_color=True)
    console.print(table)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.parametrize("width", [80, 140])
def test_the_table_fits_and_shows_the_last_fifteen(tmp_path, width):
    model = "a-model-with-quite-a-long-name"
    arrivals = live_answers(grid(tmp_path, model, "b", seeds=range(20)))
    for seed in range(20):
        arrive(tmp_path, model, seed, "\n".join(["floccinaucinihilipilification"] * 5 + WORDS))
    arrivals.look()

    lines = shown(rendered(arrivals), width)

    assert lines[0] == "20 of 40 samples, 20 scorable"
    assert [line.split()[1] for line in lines[2:]] == [str(seed) for seed in range(5, 20)]
    assert max(map(len, lines)) <= width
    assert all("floccinaucinihil" in line for line in lines[2:])
    assert all(line.isascii() for line in shown(rendered(arrivals, ascii_only=True), width))


def test_away_from_a_terminal_each_new_sample_is_a_line(tmp_path, capsys):
    arrive(tmp_path, "a", 0, ", ".join(WORDS))
    arrivals = live_answers(grid(tmp_path, "a"))

    with watching(arrivals):
        arrive(tmp_path, "a", 1, "no", "refused")
        deadline = time.monotonic() + 10
        while arrivals.done < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        arrive(tmp_path, "a", 2, ", ".join(WORDS))

    score = f"{dat_score(WORDS, space()):.2f}"
    assert capsys.readouterr().err.splitlines() == [
        "seed 1  refused",
        f"2 of 3 samples, 1 scorable, mean {score}",
        f"seed 2  {score}  cat, dog, sun, law, pea, ...",
        f"3 of 3 samples, 2 scorable, mean {score}",
    ]


def outcome(*rows, asked=None):
    scores = scores_table(rows)
    norms = ["olson2021_study2"]
    return Outcome(scores, scores, norms, asked or len(rows), Path("results/x"))


def test_a_run_in_the_published_space_is_placed_among_people():
    scores = (84.0, 84.19, 84.38, math.nan)
    published = outcome(*({"space": "glove-840b-300d", "score": s} for s in scores), asked=5)
    told = "\n".join(shown(outcomes.run_table(published), 100))

    assert "openai/a, none, temperature 0.7" in told
    assert "4 of 5" in told
    assert "3 of 4, 75%" in told
    assert "84.19 [" in told
    assert "82" in told.partition("percentile")[2].split()[0]  # of 84.19 in study 2
    assert "8,572 people" in told
    assert "n/a" in told.partition("cost")[2].splitlines()[0]  # nobody knows it
    assert "unique" not in told


def test_two_answers_have_no_interval():
    told = "\n".join(shown(outcomes.run_table(outcome({"score": 80.0}, {"score": 82.0})), 100))

    (mean,) = [line for line in told.splitlines() if line.startswith("mean score")]
    assert mean.split()[-1] == "81.00"


def test_a_run_in_another_space_is_not():
    assert "percentile" not in "\n".join(shown(outcomes.run_table(outcome({"score": 80.0})), 100))


def test_a_generator_above_models_is_pointed_out_and_not_called_a_model():
    rows = [{"model": model, "score": 80.0 + n} for n, model in enumerate("ab")]
    generator = {"provider": "baseline", "model": "random-nouns"}

    above = outcomes.notes_on_models(outcome(*rows, generator | {"score": 80.5}))
    below = outcomes.notes_on_models(outcome(*rows, generator | {"score": 70.0}))

    assert any("above the mean of 1 of 2 models" in note for note in above)
    assert len(below) == 1


CELLS = {"strategy=x": (6.0, 4.0, 8.0), "strategy=y": (-3.0, -5.0, -1.0)}


def test_a_pair_is_told_as_the_tests_have_it():
    rows = [
        *pair("a", "b", 0.01),
        *pair("a", "c", 0.2),
        *pair("b", "c", math.nan),
        *pair("c", "d", 0.01),
        *crossing("c", "d", CELLS),
    ]
    found = pairs(table("tests", rows), Plan())

    assert [each.verdict(each.a, each.b) for each in found] == [
        "a higher",
        "not shown to differ",
        "not tested",
        "depends on the prompt",
    ]
    lines = shown(outcomes.pairs_table(found), 80)
    assert max(map(len, lines)) <= 80
    assert "+2.00 [+1.00, +3.00]" in lines[2]  # as `pair` gives them
    assert "0.70" in lines[2]  # the probability of superiority
    assert "0.010" in lines[2]


def test_what_decided_is_told_and_no_more_than_was_tested():
    rows = [*pair("a", "b", 0.01), *pair("a", "c", math.nan, **untested("c"))]

    notes = outcomes.notes_on_pairs(pairs(table("tests", rows), Plan()))

    assert any("difference of means" in n and "benjamini" in n.lower() for n in notes)
    assert any("a - c: not tested" in note and "c has no scorable" in note for note in notes)
    assert not any("unique" in note or "pool" in note for note in notes)
    pooled = pairs(table("tests", pair("a", "b", **POOLED)), Plan())
    assert any("pools conditions that differ" in note for note in outcomes.notes_on_pairs(pooled))


def test_a_pair_as_data_has_a_higher_one_only_where_there_is_a_verdict():
    rows = [*pair("a", "b"), *pair("a", "c", 0.2), *pair("c", "d"), *crossing("c", "d", CELLS)]
    scores = outcome({"score": 80.0})

    told = outcomes.comparison_document(scores, pairs(table("tests", rows), Plan()))["pairs"]

    assert [each["higher"] for each in told] == ["a", None, None]
    assert (told[0]["points"], told[0]["points_low"], told[0]["superiority"]) == (2.0, 1.0, 0.7)
    assert told[2]["verdict"] == "depends on the prompt"
    assert json.loads(json.dumps(told, allow_nan=False)) == told


@pytest.mark.parametrize("name", NAMES)
def test_a_condition_is_named_by_all_of_its_names(tmp_path, name):
    conditions = [
        PlannedCondition(
            Condition("openai", name, strategy, 0.7), (0,), {}, f"{tmp_path}/{strategy}"
        )
        for strategy in ("none", "etymology")
    ]
    arrivals = live_answers(Grid(tuple(conditions)))
    arrive(tmp_path, "none", 0, ", ".join(WORDS))

    assert [each.label for each in arrivals.look()] == [f"{name}, none, t0.7"]


@pytest.mark.parametrize(("cause", "said"), [("temperature", True), ("no_key", False)])
def test_a_refused_temperature_is_told_as_a_flag_and_nothing_else_is(cause, said):
    message = "openai/`temperature: null`: there is no key"

    with pytest.raises(UserError) as found, sampling._naming_flags():
        raise UserError(message, [Failure(cause, message)])

    assert ("--temperature default" in str(found.value)) is said
