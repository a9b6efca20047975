"""Semantic spaces: a vocabulary and unit vectors, and where they come from.

`open_space` is the one door for people; the workflow makes the stores it opens by itself.
"""

from pathlib import Path
from typing import TYPE_CHECKING

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
    """Open a semantic space; make its store first where there is none yet.

    Parameters
    ----------
    name
        ``wordnet`` (embedded), ``glove-840b-300d``, ``glove-6b-300d``, ``fasttext-crawl-300d`` or
        ``word2vec-googlenews`` (downloaded once, 0.9 to 2.2 GB); the path of a file in GloVe,
        fastText .vec or word2vec binary format, also .gz or .zip; or the directory of a store.
    dictionary
        For a file: the words to keep, one per line; None takes the dictionary of Olson et al.,
        downloaded once.
    stores, downloads
        Directories of the stores and of the downloads; by default those of the workflow.

    Returns
    -------
    Space
        Words and vectors stay on disk until they are asked for.

    Raises
    ------
    UserError
        Unknown name; missing, damaged or wrong file; no network; disk full.
    """
    from divergent_bench.instrument.spaces import catalogue, store

    path = Path(name)
    if str(name) not in catalogue.space_names():
        if path.is_dir():
            return store.open_space(path)
        if path.is_file():
            return _open_file(path, Path(dictionary) if dictionary else None, stores, downloads)
    directory = stores / path
    store.remove_outdated(directory)
    if not directory.exists():
        catalogue.prepare_space(str(name), directory, cache=downloads)
    return store.open_space(directory)


def _open_file(path: Path, dictionary: Path | None, stores: Path, downloads: Path) -> "Space":
    from divergent_bench.instrument.spaces import catalogue, store

    directory = stores / catalogue.store_name(path, dictionary)
    store.remove_outdated(directory)
    if not directory.exists():
        catalogue.prepare_space(
            path.name, directory, source=path, cache=downloads, dictionary=dictionary
        )
    return store.open_space(directory)
