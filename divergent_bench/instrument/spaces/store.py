"""The format of a semantic space on disk: a directory that opens in milliseconds.

DIR/vectors.npy   float32 (n_rows, d), rows of unit length, opened as a memory map
DIR/words.txt, index.npy, buckets.npy    the row of each word, see `spaces.vocabulary`; inflected
                  forms may share a row
DIR/space.json    the fields of `SpaceInfo`
DIR/encoder.json  only where vectors are made when they are asked for, see `spaces.encoder`
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces import encoder
from divergent_bench.instrument.spaces.vocabulary import Vocabulary, write_vocabulary

FORMAT_VERSION = 2

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SpaceInfo:
    """What a space is and where it comes from."""

    name: str  # as the config uses it
    dimensions: int  # length of a vector
    n_words: int  # inflected forms included
    source: str  # address or path of what the space was made from
    source_checksum: str  # of that source, as algorithm:hexdigest
    notes: str  # licence notice, and what a reader of the scores should know
    published: bool  # whether scores compare with published ones (GloVe 840B 300d)
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, eq=False)
class Space:
    """Words and their unit vectors, by which answers are scored."""

    name: str  # as the config uses it
    vectors: FloatArray  # (n_rows, d), read-only; every row has unit length
    rows: Mapping[str, int]  # word -> its row in `vectors`
    info: SpaceInfo

    def __contains__(self, word: object) -> bool:
        return word in self.rows

    @cached_property
    def letters(self) -> frozenset[str]:
        """The letters beyond a to z that its words have: most spaces have none."""
        beyond = (word for word in self.rows if not word.isascii())
        return frozenset(letter for word in beyond for letter in word if not letter.isascii())

    def vector(self, word: str) -> FloatArray:
        """Return the unit vector (d,) of `word`; KeyError when the space does not know it."""
        return cast("FloatArray", self.vectors[self.rows[word]])

    def distance(self, a: str, b: str) -> float:
        """Return the cosine distance, 0 to 2, between two words of the space."""
        return 1.0 - float(np.dot(self.vector(a), self.vector(b)))


def write_space(
    directory: Path,
    *,
    vectors: FloatArray,
    rows: Mapping[str, int],
    name: str,
    source: str,
    source_checksum: str,
    notes: str,
    published: bool,
) -> None:
    """Write a space; the directory appears whole or not at all, and replaces an older one.

    The `vectors`, shape (n_rows, d), are scaled to unit length, in place when already float32;
    `rows` is word -> row; all other parameters are fields of `SpaceInfo`. A full disk is a
    UserError; a vector without direction, a row that does not exist or no word at all, mistakes of
    the caller, are a ValueError.
    """
    vectors = np.asarray(vectors, dtype=np.float32)
    _scale_to_unit_length(vectors)
    if not rows or min(rows.values()) < 0 or max(rows.values()) >= len(vectors):
        raise ValueError("there is no word, or a word points to a row that does not exist")
    info = SpaceInfo(
        name=name,
        dimensions=vectors.shape[1],
        n_words=len(rows),
        source=source,
        source_checksum=source_checksum,
        notes=notes,
        published=published,
    )
    _write(directory, info, rows, lambda temporary: np.save(temporary / "vectors.npy", vectors))


def write_encoder_space(directory: Path, *, source: str, words: Sequence[str], name: str) -> None:
    """Write a space whose vectors an encoder makes when they are asked for, as `write_space`.

    The `source` names the encoder, see `encoder.load`; `words` are those that the space knows.
    """
    loaded = encoder.load(source)
    made_of = {"encoder": source, "checksum": encoder.checksum(loaded)}
    info = SpaceInfo(
        name=name,
        dimensions=encoder.embed(loaded, words[:1]).shape[1],
        n_words=len(words),
        source=source,
        source_checksum=made_of["checksum"],
        notes=f"Each word alone in the encoder {source.removeprefix(encoder.PREFIX)}.",
        published=False,
    )

    def write_vectors(temporary: Path) -> None:
        shape = (len(words), info.dimensions)
        # Zeros that take no room on the disk until they are written over.
        np.lib.format.open_memmap(temporary / "vectors.npy", "w+", np.float32, shape)
        (temporary / encoder.FILE).write_text(json.dumps(made_of) + "\n", encoding="utf-8")

    _write(directory, info, {word: row for row, word in enumerate(words)}, write_vectors)


def _write(
    directory: Path,
    info: SpaceInfo,
    rows: Mapping[str, int],
    write_vectors: Callable[[Path], object],
) -> None:
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
        try:
            write_vectors(temporary)
            write_vocabulary(temporary, rows)
            (temporary / "space.json").write_text(
                json.dumps(asdict(info), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
            )
            _flush_to_disk(temporary)
            temporary.chmod(0o755)  # mkdtemp makes private directories
            if directory.exists():
                shutil.rmtree(directory)
            temporary.rename(directory)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise UserError(
            f"The space '{info.name}' cannot be written to {directory}: {error.strerror or error}. "
            "Make room or choose another directory, then run again."
        ) from error


def remove_outdated(directory: Path) -> None:
    """Remove a store of another format version, so that it is made again."""
    try:
        content = json.loads((directory / "space.json").read_text(encoding="utf-8"))
        outdated = content["format_version"] != FORMAT_VERSION
    except (OSError, ValueError, KeyError, TypeError):
        return  # no store at all, which opening it will say
    if outdated:
        shutil.rmtree(directory)


def open_space(path: str | Path) -> Space:
    """Open the space in directory `path`; words and vectors stay on disk until they are read.

    A directory that is missing, incomplete or of another format version is a UserError.
    """
    directory = Path(path)
    info = _read_info(directory)
    try:
        is_filled = (directory / encoder.FILE).exists()
        vectors = np.load(directory / "vectors.npy", mmap_mode="r+" if is_filled else "r")
        rows = Vocabulary(directory)
        if is_filled:
            vectors = cast("FloatArray", encoder.EncodedVectors(directory, vectors, rows))
    except (OSError, ValueError, EOFError) as error:
        raise _broken(directory, str(error)) from error
    if len(rows) != info.n_words:
        raise _broken(directory, f"{len(rows)} words where space.json counts {info.n_words}")
    if vectors.ndim != 2 or vectors.shape[1] != info.dimensions or vectors.dtype != np.float32:
        raise _broken(
            directory,
            f"vectors.npy holds {vectors.dtype} {vectors.shape}, "
            f"not float32 with {info.dimensions} columns",
        )
    if rows.highest_row >= len(vectors):
        raise _broken(directory, "a word points to a row that vectors.npy does not have")
    return Space(info.name, vectors, rows, info)


def _read_info(directory: Path) -> SpaceInfo:
    path = directory / "space.json"
    if not directory.is_dir():
        raise UserError(
            f"There is no semantic space at {directory}. Prepare it first: "
            "a run of the workflow does."
        )
    if not path.is_file() and not (directory / "vectors.npy").is_file():
        raise UserError(
            f"{directory} holds no semantic space (there is neither a space.json nor a vectors.npy)"
            "; name one, or the directory of one, such as resources/spaces/NAME"
        )
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = content["format_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(directory, f"space.json is missing or unreadable ({error})") from error
    if version != FORMAT_VERSION:
        raise UserError(
            f"The semantic space at {directory} has format version {version}; this release reads "
            f"version {FORMAT_VERSION}. Move the directory away and prepare it again."
        )
    if set(content) != {field.name for field in fields(SpaceInfo)}:
        raise _broken(directory, "space.json lacks a field or has one too many")
    return SpaceInfo(**content)


def _broken(directory: Path, what: str) -> UserError:
    return UserError(
        f"The semantic space at {directory} is not whole: {what}. "
        "Move the directory away and prepare it again."
    )


def _scale_to_unit_length(vectors: FloatArray) -> None:
    # In blocks: the squares of 400,000 x 300 at once would double the memory.
    for start in range(0, len(vectors), 8192):
        block = vectors[start : start + 8192]
        lengths = np.sqrt(np.einsum("ij,ij->i", block, block, dtype=np.float64))
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            raise ValueError("every vector needs a finite length above zero")
        block /= lengths[:, None].astype(np.float32)


def _flush_to_disk(directory: Path) -> None:
    for path in (*directory.iterdir(), directory):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
