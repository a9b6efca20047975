"""Tables of words made by hand."""

from collections.abc import Sequence

import pandas as pd

from divergent_bench.analysis.tables import WORDS


def words_table(lists: Sequence[str], **key: object) -> pd.DataFrame:
    """Make the table of words of some lists, one sample each, words separated by blanks.

    A word that begins with a hyphen was not accepted. `key` replaces plain values, as `model="b"`.
    """
    rows = [
        {
            "task": "dat",
            "space": "wordnet",
            "provider": "openai",
            "model": "a",
            "strategy": "none",
            "temperature": 0.7,
            "seed": seed,
            "position": position,
            "raw": word,
            "word": None if word.startswith("-") else word,
            "accepted": not word.startswith("-"),
            "scored": False,
            "reason": "not in dictionary" if word.startswith("-") else None,
            "frequency_rank": None if word.startswith("-") else 100,
            "is_noun": None if word.startswith("-") else True,
            "is_proper_noun": None if word.startswith("-") else False,
            "category": None if word.startswith("-") else "artifact",
        }
        | key
        for seed, words in enumerate(lists)
        for position, word in enumerate(words.split())
    ]
    return pd.DataFrame(rows, columns=list(WORDS)).astype(dict(WORDS))
