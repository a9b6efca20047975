"""Facts of English words that hold in every space: how frequent one is, and what it names.

Frequency is that of the corpus of GloVe 6B (Wikipedia 2014 and Gigaword 5), in the vocabulary of
which the most frequent words come first. The rest is WordNet 3.0; `tools.wordnet_categories` says
how a word is told to be a noun or a name.
"""

from functools import cache
from typing import Final, NamedTuple

from divergent_bench.instrument.spaces.embedded import GLOVE, WORDNET, lines

CATEGORIES: Final = (
    *("Tops", "act", "animal", "artifact", "attribute", "body", "cognition", "communication"),
    *("event", "feeling", "food", "group", "location", "motive", "object", "person"),
    *("phenomenon", "plant", "possession", "process", "quantity", "relation", "shape", "state"),
    *("substance", "time"),
)
"""The lexicographer files of WordNet's nouns, in its order; Tops holds the most general ones."""
NO_NOUN: Final = "."
LAST_RANK: Final = 80_821
"""Of the words with a frequency rank: those of GloVe 6B that the task's dictionary has."""


class WordFacts(NamedTuple):
    """What is known of a word, which is in lower case.

    Attributes
    ----------
    frequency_rank
        1 for the most frequent of the words of GloVe 6B that the task's dictionary has, up to
        `LAST_RANK`; None for others.
    is_noun
        Whether WordNet has the word as a noun, or as the plural of one.
    is_proper_noun
        Whether WordNet has it as a name only: Paris, Einstein.
    category
        The lexicographer file of its most frequent sense as a noun, one of `CATEGORIES`;
        None where it is none. A sense that is no name goes first: china is an artifact.
    """

    frequency_rank: int | None
    is_noun: bool
    is_proper_noun: bool
    category: str | None

    @property
    def is_known(self) -> bool:
        """Whether the word is found anywhere."""
        return self.is_noun or self.frequency_rank is not None


def word_facts(word: str) -> WordFacts:
    """Look a word up; one that is nowhere has no rank and is no noun."""
    code, rank = _codes().get(word, NO_NOUN), _ranks().get(word)
    if code == NO_NOUN:
        return WordFacts(rank, is_noun=False, is_proper_noun=False, category=None)
    category = CATEGORIES[ord(code.lower()) - ord("a")]
    return WordFacts(rank, is_noun=True, is_proper_noun=code.isupper(), category=category)


def code_of(category: int, *, is_name: bool) -> str:
    """Write a category, its place in `CATEGORIES`, as the letter that the file of them has."""
    letter = chr(ord("a") + category)
    return letter.upper() if is_name else letter


@cache
def _ranks() -> dict[str, int]:
    return {word: rank for rank, word in enumerate(lines(f"{GLOVE}.words.xz"), start=1)}


@cache
def _codes() -> dict[str, str]:
    """Return the code of each word.

    The first line of the file has a code for each word and form of the embedded WordNet space, in
    its order; each other line has a code and the other words that it is the code of.
    """
    of_space, *others = lines(f"{WORDNET}.categories.xz")
    forms = (form for line in lines(f"{WORDNET}.words.xz") for form in line.split(" "))
    codes = dict(zip(forms, of_space, strict=True))
    for line in others:
        code, *words = line.split(" ")
        codes |= dict.fromkeys(words, code)
    return codes
