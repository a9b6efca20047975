"""Compaction of word vectors from text that is as untidy as the published files."""

import gzip
import zipfile

import numpy as np
import pytest

from divergent_bench.errors import UserError
from divergent_bench.spaces.vectors import compact_vectors, read_dictionary

D = 12


def numbers(first: float) -> bytes:
    return b" ".join(str(first + i).encode() for i in range(D))


CAT, DOG, SECOND_CAT = numbers(1.5), numbers(-3), numbers(99)
UNTIDY = b"\n".join(
    [
        b", " + numbers(0),
        b"cat " + CAT,
        b". . . " + numbers(2),  # tokens with spaces, as in GloVe 840B
        b"at name@domain.com " + numbers(3),
        b"at " + numbers(4),
        b"\xff\xfe " + numbers(5),  # not UTF-8
        b"caf\xc3\xa9 " + numbers(6),
        b"cat " + SECOND_CAT,  # the first line wins
        b"hen 1 2 3",  # too few
        b"owl " + b" ".join([b"nan"] * D),
        b"elk " + b" ".join([b"0"] * D),
        b"fox " + b" ".join([b"x"] * D),
        b"",
        b"dog " + DOG,  # no newline at the end
    ]
)
WORDS = ["dog", "cat", "at", "café", "hen", "owl", "elk", "fox", "absent"]


def values(line: bytes) -> list[float]:
    return [float(x) for x in line.split()]


def expect_untidy(result) -> None:
    assert list(result.rows) == ["cat", "at", "café", "dog"]
    assert result.vectors.dtype == np.float32
    assert result.vectors[result.rows["cat"]].tolist() == values(CAT)
    assert result.vectors[result.rows["at"]].tolist() == values(numbers(4))
    assert result.vectors[result.rows["dog"]].tolist() == values(DOG)
    assert result.malformed == 5  # at name@..., hen, owl, elk, fox


def test_plain_text(tmp_path):
    (tmp_path / "v.txt").write_bytes(UNTIDY)
    expect_untidy(compact_vectors(tmp_path / "v.txt", WORDS))


def test_gzipped_text_is_known_by_its_content(tmp_path):
    (tmp_path / "v.txt").write_bytes(gzip.compress(UNTIDY))
    expect_untidy(compact_vectors(tmp_path / "v.txt", WORDS))


def test_zipped_text(tmp_path):
    with zipfile.ZipFile(tmp_path / "v.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("glove.840B.300d.txt", UNTIDY)
    seen = []
    expect_untidy(compact_vectors(tmp_path / "v.zip", WORDS, on_progress=seen.append))
    first_line = UNTIDY.index(b"\n") + 1
    assert sum(seen) == len(UNTIDY) - first_line


def test_fasttext_header_is_not_a_vector(tmp_path):
    text = b"3 12\n" + b", " + numbers(0) + b" \ncat " + CAT + b" \ndog " + DOG + b" \n"
    (tmp_path / "v.vec").write_bytes(text)
    result = compact_vectors(tmp_path / "v.vec", ["dog", "cat", "3"])
    assert result.rows == {"cat": 0, "dog": 1}
    assert result.vectors.tolist() == [values(CAT), values(DOG)]


def test_lines_longer_than_a_block_boundary(tmp_path):
    # 60,000 lines of about 90 bytes cross the 4 MiB blocks in the middle of a line.
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((60_000, D)).astype(np.float32)
    with (tmp_path / "v.txt").open("w") as stream:
        for i, row in enumerate(matrix.tolist()):
            stream.write(f"w{i} " + " ".join(f"{x:.9g}" for x in row) + "\n")
    assert (tmp_path / "v.txt").stat().st_size > 1 << 22
    result = compact_vectors(tmp_path / "v.txt", [f"w{i}" for i in range(60_000)])
    assert len(result.rows) == 60_000
    assert np.array_equal(result.vectors, matrix)  # 9 digits carry a float32 whole


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Once upon a time there was a cat.\n", "not in GloVe format"),
        (b"", "not in GloVe format"),
        (b"\x00" * 5000, "not in GloVe format"),
        (b"7 2\ncat 1 2\n", "not in GloVe format"),
        (b"Cat " + CAT + b"\n", "no vector for any"),
    ],
)
def test_another_format_is_refused(tmp_path, content, message):
    (tmp_path / "v.txt").write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        compact_vectors(tmp_path / "v.txt", ["cat", "dog"])
    assert "v.txt" in str(caught.value)


def test_other_dimensions_are_refused(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"cat " + CAT)
    with pytest.raises(UserError, match="12 numbers, not 300"):
        compact_vectors(tmp_path / "v.txt", ["cat"], dimensions=300)


def test_missing_file(tmp_path):
    with pytest.raises(UserError, match="no file of word vectors"):
        compact_vectors(tmp_path / "v.txt", ["cat"])


def test_cut_gzip_and_damaged_zip_are_refused(tmp_path):
    whole = gzip.compress(np.random.default_rng(0).bytes(100_000).hex().encode())
    (tmp_path / "v.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "v.zip").write_bytes(b"PK\x03\x04" + b"rubbish" * 100)
    for name in ("v.gz", "v.zip"):
        with pytest.raises(UserError, match=rf"{name} (is damaged|is not in GloVe)"):
            compact_vectors(tmp_path / name, ["cat"])


def test_zip_with_several_texts_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        for d in (50, 100):
            archive.writestr(f"glove.6B.{d}d.txt", UNTIDY)
    with pytest.raises(UserError, match=r"2 \.txt"):
        compact_vectors(tmp_path / "v.zip", WORDS)


def test_dictionary(tmp_path):
    (tmp_path / "words.txt").write_text("cat\r\ndog\n\ncat\n", encoding="utf-8", newline="")
    assert read_dictionary(tmp_path / "words.txt") == ["cat", "dog"]
    (tmp_path / "empty.txt").touch()
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    for name, message in [("empty", "empty"), ("latin", "UTF-8"), ("absent", "cannot be read")]:
        with pytest.raises(UserError, match=message):
            read_dictionary(tmp_path / f"{name}.txt")
