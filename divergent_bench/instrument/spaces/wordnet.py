"""The semantic space that ships with the package: WordNet 3.0 in 100 dimensions.

Made by `tools.build_wordnet`. Good for a first run, for tests and as a robustness
check; its scores are not GloVe scores. numpy is imported where the vectors are unpacked, so that
the noun lists stay cheap.
"""

import json
import lzma
from functools import cache
from importlib.resources import files
from pathlib import Path

NAME = "wordnet"
_NOTES = (
    "Built from WordNet 3.0, Copyright 2006 by Princeton University; all rights reserved; the "
    "licence is WORDNET-LICENSE in the package. Absolute scores are not GloVe scores and do not "
    "compare with published ones."
)


def unpack(directory: Path) -> None:
    """Write the packaged space as a store that `open_space` reads."""
    import numpy as np

    from divergent_bench.instrument.spaces.store import write_space

    header = json.loads(_data("wordnet.json"))
    quantised = np.frombuffer(lzma.decompress(_data("wordnet.vectors.xz")), dtype=np.int8)
    # Stored column by column. The unit length the step took away comes back when it is written.
    vectors = quantised.reshape(header["dimensions"], header["rows"]).T.astype(
        np.float32, order="C"
    )
    # A line has the word itself, then its inflected forms.
    lines = lzma.decompress(_data("wordnet.words.xz")).decode().splitlines()
    rows = {form: row for row, line in enumerate(lines) for form in line.split(" ")}
    write_space(
        directory,
        vectors=vectors,
        rows=rows,
        name=NAME,
        source=header["source"],
        source_checksum=header["source_checksum"],
        notes=_NOTES,
        published=False,
    )


@cache
def nouns() -> tuple[str, ...]:
    """Return the nouns of the space (base forms), the most common first.

    Common is what was tagged most often in WordNet's sense-tagged corpora; among nouns never
    tagged, what occurs most often in the glosses.
    """
    return tuple(lzma.decompress(_data("wordnet.nouns.xz")).decode().splitlines())


def common_nouns(n: int) -> tuple[str, ...]:
    """Return the `n` most common nouns; all of them when there are fewer."""
    return nouns()[:n]


@cache
def withheld_nouns() -> frozenset[str]:
    """Return the nouns that baselines never list: what WordNet marks as a slur or an obscenity."""
    return frozenset(lzma.decompress(_data("wordnet.withheld.xz")).decode().splitlines())


def _data(name: str) -> bytes:
    return files("divergent_bench.instrument.spaces").joinpath("data", name).read_bytes()
