"""Entries of another language with the English word beside each: 犬 (dog), Hund - dog."""

import re
from functools import cache

from divergent_bench.instrument.parsing.cleaning import clean
from divergent_bench.instrument.parsing.records import FEWEST, ParsedWord, has_letter
from divergent_bench.instrument.spaces.embedded import DEFAULT_SPACE, lines

_LATIN = re.compile(r"[a-zA-Z\u00c0-\u024f]")
_MOST_GLOSSES = 3  # of one entry: word, transcription, translation


def english_words(items: list[ParsedWord]) -> list[ParsedWord]:
    """Give the items with the English words that stand beside them; nothing where there are none.

    A word of another script is translated wherever an English word is beside it. In Latin letters
    "Hund (dog)" looks like "beagle (dog)", so there the list decides: most of its entries have an
    English word beside them, and most of them are not in the dictionary.
    """
    glossed = {index: gloss for index, item in enumerate(items) if (gloss := _gloss(item))}
    if len(set(glossed.values())) * 2 <= len(glossed):
        return []  # the glosses name kinds: (noun), (animal)
    translated = {index for index in glossed if _is_foreign(items[index].word)}
    if len(glossed) >= FEWEST and len(glossed) * 2 > len(items):
        n_english = sum(_is_english(items[index].word) for index in glossed)
        if n_english * 2 < len(glossed):
            translated = set(glossed)
    if not translated:
        return []
    return [
        item._replace(word=glossed[index]) if index in translated else item
        for index, item in enumerate(items)
    ]


def _gloss(item: ParsedWord) -> str:
    """Return the English word that is all of a gloss, or empty."""
    entry = clean(item.raw)
    latin = [token for token in entry.word.split() if _LATIN.search(token)]
    if 0 < len(latin) < len(entry.word.split()) and _is_foreign(entry.word):
        return " ".join(latin) if all(map(_is_english, latin)) else ""
    for step in range(_MOST_GLOSSES):
        if entry.cut not in ("gloss", "gap") and not (step and entry.cut == "comma"):
            return ""
        entry = clean(entry.rest)
        if _is_english(entry.word):
            return "" if has_letter(entry.rest) or "articles" in entry.flags else entry.word
    return ""


def _is_foreign(word: str) -> bool:
    """Whether a word of it is in another script."""
    return any(has_letter(token) and not _LATIN.search(token) for token in word.split())


def _is_english(word: str) -> bool:
    return bool(word) and all(token in _dictionary() for token in word.lower().split())


@cache
def _dictionary() -> frozenset[str]:
    return frozenset(form for line in lines(f"{DEFAULT_SPACE}.words.xz") for form in line.split())
