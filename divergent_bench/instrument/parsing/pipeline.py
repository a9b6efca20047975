"""Read the words that a response lists: all steps in their order."""

import json

from divergent_bench.instrument.parsing.cleaning import clean, parts_of_shared_entry
from divergent_bench.instrument.parsing.finding import find_list
from divergent_bench.instrument.parsing.masking import (
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
    has_letter,
    trimmed,
)
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
    plain = plain_list(text, length)
    answer, listing, flags = (text, plain, set()) if plain else _read_carefully(text, length)
    if listing is None:
        return _result([], "prose" if has_letter(answer) else "none", flags, length.asked)
    flags |= listing.flags
    listing = _unbracketed(answer, listing)
    items = _items(text, listing, flags)
    at_cut = items[-1:] if truncated and items and _ends_with(text, items[-1]) else []
    del items[len(items) - len(at_cut) :]
    may_be_foreign = "glosses" in flags or not text.isascii()
    if may_be_foreign and (translations := english_words(items)):
        items = translations
        flags.add("translated")
    if at_cut and clean(at_cut[0].raw).cut:
        items += at_cut  # the word is whole, its gloss is not
    elif at_cut:
        flags.add("cut-off")
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
    listing = find_list(inside, length)
    if listing is None or len(listing.spans) < length.needed:
        listing = find_list(answer, length) or listing
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
    listing = None if final is None else find_list(final, length)
    if listing is None or len(listing.spans) < length.needed:
        return find_list(answer, length)
    flags.add("final-answer")
    return listing


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


def _ends_with(text: str, last: ParsedWord) -> bool:
    """Whether a text ends in the last entry: a sign behind its word would end it."""
    at_end = last.span[1] >= len(text.rstrip(" \t"))
    return at_end and (last.raw[-1].isalnum() or last.raw[-1] in "-'\u2019")


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
