"""The formats word vectors are published in: text (GloVe, fastText .vec) and word2vec binary.

Each is read as records (word, numbers as they stand in the file) of the wanted words only, and a
function that turns the numbers of many records into an array.

Text: ``word x1 ... xd`` per line, single spaces; a .vec has a first line ``count d`` before that.
Binary: the line ``count d``, then for each word its bytes, a space, and d float32, least
significant byte first; some writers end each vector with a line break.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, cast

import numpy as np
import numpy.typing as npt

from divergent_bench.base.errors import UserError

FloatArray = npt.NDArray[np.float32]
Record = tuple[bytes, bytes]
"""A word and its numbers, both as they stand in the file."""

BLOCK = 1 << 18  # bytes read at once, which fit the cache of a core
LONGEST_WORD = 1 << 16  # bytes
MINIMUM_DIMENSIONS = 10
"""Fewer numbers on a line are no word vector; it keeps prose and tables from being read as one."""
_MARK = b" 1e300 "
_FASTTEXT_MODEL = b"\xba\x16\x4f\x2f"


@dataclass(frozen=True)
class Layout:
    """How the vectors of an opened file are laid out."""

    dimensions: int  # numbers per vector
    count: int | None  # words that the file says it has; None where it does not say
    binary: bool  # word2vec binary
    rest: bytes  # already read, and part of the records

    def parse(self, numbers: list[bytes]) -> FloatArray:
        """Turn the numbers of n records into (n, dimensions); malformed ones into NaN."""
        if self.binary:
            return np.frombuffer(b"".join(numbers), dtype="<f4").reshape(-1, self.dimensions)
        return _parse_text(numbers, self.dimensions)


def recognise(stream: IO[bytes], source: object) -> Layout:
    """Read the first bytes of `stream` and tell its layout; `source` names it in errors."""
    head = stream.read(BLOCK)
    if head.startswith(_FASTTEXT_MODEL):
        raise UserError(
            f"{source} is a fastText model, not a file of vectors: take the .vec published with it."
        )
    first, _, rest = head.partition(b"\n")
    if _is_header(first):
        count, dimensions = map(int, first.split())
        binary = _count_numbers(rest.partition(b"\n")[0]) != dimensions
        layout = Layout(dimensions, count, binary, rest)
    else:
        layout = Layout(_count_numbers(first), None, False, head)
    if layout.dimensions < MINIMUM_DIMENSIONS:
        raise UserError(
            f"{source} is not in GloVe format (a word and its numbers per line, separated by "
            "single spaces), nor in fastText's .vec or word2vec's binary format."
        )
    return layout


def records(
    stream: IO[bytes],
    layout: Layout,
    wanted: set[bytes],
    source: object,
    on_progress: Callable[[int], object],
) -> Iterator[Record]:
    """Yield the records of `wanted` words, each word once; what is yielded leaves `wanted`."""
    read = _binary_records if layout.binary else _text_records
    return read(_blocks(stream, layout.rest, on_progress), layout, wanted, source)


def _blocks(
    stream: IO[bytes], first: bytes, on_progress: Callable[[int], object]
) -> Iterator[bytes]:
    block = first
    while block:
        on_progress(len(block))
        yield block
        block = stream.read(BLOCK)


def _text_records(
    blocks: Iterator[bytes], layout: Layout, wanted: set[bytes], source: object
) -> Iterator[Record]:
    n_lines, buffer = 0, b""
    for block in blocks:
        buffer += block
        position = 0
        # Found in place: most lines are not wanted, and not copied.
        while (end := buffer.find(b"\n", position)) >= 0:
            n_lines += 1
            space = buffer.find(b" ", position, end)
            if buffer[position:space] in wanted:
                yield _taken(buffer[position:space], buffer[space + 1 : end], wanted)
            position = end + 1
        buffer = buffer[position:]
    word, _, numbers = buffer.partition(b" ")
    if buffer.strip():
        n_lines += 1
        if len(numbers.split()) < layout.dimensions:
            raise _cut(source, f"its last line has fewer than {layout.dimensions} numbers")
        if word in wanted:
            yield _taken(word, numbers, wanted)
    if layout.count is not None and n_lines < layout.count:
        raise _cut(source, f"it has {n_lines} of {layout.count} words")


def _taken(word: bytes, numbers: bytes, wanted: set[bytes]) -> Record:
    # GloVe 840B has tokens with spaces in them: "at name@domain.com" is not the word "at".
    if numbers[:1] in b"-.0123456789":
        wanted.remove(word)
    return word, numbers.rstrip()


def _binary_records(
    blocks: Iterator[bytes], layout: Layout, wanted: set[bytes], source: object
) -> Iterator[Record]:
    size = 4 * layout.dimensions
    buffer, position = b"", 0
    for n_words in range(layout.count or 0):
        while (space := buffer.find(b" ", position)) < 0 or len(buffer) < space + 1 + size:
            if space < 0 and len(buffer) - position > LONGEST_WORD:
                raise UserError(f"{source} is damaged: word {n_words + 1} does not end.")
            block = next(blocks, b"")
            if not block:
                raise _cut(source, f"it has {n_words} of {layout.count} words")
            buffer, position = buffer[position:] + block, 0
        word = buffer[position:space].lstrip(b"\n")
        position = space + 1 + size
        if word in wanted:
            wanted.remove(word)
            yield word, buffer[space + 1 : position]
    if buffer[position:].strip() or next(blocks, b"").strip():
        raise UserError(
            f"{source} is damaged, or not in word2vec's binary format: it goes on after the "
            f"{layout.count} words that its first line counts."
        )


def _parse_text(numbers: list[bytes], dimensions: int) -> FloatArray:
    try:
        return _parse_as_json(numbers, dimensions)
    except (ValueError, TypeError, RuntimeError):
        return np.concatenate([_parse_plainly(line, dimensions) for line in numbers])


def _parse_as_json(numbers: list[bytes], dimensions: int) -> FloatArray:
    import simdjson  # the fastest way from decimal numbers to an array: ten times numpy's

    # The mark after each vector proves that every line had its share, no more and no less.
    text = b"[" + (_MARK.join(numbers) + _MARK[:-1]).replace(b" ", b",") + b"]"
    array = cast("simdjson.Array", simdjson.Parser().parse(text))
    values = np.frombuffer(array.as_buffer(of_type="d"), dtype=np.float64)
    table = values.reshape(len(numbers), dimensions + 1)
    if not (table[:, -1] == float(_MARK[1:-1])).all():
        raise ValueError("a line has too few numbers and another too many")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is left out
        return table[:, :-1].astype(np.float32)


def _parse_plainly(numbers: bytes, dimensions: int) -> FloatArray:
    # Numbers that are none in JSON: ".5", "+1", several spaces.
    try:
        row = [float(number) for number in numbers.split()]
    except ValueError:
        row = []
    if len(row) != dimensions:
        row = [np.nan] * dimensions
    with np.errstate(over="ignore"):
        return np.array([row]).astype(np.float32)


def _is_header(line: bytes) -> bool:
    fields = line.split()
    return len(fields) == 2 and all(field.isdigit() for field in fields)


def _count_numbers(line: bytes) -> int:
    count = 0
    for field in reversed(line.split()[1:]):
        try:
            float(field)
        except ValueError:
            break
        count += 1
    return count


def _cut(source: object, what: str) -> UserError:
    return UserError(f"{source} is incomplete: {what}. Fetch it again and compare its checksum.")
