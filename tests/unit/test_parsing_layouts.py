"""Every layout, in texts of our own. W is what each of them lists."""

# ruff: noqa: E501, RUF001, SIM905 -- answers as they are: long lines, dashes and quotes of all kinds

import pytest

from divergent_bench.instrument.parsing import LAYOUTS
from divergent_bench.instrument.tasks.dat import TASK

W = tuple("Kettle glacier Rumour beetle Verdict saffron Pulley ballad Tunnel mercy".split())


def numbered(pattern: str, end: str = "\n") -> str:
    return end.join(pattern.format(n=n, w=w) for n, w in enumerate(W, start=1))


def each(pattern: str, end: str = "\n") -> str:
    return end.join(pattern.format(w=w) for w in W)


COLUMN = "\n".join(W)
COMMAS = ", ".join(W)


def marked(marks: str, pattern: str) -> str:
    return "\n".join(pattern.format(m=m, w=w) for m, w in zip(marks.split(), W, strict=True))


ROMAN = "i ii iii iv v vi vii viii ix x"
CARDINALS = "One Two Three Four Five Six Seven Eight Nine Ten"
ORDINALS = "First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth"
EMOJI = "🫖 🧊 👂 🪲 ⚖ 🌸 ⚙ 🎵 🚇 🙏"

TEXTS: dict[str, tuple[str, str]] = {
    # numbers and letters
    "1. word": (numbered("{n}. {w}"), "numbered"),
    "1) word": (numbered("{n}) {w}"), "numbered"),
    "(1) word": (numbered("({n}) {w}"), "numbered"),
    "1|word": (numbered("{n}|{w}"), "numbered"),
    "1, word": (numbered("{n}, {w}"), "numbered"),
    "1。word": (numbered("{n}。{w}"), "numbered"),
    "1: word": (numbered("{n}: {w}"), "numbered"),
    "1 - word": (numbered("{n} - {w}"), "numbered"),
    "1 – word": (numbered("{n} – {w}"), "numbered"),
    "7.Word glued": (numbered("{n}.{w}"), "numbered"),
    "4-Word glued": (numbered("{n}-{w}"), "numbered"),
    "1.) word": (numbered("{n}.) {w}"), "numbered"),
    "number, no sign": (numbered("{n} {w}"), "numbered"),
    "#1 word": (numbered("#{n} {w}"), "numbered"),
    "no-break space": (numbered("{n}.\u00a0{w}  "), "numbered"),
    "tab": (numbered("\t{n}.\t{w}"), "numbered"),
    "indented": (numbered("    {n}. {w}"), "numbered"),
    "blank lines between": (numbered("{n}. {w}", end="\n\n"), "numbered"),
    "CRLF": (numbered("{n}. {w}", end="\r\n"), "numbered"),
    "**1.** word": (numbered("**{n}.** {w}"), "numbered"),
    "**1. word**": (numbered("**{n}. {w}**"), "numbered"),
    "1. **word**": (numbered("{n}. **{w}**"), "numbered"),
    "### 1. word": (numbered("### {n}. {w}"), "numbered"),
    "- 1. word": (numbered("- {n}. {w}"), "numbered"),
    "1\\. word": (numbered("{n}\\. {w}"), "numbered"),
    "Word 1: word": (numbered("Word {n}: {w}"), "numbered"),
    "Noun #1 - word": (numbered("Noun #{n} - {w}"), "numbered"),
    "keycaps": (
        "\n".join(
            f"{k} {w}"
            for k, w in zip([*(f"{d}\ufe0f\u20e3" for d in range(1, 10)), "🔟"], W, strict=True)
        ),
        "numbered",
    ),
    "circled": ("\n".join(f"{chr(ord('①') + i)} {w}" for i, w in enumerate(W)), "numbered"),
    "a) word": (
        "\n".join(f"{letter}) {w}" for letter, w in zip("abcdefghij", W, strict=True)),
        "numbered",
    ),
    "counting down": ("\n".join(f"{10 - i}. {w}" for i, w in enumerate(W)), "numbered"),
    "all ones": (each("1. {w}"), "numbered"),
    "from zero": ("\n".join(f"{i}. {w}" for i, w in enumerate(W)), "numbered"),
    "escaped line ends": (numbered("{n}. {w}", end="\\n"), "numbered"),
    "glosses on own lines": (numbered("{n}. {w}\n   - something about it"), "numbered"),
    "prose between": (
        numbered("{n}. {w}\nThis one was chosen because it is far from the others."),
        "numbered",
    ),
    "inline 1. word": (numbered("{n}. {w}", end=" "), "numbered-inline"),
    "inline 1. word,": ("My list: " + numbered("{n}. {w}", end=", ") + ".", "numbered-inline"),
    "inline (1) word": (numbered("({n}) {w}", end=" "), "numbered-inline"),
    "two numbers a line": (
        numbered("{n}. {w}", end=" ")
        .replace(" 3.", "\n3.")
        .replace(" 5.", "\n5.")
        .replace(" 7.", "\n7.")
        .replace(" 9.", "\n9."),
        "numbered-inline",
    ),
    "number above word": (numbered("{n}.\n{w}"), "numbered"),
    # bullets
    "- word": (each("- {w}"), "bullets"),
    "* word": (each("* {w}"), "bullets"),
    "*   word": (each("*   {w}"), "bullets"),
    "*word": (each("*{w}"), "bullets"),
    "-word": (each("-{w}"), "bullets"),
    "• word": (each("• {w}"), "bullets"),
    "•\tword": (each("•\t{w}"), "bullets"),
    "+ word": (each("+ {w}"), "bullets"),
    "– word": (each("– {w}"), "bullets"),
    "> word": (each("> {w}"), "bullets"),
    "checkbox": (each("- [ ] {w}"), "bullets"),
    "bullets with sub-bullets": (each("- {w}\n    - a thing\n    - a second remark"), "bullets"),
    "bullets under headings": (
        f"**Things**\n- {W[0]}\n- {W[1]}\n- {W[2]}\n\n**Living**\n- {W[3]}\n- {W[4]}\n- {W[5]}\n\n**Other**\n- {W[6]}\n- {W[7]}\n- {W[8]}\n- {W[9]}",
        "bullets",
    ),
    "bullets, prose between": (
        each("- {w}\nIt is unlike the others in every respect.\n"),
        "bullets",
    ),
    "<li>": ("<ul>" + each("<li>{w}</li>", end="") + "</ul>", "bullets"),
    "\\item": ("\\begin{itemize}\n" + each("\\item {w}") + "\n\\end{itemize}", "bullets"),
    # none
    "lines": (COLUMN, "lines"),
    "lines, blank lines between": ("\n\n".join(W), "lines"),
    "lines, trailing blanks": (each("{w}  "), "lines"),
    "lines, commas": (",\n".join(W), "lines"),
    "lines, full stops": (each("{w}."), "lines"),
    "lines, commented": (each("{w}  # a thing"), "lines"),
    "lines, one-word glosses": (each("{w}, noun"), "lines"),
    "lines, quoted": (each('"{w}"'), "lines"),
    "lines, emphasised": (each("*{w}*"), "lines"),
    "lines, and": (",\n".join(W[:-1]) + f", and\n{W[-1]}", "lines"),
    "<br>": ("<br>".join(W), "lines"),
    "commas": (COMMAS, "commas"),
    "commas, full stop": (COMMAS + ".", "commas"),
    "commas without blanks": (",".join(W), "commas"),
    "commas, and": (", ".join(W[:-1]) + f", and {W[-1]}.", "commas"),
    "commas, last and": (", ".join(W[:-1]) + f" and {W[-1]}.", "commas"),
    "commas, last &": (", ".join(W[:-1]) + f" & {W[-1]}", "commas"),
    "commas, bold, and": (
        ", ".join(f"**{w}**" for w in W[:-1]) + f", and **{W[-1]}**.",
        "commas",
    ),
    "commas, code": (f"words = {list(W)}\nprint(words)", "brackets"),
    "commas, boxed": ("\\boxed{" + COMMAS + "}", "commas"),
    "commas, quoted": (", ".join(f'"{w}"' for w in W), "commas"),
    "commas, American quotes": (" ".join(f'"{w},"' for w in W[:-1]) + f' "{W[-1]}."', "commas"),
    "commas, bold": (", ".join(f"**{w}**" for w in W), "commas"),
    "commas, glossed": (", ".join(f"{w} (a thing, or so)" for w in W), "commas"),
    "commas over lines": (", ".join(W[:4]) + ",\n" + ", ".join(W[4:]), "commas"),
    "commas in a sentence": (f"My ten words are {COMMAS}.", "commas"),
    "commas after a colon": (f"Ten words: {COMMAS}", "commas"),
    "commas after a dash": (f"Well, here goes nothing - {COMMAS}.", "commas"),
    "semicolons": ("; ".join(W), "semicolons"),
    "bars": (" | ".join(W), "separators"),
    "slashes": (" / ".join(W), "separators"),
    "dots": (" • ".join(W), "separators"),
    "dashes": (" - ".join(W), "separators"),
    "tabs": ("\t".join(W), "separators"),
    "spaces": (" ".join(W), "spaces"),
    "spaces after a colon": ("Words: " + " ".join(W), "spaces"),
    "spaces over two lines": (" ".join(W[:5]) + "\n" + " ".join(W[5:]), "spaces"),
    # structure
    "JSON array": ('["' + '", "'.join(W) + '"]', "json"),
    "JSON array over lines": ("[\n" + ",\n".join(f'  "{w}"' for w in W) + "\n]", "json"),
    "JSON object": ('{"words": ["' + '", "'.join(W) + '"], "note": "all nouns"}', "json"),
    "JSON numbered": ("{" + ", ".join(f'"{n}": "{w}"' for n, w in enumerate(W, 1)) + "}", "json"),
    "JSON records": (
        "[" + ", ".join(f'{{"id": 1, "word": "{w}", "category": "thing"}}' for w in W) + "]",
        "json",
    ),
    "JSON word to gloss": (
        "{" + ", ".join(f'"{w}": "that is what it is, and no more"' for w in W) + "}",
        "json",
    ),
    "JSON lines": (each('{{"word": "{w}", "why": "far from all"}}'), "json"),
    "JSON cut off": ('{"words": ["' + '", "'.join(W) + '", "lam', "json"),
    "JSON in prose": ('Sure:\n["' + '", "'.join(W) + '"]\nEnjoy!', "json"),
    "brackets": ("[" + COMMAS + "]", "brackets"),
    "brackets over lines": ("[\n" + ",\n".join(W) + "\n]", "brackets"),
    "brackets, Python": (str(list(W)), "brackets"),
    "bracket per line": (each("[{w}]"), "brackets"),
    "table": ("| # | Word | Kind |\n|---|:---|---|\n" + numbered("| {n} | {w} | thing |"), "table"),
    "table, bold": ("| Noun | Why |\n|---|---|\n" + each("| **{w}** | far from all |"), "table"),
    "I. word": (marked(ROMAN.upper(), "{m}. {w}"), "numbered"),
    "i) word": (marked(ROMAN, "{m}) {w}"), "numbered"),
    "(iv) word": (marked(ROMAN, "({m}) {w}"), "numbered"),
    "(a) word": (marked("a b c d e f g h i j", "({m}) {w}"), "numbered"),
    "A: word": (marked("A B C D E F G H I J", "{m}: {w}"), "numbered"),
    "**a.** word": (marked("a b c d e f g h i j", "**{m}.** {w}"), "numbered"),
    "One. word": (marked(CARDINALS, "{m}. {w}"), "numbered"),
    "First: word": (marked(ORDINALS, "{m}: {w}"), "numbered"),
    "1st - word": (marked("1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th", "{m} - {w}"), "numbered"),
    "1. and 2)": (marked("1. 2) 3. 4) 5. 6) 7. 8) 9. 10)", "{m} {w}"), "numbered"),
    "01. word": (numbered("{n:02d}. {w}"), "numbered"),
    "[1] word": (numbered("[{n}] {w}"), "numbered"),
    "<1> word": (numbered("<{n}> {w}"), "numbered"),
    "1/ word": (numbered("{n}/ {w}"), "numbered"),
    "1° word": (numbered("{n}° {w}"), "numbered"),
    "1 → word": (numbered("{n} → {w}"), "numbered"),
    "**Word 1:** word": (numbered("**Word {n}:** {w}"), "numbered"),
    "word1: word": (numbered("word{n}: {w}"), "numbered"),
    "W1. word": (numbered("W{n}. {w}"), "numbered"),
    "Word 1 = word": (numbered("Word {n} = {w}"), "numbered"),
    "Word 1 above word": (numbered("Word {n}\n{w}", end="\n\n"), "numbered"),
    "signs with dots": ("\n".join(f"{chr(0x2488 + i)} {w}" for i, w in enumerate(W)), "numbered"),
    "signs in black": ("\n".join(f"{chr(0x2776 + i)} {w}" for i, w in enumerate(W)), "numbered"),
    "keycaps of two digits": (
        "\n".join(
            "".join(f"{digit}\ufe0f\u20e3" for digit in str(n)) + f" {w}"
            for n, w in enumerate(W, 1)
        ),
        "numbered",
    ),
    "numbers within entries": (
        numbered("{n}. {w}\n    1. category: things\n    2. why: unlike the rest"),
        "numbered",
    ),
    "columns": (numbered("{n}. {w}\ta thing of use"), "numbered"),
    "columns of blanks": (numbered("{n}. {w}        a thing of use"), "numbered"),
    "numbers anew below headings": (
        "Concrete:\n"
        + "\n".join(f"{n}. {w}" for n, w in enumerate(W[:5], 1))
        + "\n\nAbstract:\n"
        + "\n".join(f"{n}. {w}" for n, w in enumerate(W[5:], 1)),
        "numbered",
    ),
    "zero-width": (numbered("\u200e{n}.\u200b {w}\u200e"), "numbered"),
    "escaped tabs": (numbered("{n}.\\t{w}", end="\\n"), "numbered"),
    "quote block": (numbered("> {n}. {w}"), "numbered"),
    "inline 1 word,": (numbered("{n} {w}", end=", "), "numbered-inline"),
    "inline, and": (numbered("{n}. {w}", end=", ").replace(" 10.", " and 10."), "numbered-inline"),
    "inline circled": (
        " ".join(f"{chr(ord('①') + i)} {w}" for i, w in enumerate(W)),
        "numbered-inline",
    ),
    "emoji": (marked(EMOJI, "{m} {w}"), "lines"),
    "emoji, glossed": (marked(EMOJI, "{m} **{w}** – a thing, far from the others"), "lines"),
    "one emoji": (each("🔹 {w}"), "lines"),
    "o word": (each("o {w}"), "bullets"),
    "HTML entities": (each("&bull; {w}"), "bullets"),
    "no-break spaces": (each("-&nbsp;{w}"), "bullets"),
    "XML": ("<words>" + each("<word>{w}</word>", end="") + "</words>", "bullets"),
    "XML, numbered": (numbered("<word{n}>{w}</word{n}>"), "bullets"),
    "YAML": ("words:\n" + each('  - "{w}"'), "bullets"),
    "CSV": ("word,category\n" + each("{w},thing"), "lines"),
    "lines below a title": ("**Divergent Words**\n" + COLUMN, "lines"),
    "carriage returns": ("\r".join(W), "lines"),
    "commas, bold, in a sentence": (
        "I choose **" + "**, **".join(W[:-1]) + f"** and **{W[-1]}**.",
        "commas",
    ),
    "commas after a verb": (
        "The ten I would choose are quickly named: I pick " + ", ".join(W[:-1]) + f", and {W[-1]}.",
        "commas",
    ),
    "em dashes, glued": ("—".join(W), "separators"),
    "ideographic commas": ("、".join(W), "commas"),
    "smart American quotes": (
        " ".join(f"“{w},”" for w in W[:-1]) + f" and “{W[-1]}.”",
        "commas",
    ),
    "JSON, commented": ("[\n" + each('  "{w}", // a "thing"') + "\n]", "json"),
    "JSON beside another array": (
        '{"kinds": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"], "words": ["'
        + '", "'.join(W)
        + '"]}',
        "json",
    ),
    "JSON word1": (
        "{" + ", ".join(f'"word{n}": "{w}"' for n, w in enumerate(W, 1)) + "}",
        "json",
    ),
    "HTML table": (
        "<table>" + each("<tr><td>{w}</td><td>thing</td></tr>", end="") + "</table>",
        "table",
    ),
    "table without bars at the ends": ("Word | Kind\n--- | ---\n" + each("{w} | thing"), "lines"),
    "table of two halves": (
        "| # | Word | # | Word |\n|---|---|---|---|\n"
        + "\n".join(f"| {i} | {W[i]} | {i + 1} | {W[i + 1]} |" for i in range(0, 10, 2)),
        "table",
    ),
    "labelled": (each("Etymology: from an old root\nWord: {w}\n"), "labelled"),
    "labelled and numbered": (numbered("{n}. Word: {w}\n   Kind: a thing"), "labelled"),
    "headings": (
        each("## {w}\nIt is a thing, and it differs from the rest of them.\n"),
        "headings",
    ),
    "bold headings": (
        each("**{w}**\nIt is a thing, and it differs from the rest of them.\n"),
        "headings",
    ),
}


def test_layout() -> None:
    read = {name: TASK.parse(text) for name, (text, _) in TEXTS.items()}
    assert {name: parsed.words for name, parsed in read.items()} == dict.fromkeys(TEXTS, W)
    layouts = {name: layout for name, (_, layout) in TEXTS.items()}
    assert {name: parsed.layout for name, parsed in read.items()} == layouts
    assert set(layouts.values()) <= set(LAYOUTS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Here are 10 words that are as different as possible:\n\n", ""),
        ("Sure! Here you go:\n", "\n\nI hope these help! Let me know if you need more."),
        ("", "\n\nThese words span nature, tools, music and law, so they are far apart."),
        ("<think>\n1. apple\n2. pear\n3. plum\nNo, too close.\n</think>\n\n", ""),
        ("```\n", "\n```"),
        ("Here is the list:\n\n```text\n", "\n```\n\nEnjoy!"),
        ("\ufeff  \n\n", "  \n\n"),
    ],
    ids=[
        "preamble",
        "preamble and offer",
        "commentary",
        "reasoning",
        "fence",
        "fence in prose",
        "blanks",
    ],
)
def test_what_stands_around_a_list_changes_no_word(before: str, after: str) -> None:
    read = {name: TASK.parse(before + text + after).words for name, (text, _) in TEXTS.items()}
    assert read == dict.fromkeys(TEXTS, W)
