"""Where the gateway of a working directory listens. Standard library only."""

import hashlib
import os
import stat

from divergent_bench import __version__
from divergent_bench.base.credentials import credentials
from divergent_bench.base.errors import UserError


def socket_path() -> str:
    """Return the path of the socket for this working directory, user, version and set of keys.

    A changed key gives another path, so that nobody is answered with a key that is not theirs.
    Only a short hash of the keys enters the name. A directory that is not private is a UserError.
    """
    keys = (f"{name}={key}" for name, key in sorted(credentials().items()))
    # A cluster ends all processes of a job with it, and perhaps gives it a /tmp of its own: answers
    # that another job waits for must not end with them.
    cluster_job = os.environ.get("SLURM_JOB_ID", "")
    identity = [os.getcwd(), __version__, cluster_job, *keys]
    name = hashlib.sha256("\0".join(identity).encode(errors="surrogateescape")).hexdigest()[:12]
    return f"{_private_directory()}/{name}.sock"


def _private_directory() -> str:
    # A socket path may have 107 bytes at most, on macOS 103: so it cannot live below the working
    # directory.
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if 0 < len(os.fsencode(runtime)) < 64 and os.access(runtime, os.W_OK | os.X_OK):
        directory = f"{runtime}/divergent-bench"
    else:
        directory = f"/tmp/divergent-bench-{os.getuid()}"  # noqa: S108  checked below
    try:
        os.mkdir(directory, 0o700)
    except FileExistsError:
        found = os.lstat(directory)
        private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
        if not private or found.st_uid != os.getuid():
            raise UserError(
                f"{directory}: must be a directory of yours that nobody else may enter; "
                "remove it, or make it so with chmod 700"
            ) from None
    return directory
