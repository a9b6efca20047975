"""Lists whose entries carry a number, a letter or a bullet."""

# ruff: noqa: RUF001, SIM905 -- dashes and full-width signs are the subject; lists stay readable

import re
from dataclasses import dataclass
from typing import NamedTuple

from divergent_bench.instrument.parsing.cleaning import clean, word_counts
from divergent_bench.instrument.parsing.lines import CHATTER
from divergent_bench.instrument.parsing.records import FEWEST, Listing, Span, lines_of, trimmed

_SPELLED = (
    "one two three four five six seven eight nine ten".split(),
    "first second third fourth fifth sixth seventh eighth ninth tenth".split(),
    "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split(),
)
_VALUES = {word: value for words in _SPELLED for value, word in enumerate(words, start=1)}
_DIGIT_SIGNS = "①⑴⒈❶"  # each begins a row of ten or twenty
_NUMBER = re.compile(
    r"[>#*_~`+\\•\-\t \u200b\u200e\u200f\ufeff]{0,8}"
    r"(?:(?:(?P<label>(?:word|noun|item|entry|number|nr|no)(?:(?=\d)|\b\.?[ \t]{0,2}#?)|w(?=\d))"
    r"|[#(\[{<])[ \t]{0,2})?"
    r"(?:(?P<sign>[①-⒛❶-❿])"
    r"|(?P<keycap>(?:\d\ufe0f?\u20e3){1,2})|(?P<ten>🔟)"
    r"|(?P<digits>\d{1,3})(?:(?:st|nd|rd|th)\b)?"
    r"(?:[ \t\xa0*_~`\\]{0,8}(?:[.)\]}>:;=/°·→、．）。，,|]+(?!\d)|[-–—](?=\D|$))"
    r"|(?P<bare>[ \t]{1,8}(?=[^\W\d]))|(?(label)(?=[ \t*_]{0,8}$)|(?!)))"
    rf"|(?P<spelled>{'|'.join(sorted(_VALUES, key=len, reverse=True))}|[a-t])"
    r"[*_]{0,3}[.):]{1,2}(?=[ \t\xa0*_]))",
    re.IGNORECASE,
)
_BULLET = re.compile(
    r"(?P<sign>[•·・‣◦∙▪▫■□●○◆◇★☆►▶▸➤➢➔→⇒✓✔✅✦✱]|\\item\b|o(?=[ \t])|[-–—+](?=[ \t\[]|[^\W\d])"
    r"|[*>](?=[ \t])|\*(?=[^\W\d][^*\n]*$))"  # *word* is emphasis, *word a bullet
)
_INLINE_NUMBER = re.compile(
    r"(?:(?<![\w.,:/-])|(?<=[a-z][.:,]))[(\[#]?(?P<digits>\d{1,2})(?:[.)\]:]{1,2}(?!\d)|[-–](?=\D))"
    r"|(?:^|(?<=[,;:] )|(?<=\n))(?P<bare>\d{1,2}) (?=[^\W\d])|(?P<circled>[①-⑳])"
)
# Where a number may stand glued to the text before it: distinct.1. cat, (Step 9)**1.** cat
_GLUE = re.compile(
    r"(?<![\d#(\[{<*\\])(?<!\d[.,])"
    r"(?=\S)(?=[#(\[{<*_\\ -]{0,6}"
    r"(?:(?:(?:no|nr|number|word|noun|item|entry)\.?[ \t]?#?)?\d|(?<![a-z])[ai][.)][ \t]))",
    re.IGNORECASE,
)
_INLINE_LETTER = re.compile(r"\b(?P<letter>[A-Ta-t])[.)](?=[ \t])")
_STOPS = '.!?:…。！？)*"”'
_GLUED_BULLET = re.compile(r"[.!?:][-•*](?=[ \t]?[^\W\d])")


_LABELLED = re.compile(
    r"^[ \t]*(?:[-*•][ \t]+|\d{1,2}[.)][ \t]*)?[*_]{0,2}(?:word|noun)[*_]{0,2}[ \t]?:[*_]{0,2}"
    r"[ \t]*(?=\S)(.*)$",
    re.IGNORECASE | re.MULTILINE,
)


class _Line(NamedTuple):
    """A line that is not blank."""

    span: Span  # without the white space around it
    indent: int
    after_blank: bool


@dataclass(slots=True)
class _Mark:
    line: int
    start: int
    content: int
    indent: int
    number: int  # 0 for a bullet
    sign: str
    other: int = 0  # the value of i), v) or x) as a letter; `number` is that of the numeral
    glued: bool = False  # to other text before it on its line


def marked_lists(text: str, n_asked: int) -> list[Listing]:
    """Find every numbered and bulleted list, in the order of the text; one line holds one entry."""
    lines = _lines(text)
    numbers: list[_Mark] = []
    bullets: list[_Mark] = []
    for index, line in enumerate(lines):
        begin, end = line.span
        match = _NUMBER.match(text, begin, end)
        if match:
            mark = _Mark(index, begin, match.end(), line.indent, *_value(match))
            # "11 words would be too many" counts nothing.
            if mark.sign != " " or _is_word(text, trimmed(text, mark.content, end)):
                glued = _glued_above(text, lines, mark, numbers[-1] if numbers else None)
                numbers += [glued, mark] if glued else [mark]
            continue
        match = _BULLET.match(text, begin, end)
        if match and any(map(str.isalnum, text[match.end() : end])):
            bullets.append(_Mark(index, begin, match.end(), line.indent, 0, match["sign"]))
    chains = _chains(numbers)
    used = {mark.line for chain in chains for mark in chain}
    found = _under_headings(text, [_numbered(text, lines, chain, used) for chain in chains])
    found += _under_headings(
        text, [_bulleted(text, lines, run) for run in _runs(lines, bullets, n_asked)]
    )
    return sorted(found, key=lambda listing: listing.bounds)


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    position = 0
    after_blank = False
    for line in text.splitlines(keepends=True):
        content = line.lstrip()
        if content:
            indent = len(line) - len(content)
            begin = position + indent
            lines.append(_Line((begin, begin + len(content.rstrip())), indent, after_blank))
        after_blank = not content
        position += len(line)
    return lines


def _glued_above(text: str, lines: list[_Line], mark: _Mark, last: _Mark | None) -> _Mark | None:
    """Find the marker before this one where it is glued to the end of the line above."""
    wanted = mark.number - 1
    if mark.line == 0 or wanted < 1:
        return None
    own = last if last is not None and last.line == mark.line - 1 else None
    start, end = lines[mark.line - 1].span
    if own is not None:
        if own.number == wanted > 1:
            return None  # the count goes on
        start = own.content
    for glue in reversed(list(_GLUE.finditer(text, start, end))):
        at = glue.start()
        match = _NUMBER.match(text, at, end)
        if match is None or (own is not None and not _is_glue(text, at, own, wanted)):
            continue
        found = _Mark(mark.line - 1, at, match.end(), mark.indent, *_value(match), glued=True)
        if found.sign == " " and text[at].isdigit():
            continue
        if (found.number, found.sign) == (wanted, mark.sign) and _says(text, (match.end(), end)):
            return found
    return None


def _is_glue(text: str, at: int, own: _Mark, number: int) -> bool:
    """Whether a number within an entry begins a list: ...distinct. 1. cat, but not cat 2. dog."""
    if number > 1:
        return not text[at - 1].isspace()
    return own.number > 1 or text[max(own.content, at - 9) : at].rstrip(" \t")[-1:] in _STOPS


def _value(match: re.Match[str]) -> tuple[int, str, int]:
    """Give the number of a marker, its kind, and the other number it may be."""
    if match["digits"]:
        return int(match["digits"]), " " if match["bare"] is not None else ".", 0
    if match["sign"]:
        first = max(sign for sign in _DIGIT_SIGNS if sign <= match["sign"])
        return ord(match["sign"]) - ord(first) + 1, ".", 0
    if match["ten"]:
        return 10, ".", 0
    if match["spelled"]:
        spelled = match["spelled"].lower()
        as_letter = ord(spelled) - ord("a") + 1 if len(spelled) == 1 else 0
        return _VALUES.get(spelled, as_letter), "a", as_letter
    return int("".join(filter(str.isdigit, match["keycap"]))), ".", 0


def _chains(marks: list[_Mark]) -> list[list[_Mark]]:
    """Part the numbers into counts: up (gaps allowed), down, or one number for all."""
    chains: list[list[_Mark]] = []
    current: list[_Mark] = []
    nested: int | None = None  # the indent of a list within an entry
    for mark in marks:
        begins = mark.glued and mark.number == 1
        previous = current[-1].number if current and not begins else 0
        if mark.other and mark.other == previous + 1 and current:
            mark.number = mark.other
        step = mark.number - previous
        if mark.sign == " " and step != 1:
            continue  # "3 blind mice" is no third entry unless two came before
        deeper = current and mark.indent > current[0].indent + 1
        if deeper and (step <= 0 or (nested is not None and mark.indent >= nested)):
            nested = mark.indent
            continue  # a list within an entry
        descends = step == -1 and (previous >= 5 or (len(current) > 1 and _descends(current)))
        same_kind = not current or (mark.sign == "a") == (current[-1].sign == "a")
        if current and same_kind and not begins and (0 <= step <= 5 or descends):
            current.append(mark)
        else:
            current, nested = [mark], None
            chains.append(current)
    return [chain for chain in chains if len(chain) > 1 or chain[0].number <= 1]


def _descends(chain: list[_Mark]) -> bool:
    return chain[-1].number < chain[0].number


def _numbered(text: str, lines: list[_Line], chain: list[_Mark], used: set[int]) -> Listing:
    first, n_marked = chain[0], 0
    spans: list[Span] = []
    if first.number > 1 and not _descends(chain):
        spans += _before_first(text, lines, first, used)
    own = _own_texts(text, lines, chain)
    for mark, following, span in zip(chain, [*chain[1:], None], own, strict=True):
        if _says(text, span):
            spans.append(span)
            n_marked += 1
        if following:
            spans += _lost_between(text, lines, mark, following)
    flags = {"empty-entries"} if n_marked < len(chain) else set()
    if len(spans) > n_marked or any(mark.glued for mark in chain):
        flags.add("unmarked-entry")
    start, end = first.start, lines[chain[-1].line].span[1]
    if spans:
        start, end = min(start, spans[0][0]), max(end, spans[-1][1])
    return Listing("numbered", spans, (start, end), flags)


def _lost_between(text: str, lines: list[_Line], mark: _Mark, following: _Mark) -> list[Span]:
    """Find the entries between two markers that lost their own: as many as there are numbers."""
    missing = following.number - mark.number - 1
    if not 0 < following.line - mark.line - 1 <= missing:
        return []
    lost = [line.span for line in lines[mark.line + 1 : following.line]]
    return lost if all(_is_word(text, span) for span in lost) else []


def _own_texts(text: str, lines: list[_Line], chain: list[_Mark]) -> list[Span]:
    """Give what stands behind each marker, or else on the line below it."""
    own = [trimmed(text, mark.content, lines[mark.line].span[1]) for mark in chain]
    silent = [index for index, span in enumerate(own) if not _says(text, span)]
    for index in silent:
        below = chain[index].line + 1
        is_last = index + 1 == len(chain)
        if below == len(lines) or (not is_last and chain[index + 1].line == below):
            continue
        span = lines[below].span
        # Behind the last marker a remark may follow, and beside entries with a text a gloss.
        alone = len(silent) == len(chain) and not is_last
        if alone or (not (is_last and _is_remark(text, span)) and _is_word(text, span)):
            own[index] = span
    return own


def _is_remark(text: str, span: Span) -> bool:
    """Whether a line below a list says no entry of it (Enjoy!)."""
    return text[span[1] - 1] in "!?.:…" or clean(text[slice(*span)]).word.lower() in CHATTER


def _before_first(text: str, lines: list[_Line], first: _Mark, used: set[int]) -> list[Span]:
    """Look above a count that begins late: its first entry may have lost its marker."""
    if first.line == 0 or first.line - 1 in used:
        return []
    above = lines[first.line - 1].span
    return [above] if _is_word(text, above) and text[above[1] - 1] not in ":!?" else []


def _says(text: str, span: Span) -> bool:
    content = text[span[0] : span[1]]
    return content.isalnum() or any(map(str.isalnum, content))


def _is_word(text: str, span: Span) -> bool:
    return clean(text[span[0] : span[1]]).wordlike


def _runs(lines: list[_Line], bullets: list[_Mark], n_asked: int) -> list[list[_Mark]]:
    """Part the bullets where their sign changes or a line of other text stands between them.

    A blank line ends a list that is complete and has none between its entries.
    """
    runs: list[list[_Mark]] = []
    last = 0
    loose = False  # whether blank lines part the entries of the run
    for mark in bullets:
        between = lines[last + 1 : mark.line]
        last = mark.line
        after_blank = lines[mark.line].after_blank
        if runs and all(line.indent > runs[-1][0].indent for line in between):
            if mark.indent > runs[-1][0].indent + 1:
                continue  # a bullet below an entry explains it
            complete = after_blank and not loose and len(runs[-1]) >= n_asked
            if mark.sign == runs[-1][0].sign and not complete:
                runs[-1].append(mark)
                loose = loose or after_blank
                continue
        runs.append([mark])
        loose = False
    return runs


def _bulleted(text: str, lines: list[_Line], run: list[_Mark]) -> Listing:
    spans = [trimmed(text, mark.content, lines[mark.line].span[1]) for mark in run]
    flags: set[str] = set()
    start = run[0].start
    if run[0].line > 0:
        above, end = lines[run[0].line - 1].span
        bullets = _GLUED_BULLET.finditer(text, above, end)
        if glued := [bullet for bullet in bullets if bullet[0][-1] == run[0].sign]:
            start = glued[-1].end()
            spans.insert(0, trimmed(text, start, end))
            flags.add("unmarked-entry")
    return Listing("bullets", spans, (start, spans[-1][1]), flags)


def _under_headings(text: str, runs: list[Listing]) -> list[Listing]:
    """Join short runs of markers: a list in groups, each below a heading."""
    if len(runs) < 2:
        return runs
    counts = [word_counts(text, run.spans)[0] for run in runs]
    if max(counts, default=0) >= 7 or sum(counts) < 7:
        return runs
    joined = Listing(runs[0].layout, [], runs[0].bounds)
    seen: set[str] = set()
    for run in runs:
        first = clean(text[slice(*run.spans[0])]).word.lower()
        if first in seen:
            break  # the same words again: explanations
        seen |= {clean(text[start:end]).word.lower() for start, end in run.spans}
        joined.spans += run.spans
        joined.flags |= run.flags
        joined.bounds = (joined.bounds[0], run.bounds[1])
    return [joined]


def inline_numbers(text: str) -> Listing | None:
    """Find the longest count in running text: 1. cat, 2. dog (3) moon; A. cat, B. dog."""
    best = max((_longest_count(text, one) for one in (_INLINE_NUMBER, _INLINE_LETTER)), key=len)
    if len(best) < FEWEST:
        return None
    spans = []
    for position, match in enumerate(best):
        end = best[position + 1].start() if position + 1 < len(best) else len(text)
        start, end = trimmed(text, match.end(), end)
        newline = text.find("\n", start, end)
        spans.append((start, end) if newline == -1 else trimmed(text, start, newline))
    spans = [span for span in spans if _says(text, span)]
    return Listing("numbered-inline", spans, (best[0].start(), spans[-1][1])) if spans else None


def _longest_count(text: str, marker: re.Pattern[str]) -> list[re.Match[str]]:
    best: list[re.Match[str]] = []
    current: list[re.Match[str]] = []
    for match in marker.finditer(text):
        number = _inline_value(match[match.lastgroup or 0])
        if number == len(current) + 1:
            current.append(match)
        elif number == 1:
            current = [match]
        if len(current) > len(best):
            best = current
    return best


def _inline_value(sign: str) -> int:
    if sign.isalpha():
        return ord(sign.lower()) - ord("a") + 1
    return ord(sign) - ord("①") + 1 if "①" <= sign <= "⑳" else int(sign)


def headings(text: str) -> Listing | None:
    """Find entries in bold or as headings that are parted by prose."""
    spans = [
        (start, end)
        for start, end in lines_of(text)
        if text.startswith(("**", "__", "##"), start)
        if _is_word(text, (start, end)) and text[end - 1] != ":"
    ]
    return Listing.of("headings", spans) if len(spans) >= FEWEST else None


def labelled(text: str) -> Listing | None:
    """Find entries that stand behind the label "Word:" each, among other labels."""
    spans = [trimmed(text, *match.span(1)) for match in _LABELLED.finditer(text)]
    return Listing.of("labelled", spans) if len(spans) >= FEWEST else None
