"""Lists whose entries stand between commas or other signs, or blanks alone."""

# ruff: noqa: RUF001, SIM905 -- dashes and quotes are the subject; word lists stay readable

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from divergent_bench.instrument.parsing.cleaning import clean
from divergent_bench.instrument.parsing.lines import CHATTER, PREAMBLE, listings, settle
from divergent_bench.instrument.parsing.records import Listing, Span, trimmed

FEWEST_IN_TEXT = 5  # entries of a list that begins behind a preamble on the same line
FEWEST_IN_SENTENCE = 7  # entries of a list amid a sentence, or parted by blanks alone

SEPARATORS = {
    "commas": re.compile(r"\n|[,，、]"),
    "semicolons": re.compile(r"\n|[;；]"),
    "separators": re.compile(r"\n|[|•·・/→>\t]|(?<=\s)[-–—](?=\s)|—"),
}
# Commas within parentheses part nothing.
_PARENTHESIS = re.compile(r"(?<=[^\s,;:(])[ \t]?\([^()\n]*\)")
_GLOSS_BEHIND = re.compile(r"[ \t]?\([^()\n]*\)[*_]{0,3}")
# Where a list may begin inside a piece: after a preamble, a sentence, a stage direction.
_LEAD_IN = re.compile(
    r"[:：][*\"]*\s|=\s?|[\[{]|[.!?…][\"'*)]*\s|[-–—*]\s|[a-z][.:](?=[^\W\d])"
    r"|\b(?:are|is|include|includes|including|chose|choose|pick|picked|select|selected|suggest)\s"
    r"|\s(?=(?:\*\*|[\"“‘`«])[^\W\d])",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…][\"'”*)]*$")
_LABEL = re.compile(r":\s*\S|\s[-–—]\s*\S|=|\w[\[{]")
_LAST_TWO = re.compile(r"(?P<one>\S+(?: \S+)?)\s+(?:and|&)\s+(?P<two>\S+(?: \S+)?)")
# The letter or number of an answer, before a word: A) cat, 1. cat
_OPTION = re.compile(
    r"[*_]{0,2}\(?(?P<sign>[A-Za-z]|\d{1,2})(?:\)[*_]{0,2}[ \t]*|\.[*_]{0,2}[ \t]+)"
    r"(?=[*_\"“]{0,3}[^\W\d])"
)
_TOKEN = re.compile(r"\S+")
_FUNCTION_WORDS = frozenset(
    """
    the a an of and or to in on at by for with from as but not i you he she it we they is are was
    were be been am do does did have has had can could will would should may might must that this
    these those there here my your his her its our their me him them us if so than then when while
    what which who how why
    """.split()
)


@dataclass(slots=True)
class _Piece:
    """Text between two separators or line ends."""

    span: Span
    begins_line: bool
    alone: bool  # no separator before or behind it, only line ends


@dataclass(slots=True)
class _Run:
    """Pieces in a row that may be entries."""

    spans: list[Span] = field(default_factory=list)
    lines: int = 0
    fewest: int = 0

    def add(self, span: Span, piece: _Piece) -> None:
        self.spans.append(span)
        self.lines += piece.begins_line


def separated_lists(text: str, layout: str, n_asked: int) -> list[Listing]:
    """Find the runs of entries between the separators of a layout; a line end parts entries too."""
    if not any(match[0] != "\n" for match in SEPARATORS[layout].finditer(text)):
        return []
    readable = _PARENTHESIS.sub(lambda match: " " * len(match[0]), text)
    pieces = _pieces(readable, SEPARATORS[layout])
    runs = [_Run()]
    for index, piece in enumerate(pieces):
        entry = readable[slice(*piece.span)]
        if len(runs[-1].spans) >= n_asked and (
            readable.count("\n", runs[-1].spans[-1][1], piece.span[0]) > 1
        ):
            runs.append(_Run())  # a complete list takes no entries of another
        ends_sentence = clean(entry).cut == "stop" or _SENTENCE_END.search(entry[-8:]) is not None
        following = readable[slice(*pieces[index + 1].span)] if index + 1 < len(pieces) else ""
        if piece.alone:
            runs.append(_Run())
        elif _is_entry(entry, following, piece.begins_line, begins_run=not runs[-1].spans):
            runs[-1].add(piece.span, piece)
            if ends_sentence:
                runs.append(_Run())
        elif (tail := _behind_preamble(readable, piece.span)) is not None and not (
            _is_doubtful(entry) and clean(readable[slice(*tail)]).doubtful  # pick me up
        ):
            if not (piece.begins_line and runs[-1].spans and ":" in entry):
                is_sure = clean(readable[slice(*tail)]).wordlike
                runs.append(_Run(fewest=FEWEST_IN_TEXT if is_sure else FEWEST_IN_SENTENCE))
            runs[-1].add(tail, piece)  # else it is a further group with its label
        elif _is_doubtful(entry):
            runs[-1].add(piece.span, piece)
            if ends_sentence:
                runs.append(_Run())
        else:
            runs.append(_Run(fewest=0 if ends_sentence else FEWEST_IN_SENTENCE))
    # With more lines, they are lines with a gloss.
    most_lines = 1 / 3 if layout == "separators" else 1 / 2
    full = [
        (run, settle(text, run.spans, n_asked))
        for run in runs
        if run.lines <= len(run.spans) * most_lines
    ]
    return listings(
        [_mended(text, spans, n_asked) for run, spans in full if len(spans) >= run.fewest], layout
    )


def _pieces(text: str, splitter: re.Pattern[str]) -> list[_Piece]:
    pieces: list[_Piece] = []
    position = 0
    begins_line, separator_before = True, False
    separators = [match.span() for match in splitter.finditer(text)]
    for start, end in [*separators, (len(text), len(text))]:
        span = trimmed(text, position, start)
        position = end
        is_separator = text[start:end] not in ("\n", "")
        if any(map(str.isalnum, text[slice(*span)])) and text[slice(*span)] not in ("and", "or"):
            pieces.append(_Piece(span, begins_line, not (separator_before or is_separator)))
            separator_before = False
        separator_before = separator_before or is_separator
        begins_line = not is_separator
    return pieces


def _is_entry(entry: str, following: str, begins_line: bool, begins_run: bool) -> bool:
    cleaned = clean(entry)
    if cleaned.cut == "verb" or not cleaned.wordlike:
        return False
    if entry.endswith(("!", "?", "...", ":", "：")) or (cleaned.cut == "stop" and begins_run):
        return False
    # "Words: cat" against "cat: an animal": a label stands before the first entry only.
    return not (begins_line and _has_label(entry) and not _has_label(following))


def _is_doubtful(entry: str) -> bool:
    return clean(entry).doubtful and clean(entry).cut == "" and entry[-1] not in "!?…:"


def _has_label(entry: str) -> bool:
    return _LABEL.search(entry[:PREAMBLE]) is not None


def _behind_preamble(text: str, span: Span) -> Span | None:
    """Find the first entry at the end of a piece that begins with a preamble."""
    start = max(span[0], span[1] - PREAMBLE)
    ends = [match.end() for match in _LEAD_IN.finditer(text, start, span[1])]
    if not ends:
        return None
    tail = trimmed(text, ends[-1], span[1])
    cleaned = clean(text[slice(*tail)])
    is_label = text[tail[1] - 1] in ":："
    return tail if (cleaned.wordlike or cleaned.doubtful) and not is_label else None


def _mended(text: str, spans: list[Span], n_asked: int) -> list[Span]:
    """Drop the "Okay" or "Therefore" before a full list; part the "cow and pig" at the end."""
    if len(spans) > n_asked and (
        clean(text[slice(*spans[0])]).word.lower() in CHATTER
        or text.count("\n", spans[0][1], spans[1][0]) > 1
    ):
        spans = spans[1:]
    spans = _without_letters(text, spans)
    start, end = spans[-1] if len(spans) > 1 else (0, 0)
    pair = _LAST_TWO.fullmatch(text, start, end)
    if pair and pair["one"].lower() not in ("and", "or"):
        spans = [*spans[:-1], pair.span("one"), pair.span("two")]
    glosses = (_GLOSS_BEHIND.match(text, end) for _, end in spans)
    return [
        (start, gloss.end() if gloss else end)
        for (start, end), gloss in zip(spans, glosses, strict=True)
    ]


def _without_letters(text: str, spans: list[Span]) -> list[Span]:
    """Take the letter or number of an answer off the first entry, and off those that count on."""
    bare = []
    for index, (start, end) in enumerate(spans):
        mark = _OPTION.match(text, start, end)
        counts = mark is not None and mark["sign"].lower() in (
            chr(ord("a") + index),
            str(index + 1),
        )
        if mark and (counts or (index == 0 and ")" in mark[0])):
            start = mark.end()
        elif index == 0:
            return spans
        bare.append((start, end))
    return bare


def spaced_list(text: str) -> Listing | None:
    """Find single words parted by blanks alone, which sentences are not."""
    for start, end in _paragraphs(text):
        lead_in = max(text.rfind(": ", start, end), text.rfind(":\n", start, end))
        start = lead_in + 2 if lead_in != -1 else start
        tokens = [match.span() for match in _TOKEN.finditer(text, start, end)]
        if len(tokens) >= FEWEST_IN_SENTENCE and _is_bare_list(
            [text[slice(*token)] for token in tokens]
        ):
            spans = [token for token in tokens if any(map(str.isalnum, text[slice(*token)]))]
            return Listing.of("spaces", spans)
    return None


def _is_bare_list(tokens: list[str]) -> bool:
    entries = [entry for entry in map(clean, tokens) if entry.word]
    words = [entry.word for entry in entries]
    if len(words) < FEWEST_IN_SENTENCE or not all(entry.wordlike for entry in entries):
        return False
    if any(token.endswith((".", "!", "?", ",", ";", ":")) for token in tokens[:-1]):
        return False
    if (
        tokens[-1].endswith((".", "!", "?"))
        and words[0][0].isupper()
        and not any(map(str.istitle, words[1:]))
    ):
        return False  # A sentence: capital first, full stop last.
    return sum(word.lower() in _FUNCTION_WORDS for word in words) * 10 <= len(words)


def _paragraphs(text: str) -> Iterator[Span]:
    position = 0
    for blank, lines in groupby(text.splitlines(keepends=True), lambda line: not line.strip()):
        start, position = position, position + sum(map(len, lines))
        if not blank:
            yield start, position
