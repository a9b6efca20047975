"""The result of parsing, and the names of the layouts and peculiarities that it reports."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

LAYOUTS: dict[str, str] = {
    "numbered": "one entry per line, each with its number (or letter)",
    "numbered-inline": "numbers in running text: 1. cat 2. dog",
    "bullets": "one entry per line, each with a bullet",
    "labelled": "each entry behind the label Word:, among other labels",
    "headings": "entries in bold or as headings, with prose between them",
    "json": "strings in JSON",
    "table": "a column of a Markdown table",
    "brackets": "entries in square brackets: [cat, dog] or one [cat] per line",
    "lines": "one entry per line, no marker",
    "commas": "separated by commas",
    "semicolons": "separated by semicolons",
    "separators": "separated by another sign: | / • · or a spaced dash",
    "spaces": "separated by blanks alone",
    "prose": "text, but no list in it: words is empty",
    "none": "no text is left to read, or a list without content: words is empty",
}

RUNNING = frozenset({"numbered-inline", "commas", "semicolons", "separators", "spaces"})
"""Layouts with several entries in a line."""

FLAGS: dict[str, str] = {
    "reasoning": "a reasoning block was set aside",
    "unclosed-reasoning": "a reasoning block never ended, so the answer was cut off in it",
    "answer-tag": "the answer was marked by <answer> tags",
    "final-answer": "a heading announced the final answer; what stood above it was set aside",
    "continued-dialogue": "the model wrote on as another speaker; that part was set aside",
    "code-fence": "the answer holds a fenced code block",
    "preamble": "there is text before the list",
    "trailing-text": "there is text after the list",
    "restarted-list": "another list of three or more entries was not used",
    "glosses": "explanations beside the entries were taken off",
    "bold": "entries were emphasised",
    "quoted": "entries stood in quotation marks",
    "articles": "a leading a, an or the was taken off",
    "alternatives": "an entry offered two words (cat/dog); the first was used",
    "shared-entries": "several words stood in one entry; each was taken",
    "cut-off": "the last entry ended where the answer was cut off, and was left out",
    "translated": "entries of another language stood beside an English word, which was taken",
    "unmarked-entry": "an entry without its marker was recognised by its place",
    "empty-entries": "markers without content were passed over",
    "multi-word": "at least one entry has more than one word",
    "duplicates": "an entry occurs twice, ignoring case; both are kept",
    "diacritics": "an entry has letters outside a-z",
    "all-caps": "every entry is in capitals",
    "fewer-than-asked": "fewer entries than were asked for",
    "more-than-asked": "more entries than were asked for; all are kept",
}


class ParsedWord(NamedTuple):  # of all the ways to be immutable the quickest to make
    """One listed entry.

    Attributes
    ----------
    raw
        The entry as written, gloss and emphasis included, its marker not.
    span
        Start and end of `raw` in the response, in characters.
    word
        What is handed to the dictionary validation; never empty, case kept.
    """

    raw: str
    span: tuple[int, int]
    word: str


@dataclass(frozen=True, slots=True)
class ParsedResponse:
    """The list in a response.

    Attributes
    ----------
    items
        The entries in their order; duplicates, non-words and entries too many are kept.
    layout
        A key of `LAYOUTS`.
    flags
        Keys of `FLAGS`, in the order of that table.
    """

    items: tuple[ParsedWord, ...]
    layout: str
    flags: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The cleaned entries in order."""
        return tuple(item.word for item in self.items)


Span = tuple[int, int]

FEWEST = 3  # fewer entries without markers are no list


class Length(NamedTuple):
    """How long a list should be, by which readings of a text are told apart.

    Attributes
    ----------
    asked
        Words that were asked for: a list of so many is not passed over for a longer one.
    needed
        Words that a score needs: a list of so many is not given up for a reading less sure.
    """

    asked: int
    needed: int


@dataclass(slots=True)
class Listing:
    """A list found in a text, before its entries are cleaned.

    `spans` are the entries; `bounds` reach from the first marker or bracket to the last.
    """

    layout: str
    spans: list[Span]
    bounds: Span
    flags: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, layout: str, spans: list[Span]) -> "Listing":
        """Make the listing of some entries, at least one, that no marker stands before."""
        return cls(layout, spans, (spans[0][0], spans[-1][1]))


def has_letter(text: str) -> bool:
    """Tell whether any character is a letter."""
    return any(map(str.isalpha, text))


def lines_of(text: str) -> Iterator[Span]:
    """Yield every line without the white space around it; of a blank line an empty span."""
    position = 0
    for line in text.splitlines(keepends=True):
        yield trimmed(text, position, position + len(line))
        position += len(line)


def trimmed(text: str, start: int, end: int) -> Span:
    """Narrow a span to exclude the white space at its ends."""
    part = text[start:end]
    content = part.lstrip()
    start += len(part) - len(content)
    return (start, start + len(content.rstrip()))
