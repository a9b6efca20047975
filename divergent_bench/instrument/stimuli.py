"""Stimuli that are words, as texts: ``ocean``, or several as ``gene, valley, piston``."""

from divergent_bench.base.names import in_one_line
from divergent_bench.instrument.spaces.nouns import base_form

_SEPARATOR = ","


def words_of(stimulus: str) -> list[str]:
    """Return the words of a stimulus, as they were written; none is empty."""
    words = (in_one_line(word) for word in stimulus.split(_SEPARATOR))
    return [word for word in words if word]


def joined_words(words: list[str]) -> str:
    """Return the stimulus that has these words."""
    return f"{_SEPARATOR} ".join(words)


def base_forms(stimulus: str) -> set[str]:
    """Return the words of a stimulus as a dictionary lists them, in lower case."""
    return {base_form(word.lower()) for word in words_of(stimulus)}
