"""Files are whole or absent."""

import os
from pathlib import Path

import pytest

from divergent_bench.base.files import replacing, write_text


def test_a_text_is_written_into_directories_that_are_made(tmp_path):
    write_text(tmp_path / "deep" / "er" / "a.txt", "grüße\n")
    assert (tmp_path / "deep/er/a.txt").read_bytes() == "grüße\n".encode()
    assert [file.name for file in (tmp_path / "deep/er").iterdir()] == ["a.txt"]


def test_a_relative_name_is_written_beside_us(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_text("a.txt", "x")
    assert Path("a.txt").read_text(encoding="utf-8") == "x"


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new \ud83d")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_the_block_writes_beside_the_target_under_its_suffix(tmp_path):
    with replacing(tmp_path / "picture.svg") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".svg"
        temporary.write_text("<svg/>", encoding="utf-8")
    assert (tmp_path / "picture.svg").read_text(encoding="utf-8") == "<svg/>"


def test_the_file_has_the_mode_that_any_program_would_give_it(tmp_path):
    old = os.umask(0o027)
    try:
        write_text(tmp_path / "a.txt", "x")
    finally:
        os.umask(old)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640
