"""The nouns of WordNet 3.0, single words, the most common first. Made by `tools.build_wordnet`."""

from functools import cache
from typing import Final

from divergent_bench.instrument.spaces.embedded import GLOVE, WORDNET, lines

# The endings of plurals that WordNet's own morphological processor replaces (`man 7 morphy`).
_PLURALS: Final = {
    **{"ses": "s", "xes": "x", "zes": "z", "ches": "ch", "shes": "sh"},
    **{"men": "man", "ies": "y", "s": ""},
}


def nouns() -> tuple[str, ...]:
    """Return what is mainly a common noun, by frequency in the corpus of GloVe 6B.

    Left out is what is used more often as another part of speech, a name or a form of another
    word. Nouns that the vocabulary of GloVe lacks are the last.
    """
    return lines(f"{GLOVE}.nouns.xz")


def nouns_of_first_edition() -> tuple[str, ...]:
    """Return all nouns of the embedded WordNet space, in the order of the first edition.

    That is how often they were tagged in WordNet's corpora, then how often they occur in its
    glosses, where thyroglobulin comes before apple.
    """
    return lines(f"{WORDNET}.nouns.xz")


@cache
def withheld_nouns() -> frozenset[str]:
    """Return the nouns that baselines never list: what WordNet marks as a slur or an obscenity."""
    return frozenset(lines(f"{WORDNET}.withheld.xz"))


def base_form(word: str) -> str:
    """Return the form of a word that a dictionary lists: ``child`` for ``children``.

    A word that WordNet lacks is its own.
    """
    return _lemmas().get(word) or _singular(word) or word


def _singular(word: str) -> str | None:
    """Return the noun that a word is the regular plural of, or None."""
    for ending, singular in _PLURALS.items():
        stem = word.removesuffix(ending)
        if stem != word and stem + singular in _all_nouns():
            return stem + singular
    return None


@cache
def _all_nouns() -> frozenset[str]:
    return frozenset(lines(f"{WORDNET}.nouns.xz"))


@cache
def _lemmas() -> dict[str, str]:
    """Return the word that each form of the WordNet space is a form of."""
    rows = (line.split(" ") for line in lines(f"{WORDNET}.words.xz"))
    return {form: forms[0] for forms in rows for form in forms}
