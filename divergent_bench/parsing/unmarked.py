"""Lists without markers: one entry per line, or entries between separators, or blanks alone."""

# ruff: noqa: RUF001, SIM905 -- dashes, quotes and full-width signs are the subject; word lists stay readable

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from divergent_bench.parsing.cleaning import Cleaned, clean, explains, is_wordlike
from divergent_bench.parsing.marked import ENOUGH, FEWEST
from divergent_bench.parsing.records import Listing, Span, trimmed

FEWEST_BLANKS = 7  # words parted by blanks alone look like prose: only a list that can be scored

_SEPARATORS = {
    "commas": re.compile(r"\n|[,，、]"),
    "semicolons": re.compile(r"\n|[;；]"),
    "separators": re.compile(r"\n|[|•·・/→>\t]|(?<=\s)[-–—](?=\s)"),
}
_PARENTHESIS = re.compile(r"(?<=[^\s,;:(])[ \t]?\([^()\n]*\)")
# Where a list may begin inside a piece: after a preamble, a sentence, a stage direction.
_LEAD_IN = re.compile(
    r"[:：][*\"]*\s|[:：]$|[.!?…][\"'*)]*\s|[-–—*]\s|\b(?:are|is|include|includes|including)\s|[a-z][.:](?=[A-Z])",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(?<=[a-z)])[.:!?](?=[^\W\d]|[\"'*])|:[ \t]+(?=\S)")
_LABEL = re.compile(r":\s*\S|\s[-–—]\s*\S")
_TOKEN = re.compile(r"\S+")
_PREAMBLE = 400  # characters of a piece that are searched for where the list begins
_TAIL = 8
_SENTENCE_END = re.compile(r"[.!?…][\"'”*)]*\s*$")
_CHATTER = frozenset(
    """
    okay ok sure certainly absolutely alright well um uh hmm ah oh so yes answer answers response
    output result results words nouns list done enjoy thanks note
    """.split()
)
_FUNCTION_WORDS = frozenset(
    """
    the a an of and or to in on at by for with from as but not i you he she it we they is are was
    were be been am do does did have has had can could will would should may might must that this
    these those there here my your his her its our their me him them us if so than then when while
    what which who how why
    """.split()
)


def unmarked_list(text: str) -> Listing | None:
    """Find the most plausible list without markers; where two readings agree, lines win.

    Lines with a gloss after a comma would be twice as many pieces between commas.
    """
    readings = [_from_lines(text)]
    if readings[0] is None or len(readings[0].spans) < FEWEST_BLANKS:
        readings += [_separated(text, layout) for layout in _SEPARATORS]
    found = [reading for reading in readings if reading is not None]
    best = max(found, key=lambda listing: len(listing.spans), default=None)
    if best is None or (best.layout == "lines" and len(best.spans) < FEWEST_BLANKS):
        return _spaced(text) or best
    return best


def _from_lines(text: str) -> Listing | None:
    runs: list[list[Span]] = [[]]
    position = 0
    above: Span | None = None  # the line directly above, when it is none of the list
    after_blank = False
    for line in text.splitlines(keepends=True):
        span = trimmed(text, position, position + len(line))
        position += len(line)
        entry = text[slice(*span)]
        if not any(map(str.isalpha, entry)):
            after_blank, above = True, None  # also a number alone, whose word is on the next line
            continue
        cleaned = clean(entry)
        if _may_be_line(entry, cleaned):
            if after_blank and _begins_again(text, runs[-1], cleaned):
                runs.append([])
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
    return _best_run([_without_odd_edges(text, run) for run in runs], "lines")


def _begins_again(text: str, run: list[Span], cleaned: Cleaned) -> bool:
    """Tell the same list once more, often with explanations, from entries parted by blank lines."""
    if len(run) < FEWEST or "\n\n" in text[run[0][0] : run[1][0]]:
        return False
    return clean(text[slice(*run[0])]).word.lower() == cleaned.word.lower()


def _glued_to_preamble(text: str, above: Span) -> list[Span]:
    """Find the first entry at the end of the preamble's last line."""
    start = max(above[0], above[1] - _PREAMBLE)
    ends = [match.end() for match in _GLUED.finditer(text, start, above[1])]
    entry = (ends[-1], above[1]) if ends else (above[1], above[1])
    cleaned = clean(text[slice(*entry)])
    return [entry] if is_wordlike(cleaned.word) and cleaned.cut in ("", "gloss") else []


def _may_be_line(entry: str, cleaned: Cleaned) -> bool:
    if (
        cleaned.cut == "verb"
        or not is_wordlike(cleaned.word)
        or entry.rstrip("*_ ").endswith((":", "!", "?", "...", "…"))
    ):
        return False
    if cleaned.cut == "comma":
        return explains(cleaned)
    if cleaned.cut == "stop":
        return cleaned.word.lower() not in _CHATTER
    return not (entry.endswith(".") and " " in cleaned.word and len(cleaned.word.split()) > 2)


def _best_run(runs: list[list[Span]], layout: str) -> Listing | None:
    target = min(ENOUGH, max(map(len, runs), default=0))
    if target < FEWEST:
        return None
    spans = next(run for run in runs if len(run) >= target)
    return Listing(layout, spans, (spans[0][0], spans[-1][1]), set())


def _without_odd_edges(text: str, run: list[Span]) -> list[Span]:
    """Drop a heading or a remark that stands apart from the list and reads unlike its entries."""
    if len(run) < FEWEST + 1:
        return run
    apart = [text.count("\n", left[1], right[0]) > 1 for left, right in pairwise(run)]
    plain = [_is_plain(text[slice(*span)]) for span in run]
    if sum(plain) * 2 < len(plain):
        return run
    start, end = 0, len(run)
    together = not any(apart[1:-1])
    if (together and apart[0] and _is_odd(text[slice(*run[0])])) or _is_remark(
        text[slice(*run[0])]
    ):
        start = 1
    if (together and apart[-1] and _is_odd(text[slice(*run[-1])])) or _is_remark(
        text[slice(*run[-1])]
    ):
        end -= 1
    return run[start:end]


def _is_plain(entry: str) -> bool:
    cleaned = clean(entry)
    return not cleaned.cut and " " not in cleaned.word


def _is_odd(entry: str) -> bool:
    return not _is_plain(entry) or clean(entry).word.lower() in _CHATTER


def _is_remark(entry: str) -> bool:
    """Tell a line such as "Note: all are nouns" among plain words."""
    cleaned = clean(entry)
    return cleaned.word.lower() in _CHATTER and bool(cleaned.cut)


def _separated(text: str, layout: str) -> Listing | None:
    splitter = _SEPARATORS[layout]
    if not any(match[0] != "\n" for match in splitter.finditer(text)):
        return None
    readable = _PARENTHESIS.sub(lambda match: " " * len(match[0]), text)
    pieces = _pieces(readable, splitter)
    runs = [_Run()]
    for index, (span, begins_line) in enumerate(pieces):
        piece = readable[slice(*span)]
        run = runs[-1]
        if begins_line and not run.spans:
            run.amid_sentence = False
        cleaned = clean(piece)
        ends = cleaned.cut == "stop" or _SENTENCE_END.search(piece[-_TAIL:]) is not None
        if (
            is_wordlike(cleaned.word)
            and cleaned.cut != "verb"
            and not (cleaned.cut == "stop" and not run.spans)
            and not (begins_line and _is_labelled(piece, readable, pieces, index))
            and not piece.endswith(("!", "?", "..."))
        ):
            run.add(span, begins_line)
            if ends:
                runs.append(_Run())
            continue
        tail = _after_lead_in(readable, span)
        if tail is None:
            runs.append(_Run(amid_sentence=not ends))
        else:
            if not (begins_line and run.spans and ":" in piece):  # else a further labelled group
                runs.append(_Run())
            runs[-1].add(tail, begins_line)
    own_lines = 3 if layout == "separators" else 2
    return _best_run(
        [run.entries(text) for run in runs if run.lines * own_lines <= len(run.spans)], layout
    )


@dataclass(slots=True)
class _Run:
    spans: list[Span] = field(default_factory=list)
    lines: int = 0
    amid_sentence: bool = False

    def add(self, span: Span, begins_line: bool) -> None:
        self.spans.append(span)
        self.lines += begins_line

    def entries(self, text: str) -> list[Span]:
        """Give the entries, unless they are an enumeration within a sentence."""
        if self.amid_sentence and len(self.spans) < FEWEST_BLANKS:
            return []
        if len(self.spans) > ENOUGH and clean(text[slice(*self.spans[0])]).word.lower() in _CHATTER:
            return self.spans[1:]
        return self.spans


def _pieces(text: str, splitter: re.Pattern[str]) -> list[tuple[Span, bool]]:
    """Split at separators and line ends; tell which pieces begin a line."""
    pieces = []
    position = 0
    for start, end, begins_line in _cuts(text, splitter):
        span = trimmed(text, position, start)
        position = end
        if any(map(str.isalnum, text[slice(*span)])):
            pieces.append((span, begins_line))
    return pieces


def _cuts(text: str, splitter: re.Pattern[str]) -> Iterator[tuple[int, int, bool]]:
    begins_line = True
    for match in splitter.finditer(text):
        yield match.start(), match.end(), begins_line
        begins_line = match[0] == "\n"
    yield len(text), len(text), begins_line


def _is_labelled(piece: str, text: str, pieces: list[tuple[Span, bool]], index: int) -> bool:
    """Tell "Words: cat" from "cat: an animal": the label stands before the first entry only."""
    following = text[slice(*pieces[index + 1][0])] if index + 1 < len(pieces) else ""
    return (
        _LABEL.search(piece[:_PREAMBLE]) is not None
        and _LABEL.search(following[:_PREAMBLE]) is None
    )


def _after_lead_in(text: str, span: Span) -> Span | None:
    """Find the first entry at the end of a piece that begins with a preamble."""
    start = max(span[0], span[1] - _PREAMBLE)
    ends = [match.end() for match in _LEAD_IN.finditer(text, start, span[1])]
    if not ends:
        return None
    tail = trimmed(text, ends[-1], span[1])
    return tail if is_wordlike(clean(text[slice(*tail)]).word) else None


def _spaced(text: str) -> Listing | None:
    """Find single words parted by blanks alone, which sentences are not."""
    for start, end in _paragraphs(text):
        lead_in = max(text.rfind(": ", start, end), text.rfind(":\n", start, end))
        start = lead_in + 2 if lead_in != -1 else start
        tokens = [match.span() for match in _TOKEN.finditer(text, start, end)]
        if len(tokens) >= FEWEST_BLANKS and _is_bare_list(
            [text[slice(*token)] for token in tokens]
        ):
            spans = [token for token in tokens if any(map(str.isalnum, text[slice(*token)]))]
            return Listing("spaces", spans, (spans[0][0], spans[-1][1]), set())
    return None


def _is_bare_list(tokens: list[str]) -> bool:
    words = [clean(token).word for token in tokens]
    words = [word for word in words if word]
    if len(words) < FEWEST_BLANKS or not all(is_wordlike(word) for word in words):
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
    start = position = 0
    for line in text.splitlines(keepends=True):
        if not line.strip():
            if start < position:
                yield start, position
            start = position + len(line)
        position += len(line)
    if start < position:
        yield start, position
