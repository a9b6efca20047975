"""Choose the list that is the answer, where a text holds several."""

# ruff: noqa: RUF001, SIM905 -- full-width signs are meant; a list of words stays readable

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from divergent_bench.instrument.parsing.cleaning import clean
from divergent_bench.instrument.parsing.records import FEWEST, RUNNING, Length, Listing

_HEADING = 120  # characters before a list that may announce it
# Announces what is no answer: drafts, what was left out, further words.
_ASIDE = re.compile(
    r"\b(?:candidates?|brainstorm\w*|drafts?|rejected|discarded|eliminated|excluded|removed|dropped"
    r"|avoid(?:ed)?$|avoid (?:words|nouns|using|these|this|those)|alternatives?|bonus|extras?"
    r"|too (?:close|similar|related|obvious|common)|another (?:ten|\d+|set|list|option)|mentions?"
    r"|additional (?:words?|nouns?|options?)|not (?:used|chosen|picked|selected)|left out"
    r"|pool|longlist|runners?[- ]up|(?:\d+|ten|some|few) more)\b",
    re.IGNORECASE,
)
# So does this, unless it speaks of the words: "Categories", but "Words of ten categories".
_ABOUT = re.compile(
    r"\b(?:categor(?:y|ies)|domains?|topics?|themes?|fields?|areas?|kinds?|types?|groups?|dimensions?"
    r"|check\w*|overlap\w*|expla\w*|reasons?|reasoning|why|rules?|criteria|constraints?|steps?)\b",
    re.IGNORECASE,
)
_NAMES_WORDS = re.compile(r"\b(?:words?|nouns?|list|answers?)\b", re.IGNORECASE)
_FINAL = re.compile(
    r"\b(?:final\w*|revised|updated|corrected|improved|refined|adjusted|answers?|outputs?|results?"
    r"|responses?|(?:my|the) (?:picks?|choices?|selections?)|here (?:it )?goes|better|conclu\w*"
    r"|swap\w*|replac\w*)\b",
    re.IGNORECASE,
)
# What lists of kinds name: "1. Animal 2. Tool" beside "1. cat 2. hammer".
_KINDS = frozenset(
    """
    abstract abstraction action activity animal animals appliance architecture art arts artifact
    astronomy biology body building business category chemistry clothing color colour concept
    concepts cooking cosmos culture device economics economy education emotion emotions
    entertainment event events fashion feeling finance flora food foods furniture games geography
    geology geometry government health history hobby household human idea instrument language law
    linguistics literature location machine material math mathematics mathematical measurement
    medical medicine metaphysics military mineral music myth mythology natural nature object
    objects occupation ocean organism person phenomenon philosophy physics place places
    plant plants politics profession psychology religion science shape social society space sport
    sports substance technology texture time tool tools transport transportation travel vehicle
    vehicles weather
    """.split()
)
_TICKED = re.compile(r".*[^\W\d].*[✓✔✗✘☑✅❌]|~~")  # or struck out


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A list and what tells whether it is the answer."""

    listing: Listing
    words: frozenset[str]  # lower case
    n_words: int  # entries that are words
    n_about: int  # entries that are words or sentences about one
    bare: bool  # nearly all entries are a word and nothing else
    aside: bool  # it is announced as no answer, or names kinds of things
    final: bool  # it is announced as the answer


def choose(text: str, listings: Sequence[Listing], length: Length) -> Listing | None:
    """Choose among lists, given in the order of the text.

    Each of these parts the lists that are left, unless none of them would be left:

    1. It is long enough: it has as many words as were asked for, or as the longest list has. For
       one of bare words those suffice that a score needs. Of rules and explanations, which are
       lists of sentences, entries count only where no list has words.
    2. It is not announced as something else (drafts, categories, rejected words), nor do most of
       its entries name kinds (animal, tool, food).
    3. It has bare words, and neither labels nor glosses nor ticks of a check.

    Of several that are left the first with an entry per line is the answer, or the first of all,
    unless a later one is announced as final, or revises it: shares half of its words, and has
    others.
    """
    ends = [0, *accumulate((listing.bounds[1] for listing in listings), max)]
    found = [_described(text, one, end) for one, end in zip(listings, ends, strict=False)]
    if len(found) < 2:
        return found[0].listing if found else None
    chosen = _answer(found, length)
    counts = [one.n_words if chosen.n_words else one.n_about for one in found if one is not chosen]
    if max(counts) >= FEWEST:
        chosen.listing.flags.add("restarted-list")
    return chosen.listing


def _answer(found: list[_Candidate], length: Length) -> _Candidate:
    if not any(one.n_words for one in found):
        target = min(length.asked, max(one.n_about for one in found))
        return next(one for one in found if one.n_about >= target)
    target = min(length.asked, max(one.n_words for one in found))
    enough = min(target, length.needed)
    left = _those(found, lambda one: one.n_words >= (enough if one.bare else target))
    left = _those(left, lambda one: not one.aside)
    left = _those(left, lambda one: one.bare)
    left = _those(left, lambda one: one.n_words >= target)
    chosen = _those(left, lambda one: one.listing.layout not in RUNNING)[0]
    for one in left[left.index(chosen) + 1 :]:
        shared = len(one.words & chosen.words)
        revises = shared * 2 >= len(chosen.words) and not one.words <= chosen.words
        if (one.final and not chosen.final) or revises:
            chosen = one
    return chosen


def _those(candidates: list[_Candidate], test: Callable[[_Candidate], bool]) -> list[_Candidate]:
    """Keep those that pass; all, where none does."""
    return [one for one in candidates if test(one)] or candidates


def _described(text: str, listing: Listing, end_of_others: int) -> _Candidate:
    entries = [(text[slice(*span)], clean(text[slice(*span)])) for span in listing.spans]
    wordlike = [entry for _, entry in entries if entry.wordlike]
    n_bare = sum(
        entry.wordlike and not entry.cut and not _TICKED.match(raw) for raw, entry in entries
    )
    words = frozenset(entry.word.lower() for entry in wordlike)
    heading = _heading(text, end_of_others, listing.bounds[0])
    kinds = sum(not _KINDS.isdisjoint(word.split()) for word in words)
    return _Candidate(
        listing,
        words,
        n_words=sum(entry.cut != "verb" for entry in wordlike),
        n_about=len(wordlike),
        bare=n_bare * 5 >= len(entries) * 4,
        aside=kinds * 5 >= len(words) * 3
        or _ASIDE.search(heading) is not None
        or bool(_ABOUT.search(heading) and not _NAMES_WORDS.search(heading)),
        final=_FINAL.search(heading) is not None,
    )


def _heading(text: str, start: int, end: int) -> str:
    """Return the end of the line, or of the part of one, that stands before a list."""
    above = text[max(start, end - _HEADING) : end].strip(" \t\r\n*_#:：")
    return (above.splitlines() or [""])[-1]
