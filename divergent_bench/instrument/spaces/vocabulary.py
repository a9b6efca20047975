"""The vocabulary of a stored space: word -> row, looked up in files that stay on disk.

Opening costs the same for any number of words, because nothing is read until a word is asked for.

words.txt     one word per line, UTF-8
index.npy     int32 (n_words, 3): where the word begins in words.txt, its bytes, its row; by bucket
buckets.npy   int32 (n_buckets + 1): where each bucket begins in index.npy

The bucket of a word is the CRC-32 of its UTF-8 bytes, modulo the number of buckets.
"""

import mmap
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

WORDS, INDEX, BUCKETS = "words.txt", "index.npy", "buckets.npy"


class Vocabulary(Mapping[str, int]):
    """Word -> its row, read from the files that `write_vocabulary` wrote.

    A file that is missing, cut, or does not fit the others is an OSError or a ValueError.
    """

    def __init__(self, directory: Path) -> None:
        with (directory / WORDS).open("rb") as stream:
            self._text = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        index = np.load(directory / INDEX, mmap_mode="r")
        buckets = np.load(directory / BUCKETS, mmap_mode="r")
        _check(index, buckets, len(self._text))
        self._length = len(index)
        self.highest_row = int(index[:, 2].max())
        # A memoryview hands out one int three times as fast as an array does.
        self._index = index.ravel().data
        self._buckets = buckets.data

    def __getitem__(self, word: str) -> int:
        row = self._find(word) if isinstance(word, str) else None
        if row is None:
            raise KeyError(word)
        return row

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self._find(word) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._text[:].decode("utf-8").split("\n")[:-1])

    def __len__(self) -> int:
        return self._length

    def _find(self, word: str) -> int | None:
        # A lone surrogate, half a character, is in no file of words and has no strict encoding.
        spelled = word.encode("utf-8", "replace")
        bucket = zlib.crc32(spelled) % (len(self._buckets) - 1)
        for entry in range(3 * self._buckets[bucket], 3 * self._buckets[bucket + 1], 3):
            start, length, row = self._index[entry : entry + 3]
            if length == len(spelled) and self._text[start : start + length] == spelled:
                return int(row)
        return None


def write_vocabulary(directory: Path, rows: Mapping[str, int]) -> None:
    """Write the files of a `Vocabulary`, one word at least, none with a line break in it."""
    spelled = [word.encode() for word in rows]
    (directory / WORDS).write_bytes(b"".join(word + b"\n" for word in spelled))
    lengths = np.fromiter(map(len, spelled), dtype=np.int32, count=len(spelled))
    starts = np.concatenate([[0], np.cumsum(lengths[:-1] + 1)])
    bucket = np.fromiter(map(zlib.crc32, spelled), np.uint32, len(spelled)) % np.uint32(len(rows))
    table = np.column_stack([starts, lengths, list(rows.values())]).astype(np.int32)
    np.save(directory / INDEX, table[np.argsort(bucket, kind="stable")])
    counts = np.bincount(bucket, minlength=len(rows))
    np.save(directory / BUCKETS, np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))


def _check(index: npt.NDArray[np.int32], buckets: npt.NDArray[np.int32], text_length: int) -> None:
    if index.dtype != np.int32 or index.ndim != 2 or index.shape[1] != 3 or len(index) == 0:
        raise ValueError(f"{INDEX} holds {index.dtype} {index.shape}")
    if buckets.dtype != np.int32 or buckets.ndim != 1 or buckets[-1] != len(index):
        raise ValueError(f"{BUCKETS} does not fit {INDEX}")
    if int(index[:, 1].sum(dtype=np.int64)) + len(index) != text_length:
        raise ValueError(f"{WORDS} does not fit {INDEX}")
