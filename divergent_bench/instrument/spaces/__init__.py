"""Semantic spaces: a vocabulary and unit vectors, and where they come from.

People call `open_space`; the workflow makes its stores with `prepare_space`, in a job of its own.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from divergent_bench.base.errors import UserError

if TYPE_CHECKING:  # numpy is slow to import, and the lists of nouns do without
    from divergent_bench.instrument.spaces.store import Space

STORES = Path("resources/spaces")
DOWNLOADS = Path("resources/downloads")


def open_space(
    name: str | Path,
    *,
    dictionary: str | Path | None = None,
    stores: Path = STORES,
    downloads: Path = DOWNLOADS,
) -> "Space":
    """Open a semantic space; where it has no store yet, make that first.

    Parameters
    ----------
    name
        ``glove-6b-100d``, ``minilm-l6`` or ``wordnet`` (embedded); ``glove-840b-300d``,
        ``glove-6b-300d``, ``fasttext-crawl-300d`` or ``word2vec-googlenews`` (downloaded once, 0.9
        to 2.2 GB); the path of a file in GloVe, fastText .vec or word2vec binary format, also .gz
        or .zip; an encoder, as ``sentence-transformers:MODEL``; or the directory of a store.
    dictionary
        For a file or an encoder only: the words to keep, one per line; None takes what the
        embedded spaces know of the dictionary of Olson et al.
    stores, downloads
        Directories of the stores and of the downloads; by default those of the workflow.

    Returns
    -------
    Space
        Words and vectors stay on disk until they are asked for.

    Raises
    ------
    UserError
        Unknown name; a dictionary for what is no file; missing, damaged or wrong file; no network;
        disk full.
    """
    from divergent_bench.instrument.spaces import catalogue, encoder, store

    path = Path(name)
    named = str(name) in catalogue.space_names()
    if dictionary and (named or path.is_dir()):
        raise UserError(
            f"The space {name} has its words already, so that a dictionary would change nothing: "
            "leave it out, or give the path of a file of vectors with it."
        )
    directory, source, words = stores / path, None, None
    if not named:
        if path.is_dir():
            return store.open_space(path)
        if path.is_file() or encoder.is_encoder(name):
            words = Path(dictionary) if dictionary else None
            directory, source = stores / catalogue.store_name(name, words), name
            name = directory.name if encoder.is_encoder(name) else path.name
    store.remove_outdated(directory)
    if not directory.exists():
        catalogue.prepare_space(
            str(name), directory, source=source, cache=downloads, dictionary=words
        )
    return store.open_space(directory)
