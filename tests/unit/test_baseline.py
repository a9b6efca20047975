"""Lists that no language model made."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.base.provider_catalogue import CATALOGUE
from divergent_bench.instrument.scoring import score_answers
from divergent_bench.instrument.spaces import embedded
from divergent_bench.instrument.spaces.nouns import nouns, nouns_of_first_edition, withheld_nouns
from divergent_bench.instrument.spaces.store import Space, open_space, write_space
from divergent_bench.instrument.tasks.cdat import TASK as CDAT
from divergent_bench.instrument.tasks.dat.scoring import dat_score
from divergent_bench.instrument.tasks.drat import TASK as DRAT
from divergent_bench.sampling.providers import baseline
from divergent_bench.sampling.providers.baseline import NOUN_BANDS, answer
from tests.helpers.spaces import store
from tests.helpers.workflow import ROOT

BASELINE = CATALOGUE["baseline"]

SEEDS = range(20)
BOTH = list(embedded.NAMES)


@pytest.fixture
def opened(monkeypatch) -> list[Space]:
    stores = [store(name) for name in BOTH]
    monkeypatch.setattr(baseline, "SPACES", stores[0].parent)
    return [open_space(each) for each in stores]


def words(model: str, seed: int, spaces=BOTH) -> list[str]:
    named = {"provider": "baseline", "model": model, "space": spaces[0], "seed": seed}
    return answer(named | {"spaces": spaces}).text.split("\n")


def test_every_baseline_is_a_band_of_nouns_or_looks_at_the_space():
    assert {*NOUN_BANDS, *BASELINE.models_in_a_space} == set(BASELINE.models)


@pytest.mark.parametrize("model", BASELINE.models)
def test_a_seed_gives_ten_different_words_and_always_the_same(opened, model):
    lists = [words(model, seed) for seed in SEEDS]

    assert all(len(set(each)) == 10 for each in lists)
    assert len({tuple(each) for each in lists}) == len(SEEDS)
    assert words(model, 0) == lists[0]
    assert all(word in space for each in lists for word in each for space in opened)


@pytest.mark.parametrize("model", BASELINE.models)
def test_no_list_holds_a_slur_or_an_obscenity(opened, model, monkeypatch):
    assert not withheld_nouns() & {word for seed in range(100) for word in words(model, seed)}
    banned = {word for seed in SEEDS for word in words(model, seed)[1:4]}
    monkeypatch.setattr(baseline, "withheld_nouns", lambda: frozenset(banned))
    assert not banned & {word for seed in SEEDS for word in words(model, seed)}


def test_bands_hold_nouns_of_their_frequency(opened):
    rank = {noun: place for place, noun in enumerate(nouns(), start=1)}

    def ranks(model: str) -> list[int]:
        return [rank[word] for seed in SEEDS for word in words(model, seed)]

    assert max(ranks("random-nouns-frequent")) <= 1_000
    assert 1_000 < min(ranks("random-nouns-medium")) <= max(ranks("random-nouns-medium")) <= 9_000
    assert min(ranks("random-nouns-rare")) > 9_000


def test_floor_and_ceiling_enclose_the_common_nouns(opened):
    def mean(model: str) -> float:
        return sum(dat_score(words(model, seed), opened[0]) for seed in SEEDS) / len(SEEDS)

    assert mean("nearest") < mean("random-nouns-frequent") < mean("common-nouns") < mean("oracle")
    assert mean("common-nouns") < mean("random-nouns")
    assert mean("nearest") < 50


def test_nearest_words_come_in_the_order_of_their_distance(opened):
    start, *others = words("nearest", 3)
    distances = [opened[0].distance(start, other) for other in others]

    assert distances == sorted(distances)


def test_random_words_are_of_any_kind(opened):
    drawn = {word for seed in range(50) for word in words("random-words", seed)}

    assert 0.2 < len(drawn & set(nouns())) / len(drawn) < 0.8


def test_an_unknown_baseline_is_an_error():
    with pytest.raises(UserError, match="there is no baseline 'dice'"):
        answer({"model": "dice", "seed": 0})


@pytest.mark.parametrize("model", NOUN_BANDS)
def test_all_lists_can_be_scored_in_every_space_of_the_run(opened, model):
    lists = [words(model, seed) for seed in range(200)]

    assert all(dat_score(each, space) is not None for each in lists for space in opened)


def test_too_few_words_that_all_spaces_know_are_an_error(opened, tmp_path, monkeypatch):
    monkeypatch.setattr(baseline, "SPACES", tmp_path)
    (tmp_path / "glove-6b-100d").symlink_to(store("glove-6b-100d"))
    few = list(nouns()[:19])
    write_space(
        tmp_path / "few",
        vectors=opened[0].vectors[[opened[0].rows[word] for word in few]].copy(),
        rows={word: row for row, word in enumerate(few)},
        name="few", source="", source_checksum="", notes="", published=False,
    )  # fmt: skip

    with pytest.raises(UserError, match=r"only 19 of its 36,536 words .* glove-6b-100d, few, too"):
        words("random-nouns", 0, ["glove-6b-100d", "few"])
    with pytest.raises(UserError, match="baseline random-nouns-rare: only 0 of its 27,536 words"):
        words("random-nouns-rare", 0, ["glove-6b-100d", "few"])


def test_a_request_of_the_first_edition_is_answered_as_it_was_then(opened):
    known = (Path(__file__).parent / "data/first_edition/records.json").read_text("utf-8")
    records = [json.loads(text) for text in json.loads(known).values()]
    of_baselines = [each for each in records if each["key"]["provider"] == "baseline"]

    assert {each["key"]["model"] for each in of_baselines} == {"random-nouns", "oracle"}
    for each in of_baselines:
        assert answer(each["request"]).text == each["answer"]["text"]
    common = answer({"provider": "baseline", "model": "common-nouns", "seed": 0}).text.split("\n")
    assert set(common) <= set(nouns_of_first_edition()[:2_000])


def test_threads_that_ask_at_once_open_a_space_one_after_the_other(opened, monkeypatch):
    inside, most = 0, 0
    open_one = baseline._space

    def counted(name: str) -> Space:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.01)
        inside -= 1
        return open_one(name)

    monkeypatch.setattr(baseline, "_space", counted)
    baseline._nouns.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        lists = list(pool.map(lambda seed: words("random-nouns", seed), range(16)))

    assert most == 1
    assert lists[0] == words("random-nouns", 0)


CUES = ("ocean", "desk", "SHIPS", "music")


def about(model: str, seed: int, stimulus: str) -> list[str]:
    named = {"provider": "baseline", "model": model, "space": BOTH[0], "spaces": BOTH}
    return answer(named | {"seed": seed, "stimulus": stimulus}).text.split("\n")


@pytest.mark.parametrize("model", CDAT.baselines)
def test_lists_about_a_stimulus_are_valid_and_differ_between_stimuli(opened, model):
    for space in opened:
        scorer = CDAT.scorer(space, CDAT.options())
        for cue in CUES:
            reasons = [c.reason for c in scorer.check(about(model, 0, cue), cue)]
            assert reasons == [""] * 10
    assert len({tuple(sorted(about(model, 0, cue))) for cue in CUES}) == len(CUES)
    assert about(model, 3, "ocean") == about(model, 3, "ocean")


@pytest.mark.parametrize("model", DRAT.baselines)
def test_lists_about_several_words_are_valid_and_near_ones_are_near_to_any(opened, model):
    anchors = DRAT.stimuli[:3]
    for space in opened:
        scorer = DRAT.scorer(space, DRAT.options())
        checks = [scorer.check(about(model, 0, each), each) for each in anchors]
        assert {check.reason for of_list in checks for check in of_list} == {""}
    if model == "nearest":
        scorer = DRAT.scorer(opened[0], DRAT.options())
        found = scorer.utilities(about(model, 0, anchors[0]), anchors[0])
        assert found.tolist() == sorted(found, reverse=True)
        assert found.min() > scorer.threshold(anchors[0])


def test_no_list_about_a_stimulus_holds_a_form_of_it(opened, monkeypatch):
    few = (*nouns()[:30], "ocean")
    monkeypatch.setattr(baseline, "_nouns", lambda model, spaces: list(few))
    lists = [about("random-nouns", seed, "Oceans") for seed in range(100)]
    assert not {"ocean", "oceans"} & {word for each in lists for word in each}


def test_baselines_about_a_stimulus_lie_where_they_should(opened):
    space = opened[0]
    scorer = CDAT.scorer(space, CDAT.options())
    cues = CDAT.stimuli[:20]

    def means(model: str) -> tuple[float, float]:
        lists = [scorer.scored(scorer.check(about(model, 0, cue), cue)) for cue in cues]
        measured = scorer.measures(lists, cues)
        return measured["novelty"].mean(), measured["appropriateness"].mean()

    novelty, near = zip(
        *map(means, ("nearest", "oracle", "common-nouns", "random-nouns")), strict=True
    )
    assert list(near) == sorted(near, reverse=True)
    assert novelty[0] < novelty[2] < novelty[3]
    assert novelty[1] > novelty[0] + 20  # as novel as words that are near to the cue can be


def test_baselines_about_anchors_score_as_the_page_of_the_task_tells(opened):
    scorer = DRAT.scorer(opened[0], DRAT.options())

    def told(model: str) -> tuple[float, float]:
        lists = [(about(model, seed, each), each) for each in DRAT.stimuli for seed in range(3)]
        checks = [scorer.check(*each) for each in lists]
        found = score_answers(scorer, checks, [each for _, each in lists])
        return found.scores.mean(), found.measures["n_survivors"].mean()

    page = (ROOT / "docs/explanation/remote-task.md").read_text(encoding="utf-8")
    for model in DRAT.baselines:
        row = re.search(rf"\| `{model}` \| ([\d.]+) \| ([\d.]+) \|", page)
        assert told(model) == pytest.approx(tuple(map(float, row.groups())), abs=0.06)


def test_nearest_to_a_stimulus_are_its_neighbours_at_every_seed(opened):
    found = about("nearest", 0, "ocean")
    distances = [opened[0].distance("ocean", word) for word in found]
    assert distances == sorted(distances)
    common = [w for w in nouns()[:5_000] if all(w in space for space in opened) and w != "ocean"]
    assert distances[-1] == pytest.approx(
        sorted(opened[0].distance("ocean", word) for word in common)[9], abs=1e-6
    )
    assert about("nearest", 7, "ocean") == found


def test_a_stimulus_that_the_space_does_not_know_has_no_neighbours(opened):
    with pytest.raises(UserError, match="glove-6b-100d does not know 'xqzzy'"):
        about("oracle", 0, "xqzzy")
    assert len(about("random-nouns", 0, "xqzzy")) == 10
