"""The semantic spaces a config can name, and how each is made ready to open."""

import hashlib
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces import embedded, encoder
from divergent_bench.instrument.spaces.downloads import RemoteFile, download, file_checksum
from divergent_bench.instrument.spaces.progress import progress
from divergent_bench.instrument.spaces.store import write_encoder_space, write_space
from divergent_bench.instrument.spaces.vectors import compact_vectors, read_dictionary


@dataclass(frozen=True)
class PublishedVectors:
    """A downloadable set of vectors."""

    file: RemoteFile
    notes: str  # licence notice, and what a reader of the scores should know
    dimensions: int = 300
    published: bool = False  # whether scores compare with published ones
    member: str | None = None  # the file in the archive, where it holds several


_NOT_PUBLISHED = "Scores do not compare with published ones, which are of GloVe 840B 300d."

OLSON_DICTIONARY = RemoteFile(
    "https://raw.githubusercontent.com/jayolson/divergent-association-task/main/words.txt",
    "sha256:33adcdd06a033b5cd92f34069268ad4400349dc50f914050bb1a8b534b76d940",
    2_000_000,
)

# The checksum of word2vec is the one that gensim-data lists. Those of GloVe 6B and fastText are not
# published beside the files; independent projects that pin them agree (Embeddings.jl and others).
CATALOGUE: Mapping[str, PublishedVectors] = {
    "glove-840b-300d": PublishedVectors(
        RemoteFile(
            "https://nlp.stanford.edu/data/glove.840B.300d.zip",
            "md5:2ffafcc9f9ae46fc8c95f32372976137",
            2_200_000_000,
        ),
        notes=(
            "GloVe 840B 300d, Pennington, Socher & Manning 2014; Public Domain Dedication and "
            "License v1.0. The space of Olson et al. 2021: scores compare with published ones."
        ),
        published=True,
    ),
    "glove-6b-300d": PublishedVectors(
        RemoteFile(
            "https://nlp.stanford.edu/data/glove.6B.zip",
            "sha256:617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
            870_000_000,
        ),
        notes=(
            "GloVe 6B 300d (Wikipedia 2014 and Gigaword 5), Pennington, Socher & Manning 2014; "
            f"Public Domain Dedication and License v1.0. {_NOT_PUBLISHED}"
        ),
        member="glove.6B.300d.txt",
    ),
    "fasttext-crawl-300d": PublishedVectors(
        RemoteFile(
            "https://dl.fbaipublicfiles.com/fasttext/vectors-english/crawl-300d-2M.vec.zip",
            "sha256:5bfffffbabdab299d4c9165c47275e8f982807a6eaca37ee1f71d3a79ddb544d",
            1_600_000_000,
        ),
        notes=(
            "fastText crawl-300d-2M (Common Crawl), Mikolov, Grave, Bojanowski, Puhrsch & Joulin "
            f"2018; Creative Commons Attribution-Share-Alike 3.0. {_NOT_PUBLISHED}"
        ),
    ),
    "word2vec-googlenews": PublishedVectors(
        RemoteFile(
            "https://github.com/piskvorky/gensim-data/releases/download/"
            "word2vec-google-news-300/word2vec-google-news-300.gz",
            "md5:a5e5354d40acb95f9ec66d5977d140ef",
            1_750_000_000,
        ),
        notes=(
            "word2vec GoogleNews-vectors-negative300, Mikolov, Sutskever, Chen, Corrado & Dean "
            f"2013, as kept by gensim-data, which found no licence for it. {_NOT_PUBLISHED}"
        ),
    ),
}


def space_names(catalogue: Mapping[str, PublishedVectors] = CATALOGUE) -> list[str]:
    """Return the names that need no file of the user's own."""
    return [*embedded.NAMES, *catalogue]


def prepare_space(
    name: str,
    directory: Path,
    *,
    source: Path | str | None = None,
    cache: Path,
    dictionary: Path | None = None,
    catalogue: Mapping[str, PublishedVectors] = CATALOGUE,
    dictionary_file: RemoteFile = OLSON_DICTIONARY,
) -> None:
    """Make the store of a semantic space in `directory`, which appears whole or not at all.

    Parameters
    ----------
    name
        The name of an embedded space or of the catalogue, or with `source` any other name.
    source
        A file that is already here, in a format of `spaces.formats` (plain, .gz or .zip). Under a
        name of the catalogue an archive must be the published one; what was unpacked from it may
        have any content, since no checksum of it is known. Or an encoder, see `spaces.encoder`.
    cache
        Directory of the downloads, which are kept.
    dictionary
        The words to keep, one per line. None takes what the embedded spaces know of the dictionary
        of Olson et al.; for a space of the catalogue all of it, downloaded as the space is.
    catalogue, dictionary_file
        What can be downloaded, and from where.

    Raises
    ------
    UserError
        Unknown name; no network; wrong checksum; damaged, wrong or missing file; disk full.
    """
    if name in embedded.NAMES:
        if source is not None:
            raise UserError(
                f"The space '{name}' is built in and takes no file; give {source} another name."
            )
        embedded.unpack(name, directory)
        return
    entry = catalogue.get(name)
    if encoder.is_encoder(source):
        if entry is not None:
            raise UserError(f"'{name}' is a published space; give that of {source} another name.")
        write_encoder_space(directory, source=str(source), words=_words(dictionary), name=name)
        return
    source = Path(source) if source else None
    if source is None:
        if entry is None:
            raise UserError(
                f"There is no semantic space '{name}'. Name one of "
                f"{', '.join(space_names(catalogue))}, or give the path of a file of vectors."
            )
        source, checksum = download(entry.file, cache), entry.file.checksum
    elif entry is not None:
        checksum = _checksum_of_own_copy(source, name, entry)
    elif source.is_file():
        checksum = None
    else:
        raise UserError(f"There is no file of word vectors at {source}.")
    if dictionary is None and entry is not None:
        dictionary = download(dictionary_file, cache)
    words = _words(dictionary)
    with ThreadPoolExecutor(max_workers=1) as pool:
        # Hashing gigabytes takes as long as reading them: it has a core of its own.
        hashing = pool.submit(lambda: checksum or file_checksum(source))
        with progress(f"Reading {source.name}") as advance:
            compact = compact_vectors(
                source,
                words,
                dimensions=entry.dimensions if entry else None,
                member=entry.member if entry else None,
                on_progress=advance,
            )
    if compact.malformed:
        print(
            f"{source.name}: left out {compact.malformed} lines of dictionary words that are no "
            "vectors (too few or too many numbers, not finite, or zero)",
            file=sys.stderr,
        )
    write_space(
        directory,
        vectors=compact.vectors,
        rows=compact.rows,
        name=name,
        source=entry.file.url if entry else str(source),
        source_checksum=hashing.result(),
        notes=entry.notes if entry else f"Vectors from {source.name}, supplied by the user.",
        published=entry is not None and entry.published,
    )


def _words(dictionary: Path | None) -> list[str]:
    return read_dictionary(dictionary) if dictionary else list(embedded.dictionary())


def _checksum_of_own_copy(source: Path, name: str, entry: PublishedVectors) -> str:
    try:
        with source.open("rb") as stream:
            is_archive = stream.read(4).startswith((b"PK\x03\x04", b"\x1f\x8b"))
        checksum = file_checksum(source, entry.file.checksum)
    except OSError as error:
        raise UserError(
            f"The file of vectors {source} for the space '{name}' cannot be read: {error.strerror}."
        ) from error
    if is_archive and checksum != entry.file.checksum:
        raise UserError(
            f"{source} is not the published {entry.file.name}: its checksum is {checksum}, not "
            f"{entry.file.checksum}. It is incomplete or another archive; fetch {entry.file.url} "
            f"again, or give the space another name than '{name}'."
        )
    return checksum


def store_name(source: Path | str, dictionary: Path | None) -> str:
    """Return a directory name that changes when what a space is made from does."""
    named = encoder.is_encoder(source)
    name = encoder.space_name(str(source)) if named else Path(source).name
    files = [file for file in (Path(source), dictionary) if file and file.exists()]
    state = [(str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    return f"{name}-{hashlib.sha256(repr(state).encode()).hexdigest()[:12]}" if state else name
