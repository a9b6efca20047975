"""Downloads that are checked by their checksum, and continued after a cut."""

import errno
import hashlib
import re
import shutil
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces.progress import progress

if TYPE_CHECKING:
    from requests import Response

TIMEOUT = 60.0
"""Seconds without a byte after which a download counts as cut."""
CHUNK = 1 << 16  # of the last one before a cut nothing is kept
HASHED_AT_ONCE = 1 << 24
RESUMPTIONS = 5
"""How often one run takes up a download again that was cut after some bytes had come."""


@dataclass(frozen=True)
class RemoteFile:
    """A file at an address that must have a given content."""

    url: str
    checksum: str  # algorithm:hexdigest
    size: int  # bytes, rounded up; what the disk must have room for

    @property
    def name(self) -> str:
        """The file's own name, the last part of the address."""
        return self.url.rsplit("/", 1)[-1]


def download(file: RemoteFile, cache: Path) -> Path:
    """Return the path of `file` in `cache`, fetched unless a copy with its checksum is there.

    What came before a connection was cut stays beside it as ``.part``, and is not fetched again
    where the server can send the rest alone. No network, a connection that is cut, wrong content
    and a full disk are a UserError.
    """
    target = cache / file.name
    if target.is_file() and file_checksum(target, file.checksum) == file.checksum:
        return target

    import requests  # slow, and needed only here

    by_hand = f"Or fetch {file.url} another way and put it at {target}."
    part = target.with_name(f"{file.name}.part")

    try:
        _check_room(part, file)
        _fetch(file, part)
        if file_checksum(part, file.checksum) != file.checksum:
            part.unlink()
            raise UserError(
                f"What came from {file.url} is not the published file: its checksum is not "
                f"{file.checksum}. The download was cut, or changed on its way: run again. "
                f"{by_hand}"
            )
        part.replace(target)
    except requests.exceptions.HTTPError as error:
        raise UserError(f"The server refused {file.url}: {error}. {by_hand}") from error
    except requests.exceptions.RequestException as error:
        raise UserError(
            f"{file.url} could not be downloaded, or not to its end: {error}. Check the network "
            f"connection and run again: it goes on where it was cut, if the server lets it. "
            f"{by_hand}"
        ) from error
    except OSError as error:
        advice = "make room" if error.errno == errno.ENOSPC else "choose another cache directory"
        raise UserError(
            f"{file.url} cannot be kept in {cache}: {error.strerror or error}; {advice}."
        ) from error
    return target


def file_checksum(path: Path, like: str = "sha256:") -> str:
    """Return the checksum of a file as ``algorithm:hexdigest``, with the algorithm of `like`."""
    algorithm = like.partition(":")[0]
    digest = hashlib.new(algorithm, usedforsecurity=False)
    block = memoryview(bytearray(HASHED_AT_ONCE))
    with path.open("rb", buffering=0) as stream:
        # Large blocks, each hashed without the interpreter's lock: others work meanwhile.
        while length := stream.readinto(block):
            digest.update(block[:length])
    return f"{algorithm}:{digest.hexdigest()}"


def _fetch(file: RemoteFile, part: Path) -> None:
    """Fetch a file to `part`, which outlives a cut connection."""
    import requests

    for attempt in range(RESUMPTIONS + 1):
        before = _size(part)
        try:
            _fetch_the_rest(file, part)
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError):
            if attempt == RESUMPTIONS or _size(part) <= before:
                raise
        else:
            return


def _fetch_the_rest(file: RemoteFile, part: Path) -> None:
    import requests

    have = _size(part)
    # Content as it is stored: a range of what a server compresses on the way means nothing.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(file.url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        if have and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            # All of it was here when an earlier run was killed, or it is of another file.
            part.unlink()
            _fetch_the_rest(file, part)
            return
        response.raise_for_status()
        if not _continues(response, have):
            have = 0
        total = have + int(response.headers.get("Content-Length", 0)) or None
        label = f"Downloading {file.url} ({file.size / 1e6:,.0f} MB)"
        with part.open("ab" if have else "wb") as stream, progress(label, total, have) as advance:
            for chunk in response.iter_content(CHUNK):
                stream.write(chunk)
                advance(len(chunk))


def _continues(response: "Response", have: int) -> bool:
    """Whether the answer begins with byte number `have`, not with the first."""
    sent = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return (
        response.status_code == HTTPStatus.PARTIAL_CONTENT
        and sent is not None
        and int(sent[1]) == have
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check_room(part: Path, file: RemoteFile) -> None:
    cache = part.parent
    cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache).free
    if free < file.size - _size(part):
        raise UserError(
            f"{cache} has {free / 1e6:,.0f} MB free and {file.name} needs "
            f"{file.size / 1e6:,.0f} MB: make room or choose another cache directory."
        )
