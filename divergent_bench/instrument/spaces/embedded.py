"""The semantic spaces that ship with the package, in ``data/``.

NAME.json           where its vectors come from, and what a reader of the scores should know
NAME.words.xz       a line per row: the word, then inflected forms that share the row
NAME.vectors[.xz]   the rows as whole numbers of one or two bytes, column by column, because the
                    values of a column are alike: all high bytes, then all low ones. Those of
                    GloVe would be 6 % smaller as .xz, and take 0.6 s more to unpack
wordnet.dictionary.xz    its words that are in the task's dictionary, and not in glove-6b-100d

The tools of the repository make them (`tools.build_glove`, `build_minilm`, `build_wordnet`).
"""

import json
import lzma
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

GLOVE: Final = "glove-6b-100d"
WORDNET: Final = "wordnet"
MINILM: Final = "minilm-l6"
STATEMENTS: Final[Mapping[str, str]] = {
    GLOVE: "Space: GloVe 6B 100d (embedded): near scores in GloVe 840B, not the same",
    MINILM: "Space: all-MiniLM-L6-v2 (embedded): not GloVe scores",
    WORDNET: "Embedded WordNet space: not GloVe scores",
}
"""By name, what scores of the task may be compared with."""
NAMES: Final = tuple(STATEMENTS)
DEFAULT_SPACE: Final = GLOVE
"""Where nothing is said: its scores are near the published ones, and it has norms of people."""


def unpack(name: str, directory: Path) -> None:
    """Write a packaged space as a store that `store.open_space` reads."""
    import numpy as np  # slow to import, and lists of words do without

    from divergent_bench.instrument.spaces.store import write_space

    header = json.loads(read(f"{name}.json"))
    packed = read(header["vectors"])
    content = lzma.decompress(packed) if header["vectors"].endswith(".xz") else packed
    stored = np.frombuffer(content, dtype=np.uint8)
    planes = stored.reshape(-1, header["dimensions"], header["rows"])
    rows = np.ascontiguousarray(planes.T).view(f">i{len(planes)}")[..., 0]
    forms = (line.split(" ") for line in lines(f"{name}.words.xz"))
    write_space(
        directory,
        # The scale of each row, which rounding took away, is that of unit length.
        vectors=rows.astype(np.float32, order="C"),
        rows={form: row for row, of_row in enumerate(forms) for form in of_row},
        name=name,
        source=header["source"],
        source_checksum=header["source_checksum"],
        notes=header["notes"],
        published=False,
    )


@cache
def dictionary() -> tuple[str, ...]:
    """Return the words of the task's dictionary that the embedded spaces know.

    They are 102,377 of 175,276, those of GloVe's vocabulary first, by frequency.
    """
    return (*lines(f"{GLOVE}.words.xz"), *lines(f"{WORDNET}.dictionary.xz"))


@cache
def lines(file: str) -> tuple[str, ...]:
    """Return the lines of a compressed list of the package."""
    return tuple(lzma.decompress(read(file)).decode().splitlines())


def read(file: str) -> bytes:
    """Return the content of a file of the package's data."""
    return files("divergent_bench.instrument.spaces").joinpath("data", file).read_bytes()
