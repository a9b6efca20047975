"""Lists that no language model made."""

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.base.provider_catalogue import CATALOGUE
from divergent_bench.instrument.spaces import embedded
from divergent_bench.instrument.spaces.store import open_space
from divergent_bench.instrument.spaces.wordnet import nouns, withheld_nouns
from divergent_bench.instrument.tasks.dat.scoring import dat_score
from divergent_bench.sampling.providers import baseline
from divergent_bench.sampling.providers.baseline import NOUN_BANDS, answer

BASELINE = CATALOGUE["baseline"]

SEEDS = range(20)


@pytest.fixture(scope="module")
def spaces(tmp_path_factory):
    directory = tmp_path_factory.mktemp("spaces")
    embedded.unpack("wordnet", directory / "wordnet")
    return directory


@pytest.fixture
def space(spaces, monkeypatch):
    monkeypatch.setattr(baseline, "SPACES", spaces)
    return open_space(spaces / "wordnet")


def words(model: str, seed: int) -> list[str]:
    request = {"provider": "baseline", "model": model, "space": "wordnet", "seed": seed}
    return answer(request).text.split("\n")


def test_every_baseline_is_a_band_of_nouns_or_looks_at_the_space():
    assert {*NOUN_BANDS, *BASELINE.models_in_a_space} == set(BASELINE.models)


@pytest.mark.parametrize("model", BASELINE.models)
def test_a_seed_gives_ten_different_words_and_always_the_same(space, model):
    lists = [words(model, seed) for seed in SEEDS]

    assert all(len(set(each)) == 10 for each in lists)
    assert len({tuple(each) for each in lists}) == len(SEEDS)
    assert words(model, 0) == lists[0]
    assert all(word in space for each in lists for word in each)


@pytest.mark.parametrize("model", BASELINE.models)
def test_no_list_holds_a_slur_or_an_obscenity(space, model, monkeypatch):
    assert not withheld_nouns() & {word for seed in range(300) for word in words(model, seed)}
    banned = {word for seed in SEEDS for word in words(model, seed)[1:4]}
    monkeypatch.setattr(baseline, "withheld_nouns", lambda: frozenset(banned))
    assert not banned & {word for seed in SEEDS for word in words(model, seed)}


def test_bands_hold_nouns_of_their_frequency():
    rank = {noun: place for place, noun in enumerate(nouns(), start=1)}

    def ranks(model: str) -> list[int]:
        return [rank[word] for seed in SEEDS for word in words(model, seed)]

    assert max(ranks("random-nouns-frequent")) <= 1_000
    assert 1_000 < min(ranks("random-nouns-medium")) <= max(ranks("random-nouns-medium")) <= 9_000
    assert min(ranks("random-nouns-rare")) > 9_000


def test_floor_and_ceiling_enclose_the_common_nouns(space):
    def mean(model: str) -> float:
        return sum(dat_score(words(model, seed), space) for seed in SEEDS) / len(SEEDS)

    assert mean("nearest") < mean("random-nouns-frequent") < mean("common-nouns") < mean("oracle")
    assert mean("nearest") < 50


def test_nearest_words_come_in_the_order_of_their_distance(space):
    start, *others = words("nearest", 3)
    distances = [space.distance(start, other) for other in others]

    assert distances == sorted(distances)


def test_random_words_are_of_any_kind(space):
    drawn = {word for seed in range(50) for word in words("random-words", seed)}

    assert 0.2 < len(drawn & set(nouns())) / len(drawn) < 0.8


def test_an_unknown_baseline_is_an_error():
    with pytest.raises(UserError, match="there is no baseline 'dice'"):
        answer({"model": "dice", "seed": 0})
