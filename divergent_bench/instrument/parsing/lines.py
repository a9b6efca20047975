"""Lists with one entry per line and no marker."""

# ruff: noqa: RUF001, SIM905 -- dashes are the subject; a word list stays readable

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from divergent_bench.instrument.parsing.cleaning import Cleaned, clean, explains, is_likely
from divergent_bench.instrument.parsing.records import FEWEST, Listing, Span, has_letter, lines_of

PREAMBLE = 400  # characters of a preamble that are searched for the first entry at its end

_LONGEST_COLUMN = 12  # words of a gloss in a column of its own; more is another text
_BULLET = re.compile(r"[-–—•+]|\*[ \t]")
_GLUED = re.compile(r"(?<=[a-z)])[.:!?](?=[^\W\d]|[\"'*])|:[ \t]+(?=\S)")
_COLUMN_NAME = re.compile(
    r"(?:word|noun|term|category|kind|type|domain|field|reason|meaning|definition|explanation)s?",
    re.IGNORECASE,
)
CHATTER = frozenset(
    """
    okay ok sure certainly absolutely alright well um uh hmm ah oh so yes answer answers response
    output result results words nouns list done enjoy thanks note
    """.split()
)


def lines_lists(text: str, n_asked: int) -> list[Listing]:
    """Find the runs of lines that are entries."""
    runs: list[list[Span]] = [[]]
    above: Span | None = None  # the line directly above, when it is none of the list
    after_blank = parted = False  # a blank line before this one; before any line of the run
    for span in lines_of(text):
        entry = text[slice(*span)]
        if not has_letter(entry):
            after_blank, above = True, None  # also a number alone, whose word is on the next line
            continue
        cleaned = clean(entry)
        if _may_be_line(entry, cleaned):
            if after_blank and not parted and len(runs[-1]) >= FEWEST:
                first = clean(text[slice(*runs[-1][0])])
                if first.word.lower() == cleaned.word.lower():
                    runs.append([])  # the same list once more, often with explanations
            complete = len(runs[-1]) >= n_asked
            if complete and ((after_blank and not parted) or _begins_bullets(text, runs[-1], span)):
                runs.append([])  # a complete list takes no entries of another
            parted = bool(runs[-1]) and (parted or after_blank)
            if not runs[-1] and above is not None:
                runs[-1] += _glued_to_preamble(text, above)
            runs[-1].append(span)
            above = None
        else:
            runs.append([])
            above = span
        if cleaned.cut == "stop" and runs[-1]:
            runs.append([])  # the list went over into prose
        after_blank = False
    settled = (settle(text, _without_sentences(text, run), n_asked) for run in runs)
    return listings([_without_odd_edges(text, run, n_asked) for run in settled], "lines")


def _begins_bullets(text: str, run: list[Span], entry: Span) -> bool:
    return bool(_BULLET.match(text, *entry) and not _BULLET.match(text, *run[0]))


def settle(text: str, run: list[Span], n_asked: int) -> list[Span]:
    """Drop doubtful entries (can opener, I hope) at the ends of a run, and runs of such.

    One that completes the list stays, if it stands as close as the others.
    """
    entries = [clean(text[slice(*span)]) for span in run]
    sure = [place for place, entry in enumerate(entries) if not entry.doubtful]
    if len(sure) * 2 < len(run) or not sure:
        return []
    start, end = sure[0], sure[-1] + 1
    gaps = [text.count("\n", left[1], right[0]) for left, right in pairwise(run)]
    widest = max(gaps[start : end - 1], default=1)
    for place, gap in ((start - 1, start - 1), (end, end - 1)):
        missing = n_asked - (end - start)
        if not 0 <= place < len(run) or missing < 1 or gaps[gap] > widest:
            continue
        if missing == 1 or is_likely(entries[place].word):
            start, end = min(start, place), max(end, place + 1)
    return run[start:end]


def _without_sentences(text: str, run: list[Span]) -> list[Span]:
    """Drop doubtful entries with a full stop, unless most entries have one."""
    if sum(text[end - 1] == "." for _, end in run) * 2 >= len(run):
        return run
    return [(s, e) for s, e in run if text[e - 1] != "." or not clean(text[s:e]).doubtful]


def _glued_to_preamble(text: str, above: Span) -> list[Span]:
    """Find the first entry at the end of the preamble's last line."""
    start = max(above[0], above[1] - PREAMBLE)
    ends = [match.end() for match in _GLUED.finditer(text, start, above[1])]
    entry = (ends[-1], above[1]) if ends else (above[1], above[1])
    cleaned = clean(text[slice(*entry)])
    return [entry] if cleaned.wordlike and cleaned.cut in ("", "gloss") else []


def _may_be_line(entry: str, cleaned: Cleaned) -> bool:
    if cleaned.doubtful and (cleaned.cut not in ("", "gloss") or entry[-1] == ":"):
        return False
    if (
        cleaned.cut == "verb"
        or not (cleaned.wordlike or cleaned.doubtful)
        or entry.rstrip("*_ ").endswith((":", "：", "!", "?", "...", "…", "[", "{"))
    ):
        return False
    if cleaned.cut == "gap":
        return len(cleaned.rest.split()) <= _LONGEST_COLUMN
    if cleaned.cut == "comma":
        return explains(cleaned)
    if cleaned.cut == "stop":
        return cleaned.word.lower() not in CHATTER
    return not (entry.endswith(".") and " " in cleaned.word and len(cleaned.word.split()) > 2)


def listings(runs: Iterable[list[Span]], layout: str) -> list[Listing]:
    """Make lists of the runs that are long enough for one."""
    return [Listing.of(layout, run) for run in runs if len(run) >= FEWEST]


def longest(found: Sequence[Listing], n_asked: int) -> Listing | None:
    """Take the first list with as many entries as were asked for, or else the longest."""
    target = min(n_asked, max((len(listing.spans) for listing in found), default=0))
    return next((listing for listing in found if len(listing.spans) >= target), None)


def _without_odd_edges(text: str, run: list[Span], n_asked: int) -> list[Span]:
    """Drop a heading or a remark that stands apart from the list and reads unlike its entries."""
    if len(run) < FEWEST + 1:
        return run
    apart = [text.count("\n", left[1], right[0]) > 1 for left, right in pairwise(run)]
    if len(run) > n_asked and (complete := _complete_part(run, apart, n_asked)):
        return complete
    first, second, *_, last_but_one, last = (text[slice(*span)] for span in run)
    if _is_title(first, second, len(run), n_asked):
        return run[1:]
    plain = [_is_plain(text[slice(*span)]) for span in run]
    if sum(plain) * 2 < len(plain):
        return run
    together = not any(apart[1:-1])
    start = int(_is_odd(first, second, apart=together and apart[0]))
    end = len(run) - _is_odd(last, last_but_one, apart=together and apart[-1])
    return run[start:end]


def _complete_part(run: list[Span], apart: list[bool], n_asked: int) -> list[Span]:
    """Find the entries without a blank line between them that are as many as were asked for."""
    starts = [0, *(place for place, is_apart in enumerate(apart, start=1) if is_apart), len(run)]
    parts = (run[start:end] for start, end in pairwise(starts))
    return next((part for part in parts if len(part) == n_asked), [])


def _is_title(first: str, second: str, n_entries: int, n_asked: int) -> bool:
    """Tell a heading (**Ten nouns**) or the column names of a table (word,category)."""
    if n_entries > n_asked and first[:2] in ("**", "__", "# ") and second[0] != first[0]:
        return True
    cleaned = clean(first)
    return bool(
        _COLUMN_NAME.fullmatch(cleaned.word) and _COLUMN_NAME.fullmatch(cleaned.rest.strip(" *|"))
    )


def _is_plain(entry: str) -> bool:
    cleaned = clean(entry)
    return not cleaned.cut and " " not in cleaned.word


def _is_odd(entry: str, neighbour: str, apart: bool) -> bool:
    """Tell "Note: all are nouns", "Sure." or, standing apart, "My list" from plain entries."""
    if apart and entry[0] in "-–—" and neighbour[0] != entry[0]:
        return True  # a signature
    if clean(entry).word.lower() in CHATTER:
        return apart or not _is_plain(entry) or entry[-1].isalpha() != neighbour[-1].isalpha()
    return apart and not _is_plain(entry)
