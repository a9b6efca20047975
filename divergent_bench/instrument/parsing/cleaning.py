"""Clean an entry of a list: take out the word that it names."""

# ruff: noqa: RUF001, SIM905 -- dashes, quotes and full-width signs are the subject; word lists stay readable

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from divergent_bench.instrument.parsing.records import Span, has_letter

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0f"))
_TYPOGRAPHY = str.maketrans("\u2010\u2011’\u02bc\u00a0\u202f", "--''  ")
_EMPHASIS = "*_~`"
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»", "‘": "’", "「": "」", "『": "』"}
_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">", "【": "】"}

_NAMED_WORD = re.compile(r"(?:the )?(?:word|noun|term) [\"'“‘*]+(?=[^\W\d])", re.IGNORECASE)
_CHECKBOX = re.compile(r"\[[ xX✓]?\](?= *[^\W\d])")
_VERB = "(?:is|are|was|means|refers|represents|comes|originates|implies|suggests|because)"
# Where the word ends and an explanation begins. A dash needs a blank beside it (T-shirt).
_GLOSS = re.compile(
    r"(?P<gloss>[(\[{（<:：=→⇒|;；✓✔✗✘☑✅❌]|(?<=\s)[-–−~>#]|[-–−](?=\s)|—)"
    r"|(?P<gap>\t|[ ]{3,}|(?<=\s)(?:w/|as(?= in )))"  # columns set apart by blanks
    rf"|(?P<verb>(?<=\s){_VERB}(?=\s))"
    r"|(?P<stop>[.!?…。！？](?=[\s\"'”*_)\]]))"
    r"|(?P<comma>[,，、])"
    r"|(?P<slash>/)"
)
_SAYS = re.compile(rf"[\s*_\"')\]]*{_VERB}\s")
_ABBREVIATIONS = {"st", "mt", "dr", "mr", "mrs", "ms", "jr", "sr", "no", "vs"}
_PART = re.compile(r"[^\s,，、][^,，、]*")
_ARTICLE = re.compile(r"(?:an?|the) +(?=\w)", re.IGNORECASE)
_ARTICLES = {"a", "an", "the"}
_CONJUNCTION = re.compile(r"(?:and|or|plus|finally|lastly)\b[ ,:]+(?=\w)", re.IGNORECASE)
_JOINED = re.compile(
    r"(?:and|or) +(?=[*_\"'“‘«\[(])|(?:(?:and|or) +)?(?P<article>(?:an?|the) +)(?=[*_\"“«])",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(
    r"(?:an?|the|from|which|used|as|in|of|for|meaning|representing)\s", re.IGNORECASE
)

# Words of sentences, never of the compounds that people list as one noun.
_SENTENCE_WORDS = frozenset(
    """
    i i'm i'll i've i'd you you're your yours we we're our my me they their it it's this that that's
    these those here here's there there's is isn't are aren't was were am be been being have has had
    do does did can can't cannot could will won't would should may might must don't doesn't didn't
    let let's please hope sorry because but how what which who whose why when if then so below above
    following
    """.split()
)
_MAX_TOKENS = 4
_MAX_LETTERS = 50
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_MAX_IDEOGRAPHS = 8  # longer, it is a sentence written without blanks
_MAX_ENTRY = 400  # a line of a megabyte costs no more than this
_CUT_FLAGS = {
    "gloss": "glosses",
    "gap": "glosses",
    "verb": "glosses",
    "comma": "glosses",
    "slash": "alternatives",
}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned entry; `wordlike` and `doubtful` say how much its word is like one (`is_doubtful`).

    `rest` is what was cut off after the word, and `cut` says where: "" (nothing was cut), "gloss",
    "gap" (a tab or several blanks), "verb" (the entry is a sentence about the word), "stop" (a
    sentence ended), "comma" or "slash".
    """

    word: str
    rest: str = ""
    cut: str = ""
    flags: frozenset[str] = frozenset()
    wordlike: bool = field(init=False)
    doubtful: bool = field(init=False)

    def __post_init__(self) -> None:
        # Asked many times of every entry, so answered once.
        object.__setattr__(self, "wordlike", is_wordlike(self.word))
        object.__setattr__(self, "doubtful", not self.wordlike and is_doubtful(self.word))


def clean(entry: str) -> Cleaned:
    """Take the word out of an entry: no emphasis, quotes, gloss, article or signs at its ends.

    The first 400 characters are read; a word and the start of its gloss fit in them.
    """
    return _clean(entry if len(entry) <= _MAX_ENTRY else entry.strip()[:_MAX_ENTRY])


@lru_cache(maxsize=1 << 16)  # models repeat themselves: most entries have been seen before
def _clean(entry: str) -> Cleaned:
    if entry.isalpha():
        return Cleaned(entry)
    flags: set[str] = set()
    body = entry.translate(_INVISIBLE).translate(_TYPOGRAPHY).strip()
    named = _NAMED_WORD.match(body)
    body = body[named.end() - 1 :] if named else body
    body = _CHECKBOX.sub("", body, count=1) if body.startswith("[") else body
    joined = _JOINED.match(body)
    if joined and joined["article"]:
        flags.add("articles")
    body, behind = _opened(body[joined.end() :] if joined else body, flags)
    word, cut, rest = _before_gloss(body)
    if not cut and has_letter(behind):
        cut, rest = "verb" if _SAYS.match(behind) else "gloss", behind
    word = _strip(word)
    conjunction = _CONJUNCTION.match(word)
    word = word[conjunction.end() :] if conjunction else word
    article = _ARTICLE.match(word)
    if article:
        flags.add("articles")
        word = _strip(word[article.end() :])
    if cut in _CUT_FLAGS:
        flags.add(_CUT_FLAGS[cut])
    return Cleaned(" ".join(word.split()), rest, cut, frozenset(flags))


def _opened(body: str, flags: set[str]) -> tuple[str, str]:
    """Step inside the emphasis, quotes or brackets an entry begins with; what follows is rest."""
    rest = ""
    while body:
        first = body[0]
        if first in _EMPHASIS:
            inside = body.lstrip(first)
            mark = first * (len(body) - len(inside))
            flags.add("bold")
        elif first in _QUOTES or first in _BRACKETS:
            inside = body[1:]
            mark = _QUOTES.get(first) or _BRACKETS[first]
            if first in _QUOTES:
                flags.add("quoted")
        elif _is_sign(first):
            body = body[1:].lstrip()
            continue
        else:
            break
        end = _closing(inside, mark)
        if end > 0 and has_letter(inside[:end]):
            behind = inside[end + len(mark) :]
            inside = inside[:end]
            if first in _EMPHASIS and (
                behind[:1].isalpha()
                or (inside.lower() in _ARTICLES and behind.lstrip(" *_")[:1].isalpha())
            ):
                inside += behind  # an emphasised initial, **C**at, or article, **A** cat
            else:
                rest = behind + rest
        body = inside.strip()
    return body, rest


def _closing(inside: str, mark: str) -> int:
    """Find a closing mark; an apostrophe within a word closes nothing."""
    end = inside.find(mark)
    while end != -1 and mark in ("'", "’") and inside[end + 1 : end + 2].isalpha():
        end = inside.find(mark, end + 1)
    return end


def _before_gloss(body: str) -> tuple[str, str, str]:
    for match in _GLOSS.finditer(body):
        head, tail = body[: match.start()], body[match.end() :]
        if not has_letter(head) and not head.strip().isdigit():
            continue
        kind = match.lastgroup or ""
        if not has_letter(tail) and not any(map(str.isdigit, tail)):
            return head, "", ""
        if kind == "comma" and tail.strip(" ,.").lower() in ("and", "or"):
            return head, "", ""
        if kind == "stop" and head.rsplit(None, 1)[-1].lower() in _ABBREVIATIONS:
            continue
        return head, kind, tail
    return body, "", ""


def _strip(word: str) -> str:
    """Strip signs from both ends; letters, marks of letters and digits stay."""
    start, end = 0, len(word)
    while start < end and _is_sign(word[start]):
        start += 1
    while end > start and _is_sign(word[end - 1]):
        end -= 1
    return word[start:end]


def _is_sign(character: str) -> bool:
    if character.isascii():
        return not character.isalnum()
    return unicodedata.category(character)[0] in "PSZC"


def parts_of_shared_entry(entry: str) -> list[tuple[int, str, str]]:
    """Give position, raw text and word of each of three or more single words in one entry."""
    cleaned = [(match, clean(match[0]).word) for match in _PART.finditer(entry)]
    if len(cleaned) < 3 or not all(is_wordlike(word) and " " not in word for _, word in cleaned):
        return []
    return [(match.start(), match[0].rstrip(), word) for match, word in cleaned]


def explains(cleaned: Cleaned) -> bool:
    """Whether what follows the comma may explain the word: cat, a small, furry animal."""
    return "," not in cleaned.rest or bool(_EXPLAINS.match(cleaned.rest.strip()))


def is_wordlike(word: str) -> bool:
    """Whether a cleaned entry may be a listed word rather than a piece of a sentence."""
    if not 0 < len(word) <= _MAX_LETTERS or not has_letter(word):
        return False
    tokens = word.lower().split()
    if len(tokens) == 1:
        return len(word) <= _MAX_IDEOGRAPHS or not _IDEOGRAPHS.search(word)
    if len(tokens) > _MAX_TOKENS or not _SENTENCE_WORDS.isdisjoint(tokens):
        return False
    return not (len(tokens) > 2 and "the" in tokens)


def is_doubtful(word: str) -> bool:
    """Whether a cleaned entry begins or ends like a sentence and may be a word: can opener.

    Beside words it is one; alone it says nothing.
    """
    tokens = word.lower().split()
    if not 0 < len(word) <= _MAX_LETTERS or not has_letter(word):
        return False
    return len(tokens) == 2 or (2 < len(tokens) <= _MAX_TOKENS and tokens[0] not in _SENTENCE_WORDS)


def is_likely(word: str) -> bool:
    """Whether a doubtful word is one even at the end of a list: half of it is of no sentence."""
    tokens = word.lower().split()
    of_sentences = sum(token in _SENTENCE_WORDS for token in tokens)
    return of_sentences == 0 or (of_sentences == 1 and len(tokens) == 2)


def word_counts(text: str, spans: list[Span]) -> tuple[int, int]:
    """Count the entries that are words, and those that are words or sentences about one."""
    cleaned = [clean(text[start:end]) for start, end in spans]
    wordlike = [entry for entry in cleaned if entry.wordlike]
    return sum(entry.cut != "verb" for entry in wordlike), len(wordlike)
