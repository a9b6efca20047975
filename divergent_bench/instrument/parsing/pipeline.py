"""Read the words that a response lists: all steps in their order."""

import json

from divergent_bench.instrument.parsing.choosing import choose
from divergent_bench.instrument.parsing.cleaning import clean, parts_of_shared_entry, word_counts
from divergent_bench.instrument.parsing.lines import lines_lists, longest
from divergent_bench.instrument.parsing.marked import (
    headings,
    inline_numbers,
    labelled,
    marked_lists,
)
from divergent_bench.instrument.parsing.masking import (
    blanked,
    fenced_parts,
    has_marks,
    only_final_answer,
    only_own_turn,
    only_tagged_answer,
    without_markup,
    without_reasoning,
)
from divergent_bench.instrument.parsing.plain import plain_list
from divergent_bench.instrument.parsing.records import (
    FLAGS,
    Length,
    Listing,
    ParsedResponse,
    ParsedWord,
    Span,
    has_letter,
    trimmed,
)
from divergent_bench.instrument.parsing.separated import SEPARATORS, separated_lists, spaced_list
from divergent_bench.instrument.parsing.structured import json_list, table_list
from divergent_bench.instrument.parsing.translation import english_words

_MARKED = {"numbered", "numbered-inline", "bullets", "headings", "labelled"}


def parse_response(text: str, length: Length, *, truncated: bool = False) -> ParsedResponse:
    """Find the words a response lists.

    Nothing is judged here: duplicates, non-words and entries too many are kept, since validation
    and the choice of those that are scored come after. Prose without a list, such as a refusal,
    gives no words.

    Parameters
    ----------
    text
        The raw response; any string. The cost is linear in its length.
    length
        How long the list should be.
    truncated
        Whether the answer was cut off, so that an entry at its very end may be half a word. One
        behind which a line, an emphasis or a gloss has begun or ended is whole.

    Returns
    -------
    ParsedResponse
        The entries with their raw text and place, the layout (`LAYOUTS`) and what was noticed
        (`FLAGS`). Never raises.
    """
    plain = plain_list(text, length.needed)
    answer, listing, flags = (text, plain, set()) if plain else _read_carefully(text, length)
    if listing is None:
        return _result([], "prose" if has_letter(answer) else "none", flags, length.asked)
    flags |= listing.flags
    listing = _unbracketed(answer, listing)
    items = _items(text, listing, flags)
    if truncated and items and _is_cut_off(text, items[-1]):
        del items[-1]
        flags.add("cut-off")
    if translations := english_words(items):
        items = translations
        flags.add("translated")
    if not items:
        return _result([], "none", flags, length.asked)
    if has_letter(answer[: listing.bounds[0]]):
        flags.add("preamble")
    if has_letter(answer[listing.bounds[1] :]) or clean(items[-1].raw).cut == "stop":
        flags.add("trailing-text")
    return _result(items, listing.layout, flags, length.asked)


def _read_carefully(text: str, length: Length) -> tuple[str, Listing | None, set[str]]:
    """Give the text with what is not the answer blanked, the list in it, and what was noticed."""
    answer, flags = _visible_answer(text)
    fenced = fenced_parts(answer)
    if fenced is None:
        return answer, _find_final_list(answer, flags, length), flags
    flags.add("code-fence")
    answer, inside = fenced
    # A fence holds the whole list and nothing else; what stands around may look like one.
    listing = _find_list(inside, length)
    if listing is None or len(listing.spans) < length.needed:
        listing = _find_list(answer, length) or listing
    return answer, listing, flags


def _visible_answer(text: str) -> tuple[str, set[str]]:
    """Blank reasoning first: it may hold a draft list, or tags of its own."""
    flags: set[str] = set()
    if not has_marks(text):
        return without_markup(text), flags
    for step in (without_reasoning, only_tagged_answer, only_own_turn):
        text, noticed = step(text)
        flags |= noticed
    return without_markup(text), flags


def _find_final_list(answer: str, flags: set[str], length: Length) -> Listing | None:
    """Look below "Final answer:" first: what stands above may be a draft."""
    final = only_final_answer(answer)
    listing = None if final is None else _find_list(final, length)
    if listing is None or len(listing.spans) < length.needed:
        return _find_list(answer, length)
    flags.add("final-answer")
    return listing


def _find_list(answer: str, length: Length) -> Listing | None:
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
    readings += [found for found in _unmarked(answer, length) if not _lies_within(found, chosen)]
    readings.append(headings(answer))
    found = [
        (word_counts(answer, reading.spans), reading) for reading in readings if reading is not None
    ]
    (words, sentences), best = max(found, key=lambda pair: pair[0], default=((0, 0), None))
    return best if words or sentences >= length.needed else None


def _lists(answer: str, table: Listing | None, length: Length) -> list[Listing]:
    """Find all lists that may be the answer, in the order of the text; the surer kinds first.

    Without markers a list must be complete, and between commas begin its line or follow a colon.
    """
    found = marked_lists(answer, length.asked) + ([table] if table else [])
    rest = _without(answer, found)
    lines = [one for one in lines_lists(rest, length.asked) if len(one.spans) >= length.asked]
    rest = _without(rest, lines)
    commas = [
        one
        for one in separated_lists(rest, "commas", length.asked)
        if len(one.spans) >= length.asked and _stands_alone(rest, one.bounds[0])
    ]
    return sorted([*found, *lines, *commas], key=lambda one: one.bounds)


def _without(text: str, found: list[Listing]) -> str:
    """Blank some lists, which may overlap."""
    joined: list[Span] = []
    for start, end in sorted(listing.bounds for listing in found):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return blanked(text, joined)


def _stands_alone(text: str, start: int) -> bool:
    before = text[max(0, start - 40) : start].rstrip(' \t*_"[')
    return not before or before[-1] in ":\n"


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


def _unbracketed(answer: str, listing: Listing) -> Listing:
    """Leave the brackets of [cat, dog] out of the first and last entry, and name the layout."""
    if listing.layout in _MARKED | {"json", "table"} or not listing.spans:
        return listing
    spans = list(listing.spans)
    before = answer[: spans[0][0]].rstrip()
    if before.endswith("["):
        start = len(before) - 1
    elif answer[spans[0][0]] == "[":
        start = spans[0][0]
        if "]" not in answer[slice(*spans[0])]:
            spans[0] = trimmed(answer, start + 1, spans[0][1])
    else:
        return listing
    first, last = spans[-1]
    if answer[last - 1] == "]" and "[" not in answer[first:last]:
        spans[-1] = trimmed(answer, first, last - 1)
    after = answer[last : last + 40].strip()
    end = answer.index("]", last) + 1 if after.startswith("]") else last
    return Listing("brackets", spans, (start, end), listing.flags)


def _items(text: str, listing: Listing, flags: set[str]) -> list[ParsedWord]:
    items: list[ParsedWord] = []
    is_json, is_marked = listing.layout == "json", listing.layout in _MARKED
    for start, end in listing.spans:
        raw = text[start:end]
        cleaned = clean(_unescaped(raw) if is_json else raw)
        if is_marked and cleaned.cut == "comma" and (shared := parts_of_shared_entry(raw)):
            flags.add("shared-entries")
            items += [
                ParsedWord(part, (start + at, start + at + len(part)), word)
                for at, part, word in shared
            ]
            continue
        if not cleaned.word:
            flags.add("empty-entries")
            continue
        flags |= cleaned.flags
        items.append(ParsedWord(raw, (start, end), cleaned.word))
    return items


def _is_cut_off(text: str, last: ParsedWord) -> bool:
    """Whether the last entry ends with the text: a sign behind the word would end it."""
    if last.span[1] < len(text.rstrip(" \t")):
        return False
    ends_in_word = last.raw[-1].isalnum() or last.raw[-1] in "-'"
    return ends_in_word and not clean(last.raw).cut


def _unescaped(raw: str) -> str:
    if "\\" not in raw:
        return raw
    try:
        return str(json.loads(f'"{raw}"'))
    except ValueError:
        return raw


def _result(items: list[ParsedWord], layout: str, flags: set[str], n_asked: int) -> ParsedResponse:
    words = [item.word for item in items]
    together = "\n".join(words)
    if " " in together:
        flags.add("multi-word")
    if len(set(together.lower().split("\n"))) < len(words):
        flags.add("duplicates")
    if not together.isascii() and any(c.isalpha() and not c.isascii() for c in together):
        flags.add("diacritics")
    if words and all(map(str.isupper, words)):
        flags.add("all-caps")
    if len(words) != n_asked:
        flags.add("fewer-than-asked" if len(words) < n_asked else "more-than-asked")
    return ParsedResponse(tuple(items), layout, tuple(flag for flag in FLAGS if flag in flags))
