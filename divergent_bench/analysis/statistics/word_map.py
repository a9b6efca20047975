"""A map of the most used words: words of like meaning lie near each other."""

from typing import Final, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from divergent_bench.analysis.statistics.word_shares import word_shares
from divergent_bench.analysis.tables import TABLES, table_of
from divergent_bench.base.provider_catalogue import Kind
from divergent_bench.instrument.spaces.store import Space

MOST_WORDS: Final = 300
FEWEST_WORDS: Final = 5  # fewer have no neighbourhoods
_PERPLEXITY: Final = 30.0


def map_words(words: pd.DataFrame, space: Space) -> pd.DataFrame:
    """Place the most used words of a space in two dimensions: the table ``word_map``.

    They are the at most `MOST_WORDS` words of the highest mean share over models, cohorts of people
    and baselines, the most used first; none if fewer than `FEWEST_WORDS`. Shares are means over the
    models (cohorts, baselines), so that one with more lists does not weigh more; missing where
    there are none. By t-SNE (van der Maaten & Hinton 2008, Journal of Machine Learning Research 9,
    2579-2605) on cosine distances, from the first two principal components.
    """
    used = word_shares(words, space.name)
    order = np.lexsort((np.arange(len(used.words)), -used.shares.sum(axis=1)))[:MOST_WORDS]
    if len(order) < FEWEST_WORDS:
        return table_of([], "word_map")
    chosen = used.words[order]
    of_kind = {kind: used.of_kind(kind)[order] for kind in get_args(Kind)}
    places = _place(np.stack([space.vector(word) for word in chosen]))
    return pd.DataFrame(
        {
            "space": space.name,
            "word": chosen,
            "x": places[:, 0],
            "y": places[:, 1],
            "share_of_models": _mean(of_kind["model"]),
            "share_of_people": _mean(of_kind["people"]),
            "share_of_baselines": _mean(of_kind["baseline"]),
            "n_models_using": (of_kind["model"] > 0).sum(axis=1),
        }
    ).astype(dict(TABLES["word_map"]))


def _place(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return places, shape (n, 2), of unit vectors, shape (n, d)."""
    embedding = TSNE(
        metric="cosine",
        perplexity=min(_PERPLEXITY, (len(vectors) - 1) / 3),
        init="pca",
        method="exact",  # sums in one order, unlike the parallel approximation
        random_state=0,
    )
    with threadpool_limits(1):  # the number of threads changes the last digits, and these the map
        return np.asarray(embedding.fit_transform(vectors.astype(np.float64)), dtype=np.float64)


def _mean(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the users, shape (n,), of shares (n, U); NaN where there are none."""
    return shares.mean(axis=1) if shares.shape[1] else np.full(len(shares), np.nan)
