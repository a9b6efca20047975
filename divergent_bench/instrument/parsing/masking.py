"""Blank what is not the answer: reasoning, other speakers, tags, fences.

Every step returns a text of the same length, so that a position in it is one in the response.
"""

import re
from collections.abc import Iterable

_NAMES = "think|thinking|thoughts?|reasoning|analysis|scratchpad|reflection"
_REASONING_EDGE = re.compile(
    rf"<(?P<close>/?)(?P<name>{_NAMES})>|\[(?P<close2>/?)THINK\]|◁(?P<close3>/?)think▷"
    r"|<\|(?P<edge>begin|end)_of_thought\|>"
    r"|<\|channel\|>(?P<channel>analysis|commentary|final)(?:<\|message\|>)?",
    re.IGNORECASE,
)
# Only these count when nothing closes them (the model was cut off); <analysis> alone may be a word.
_SURE_NAMES = {"think", "thinking", "reasoning"}

_ANSWER_EDGE = re.compile(r"<(/?)(?:final_)?answer>", re.IGNORECASE)

_FINAL = re.compile(
    r"^[ \t#*_>]{0,8}(?:(?:here (?:is|are)|this is) )?(?:my |the )?(?:final|revised) (?:\w+ ){0,2}"
    r"(?:answer|list|words|nouns|selection|choice|output|version|set)[*_]{0,3}"
    r"(?::[*_]{0,3}|[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
_USER = (
    r"<(?:human|user)>:?|<\|(?:user|human)\|>|<\|im_start\|>(?:user|system)"
    r"|<\|start_header_id\|>(?:user|system)<\|end_header_id\|>|<start_of_turn>user|\[INST\]"
    r"|^#{2,3}[ ](?:human|user|instruction|input)\b:?"
)
_END = r"<\|(?:im_end|eot_id|endoftext|end|end_of_text|return)\|>|<end_of_turn>|</s>|<eos>"
_MODEL = (
    r"<(?:bot|assistant)>:?|<\|(?:assistant|bot)\|>|<\|im_start\|>(?:assistant)?"
    r"|<\|start_header_id\|>assistant<\|end_header_id\|>|<\|(?:start|message)\|>(?:assistant)?"
    r"|<start_of_turn>model|\[/INST\]|<s>|<bos>|^#{2,3}[ ](?:assistant|response|output)\b:?"
)
_TURN = re.compile(
    rf"(?P<user>{_USER})|(?P<end>{_END})|(?P<model>{_MODEL})", re.IGNORECASE | re.MULTILINE
)

_MARKS = re.compile(r"[<\[◁]|^##", re.MULTILINE)  # all of the above begin with one of these
_TAG = re.compile(
    r"<(?P<item>li|(?:word|noun|item|entry)[_-]?\d{0,2})>"
    r"|<(?:br ?/?|/?p|/?div|/?[ou]l|/?h[1-6]"
    r"|/?(?:words|nouns|items|list|results?|output|response|final)"
    r"|/(?:li|(?:word|noun|item|entry)[_-]?\d{0,2}))>"
    r"|<(?P<cell>t[dh]|/tr)>|<(?P<table>/?table|/?thead|/?tbody|tr|/t[dh])>"
    r"|<(?P<inline>/?(?:b|i|u|em|strong|span|code|sup|sub))>",
    re.IGNORECASE,
)
_ENTITIES = {"bull": "•", "nbsp": " ", "amp": "&", "quot": '"', "#39": "'", "apos": "'"}
_ENTITY = re.compile(rf"&({'|'.join(_ENTITIES)});")
# A target in parentheses is no gloss: it has a sign that words lack.
_LINK = re.compile(
    r"!?\[(?P<text>[^\[\]\n]{1,200})\](?:\[\d{1,3}\]|"
    r"\((?=[^()\s]{0,40}[/.#:])(?:[^()\s]|\([^()\s]{0,200}\)){0,2000}"
    r"(?:[ \t]{1,9}\"[^\"\n]{0,200}\")?\))"
)
_FENCE = re.compile(r"```+(?:[ \t]*[\w+-]{0,20}[ \t]*(?=\r?\n))?")


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Replace the (ordered) spans by blanks, with a line end at both ends of each."""
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        size = end - start
        filler = "\n" * size if size < 3 else f"\n{' ' * (size - 2)}\n"
        pieces += (text[position:start], filler)
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


def has_marks(text: str) -> bool:
    """Tell whether the text may hold tags of reasoning, answers or turns at all."""
    return _MARKS.search(text) is not None


def without_reasoning(text: str) -> tuple[str, set[str]]:
    """Blank reasoning: a draft in it is not the answer, and what never ends holds no answer."""
    edges = [(match, _closes(match)) for match in _REASONING_EDGE.finditer(text)]
    last_close = max((match.start() for match, closes in edges if closes), default=-1)
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    for match, closes in edges:
        name = (match["name"] or "think").lower()
        if closes:
            if opened is None:
                # A closing tag alone: the chat template had opened the block before the answer.
                spans, opened = [], 0
            spans.append((opened, match.end()))
            opened = None
        elif opened is None and (name in _SURE_NAMES or match.start() < last_close):
            opened = match.start()
    flags = {"reasoning"} if spans else set()
    if opened is not None:
        spans.append((opened, len(text)))
        flags.add("unclosed-reasoning")
    return blanked(text, spans), flags


def _closes(match: re.Match[str]) -> bool:
    if match["channel"]:
        return match["channel"].lower() == "final"
    return bool(match["close"] or match["close2"] or match["close3"] or match["edge"] == "end")


def only_tagged_answer(text: str) -> tuple[str, set[str]]:
    """Keep the last <answer> block that says something, when there is one."""
    opened: int | None = None
    answer: tuple[int, int] | None = None
    for match in _ANSWER_EDGE.finditer(text):
        if not match[1]:
            opened = match.end()
        elif opened is not None:
            answer = (opened, match.start()) if text[opened : match.start()].strip() else answer
            opened = None
    if opened is not None and text[opened:].strip():
        answer = (opened, len(text))
    if answer is None:
        return text, set()
    return blanked(text, [(0, answer[0]), (answer[1], len(text))]), {"answer-tag"}


def only_final_answer(text: str) -> str | None:
    """Keep what stands behind the last heading "Final answer:"; None without such a heading."""
    ends = [match.end() for match in _FINAL.finditer(text)]
    return blanked(text, [(0, ends[-1])]) if ends else None


def only_own_turn(text: str) -> tuple[str, set[str]]:
    """Keep the first turn of the model itself: base models write on as the user."""
    spans: list[tuple[int, int]] = []
    position = 0
    answered = echoing = False
    for turn in _TURN.finditer(text):
        answered = answered or bool(not echoing and text[position : turn.start()].strip())
        if answered and not turn["model"]:
            return blanked(text, [*spans, (turn.start(), len(text))]), {"continued-dialogue"}
        # Before the answer there are only labels, and perhaps the prompt given back.
        spans.append((position if echoing else turn.start(), turn.end()))
        echoing = bool(turn["user"])
        position = turn.end()
    return blanked(text, spans), set()


def without_markup(text: str) -> str:
    """Turn HTML lists into lines with bullets, links into their text, escapes into line ends."""
    if "](" in text or "][" in text:
        text = _LINK.sub(_link_text, text)
    if "<" in text:
        text = _TAG.sub(_plain_tag, text)
    if "&" in text:
        text = _ENTITY.sub(lambda match: _ENTITIES[match[1]].ljust(len(match[0])), text)
    if text.count("\\n") > max(2, text.count("\n")):
        text = text.replace("\\n", " \n").replace("\\t", "  ")
    return text


def _link_text(match: re.Match[str]) -> str:
    before = match.start("text") - match.start()
    return (" " * before + match["text"]).ljust(len(match[0]))


def _plain_tag(match: re.Match[str]) -> str:
    if match["item"]:
        plain = "\n-"
    elif match["cell"]:
        plain = "|"
    else:
        plain = " " if match["inline"] or match["table"] in ("/td", "/th") else "\n"
    return plain.ljust(len(match[0]))


def fenced_parts(text: str) -> tuple[str, str] | None:
    """Give the text without fence marks, and only what stands inside; None without a fence."""
    marks = [match.span() for match in _FENCE.finditer(text)]
    if not marks:
        return None
    outside: list[tuple[int, int]] = []
    position = 0
    for opening in range(0, len(marks), 2):
        outside.append((position, marks[opening][1]))
        position = marks[opening + 1][0] if opening + 1 < len(marks) else len(text)
    outside.append((position, len(text)))
    return blanked(text, marks), blanked(text, outside)
