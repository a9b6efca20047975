"""Spaces of a sentence encoder: each word is embedded once, when a vector of it is first asked for.

Such a store has one file more than others, ``encoder.json``, and is made without vectors: its words
are those of a dictionary, since an encoder has a vector for any text. A row of ``vectors.npy`` is
zero until its word was embedded. sentence-transformers, the extra ``encoder`` of this project, is
needed to make a store and where a row is missing, and not otherwise.
"""

import fcntl
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from divergent_bench.base.errors import UserError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from divergent_bench.instrument.spaces.store import FloatArray

PREFIX: Final = "sentence-transformers:"
"""Begins the source of such a space; the name of a model or its directory follows."""
FILE: Final = "encoder.json"
_AT_ONCE = 1024  # words, so that what was embedded before an interruption is kept


def is_encoder(source: object) -> bool:
    """Say whether the source of a space names an encoder, and no file."""
    return str(source).removeprefix(PREFIX) not in ("", str(source))


def space_name(source: str) -> str:
    """Return what the space of an encoder is called where nobody named it: it stands in paths."""
    return "-".join(re.findall(r"[A-Za-z0-9._+-]+", source))


@cache
def load(source: str) -> "SentenceTransformer":
    """Load the encoder that `source`, with its prefix, names; a UserError where it cannot be."""
    model = source.removeprefix(PREFIX)
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise UserError(
            f"The space {source} needs the package sentence-transformers, which is not installed: "
            "pip install 'divergent-bench[encoder]'"
        ) from error
    try:
        # Processors of one kind, so that a word has the same vector whoever embeds it.
        return SentenceTransformer(str(Path(model).expanduser()), device="cpu")
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(
            f"The encoder {model} cannot be loaded: {reason}. Give the name of a model of "
            "sentence-transformers, which is fetched once, or the directory of one."
        ) from error


def checksum(encoder: "SentenceTransformer") -> str:
    """Return a checksum of the weights, by which a store knows its encoder again."""
    digest = hashlib.sha256()
    for name, weights in sorted(encoder.state_dict().items()):
        digest.update(name.encode())
        digest.update(weights.cpu().numpy().tobytes())
    return f"sha256:{digest.hexdigest()}"


def embed(encoder: "SentenceTransformer", words: Sequence[str]) -> "FloatArray":
    """Return the vectors of words, shape (words, dimensions), as the encoder pools them."""
    vectors: FloatArray = encoder.encode(
        list(words), convert_to_numpy=True, show_progress_bar=False
    )
    return vectors


class EncodedVectors:
    """The rows of a store as an array of unit vectors; what is missing is embedded when asked for.

    Several processes may read and fill a store at once: rows are copied and written under a lock.
    """

    def __init__(self, directory: Path, vectors: "FloatArray", words: Iterable[str]) -> None:
        self._directory = directory
        self._made_of: dict[str, str] = json.loads((directory / FILE).read_text(encoding="utf-8"))
        self._words = words
        self._vectors = vectors
        self.shape, self.ndim, self.dtype = vectors.shape, vectors.ndim, vectors.dtype

    def __len__(self) -> int:
        return len(self._vectors)

    def __getitem__(self, rows: object) -> "FloatArray":
        found = self._read(rows)
        if not (known := found.any(axis=-1)).all():
            self._embed(np.unique(np.asarray(rows)[~known]))
            found = self._read(rows)
        return found

    def _read(self, rows: Any) -> "FloatArray":
        with self._locked(fcntl.LOCK_SH):
            return np.array(self._vectors[rows])

    def _embed(self, rows: npt.NDArray[np.integer]) -> None:
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            vectors = embed(self._encoder, [self._spelled[row] for row in some])
            vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            with self._locked(fcntl.LOCK_EX):
                self._vectors[some] = vectors
                self._vectors.flush()  # type: ignore[attr-defined]  # a memory map

    @cached_property
    def _spelled(self) -> list[str]:
        return list(self._words)

    @cached_property
    def _encoder(self) -> "SentenceTransformer":
        encoder = load(self._made_of["encoder"])
        if checksum(encoder) != self._made_of["checksum"]:
            raise UserError(
                f"{self._made_of['encoder']} has other weights now than when {self._directory} was "
                "made. Delete that directory: the words of the run are then embedded anew."
            )
        return encoder

    @contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        with (self._directory / FILE).open("rb") as stream:
            fcntl.flock(stream, kind)
            yield
