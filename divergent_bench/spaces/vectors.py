"""Compaction of published word vectors: from a text file of gigabytes to the words that count.

Reads the GloVe text format (``word x1 ... xd``) and fastText's .vec (the same under a ``count d``
header), plain, gzipped or inside a zip, as a stream: nothing is unpacked to disk and only the rows
of dictionary words are parsed.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from divergent_bench.errors import UserError

MINIMUM_DIMENSIONS = 10
"""Fewer numbers on a line are no word vector; it keeps prose and tables from being read as one."""


@dataclass(frozen=True)
class CompactVectors:
    """Vectors of the dictionary words found in a file.

    Attributes
    ----------
    vectors
        float32 (n_words, d), as published: not scaled.
    rows
        Word -> row.
    malformed
        Lines of dictionary words that were left out: wrong count of numbers, not finite, or zero.
    """

    vectors: npt.NDArray[np.float32]
    rows: dict[str, int]
    malformed: int


def read_dictionary(path: Path) -> list[str]:
    """Return the words of a dictionary file, one per line, each once, blank lines left out.

    Raises
    ------
    UserError
        When the file is missing, not UTF-8, or holds no word.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"The dictionary {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"The dictionary {path} is not UTF-8 text: save it as UTF-8.") from error
    words = list(dict.fromkeys(word for line in text.splitlines() if (word := line.strip())))
    if not words:
        raise UserError(f"The dictionary {path} is empty: give one word per line.")
    return words


def compact_vectors(
    source: Path,
    dictionary: list[str],
    *,
    dimensions: int | None = None,
    on_progress: Callable[[int], object] = lambda _: None,
) -> CompactVectors:
    """Keep the vectors of dictionary words.

    Parameters
    ----------
    source
        Text in GloVe or .vec format: plain, .gz, or .zip with one such file.
    dictionary
        The words to keep, as they are spelled in the file.
    dimensions
        Length of a vector; None reads it off the first line.
    on_progress
        Called with the number of bytes of text read since the last call.

    Returns
    -------
    CompactVectors
        In the order of the file. Of a word that occurs twice the first line wins.

    Notes
    -----
    Some tokens of GloVe 840B contain spaces (``. . .``, ``at name@domain.com``). Such a line has
    more fields than `dimensions` after its first word, and is never taken for that word. Lines are
    compared as bytes, so that tokens that are not valid UTF-8 do no harm.

    Raises
    ------
    UserError
        When the file is missing, damaged, in another format, or has no dictionary word.
    """
    wanted = {word.encode(): word for word in dictionary}
    try:
        with open_text(source) as stream:
            return _compact(stream, source, wanted, dimensions, on_progress)
    except FileNotFoundError as error:
        raise UserError(f"There is no file of word vectors at {source}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise UserError(
            f"{source} is damaged or incomplete ({error}). Fetch it again and compare its checksum."
        ) from error
    except OSError as error:
        raise UserError(f"{source} cannot be read: {error.strerror or error}.") from error


@contextmanager
def open_text(source: Path) -> Iterator[IO[bytes]]:
    """Open the text of `source`, whatever it is wrapped in, by its first bytes and not its name."""
    with source.open("rb") as raw:
        magic = raw.read(4)
    if magic == b"PK\x03\x04":
        with zipfile.ZipFile(source) as archive:
            members = [m for m in archive.infolist() if m.filename.endswith((".txt", ".vec"))]
            if len(members) != 1:
                raise UserError(
                    f"{source} holds {len(members)} .txt or .vec files where one is expected: "
                    "unpack it and name the file you want."
                )
            with archive.open(members[0]) as stream:
                yield stream
    elif magic[:2] == b"\x1f\x8b":
        with gzip.open(source, "rb") as stream:
            yield io.BufferedReader(stream)
    else:
        with source.open("rb") as stream:
            yield stream


def _compact(
    stream: IO[bytes],
    source: Path,
    wanted: dict[bytes, str],
    dimensions: int | None,
    on_progress: Callable[[int], object],
) -> CompactVectors:
    first = stream.readline(1 << 16)
    leading = [] if _is_header(first) else [first]
    if not leading:
        dimensions = _checked_dimensions(int(first.split()[1]), dimensions, source)
    else:
        dimensions = _checked_dimensions(_count_numbers(first), dimensions, source)
    vectors = np.empty((len(wanted), dimensions), dtype=np.float32)
    rows: dict[str, int] = {}
    malformed = 0
    for line in _lines(leading, stream, on_progress):
        word = wanted.get(line[: line.find(b" ")])
        if word is None or word in rows:
            continue
        numbers = line[len(word.encode()) :].split()
        # A token that merely begins with a dictionary word ("at name@domain.com") has extra fields.
        if len(numbers) != dimensions or not _parse(numbers, vectors[len(rows)]):
            malformed += 1
            continue
        rows[word] = len(rows)
    if not rows:
        raise UserError(
            f"{source} has no vector for any of the {len(wanted)} dictionary words. "
            "It should be text in GloVe format (word, space, numbers) with words in lower case."
        )
    return CompactVectors(vectors[: len(rows)], rows, malformed)


def _lines(
    leading: list[bytes], stream: IO[bytes], on_progress: Callable[[int], object]
) -> Iterator[bytes]:
    # Whole blocks: zipfile's own line iterator costs more than the decompression.
    yield from leading
    rest = b""
    while block := stream.read(1 << 22):
        on_progress(len(block))
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        yield from lines
    if rest:
        yield rest


def _parse(numbers: list[bytes], into: npt.NDArray[np.float32]) -> bool:
    try:
        into[:] = list(map(float, numbers))
    except ValueError:
        return False
    return bool(np.isfinite(into).all() and into.any())


def _is_header(line: bytes) -> bool:
    fields = line.split()
    return len(fields) == 2 and all(field.isdigit() for field in fields)


def _count_numbers(line: bytes) -> int:
    fields = line.split()[1:]
    count = 0
    for field in reversed(fields):
        try:
            float(field)
        except ValueError:
            break
        count += 1
    return count


def _checked_dimensions(found: int, expected: int | None, source: Path) -> int:
    if found < MINIMUM_DIMENSIONS:
        raise UserError(
            f"{source} is not in GloVe format: its first line should be a word and its numbers, "
            "separated by single spaces."
        )
    if expected is not None and found != expected:
        raise UserError(
            f"{source} has vectors of {found} numbers, not {expected}: "
            "it is another file of vectors."
        )
    return found
