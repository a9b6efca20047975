"""The embedded space of a sentence encoder: its words, and the published values of CDAT in it."""

import hashlib
import json
import lzma
import re
from importlib.resources import files

import numpy as np
import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.scoring import score_words
from divergent_bench.instrument.spaces import embedded
from divergent_bench.instrument.spaces.store import Space, open_space
from tests.helpers.spaces import store
from tools import build_minilm

DATA = files("divergent_bench.instrument.spaces") / "data"


@pytest.fixture(scope="module")
def space() -> Space:
    return open_space(store(embedded.MINILM))


def test_it_has_frequent_words_and_less_frequent_nouns(space):
    words = list(space.rows)
    assert words == build_minilm.chosen_words()
    assert len(words) == len(space.vectors) == 25_105
    glove = embedded.lines(f"{embedded.GLOVE}.words.xz")
    assert set(glove[:10_000]) <= set(words) <= set(glove)  # so all are in the dictionary
    assert {"although", "beautiful", "children"} <= set(words)  # any part of speech
    assert {"aardvark", "spoon", "thimble"} <= set(words)
    nouns = set(embedded.lines(f"{embedded.WORDNET}.nouns.xz"))
    assert sum(word in nouns for word in words) == 20_000
    assert all(re.fullmatch("[a-z][a-z-]+", word) for word in words)


def test_rows_have_unit_length_and_mean_something(space):
    assert np.linalg.norm(space.vectors, axis=1) == pytest.approx(1, abs=1e-5)
    near = [("cat", "dog"), ("king", "queen"), ("car", "truck")]
    far = [("cat", "parliament"), ("king", "spoon"), ("car", "algebra")]
    assert max(space.distance(*pair) for pair in near) < min(space.distance(*p) for p in far)


def test_published_values_of_cdat_are_reproduced(shared_data, space):
    """For lists whose words are all in it: 98.8 % of them, novelty and appropriateness, in 0.01.

    Where a word counts as no noun, the published value is of later words, which is not done here.
    """
    reproduced = []
    with (shared_data / "cdat_lists.jsonl").open(encoding="utf-8") as stream:
        for row in map(json.loads, stream):
            words = list(dict.fromkeys(word.lower() for word in row["words"]))[:7]
            published = row["sbert"]["novelty"], row["sbert"]["appropriateness"]
            known = all(word in space for word in [row["cue"], *words])
            if row["population"] == "people" or None in published or not known:
                continue
            novelty = score_words([words], space)[0]
            to_cue = np.mean([space.distance(row["cue"], word) for word in words])
            found = novelty, 200 - 100 * to_cue
            reproduced.append(np.abs(np.subtract(found, published)).max() <= 0.01)
    assert len(reproduced) >= 490
    assert np.mean(reproduced) >= 0.988


def test_its_files_are_small_and_carry_source_and_licence(space):
    ours = [file for file in DATA.iterdir() if file.name.lower().startswith("minilm")]
    assert len(ours) == 4
    assert sum(len(file.read_bytes()) for file in ours) <= 13_500_000
    licence = (DATA / "MINILM-LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence  # the whole text
    assert "They were changed" in licence
    assert space.info.source == "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2"
    assert "Apache License 2.0" in space.info.notes
    assert space.info.published is False  # of the task whose published space is another


def test_its_files_are_those_that_the_tool_makes():
    content = b"".join(
        lzma.decompress((DATA / f"minilm-l6.{part}.xz").read_bytes())
        for part in ("words", "vectors")
    )
    header = json.loads((DATA / "minilm-l6.json").read_text(encoding="utf-8"))
    checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert checksum == build_minilm.CONTENT == header["content_checksum"]
    assert header["notes"] == build_minilm.NOTES
    assert header["taken_from_checksum"] == build_minilm.WHEEL_CHECKSUM


VECTORS = np.array([[1.0, -0.5], [0.03126, -3 / 8192], [0.0, 1 / 16384 + 1e-9]])


def test_vectors_are_stored_in_steps_and_read_again(tmp_path, monkeypatch):
    stored = build_minilm.planes(VECTORS)
    # In steps: 8192, -4096; 256 (of 256.1), -3; 0, 1. Column by column, high bytes before low ones.
    assert list(stored) == [32, 1, 0, 240, 255, 0, 0, 0, 0, 0, 253, 1]
    header = {"dimensions": 2, "rows": 3, "vectors": "toy.vectors.xz"}
    header |= {"source": "s", "source_checksum": "c", "notes": "n"}
    packed = {
        "toy.json": json.dumps(header).encode(),
        "toy.vectors.xz": lzma.compress(stored),
        "toy.words.xz": lzma.compress(b"a\nb forms\nc"),
    }
    monkeypatch.setattr(embedded, "read", packed.__getitem__)
    embedded.lines.cache_clear()
    embedded.unpack("toy", tmp_path / "toy")
    space = open_space(tmp_path / "toy")
    assert space.vector("a") == pytest.approx(np.array([2, -1]) / 5**0.5)
    assert space.vector("forms") == pytest.approx(np.array([256, -3]) / (256**2 + 9) ** 0.5)
    assert space.vector("c") == pytest.approx([0, 1])
    embedded.lines.cache_clear()


def test_another_wheel_or_other_vectors_are_refused(tmp_path, monkeypatch):
    (tmp_path / "other.whl").write_bytes(b"PK")
    with pytest.raises(UserError, match=r"other\.whl is not the published file"):
        build_minilm.write_package_data(tmp_path / "other.whl", tmp_path)
    monkeypatch.setattr(build_minilm, "check_file", lambda path, checksum: None)
    monkeypatch.setattr(build_minilm, "encode", lambda wheel, words: np.ones((len(words), 2)))
    with pytest.raises(UserError, match="gives other vectors than those of the package"):
        build_minilm.write_package_data(tmp_path / "other.whl", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.whl"]
