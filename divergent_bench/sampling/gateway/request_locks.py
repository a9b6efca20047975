"""Locks on requests: who asks for an answer right now, across all gateways on one ledger."""

import fcntl
import os
import struct
import sys
from pathlib import Path

LOCK_BITS = 60  # of the digest: where in the file its byte is
_FLOCK = "hhqqi"  # type, whence, start, length, process, as Linux has it


class RequestLocks:
    """Byte-range locks on one file beside the ledger, one byte per request.

    Another set of keys means another gateway; without locks, both could pay for one answer. The
    kernel gives up the locks of a process that dies. The file stays empty.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self, digest: str) -> bool:
        """Lock a request, unless another process has it; say whether it is ours.

        Where the file system cannot say, that is an OSError.
        """
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _offset(digest))
        except (BlockingIOError, PermissionError):  # either, by file system
            return False
        return True

    def others_have_some(self) -> bool:
        """Say whether other processes are asking for anything; on Linux alone it is known."""
        if sys.platform != "linux":
            return False
        any_byte = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        found = fcntl.fcntl(self._descriptor, fcntl.F_GETLK, any_byte)
        return bool(struct.unpack(_FLOCK, found)[0] != fcntl.F_UNLCK)

    def give_up(self, digest: str) -> None:
        """Let others have a request."""
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, _offset(digest))

    def close(self) -> None:
        """Give up all locks."""
        os.close(self._descriptor)


def _offset(digest: str) -> int:
    return int(digest[: LOCK_BITS // 4], 16)
