"""Files of the package's data."""

import lzma
from pathlib import Path

from divergent_bench.base.files import replacing


def write_xz(path: Path, content: bytes, **options: int) -> None:
    """Compress as far as can be; `options` are those of LZMA2, such as ``lc=0``."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, **options}]
    with replacing(path) as temporary:
        temporary.write_bytes(lzma.compress(content, format=lzma.FORMAT_XZ, filters=filters))
