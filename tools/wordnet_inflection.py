"""English inflected forms of WordNet's single words, spelled by rule or listed as exceptions."""

import re
from collections.abc import Iterable, Iterator

from tools.wordnet_source import WordNet

WORD = re.compile(r"[a-z]+(?:-[a-z]+)*\Z")
"""What a word of the space looks like: small letters, hyphens only between them."""

_SIBILANT = re.compile(r"(?:s|x|z|sh|ch)\Z")
# Words in -ch that sound like k take a plain s.
_HARD_CH = re.compile(
    r"(?:(?:mon|patri|matri|olig|tetr|hier|ex|her)arch|stomach|epoch|loch|eunuch|tech)\Z"
)
_CONSONANT_Y = re.compile(r"[^aeiou]y\Z")
_MAN = re.compile(r"(?<!hu)(?<!ger)(?<!ro)(?<!otto)(?<!cai)(?<!sha)(?<!talis)(?<!nor)man\Z")
# Words that are plural already (trousers), or have none (linguistics).
_NO_PLURAL = re.compile(r"(?:[^aiuos]s|ness|ism)\Z")
# Where a learned or voiced plural is listed, the plain one lives beside it (octopuses, roofs).
_TWO_PLURALS = re.compile(r"(?:us|um|a|on|ex|ix|eau|[ro]f)\Z")
PLAIN_PLURAL = re.compile(r"(?:(?<!ic)s|men)\Z")
"""A plural in -s or -men means its singular even where it has an entry of its own (eyes); cola and
ethics mean something else than colon and ethic."""
_VOWEL_GROUP = re.compile(r"[aeiouy]+")


def plurals(noun: str, irregular: Iterable[str] = ()) -> set[str]:
    """Return the plural spellings of `noun`, given those WordNet lists as irregular."""
    listed = set(irregular)
    if _NO_PLURAL.search(noun) or (listed and not _TWO_PLURALS.search(noun)):
        return listed
    if _MAN.search(noun):
        return listed | {noun[:-2] + "en"}
    return listed | {_with_s(noun)}


def conjugated(verb: str, irregular: Iterable[str] = ()) -> set[str]:
    """Return the -s, -ed and -ing forms of `verb`, given those WordNet lists as irregular.

    WordNet lists every form that doubles its last consonant, so no rule for that is needed.
    """
    listed = set(irregular)
    forms = listed | {_with_s(verb, o="es")}
    past = {form for form in listed if not form.endswith(("ing", "s"))}
    # British doubling has an American twin: travelled, traveled.
    two_spellings = verb.endswith("l") and len(_VOWEL_GROUP.findall(verb)) > 1
    if not past or two_spellings:
        forms.add(_with_ed(verb))
    if not any(form.endswith("ing") for form in listed) or two_spellings:
        forms.add(_with_ing(verb))
    return forms


def forms_by_lemma(wordnet: WordNet, entries: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield (form, lemma) once per form for the inflected forms of `entries`.

    Parameters
    ----------
    wordnet
        Source of exceptions and tag counts.
    entries
        (word, part of speech) pairs whose forms are wanted.

    Notes
    -----
    A form that is itself an entry belongs to itself, except where it is the plain plural of a noun
    tagged more often than the form (eyes: eye). Listed forms go before spelled ones (leaves: leaf,
    not leave), then the lemma with the most tags wins.
    """
    words = {word for word, _ in entries}
    candidates: dict[str, tuple[tuple[bool, int, bool], str]] = {}
    irregular = irregular_forms(wordnet)
    for word, part in sorted(entries):
        listed = irregular.get((word, part), set())
        if part == "n":
            forms = plurals(word, listed)
        elif part == "v":
            forms = conjugated(word, listed)
        else:
            forms = listed
        tags = wordnet.tag_counts[word, part]
        for form in forms:
            if not WORD.match(form) or form == word:
                continue
            if form in words and not (
                part == "n" and PLAIN_PLURAL.search(form) and tags > _all_tags(wordnet, form)
            ):
                continue
            rank = (form in listed, tags, part == "n")
            if form not in candidates or rank > candidates[form][0]:
                candidates[form] = (rank, word)
    for form, (_, lemma) in sorted(candidates.items()):
        # A chain (a form whose lemma is a form too) ends at an entry that keeps its own row.
        if lemma not in candidates:
            yield form, lemma


def _all_tags(wordnet: WordNet, word: str) -> int:
    return sum(wordnet.tag_counts[word, part] for part in "nvar")


def irregular_forms(wordnet: WordNet) -> dict[tuple[str, str], set[str]]:
    """Return the forms that WordNet lists as exceptions, by lemma and part of speech."""
    forms: dict[tuple[str, str], set[str]] = {}
    for part, exceptions in wordnet.exceptions.items():
        for form, lemmas in exceptions.items():
            for lemma in lemmas:
                forms.setdefault((lemma, part), set()).add(form)
    return forms


def _with_s(word: str, o: str = "s") -> str:
    if word.endswith("o") and len(word) > 2 and word[-2] not in "aeiou":
        return word + o
    if _SIBILANT.search(word) and not _HARD_CH.search(word):
        return word + "es"
    if _CONSONANT_Y.search(word):
        return word[:-1] + "ies"
    return word + "s"


def _with_ed(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if _CONSONANT_Y.search(verb) else verb + "ed"


def _with_ing(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    silent_e = verb.endswith("e") and not verb.endswith(("ee", "oe", "ye"))
    return (verb[:-1] if silent_e and len(verb) > 2 else verb) + "ing"
