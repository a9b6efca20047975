"""The nouns of WordNet 3.0, single words, by how common they are. Made by `tools.build_wordnet`."""

from functools import cache

from divergent_bench.instrument.spaces.embedded import lines


def nouns() -> tuple[str, ...]:
    """Return the nouns of the space (base forms), the most common first.

    Common is what was tagged most often in WordNet's sense-tagged corpora; among nouns never
    tagged, what occurs most often in the glosses.
    """
    return lines("wordnet.nouns.xz")


def common_nouns(n: int) -> tuple[str, ...]:
    """Return the `n` most common nouns; all of them when there are fewer."""
    return nouns()[:n]


@cache
def withheld_nouns() -> frozenset[str]:
    """Return the nouns that baselines never list: what WordNet marks as a slur or an obscenity."""
    return frozenset(lines("wordnet.withheld.xz"))
