"""Files of word vectors, opened as a stream of bytes whatever they are wrapped in."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from divergent_bench.base.errors import UserError

_SUFFIXES = (".txt", ".vec", ".bin")


@contextmanager
def opened(source: Path, member: str | None = None) -> Iterator[IO[bytes]]:
    """Open the vectors in `source`: plain, gzipped or in a zip, told by its first bytes.

    `member` says which file of a zip; None where it holds one .txt, .vec or .bin. A file that is
    missing or damaged, there or while the block reads it, or is not in the zip is a UserError.
    """
    try:
        with source.open("rb") as raw:
            magic = raw.read(4)
        if magic == b"PK\x03\x04":
            with (
                zipfile.ZipFile(source) as archive,
                archive.open(_chosen(archive, source, member)) as stream,
            ):
                yield stream
        elif magic[:2] == b"\x1f\x8b":
            with gzip.open(source, "rb") as unzipped:
                yield io.BufferedReader(unzipped)
        else:
            with source.open("rb") as stream:
                yield stream
    except FileNotFoundError as error:
        raise UserError(f"There is no file of word vectors at {source}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise UserError(
            f"{source} is damaged or incomplete ({error}). Fetch it again and compare its checksum."
        ) from error
    except OSError as error:
        raise UserError(f"{source} cannot be read: {error.strerror or error}.") from error


def _chosen(archive: zipfile.ZipFile, source: Path, member: str | None) -> str:
    names = [name for name in archive.namelist() if name.endswith(_SUFFIXES)]
    if member in names:
        return member
    if member is not None or len(names) != 1:
        raise UserError(
            f"{source} holds {len(names)} .txt, .vec or .bin files ({', '.join(names)}) where "
            f"{member or 'one'} is expected: unpack it and name the file you want."
        )
    return names[0]
