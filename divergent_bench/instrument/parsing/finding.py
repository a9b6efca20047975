"""Find the lists of a text, and of these the answer."""

# ruff: noqa: RUF001 -- full-width signs are meant

import re

from divergent_bench.instrument.parsing.choosing import choose
from divergent_bench.instrument.parsing.cleaning import word_counts
from divergent_bench.instrument.parsing.lines import lines_lists, longest
from divergent_bench.instrument.parsing.marked import (
    headings,
    inline_numbers,
    labelled,
    marked_lists,
)
from divergent_bench.instrument.parsing.masking import blanked
from divergent_bench.instrument.parsing.records import FEWEST, Length, Listing, Span
from divergent_bench.instrument.parsing.separated import SEPARATORS, separated_lists, spaced_list
from divergent_bench.instrument.parsing.structured import json_list, table_list

_ANNOUNCEMENT = 60  # characters before a list that may announce it
_SAYS_WORDS = re.compile(
    r"\b(?:words|nouns|list|answer|picks|choices|selection)\b[^.\n]*\b(?:are|is)$", re.IGNORECASE
)


def find_list(answer: str, length: Length) -> Listing | None:
    """Read from the clearest structure to the least: JSON, labels, lists, then all the rest."""
    structured = json_list(answer, length.asked)
    table = table_list(answer, length.asked)
    chosen = choose(answer, _lists(answer, table, length), length)
    for reading in (structured, labelled(answer), chosen):
        if reading is not None and word_counts(answer, reading.spans)[0] >= length.needed:
            return reading
    if structured is not None or table is not None:
        return structured or table
    readings = [chosen, inline_numbers(answer)]
    # Commas within the entries of a list do not make another list.
    outer = chosen if chosen and word_counts(answer, chosen.spans)[0] else None
    readings += [found for found in _unmarked(answer, length) if not _lies_within(found, outer)]
    readings.append(headings(answer))
    found = [
        (word_counts(answer, reading.spans), reading) for reading in readings if reading is not None
    ]
    (words, sentences), best = max(found, key=lambda pair: pair[0], default=((0, 0), None))
    return best if words or sentences >= length.needed else None


def _lists(answer: str, table: Listing | None, length: Length) -> list[Listing]:
    """Find all lists that may be the answer, in the order of the text.

    Where one kind of list was found no other is looked for, the surer kinds first. Without a marker
    per line a list must be complete; without a line per entry it must stand alone, too.
    """
    marked = marked_lists(answer, length.asked)
    found = marked + ([table] if table else [])
    rest = _without(answer, [one for one in marked if len(one.spans) >= FEWEST])
    if len(rest.split()) < length.asked:
        return sorted(found, key=lambda one: one.bounds)  # no words are left for another list
    inline = inline_numbers(rest)
    rest = _without(answer, found)
    lines = [one for one in lines_lists(rest, length.asked) if len(one.spans) >= length.asked]
    rest = _without(rest, lines)
    running = [] if inline is None else [inline]
    for layout, separator in SEPARATORS.items():
        if sum(1 for _ in separator.finditer(rest)) + 1 >= length.asked:
            running += separated_lists(rest, layout, length.asked)
    complete = (one for one in running if len(one.spans) >= length.asked)
    found += [*lines, *(one for one in complete if _stands_alone(answer, one))]
    return sorted(found, key=lambda one: one.bounds)


def _without(text: str, found: list[Listing]) -> str:
    """Blank some lists, which may overlap."""
    joined: list[Span] = []
    for start, end in sorted(listing.bounds for listing in found):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return blanked(text, joined)


def _stands_alone(text: str, listing: Listing) -> bool:
    """Whether a list begins its line, or a colon or "my words are" stands before it."""
    start = listing.bounds[0]
    before = text[max(0, start - _ANNOUNCEMENT) : start].rstrip(' \t*_"[')
    return not before or before[-1] in ":：\n" or _SAYS_WORDS.search(before) is not None


def _unmarked(answer: str, length: Length) -> list[Listing | None]:
    """Read without markers, the surer reading first: where two agree, it counts."""
    lines = longest(lines_lists(answer, length.asked), length.asked)
    if lines is not None and len(lines.spans) >= length.needed:
        return [lines]  # a gloss after a comma would make twice as many pieces between commas
    between = [
        longest(separated_lists(answer, layout, length.asked), length.asked)
        for layout in SEPARATORS
    ]
    if any(listing is not None for listing in between):
        return [lines, *between]
    return [spaced_list(answer), lines]


def _lies_within(inner: Listing | None, outer: Listing | None) -> bool:
    if inner is None or outer is None or len(outer.spans) < 2:
        return False
    return outer.bounds[0] <= inner.bounds[0] and inner.bounds[1] <= outer.bounds[1]
