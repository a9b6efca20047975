"""Generators without a language model, scored like one. Deterministic by seed."""

import random
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from divergent_bench.answers import Answer
from divergent_bench.errors import UserError
from divergent_bench.requests import Request
from divergent_bench.spaces.wordnet import common_nouns, nouns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LIST_LENGTH = 10
COMMON_NOUNS = 2_000  # by the counts of WordNet's sense-tagged texts
SPACES = Path("resources/spaces")


def answer(request: Request) -> Answer:
    """Return the list of a baseline model at a seed, one word per line.

    `random-nouns` draws from all nouns, `common-nouns` from the most frequent ones, and `oracle`
    starts at a random common noun and adds, one by one, the common noun that lies farthest from
    those chosen so far.

    Raises
    ------
    UserError
        When there is no such baseline, or no space for the oracle.
    """
    draw = random.Random(f"{request['model']} {request['seed']}")
    match request["model"]:
        case "random-nouns":
            words = draw.sample(nouns(), LIST_LENGTH)
        case "common-nouns":
            words = draw.sample(common_nouns(COMMON_NOUNS), LIST_LENGTH)
        case "oracle":
            words = _farthest_first(request["space"], draw)
        case unknown:
            raise UserError(f"there is no baseline {unknown!r}")
    return Answer.of_text("\n".join(words))


def _farthest_first(space_name: str, draw: random.Random) -> list[str]:
    words, vectors = _common_vectors(space_name)
    chosen = [draw.randrange(len(words))]
    similarity = vectors @ vectors[chosen[0]]
    while len(chosen) < LIST_LENGTH:
        similarity[chosen[-1]] = float("inf")  # never the same word twice
        chosen.append(int(similarity.argmin()))
        similarity += vectors @ vectors[chosen[-1]]
    return [words[i] for i in chosen]


@lru_cache(maxsize=4)
def _common_vectors(space_name: str) -> "tuple[list[str], NDArray[np.float32]]":
    from divergent_bench.spaces.store import open_space  # numpy, which only the oracle needs

    space = open_space(SPACES / space_name)
    words = [word for word in common_nouns(COMMON_NOUNS) if word in space]
    return words, space.vectors[[space.rows[word] for word in words]]
