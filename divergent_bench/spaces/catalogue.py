"""The semantic spaces a config can name, and how each is made ready to open."""

import errno
import hashlib
import logging
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from divergent_bench.errors import UserError
from divergent_bench.spaces import wordnet
from divergent_bench.spaces.store import write_space
from divergent_bench.spaces.vectors import compact_vectors, read_dictionary

TIMEOUT = 60.0
"""Seconds without a byte after which a download counts as cut."""


@dataclass(frozen=True)
class RemoteFile:
    """A file at an address that must have a given content.

    Attributes
    ----------
    url
        Where it is published.
    checksum
        ``algorithm:hexdigest``.
    size
        Bytes, rounded up; what the disk must have room for.
    """

    url: str
    checksum: str
    size: int

    @property
    def name(self) -> str:
        """The file's own name, the last part of the address."""
        return self.url.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class PublishedVectors:
    """A downloadable set of vectors.

    Attributes
    ----------
    file
        The archive.
    dimensions
        Length of a vector.
    notes
        Licence notice and what a reader of the scores should know.
    published
        Whether scores compare with the published DAT scores.
    """

    file: RemoteFile
    dimensions: int
    notes: str
    published: bool = False


OLSON_DICTIONARY = RemoteFile(
    "https://raw.githubusercontent.com/jayolson/divergent-association-task/main/words.txt",
    "sha256:33adcdd06a033b5cd92f34069268ad4400349dc50f914050bb1a8b534b76d940",
    2_000_000,
)

CATALOGUE: Mapping[str, PublishedVectors] = {
    "glove-840b-300d": PublishedVectors(
        RemoteFile(
            "https://nlp.stanford.edu/data/glove.840B.300d.zip",
            "md5:2ffafcc9f9ae46fc8c95f32372976137",
            2_200_000_000,
        ),
        dimensions=300,
        notes=(
            "GloVe 840B 300d, Pennington, Socher & Manning 2014; Public Domain Dedication and "
            "License v1.0. The space of Olson et al. 2021: scores compare with published ones."
        ),
        published=True,
    ),
}


def space_names(catalogue: Mapping[str, PublishedVectors] = CATALOGUE) -> list[str]:
    """Return the names that need no file of the user's own."""
    return [wordnet.NAME, *catalogue]


def prepare_space(
    name: str,
    directory: Path,
    *,
    source: Path | None = None,
    cache: Path,
    dictionary: Path | None = None,
    catalogue: Mapping[str, PublishedVectors] = CATALOGUE,
    dictionary_file: RemoteFile = OLSON_DICTIONARY,
) -> None:
    """Make the store of a semantic space in `directory`.

    Parameters
    ----------
    name
        ``wordnet``, a name of the catalogue, or with `source` any other name.
    directory
        Where the store goes; it appears whole or not at all.
    source
        A file that is already here, in GloVe or .vec text format (plain, .gz or .zip). Under a name
        of the catalogue a .zip must be the published archive.
    cache
        Directory of the downloads, which are kept.
    dictionary
        The words to keep, one per line; None takes that of Olson et al., downloaded.
    catalogue, dictionary_file
        What can be downloaded, and from where.

    Raises
    ------
    UserError
        Unknown name; no network; wrong checksum; damaged, wrong or missing file; disk full.
    """
    if name == wordnet.NAME:
        if source is not None:
            raise UserError(
                f"The space 'wordnet' is built in and takes no file; give {source} another name."
            )
        wordnet.unpack(directory)
        return
    entry = catalogue.get(name)
    if source is None:
        if entry is None:
            raise UserError(
                f"There is no semantic space '{name}'. Name one of "
                f"{', '.join(space_names(catalogue))}, or give the path of a file of vectors."
            )
        source, checksum = download(entry.file, cache), entry.file.checksum
    else:
        checksum = _checksum_of_own_file(source, name, entry)
    words = read_dictionary(dictionary or download(dictionary_file, cache))
    with _progress(f"Reading {source.name}") as advance:
        compact = compact_vectors(
            source,
            words,
            dimensions=entry.dimensions if entry else None,
            on_progress=advance,
        )
    write_space(
        directory,
        vectors=compact.vectors,
        rows=compact.rows,
        name=name,
        source=entry.file.url if entry else str(source),
        source_checksum=checksum,
        notes=entry.notes if entry else f"Vectors from {source.name}, supplied by the user.",
        published=entry is not None and entry.published,
    )


def download(file: RemoteFile, cache: Path) -> Path:
    """Return the path of `file` in `cache`, fetched unless a copy with its checksum is there.

    Raises
    ------
    UserError
        No network, connection cut, wrong content, disk full.
    """
    target = cache / file.name
    if _is_whole(target, file):
        return target

    import pooch  # imports requests: slow, and needed only here
    import requests

    # We tell the user what happens ourselves.
    pooch.get_logger().setLevel(logging.ERROR)
    by_hand = f"Or fetch {file.url} another way and put it at {target}."
    try:
        _check_room(cache, file)
        print(f"Downloading {file.url} ({file.size / 1e6:,.0f} MB) ...", file=sys.stderr)
        pooch.retrieve(
            file.url,
            known_hash=file.checksum,
            fname=file.name,
            path=cache,
            downloader=pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=TIMEOUT),
        )
    except requests.exceptions.HTTPError as error:
        raise UserError(f"The server refused {file.url}: {error}. {by_hand}") from error
    except requests.exceptions.RequestException as error:
        raise UserError(
            f"{file.url} could not be downloaded, or not to its end: {error}. Check the network "
            f"connection and run again. {by_hand}"
        ) from error
    except ValueError as error:  # what pooch raises when the checksum is another
        raise UserError(
            f"What came from {file.url} is not the published file: its checksum is not "
            f"{file.checksum}. The download was cut, or changed on its way: run again. {by_hand}"
        ) from error
    except OSError as error:
        advice = "make room" if error.errno == errno.ENOSPC else "choose another cache directory"
        raise UserError(
            f"{file.url} cannot be kept in {cache}: {error.strerror or error}; {advice}."
        ) from error
    return target


def _is_whole(path: Path, file: RemoteFile) -> bool:
    return path.is_file() and file_checksum(path, file.checksum) == file.checksum


def file_checksum(path: Path, like: str = "sha256:") -> str:
    """Return the checksum of a file as ``algorithm:hexdigest``, with the algorithm of `like`."""
    algorithm = like.partition(":")[0]
    with path.open("rb") as stream:
        return f"{algorithm}:{hashlib.file_digest(stream, algorithm).hexdigest()}"


def _checksum_of_own_file(source: Path, name: str, entry: PublishedVectors | None) -> str:
    try:
        with source.open("rb") as stream:
            is_zip = stream.read(4) == b"PK\x03\x04"
        checksum = file_checksum(source, entry.file.checksum if entry else "sha256:")
    except OSError as error:
        raise UserError(
            f"The file of vectors {source} for the space '{name}' cannot be read: {error.strerror}."
        ) from error
    if entry and is_zip and checksum != entry.file.checksum:
        raise UserError(
            f"{source} is not the published {entry.file.name}: its checksum is {checksum}, not "
            f"{entry.file.checksum}. It is incomplete or another archive; fetch {entry.file.url} "
            f"again, or give the space another name than '{name}'."
        )
    return checksum


def _check_room(cache: Path, file: RemoteFile) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache).free
    if free < file.size:
        raise UserError(
            f"{cache} has {free / 1e6:,.0f} MB free and {file.name} needs "
            f"{file.size / 1e6:,.0f} MB: make room or choose another cache directory."
        )


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int], object]]:
    if not sys.stderr.isatty():
        print(f"{label} ...", file=sys.stderr)
        yield lambda _: None
        return
    from tqdm import tqdm

    with tqdm(desc=label, unit="B", unit_scale=True, leave=False) as bar:
        yield bar.update
