"""Compaction of word vectors from text that is as untidy as the published files."""

import gzip
import struct
import zipfile

import numpy as np
import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces.formats import BLOCK
from divergent_bench.instrument.spaces.vectors import compact_vectors, read_dictionary

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
    assert sum(seen) == len(UNTIDY)


def test_fasttext_header_is_not_a_vector(tmp_path):
    text = b"3 12\n" + b", " + numbers(0) + b" \ncat " + CAT + b" \ndog " + DOG + b" \n"
    (tmp_path / "v.vec").write_bytes(text)
    result = compact_vectors(tmp_path / "v.vec", ["dog", "cat", "3"])
    assert result.rows == {"cat": 0, "dog": 1}
    assert result.vectors.tolist() == [values(CAT), values(DOG)]


def test_lines_longer_than_a_block_boundary(tmp_path):
    # 60,000 lines of about 90 bytes cross the blocks in the middle of a line.
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((60_000, D)).astype(np.float32)
    with (tmp_path / "v.txt").open("w") as stream:
        for i, row in enumerate(matrix.tolist()):
            stream.write(f"w{i} " + " ".join(f"{x:.9g}" for x in row) + "\n")
    assert (tmp_path / "v.txt").stat().st_size > BLOCK
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
    with pytest.raises(UserError, match=r"holds 2 .*glove\.6B\.50d\.txt"):
        compact_vectors(tmp_path / "v.zip", WORDS)


def test_dictionary(tmp_path):
    (tmp_path / "words.txt").write_text("cat\r\ndog\n\ncat\n", encoding="utf-8", newline="")
    assert read_dictionary(tmp_path / "words.txt") == ["cat", "dog"]
    (tmp_path / "empty.txt").touch()
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    for name, message in [("empty", "empty"), ("latin", "UTF-8"), ("absent", "cannot be read")]:
        with pytest.raises(UserError, match=message):
            read_dictionary(tmp_path / f"{name}.txt")


def binary(vectors: dict[bytes, list[float]], *, ending: bytes = b"\n", count: int | None = None):
    """Write word2vec's binary format from its description: header, then word, space, float32."""
    header = f"{len(vectors) if count is None else count} {D}\n".encode()
    return header + b"".join(
        word + b" " + struct.pack(f"<{D}f", *row) + ending for word, row in vectors.items()
    )


# Their bytes have line breaks (0x0a) and spaces (0x20) in them, as real vectors do.
BREAKS = struct.unpack("<f", b"\x0a\x20\x0a\x3f")[0]
VECTORS = {
    b"</s>": values(numbers(0)),
    b"New_York": values(numbers(1)),
    b"cat": [BREAKS] * D,
    b"\xff\xfe": values(numbers(5)),
    b"elk": [0.0] * D,
    b"owl": [float("nan")] * D,
    b"dog": values(DOG),
}


@pytest.mark.parametrize("ending", [b"\n", b""])  # the C program writes it, GoogleNews has none
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_word2vec_binary(tmp_path, ending, pack):
    (tmp_path / "v.bin").write_bytes(pack(binary(VECTORS, ending=ending)))
    result = compact_vectors(tmp_path / "v.bin", WORDS)
    assert result.rows == {"cat": 0, "dog": 1}
    assert result.vectors.tolist() == [[BREAKS] * D, values(DOG)]
    assert result.malformed == 2  # elk, owl


def test_word2vec_binary_of_many_blocks(tmp_path):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20_000, D)).astype(np.float32)
    rows = {f"w{i}".encode(): row for i, row in enumerate(matrix.tolist())}
    (tmp_path / "v.bin").write_bytes(binary(rows))
    assert (tmp_path / "v.bin").stat().st_size > 3 * BLOCK
    result = compact_vectors(tmp_path / "v.bin", [f"w{i}" for i in range(0, 20_000, 3)])
    assert np.array_equal(result.vectors, matrix[::3])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (binary(VECTORS)[:-20], "incomplete: it has 6 of 7 words"),
        (binary(VECTORS, count=9), "incomplete: it has 7 of 9 words"),
        (binary(VECTORS, count=5), "goes on after the 5 words"),
        (f"3 {D}\n".encode() + b"\x01" * 100_000, "word 1 does not end"),
        (b"\xba\x16\x4f\x2f" + b"\x00" * 100, "fastText model"),
        (f"4 {D}\ncat ".encode() + CAT + b"\ndog " + DOG + b"\n", "it has 2 of 4 words"),
        (b"cat " + CAT + b"\ndog " + DOG[:-12], "last line has fewer than 12 numbers"),
    ],
)
def test_short_and_wrong_files_are_refused(tmp_path, content, message):
    (tmp_path / "v.bin").write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        compact_vectors(tmp_path / "v.bin", WORDS)
    assert "v.bin" in str(caught.value)


def test_numbers_that_json_does_not_know(tmp_path):
    odd = b" ".join([b"+1", b".5", b"-.5", b"1.", b"1e-05", b"-0", *[b"2"] * (D - 6)])
    (tmp_path / "v.txt").write_bytes(b"cat " + odd + b"\r\ndog " + DOG.replace(b" ", b"  "))
    result = compact_vectors(tmp_path / "v.txt", WORDS, dimensions=D)
    assert result.vectors.tolist() == [[1, 0.5, -0.5, 1, np.float32(1e-5), 0, *[2] * (D - 6)],
                                       values(DOG)]  # fmt: skip


def test_one_number_too_few_and_one_too_many_do_not_make_up_for_each_other(tmp_path):
    lines = [b"cat " + CAT, b"dog " + DOG + b" 7", b"at " + CAT.rpartition(b" ")[0], b"elk " + DOG]
    (tmp_path / "v.txt").write_bytes(b"\n".join(lines) + b"\n")
    result = compact_vectors(tmp_path / "v.txt", WORDS)
    assert list(result.rows) == ["cat", "elk"]
    assert result.malformed == 2


def test_a_number_beyond_float32_is_no_vector(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"cat " + CAT + b"\ndog 1e200 " + DOG.partition(b" ")[2])
    assert list(compact_vectors(tmp_path / "v.txt", WORDS).rows) == ["cat"]


def test_the_file_of_a_zip_that_is_asked_for(tmp_path):
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        archive.writestr("glove.6B.50d.txt", b"cat 1 2 3")
        archive.writestr("glove.6B.300d.txt", UNTIDY)
    expect_untidy(compact_vectors(tmp_path / "v.zip", WORDS, member="glove.6B.300d.txt"))
    with pytest.raises(UserError, match=r"glove\.7B\.txt is expected"):
        compact_vectors(tmp_path / "v.zip", WORDS, member="glove.7B.txt")
