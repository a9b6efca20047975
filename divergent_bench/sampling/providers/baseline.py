"""Generators without a language model, scored like one. Deterministic by seed."""

import random
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache, reduce
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from divergent_bench.base.answers import Answer
from divergent_bench.base.errors import UserError
from divergent_bench.base.requests import Request
from divergent_bench.instrument.spaces.nouns import (
    base_form,
    nouns,
    nouns_of_first_edition,
    withheld_nouns,
)
from divergent_bench.instrument.stimuli import base_forms, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from divergent_bench.instrument.spaces.store import Space

LIST_LENGTH = 10
# Ranks among nouns. Of the first 5,000 most adults would use each (pencil is 4,314); from 9,000
# on nouns are known from dictionaries more than from use.
NOUN_BANDS = {
    "random-nouns": (0, None),
    "random-nouns-frequent": (0, 1_000),
    "random-nouns-medium": (1_000, 9_000),
    "random-nouns-rare": (9_000, None),
    "common-nouns": (0, 5_000),
}
COMMON_NOUNS_OF_FIRST_EDITION = 2_000
NEAR_SHARE = 10  # one in ten of the common nouns is near enough to a stimulus for the oracle
FEWEST_WORDS = 2 * LIST_LENGTH  # lists of a baseline that draws from fewer are all alike
SPACES = Path("resources/spaces")
# The gateway asks from several threads. What they share is then made once; and numpy reads the head
# of an array with Python's parser, of which version 3.11 fails where two threads use it at once.
_ONE_AT_A_TIME = threading.Lock()


def answer(request: Request) -> Answer:
    """Return the list of a baseline model at a seed, one word per line.

    - `random-nouns` draws from all nouns; `random-nouns-frequent`, `-medium` and `-rare` from the
      ranks 1 to 1,000, 1,001 to 9,000 and beyond; `common-nouns` from the first 5,000;
    - `random-words` draws from all words of the space, of any kind and inflection;
    - `nearest`, a floor, starts at a random common noun and adds the common nouns nearest to it;
    - `oracle`, a high mark, starts likewise and adds, one by one, the common noun that lies
      farthest from those chosen so far.

    A request with a `stimulus` is about its words. Neither they nor forms of them are listed; other
    stimuli get other draws; `nearest` lists the common nouns that are nearest to any of them, the
    same at every seed; and `oracle` chooses among the tenth that is nearest.

    All take words that each space of the run knows, the `spaces` of the request. Where it names
    none it is one of the first edition, and so is the answer.

    Slurs and obscenities are drawn again, or passed over: they would stand in reports.
    """
    with _ONE_AT_A_TIME:
        return Answer.of_text("\n".join(_words(request)))


def _words(request: Request) -> list[str]:
    model, spaces = request["model"], tuple(request.get("spaces", ()))
    stimulus: str | None = request.get("stimulus")
    about = "" if stimulus is None else f" {stimulus}"
    draw = random.Random(f"{model} {request['seed']}{about}")
    if model in NOUN_BANDS:
        return _presentable(draw, _nouns(model, spaces), stimulus)
    if model == "random-words":
        return _presentable(draw, _all_words(request["space"], spaces), stimulus)
    if model not in ("nearest", "oracle"):
        raise UserError(f"there is no baseline {model!r}")
    words, vectors = _common_vectors(request["space"], spaces)
    if stimulus is None:
        choose = _nearest if model == "nearest" else _farthest_first
        return choose(words, vectors, draw)
    neighbours = _neighbours(words, vectors, stimulus, request["space"])
    if model == "nearest":
        return [words[i] for i in islice(neighbours, LIST_LENGTH)]
    near = list(islice(neighbours, max(len(words) // NEAR_SHARE, FEWEST_WORDS)))
    return _farthest_first([words[i] for i in near], vectors[near], draw)


def _presentable(draw: random.Random, words: Sequence[str], stimulus: str | None) -> list[str]:
    avoided = set() if stimulus is None else base_forms(stimulus)
    while True:
        drawn = draw.sample(words, LIST_LENGTH)
        if not withheld_nouns().intersection(drawn) and avoided.isdisjoint(map(base_form, drawn)):
            return drawn


def _neighbours(
    words: list[str], vectors: "NDArray[np.float32]", stimulus: str, space_name: str
) -> Iterator[int]:
    """Yield the places of the words that may be listed, those nearest to the stimulus first."""
    import numpy as np

    from divergent_bench.instrument.scoring import form_in

    space = _space(space_name)
    known = {word: form_in(space, word) for word in words_of(stimulus)}
    if unknown := [word for word, form in known.items() if form is None]:
        raise UserError(
            f"the baselines that look for neighbours cannot: the space {space_name} does not know "
            f"{unknown[0]!r}. Leave them out, or the stimulus {stimulus!r}"
        )
    given = [form for form in known.values() if form is not None]
    bases = {base_form(form) for form in given}
    left_out = {*_withheld(words)}
    nearness = reduce(np.maximum, (vectors @ space.vector(form) for form in given))
    order = (-nearness).argsort(kind="stable")
    for place in order.tolist():
        if place not in left_out and base_form(words[place]) not in bases:
            yield place


def _nearest(words: list[str], vectors: "NDArray[np.float32]", draw: random.Random) -> list[str]:
    start = _start(draw, words)
    distance = 1 - vectors @ vectors[start]
    distance[_withheld(words)] = 3  # farther than anything
    distance[start] = -1  # first, whatever the rounding
    return [words[i] for i in distance.argsort(kind="stable")[:LIST_LENGTH]]


def _farthest_first(
    words: list[str], vectors: "NDArray[np.float32]", draw: random.Random
) -> list[str]:
    chosen = [_start(draw, words)]
    similarity = vectors @ vectors[chosen[0]]
    similarity[_withheld(words)] = float("inf")
    while len(chosen) < LIST_LENGTH:
        similarity[chosen[-1]] = float("inf")  # never the same word twice
        chosen.append(int(similarity.argmin()))
        similarity += vectors @ vectors[chosen[-1]]
    return [words[i] for i in chosen]


def _start(draw: random.Random, words: list[str]) -> int:
    while words[start := draw.randrange(len(words))] in withheld_nouns():
        pass
    return start


def _withheld(words: list[str]) -> list[int]:
    return [place for place, word in enumerate(words) if word in withheld_nouns()]


def _space(name: str) -> "Space":
    from divergent_bench.instrument.spaces.store import open_space  # numpy, which nouns do not need

    return open_space(SPACES / name)


@lru_cache(maxsize=16)
def _nouns(model: str, spaces: tuple[str, ...]) -> Sequence[str]:
    first, last = NOUN_BANDS[model]
    if spaces:
        return _known_in_all(nouns()[first:last], spaces, model)
    if model == "common-nouns":
        last = COMMON_NOUNS_OF_FIRST_EDITION
    return nouns_of_first_edition()[first:last]


@lru_cache(maxsize=4)
def _all_words(space_name: str, spaces: tuple[str, ...]) -> list[str]:
    # A word without a second letter is not valid in the task.
    words = sorted(word for word in _space(space_name).rows if len(word) > 1)
    return _known_in_all(words, spaces, "random-words")


@lru_cache(maxsize=4)
def _common_vectors(
    space_name: str, spaces: tuple[str, ...]
) -> "tuple[list[str], NDArray[np.float32]]":
    space = _space(space_name)
    words = [word for word in _nouns("common-nouns", spaces) if word in space]
    return words, space.vectors[[space.rows[word] for word in words]]


def _known_in_all(words: Sequence[str], spaces: tuple[str, ...], model: str) -> list[str]:
    vocabularies = [_space(name).rows for name in spaces]
    known = [word for word in words if all(word in rows for rows in vocabularies)]
    if len(known) < FEWEST_WORDS:
        raise UserError(
            f"baseline {model}: only {len(known)} of its {len(words):,} words are known in each of "
            f"the spaces {', '.join(spaces)}, too few to draw from ({FEWEST_WORDS}). Leave the "
            "baseline out, or the space whose words are so few"
        )
    return known
