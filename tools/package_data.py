"""Files of the package's data."""

import lzma
from pathlib import Path

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import replacing
from divergent_bench.instrument.spaces.downloads import file_checksum


def check_file(path: Path, checksum: str) -> None:
    """Raise a UserError where a file that data is built from has another content."""
    found = file_checksum(path, checksum)
    if found != checksum:
        raise UserError(f"{path} is not the published file: its checksum is {found}")


def write_xz(path: Path, content: bytes, **options: int) -> None:
    """Compress as far as can be; `options` are those of LZMA2, such as ``lc=0``."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, **options}]
    with replacing(path) as temporary:
        temporary.write_bytes(lzma.compress(content, format=lzma.FORMAT_XZ, filters=filters))
