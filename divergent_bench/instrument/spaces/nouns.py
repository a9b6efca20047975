"""The nouns of WordNet 3.0, single words, the most common first. Made by `tools.build_wordnet`."""

from functools import cache

from divergent_bench.instrument.spaces.embedded import GLOVE, WORDNET, lines


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
