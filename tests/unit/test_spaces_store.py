"""The directory form of a semantic space."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces.store import open_space, write_space

FILES = ["vectors.npy", "words.txt", "index.npy", "buckets.npy", "space.json"]


def write(directory: Path, vectors=None, rows=None) -> None:
    write_space(
        directory,
        vectors=np.array([[3, 4], [0, 2]], dtype=np.float32) if vectors is None else vectors,
        rows={"cat": 0, "cats": 0, "naïve": 1} if rows is None else rows,
        name="toy",
        source="by hand",
        source_checksum="sha256:00",
        notes="none",
        published=False,
    )


def test_round_trip(tmp_path):
    write(tmp_path / "deep" / "toy")
    space = open_space(tmp_path / "deep" / "toy")
    assert space.name == space.info.name == "toy"
    assert (space.info.dimensions, space.info.n_words, space.info.published) == (2, 3, False)
    assert space.rows == {"cat": 0, "cats": 0, "naïve": 1}
    assert "cats" in space and "dog" not in space
    assert list(space.rows) == ["cat", "cats", "naïve"]
    # (3, 4) has length 5, (0, 2) has length 2
    assert space.vectors == pytest.approx(np.array([[0.6, 0.8], [0, 1]]))
    assert space.vectors.dtype == np.float32
    assert isinstance(space.vectors, np.memmap)
    # 1 - (0.6 * 0 + 0.8 * 1)
    assert space.distance("cat", "naïve") == pytest.approx(0.2, abs=1e-6)
    assert space.distance("cat", "cats") == pytest.approx(0.0, abs=1e-6)
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["toy"]


def test_a_new_space_replaces_the_old_one(tmp_path):
    write(tmp_path / "toy")
    write(tmp_path / "toy", np.eye(3, dtype=np.float32), {"one": 2})
    assert open_space(tmp_path / "toy").rows == {"one": 2}


@pytest.mark.parametrize("bad", [[0.0, 0.0], [np.nan, 1.0]])
def test_a_vector_without_direction_leaves_nothing_behind(tmp_path, bad):
    with pytest.raises(ValueError, match="length"):
        write(tmp_path / "toy", np.array([[1, 0], bad], dtype=np.float32))
    assert list(tmp_path.iterdir()) == []


def test_a_row_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(ValueError, match="row"):
        write(tmp_path / "toy", rows={"cat": 2})


def test_a_failed_write_keeps_the_old_space_and_no_rubbish(tmp_path, monkeypatch):
    write(tmp_path / "toy")

    def full(path, array):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(UserError, match="No space left"):
        write(tmp_path / "toy", rows={"one": 0})
    assert [p.name for p in tmp_path.iterdir()] == ["toy"]
    monkeypatch.undo()
    assert "cat" in open_space(tmp_path / "toy")


def test_there_is_no_space_without_words(tmp_path):
    with pytest.raises(ValueError, match="no word"):
        write(tmp_path / "toy", rows={})


def test_lookup_finds_every_word_and_no_other(tmp_path):
    rows = {f"word{i}": i % 7 for i in range(5000)}
    write(tmp_path / "toy", np.eye(7, dtype=np.float32), rows)
    found = open_space(tmp_path / "toy").rows
    assert found == rows
    assert len(found) == 5000
    for absent in ("word", "word5000", "word1 ", "Word1", "", "word1\nword2", "\ud800", 1, None):
        assert absent not in found
    with pytest.raises(KeyError, match="thimble"):
        found["thimble"]


def test_missing_directory_is_named(tmp_path):
    with pytest.raises(UserError, match="nowhere"):
        open_space(tmp_path / "nowhere")


@pytest.mark.parametrize("name", FILES)
def test_half_a_store_is_refused(tmp_path, name):
    write(tmp_path / "toy")
    (tmp_path / "toy" / name).unlink()
    with pytest.raises(UserError, match="not whole"):
        open_space(tmp_path / "toy")


@pytest.mark.parametrize("name", FILES)
def test_a_cut_file_is_refused(tmp_path, name):
    write(tmp_path / "toy")
    path = tmp_path / "toy" / name
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(UserError, match="not whole"):
        open_space(tmp_path / "toy")


def test_another_format_version_is_refused(tmp_path):
    write(tmp_path / "toy")
    path = tmp_path / "toy" / "space.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format_version": 99}))
    with pytest.raises(UserError, match="version 99"):
        open_space(tmp_path / "toy")


def test_opening_175_000_words_is_quick(tmp_path):
    n = 175_000
    vectors = np.ones((n, 4), dtype=np.float32)
    write(tmp_path / "big", vectors, {f"word{i}": i for i in range(n)})
    times = []
    for _ in range(5):
        start = time.perf_counter()
        assert "word7" in open_space(tmp_path / "big")
        times.append(time.perf_counter() - start)
    print(f"open and look up: {min(times) * 1e3:.1f} ms")
    assert min(times) < 0.05  # 1 ms on a quiet machine: nothing is read that is not asked for
