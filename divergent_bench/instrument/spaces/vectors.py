"""Read published word vectors, gigabytes of them, and keep those of the dictionary words.

The file is read as a stream: nothing is unpacked to disk, and only the numbers of dictionary words
are parsed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces.formats import FloatArray, recognise, records
from divergent_bench.instrument.spaces.unpacking import opened

BATCH = 100  # vectors parsed at once: their text fits the cache of a core


@dataclass(frozen=True)
class CompactVectors:
    """Vectors of the dictionary words found in a file."""

    vectors: FloatArray  # (n_words, d), as published: not scaled
    rows: dict[str, int]  # word -> row
    malformed: int  # dictionary words left out: wrong count of numbers, not finite, or zero


def read_dictionary(path: Path) -> list[str]:
    """Return the words of a dictionary file, one per line, each once, blank lines left out."""
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
    member: str | None = None,
    on_progress: Callable[[int], object] = lambda _: None,
) -> CompactVectors:
    """Keep the vectors of dictionary words, in the order of the file.

    Of a word that occurs twice the first line counts. Words are compared as bytes, so that tokens
    that are not valid UTF-8 do no harm. The `source` is in a format of `spaces.formats`, plain, .gz
    or .zip, of which `member` names the file where there are several; `dimensions` is the length
    that vectors must have. `on_progress` is called with the number of unpacked bytes read since the
    last call. A file that is missing, damaged, cut, in another format or without any dictionary
    word is a UserError.
    """
    wanted = {word.encode() for word in dictionary}
    with opened(source, member) as stream:
        layout = recognise(stream, source)
        if dimensions not in (None, layout.dimensions):
            raise UserError(
                f"{source} has vectors of {layout.dimensions} numbers, not {dimensions}: "
                "it is another file of vectors."
            )
        vectors = np.empty((len(wanted), layout.dimensions), dtype=np.float32)
        rows: dict[str, int] = {}
        malformed = 0
        found = records(stream, layout, wanted, source, on_progress)
        while batch := list(islice(found, BATCH)):
            words, numbers = zip(*batch, strict=True)
            parsed = layout.parse(list(numbers))
            (sound,) = np.nonzero(np.isfinite(parsed).all(axis=1) & parsed.any(axis=1))
            start = len(rows)
            rows |= {words[i].decode(): start + n for n, i in enumerate(sound.tolist())}
            vectors[start : len(rows)] = parsed[sound]
            malformed += len(words) - len(sound)
    if not rows:
        raise UserError(
            f"{source} has no vector for any of the {len(set(dictionary))} dictionary words. "
            "It should hold words in lower case."
        )
    return CompactVectors(vectors[: len(rows)], rows, malformed)
