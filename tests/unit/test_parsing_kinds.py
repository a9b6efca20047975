"""Kinds of faults that the field's answers had: each kind in many forms, in texts of our own.

A test reads all forms of its kind and compares those read wrongly with none.
"""

# ruff: noqa: E501, RUF001, SIM905 -- answers as they are: long lines and signs of all kinds

from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

import pytest

from divergent_bench.instrument.parsing import ParsedResponse
from divergent_bench.instrument.tasks.dat import TASK
from tests.helpers.lists import BULLETS, COLUMN, COMMAS, NUMBERED, W, numbered

CASES = Path(__file__).parents[3] / "shared" / "data" / "cases"


def formed(words: Iterable[str], pattern: str = "{n}. {w}", end: str = "\n") -> str:
    return end.join(pattern.format(n=n, w=w) for n, w in enumerate(words, start=1))


def wrong(
    texts: Iterable[str], words: Sequence[str] = W, *, flag: str | None = None, cut: bool = False
) -> dict[str, ParsedResponse]:
    """Return the texts that are not read as these words, in any case, with this flag."""
    read = {text: TASK.parse(text, truncated=cut) for text in texts}
    wanted = [word.lower() for word in words]
    return {
        text: parsed
        for text, parsed in read.items()
        if [word.lower() for word in parsed.words] != wanted or (flag and flag not in parsed.flags)
    }


# --- a list glued to what stands before it

STEPS = "A strategy:\n1. Find a large pool of words.\n2. Leave out what breaks a rule.\n3. Take those that are distinct"
MARKERS = (
    "{n}. {w}|**{n}. {w}**|**{n}.** {w}|{n}. **{w}**|{n}) {w}|({n}) {w}|[{n}] {w}|<{n}> {w}|{n}.{w}|{n} . {w}"
    "|{n}: {w}|{n} - {w}|#{n} {w}|#{n}. {w}|No. {n} {w}|Word {n}: {w}|{n}\\. {w}|### {n}. {w}|- {n}. {w}|{n}、{w}"
).split("|")
ENDS = ["\n", "\n\n", "\r\n", "  \n"]
BEFORE = [
    *("(Step 9)", "unrelated!", "Words:", "**Final list:**", "Ten words", "Answer - ", "I have 10 words."),
    *("_" * 15, "." * 6, "-" * 6, "=" * 9, "~" * 12, "*** ", "3.5 is no word."),
    *("Schritt 3: Wörter wählen.", "Étape 3 : choisir des mots.", "第三步：选择单词。"),
    *("1. Think.", "1. Think of words that are far apart.", "1. Think.\n2. Take ten words of these."),
]  # fmt: skip


def test_a_list_glued_to_numbered_steps() -> None:
    stops = [".", "!", "?", ":", ".)", '."', ".**", ". ", "", "…", "。"]
    texts = (
        STEPS.replace("\n", end) + stop + formed(W, marker, end)
        for stop, marker, end in product(stops, MARKERS, ENDS)
    )
    assert wrong(texts) == {}


def test_a_list_glued_to_anything() -> None:
    markers = ["{n}. {w}", "**{n}. {w}**", "{n}) {w}", "({n}) {w}", "{n}. **{w}** - a thing"]
    assert wrong(before + formed(W, marker) for before, marker in product(BEFORE, markers)) == {}


def test_a_number_within_an_entry_begins_no_list() -> None:
    assert wrong([NUMBERED.replace("kettle", "kettle (see 1. below)")]) == {}
    assert wrong([NUMBERED.replace("beetle", "beetle, of type 3. unknown")]) == {}
    # Two entries in a line go on counting.
    assert wrong([formed(W, end=" ").replace(" 3.", "\n3.").replace(" 7.", "\n7.")]) == {}


# --- entries that begin or end as sentences do

DOUBTFUL = (
    "can opener|will power|I beam|must have|may bug|it girl|we love|me time|may fly|let down|you tube|I phone"
    "|do nut|trash can|free will|has been|forget me not|Jack in the box|post it note|hand me down|what if|my space"
).split("|")
UNMARKED = ["\n", "\n\n", "\r\n", ",\n", ", ", "; ", " | ", " / "]


@pytest.mark.parametrize("place", range(10))
def test_entries_that_look_like_sentences(place: int) -> None:
    for entry in DOUBTFUL:
        words = (*W[:place], entry, *W[place + 1 :])
        texts = [end.join(words) for end in UNMARKED]
        texts += ["Here are ten words:\n\n" + "\n".join(words), "Sure! " + ", ".join(words)]
        texts += ["Here are ten words: " + ", ".join(words) + "."]
        texts += ["\n".join(words) + "\n\nI hope this helps!"]
        texts += [", ".join(words[:-1]) + f", and {words[-1]}.", formed(words)]
        assert wrong(texts, words) == {}


@pytest.mark.parametrize(
    "remark", ["I hope", "Here goes", "I like these words", "We love", "Let me see"]
)
def test_sentences_beside_a_full_list_are_no_entries(remark: str) -> None:
    assert wrong([f"{remark}\n{COLUMN}", f"{remark}\n\n{COLUMN}", f"{COLUMN}\n\n{remark}"]) == {}
    assert wrong([f"{remark}\n\n{COMMAS}", f"{COMMAS}\n\n{remark}"]) == {}


def test_doubtful_entries_alone_are_no_list() -> None:
    assert wrong(["I hope\nI can\nI will\nI do", "I can, you can, we can, they can"], ()) == {}


# --- several lists

KINDS = (
    "Nature",
    "Technology",
    "Emotion",
    "Body",
    "Food",
    "Time",
    "Abstract concept",
    "Animal",
    "Object",
    "Weather",
)
OLD = (
    "mountain",
    "computer",
    "anger",
    "elbow",
    "bread",
    "yesterday",
    "justice",
    "spider",
    "blanket",
    "rain",
)
NEW = (
    "spider",
    "bread",
    "justice",
    "elbow",
    "rain",
    "computer",
    "anger",
    "whistle",
    "yesterday",
    "dust",
)
PAIRS = list(zip(KINDS, OLD, strict=True))
DRAFTS = {
    "labels": formed((f'{kind}: "{word}"' for kind, word in PAIRS), "- {w}"),
    "numbered labels": formed(f"**{kind}** – {word}" for kind, word in PAIRS),
    "arrows": formed(f"{kind} → {word}" for kind, word in PAIRS),
    "examples": formed((f"{kind} (e.g., {word})" for kind, word in PAIRS), "- {w}"),
    "kinds": formed(KINDS),
    "more kinds": formed([*KINDS, "Music", "Sport"], "- {w}"),
    "kinds in lines": "\n".join(KINDS),
    "kinds between commas": "Categories: " + ", ".join(KINDS),
    "labels in lines": "\n".join(f"{kind}: {word}" for kind, word in PAIRS),
    "glosses": formed(f"{word} ({kind.lower()})" for kind, word in PAIRS),
    "longer": formed([f"{word}: a thing far from the others" for word in OLD] + ["lamp: x", "door: y"]),
    "checks": formed(f"{word} ✓ noun" for word in OLD),
    "ticks": formed(OLD, "- {w} ✅"),
    "struck out": formed(OLD, "{n}. ~~{w}~~"),
    "table": "| Category | Word |\n|---|---|\n" + "\n".join(f"| {k} | {w} |" for k, w in PAIRS),
}  # fmt: skip
LISTS = {
    "numbered": formed(NEW),
    "bold": formed(NEW, "{n}. **{w}**"),
    "apart": formed(NEW, end="\n\n"),
    "bullets": formed(NEW, "- {w}"),
    "stars": formed(NEW, "* {w}"),
    "lines": "\n".join(NEW),
    "bold lines": formed(NEW, "**{w}**"),
    "commas": ", ".join(NEW),
}
HEADINGS = [
    *("", "My picks", "So here goes:", "Output", "Result", "Words:", "**Answer**", "## List", "---"),
    *("Here are my 10 words:", "So the answer is:", "Therefore,", "OK.", "Great, that works.", "Final"),
    *("The words I chose, after swapping two:", "Liste:", "Mes mots :", "最终列表："),
]  # fmt: skip


@pytest.mark.parametrize("draft", DRAFTS)
def test_bare_words_after_labels_glosses_and_checks(draft: str) -> None:
    texts = (
        f"Let me think of fields first.\n\n{DRAFTS[draft]}\n\n"
        + (heading and f"{heading}\n\n")
        + listing
        for heading, listing in product(HEADINGS, LISTS.values())
    )
    assert wrong(texts, NEW) == {}


OTHERS = ("lamp", "door", "frog", "song", "cheese", "debt", "moss", "gravity", "lace", "oath")
AFTER = [
    formed(KINDS),
    formed(KINDS, "- {w}"),
    "Categories:\n" + formed(KINDS),
    "Categories:\n" + formed(KINDS, "- {w}"),
    "Domains covered: " + ", ".join(KINDS),
    "They belong to these fields:\n" + formed(KINDS),
    "Each is of its own kind:\n" + formed((f"{w}: {k}" for w, k in zip(NEW, KINDS, strict=True)), "- {w}"),
    "Check:\n" + formed(NEW, "{n}. {w} ✓"),
    "Words I rejected:\n" + formed(OTHERS, "- {w}"),
    "I avoided:\n" + formed(OTHERS, "- {w}"),
    "Alternatives:\n" + formed(OTHERS, "- {w}"),
    "Here are ten more:\n" + formed(OTHERS),
    "Bonus words:\n" + formed(OTHERS[:3], "- {w}"),
]  # fmt: skip


@pytest.mark.parametrize("listing", LISTS)
def test_lists_around_the_words_are_not_the_answer(listing: str) -> None:
    words = LISTS[listing]
    assert wrong((f"Here are ten words:\n\n{words}\n\n{after}" for after in AFTER), NEW) == {}
    before = [
        "Rejected words:\n" + formed(OTHERS),
        "Words that are too close:\n" + formed(OTHERS, "- {w}"),
        "I should avoid words like:\n" + formed(OTHERS),
        "Brainstorming:\n" + formed([*OTHERS, *OLD], "- {w}"),
        "Brainstorm: " + ", ".join([*OTHERS, *OLD]),
        "Candidates:\n" + formed(OTHERS),
        "Step 1: Categories\n" + formed(KINDS) + "\n\nStep 2: Words",
    ]
    assert wrong((f"{text}\n\nMy words:\n\n{words}" for text in before), NEW) == {}


@pytest.mark.parametrize("listing", LISTS)
@pytest.mark.parametrize("title", ["", "Draft:\n"])
def test_a_revised_list_is_the_answer(listing: str, title: str) -> None:
    revised = [*NEW[:2], "thunder", *NEW[3:8], "tax", NEW[9]]
    text = LISTS[listing].replace("justice", "thunder").replace("yesterday", "tax")
    announced = [
        "Revised list:",
        "Let me swap two words.\n\nUpdated:",
        "Hmm, better:",
        "After replacing two:",
    ]
    texts = (f"{title}{formed(NEW)}\n\n{heading}\n\n{text}" for heading in announced)
    assert wrong(texts, revised) == {}


def test_a_complete_list_takes_no_entries_of_another() -> None:
    for kinds in (KINDS[:3], KINDS):
        assert (
            wrong(f"{words}\n\n{formed(kinds, '- {w}')}" for words in (BULLETS, COLUMN, NUMBERED))
            == {}
        )
    assert wrong([f"{COLUMN}\n- law\n- food\n- music"]) == {}


# --- answers that were cut off

CUT_FORMS = [
    ("{n}. {w}", "\n"), ("{n}. **{w}**", "\n"), ("- {w}", "\n"), ("{n}) {w}", "\r\n"), ("{w}", "\n"), ("**{w}**", "\n"),
    ("{w}", ", "), ("{w}", "; "), ("{w}", " | "), ('"{w}"', ", "), ("{n}. {w}", " "),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "end"), CUT_FORMS)
def test_the_entry_at_the_cut_is_no_word(pattern: str, end: str) -> None:
    six, whole = W[:6], formed([*W[:6], "sandwich"], pattern, end)
    at = whole.index("sandwich")
    assert wrong([whole[: at + 4], whole[: at + 8]], six, flag="cut-off", cut=True) == {}
    # Not cut off, it may be what the model said.
    assert wrong([whole[: at + 8]], [*six, "sandwich"]) == {}
    ten = formed(W, pattern, end)
    after = ["\n", "\n\nThese words are far apart bec", "\n\nThese wor", "\n\nI", "\n\nThe"]
    assert wrong((ten + text for text in after), W, cut=True) == {}


SIX = numbered(*W[:6])


@pytest.mark.parametrize(
    "whole",
    [" (a kind of gran", " - a kind", ": a", "\n", "\n8", "\n8.", ".", ",", "\n8. "],
)
def test_an_entry_before_the_cut_is_whole(whole: str) -> None:
    assert wrong([f"{SIX}\n7. sand{whole}"], [*W[:6], "sand"], cut=True) == {}


def test_cuts_in_other_places() -> None:
    texts = [f"{SIX}\n7. {part}" for part in ("**sand", "ice cr", "sand-", '"sand', "sand ")]
    texts += [
        f"```\n{SIX}\n7. sand",
        f"<answer>{SIX}\n7. sand",
        f"<think>fig</think>\n{SIX}\n7. sand",
    ]
    texts += ['{"words": ["' + '", "'.join(W[:6]) + '", "sand', ", ".join(W[:6]) + ", and sand"]
    texts += [f"1. **Think** first.\n2. **Choose** then.\n\nFinal:\n{SIX}\n7. sand"]
    assert wrong(texts, W[:6], flag="cut-off", cut=True) == {}
    assert wrong([SIX + "\n7", SIX + "\n7."], W[:6], cut=True) == {}
    assert wrong(["1. 犬 (dog)\n2. 猫 (ca"], ["dog", "猫"], cut=True) == {}
    assert wrong(["1. sand", f"<think>\n{SIX}\n7. sand", "I think that"], (), cut=True) == {}


# --- words below their numbers

BELOW = [{1}, {10}, {5}, {1, 10}, {2, 4, 6, 8, 10}, set(range(2, 11)), set(range(1, 11))]


@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n   ", "\r\n"])
def test_words_below_their_numbers(gap: str) -> None:
    texts = [
        "\n".join(f"{n}.{gap if n in below else ' '}{w}" for n, w in enumerate(W, start=1))
        for below in BELOW
    ]
    assert wrong(texts) == {}
    assert wrong(f"Here:\n\n{text}\n\nHope this helps!" for text in texts) == {}
    assert wrong(text + " - a thing" for text in texts) == {}


def test_a_remark_below_an_empty_number_is_no_entry() -> None:
    nine = numbered(*W[:9])
    remarks = ["\nEnjoy!", "\n\nEnjoy", "\n\nHope this helps!", "\nDone."]
    assert wrong((f"{nine}\n10.{remark}" for remark in remarks), W[:9]) == {}


# --- smaller ones


@pytest.mark.parametrize(
    "mark", ["A) ", "a) ", "(a) ", "A. ", "1. ", "1) ", "B) ", "**A)** ", "A: ", "Answer: A) "]
)
def test_the_letter_of_an_answer_is_no_word(mark: str) -> None:
    assert wrong([mark + COMMAS, mark + "; ".join(W)]) == {}


def test_letters_between_commas() -> None:
    for pattern in ("{m}) {w}", "({m}) {w}", "{m}. {w}"):
        entries = [pattern.format(m=m, w=w) for m, w in zip("ABCDEFGHIJ", W, strict=True)]
        assert wrong([", ".join(entries), "\n".join(entries)]) == {}


@pytest.mark.parametrize("article", ["The", "the", "A", "a", "An"])
def test_emphasis_behind_or_of_an_article(article: str) -> None:
    bold = [f"**{word}**" for word in W]
    texts = [f"{article} {', '.join(bold)}.", ", ".join(f"{article} {word}" for word in bold)]
    patterns = [
        "{a} **{w}**",
        '- {a} "{w}"',
        "{n}. {a} *{w}* - far away",
        "{n}. **{a} {w}**",
        "{n}. **{a}** {w}",
    ]
    texts += [
        "\n".join(p.format(a=article, n=n, w=w) for n, w in enumerate(W, 1)) for p in patterns
    ]
    assert wrong(texts) == {}


LINKS = [
    "[{w}](https://en.wikipedia.org/wiki/{w})", "[{w}](https://x.org/{w}_(thing))", "[{w}](http://x.org/a,b)",
    "**[{w}](https://x.org)**", "[**{w}**](https://x.org)", "[{w}](#{w})", "[{w}](/wiki/{w})", "[{w}][1]",
    '[{w}](https://x.org "{w}")', "[{w}](<https://x.org>)", "[{w}](www.x.org)",
]  # fmt: skip


@pytest.mark.parametrize("link", LINKS)
def test_links(link: str) -> None:
    texts = [formed(W, link, end) for end in ("\n", ", ", " ")]
    texts += [formed(W, prefix + link) for prefix in ("{n}. ", "- ")]
    texts += [
        formed(W, "{n}. " + link + " - a thing"),
        "Here are ten words: " + formed(W, link, ", ") + ".",
    ]
    assert wrong(texts) == {}


ENGLISH = "cat house love tree computer rain music shoe law bread".split()
FOREIGN = {
    "German": "Katze Haus Liebe Baum Computer Regen Musik Schuh Gesetz Brot",
    "French": "chat maison amour arbre ordinateur pluie musique chaussure loi pain",
    "Spanish": "gato casa amor árbol ordenador lluvia música zapato ley pan",
    "Russian": "кот дом любовь дерево компьютер дождь музыка ботинок закон хлеб",
    "Japanese": "犬 家 愛 木 電脳 雨 音楽 靴 法 麺",
    "Arabic": "قط بيت حب شجرة حاسوب مطر موسيقى حذاء قانون خبز",
}
TRANSLATED = [
    "{f} ({e})",
    "{f} - {e}",
    "{f}: {e}",
    "{f} = {e}",
    "{f} → {e}",
    "**{f}** (*{e}*)",
    "{f}（{e}）",
]


@pytest.mark.parametrize("language", FOREIGN)
def test_the_english_word_beside_a_foreign_one(language: str) -> None:
    pairs = list(zip(FOREIGN[language].split(), ENGLISH, strict=True))
    for pattern in TRANSLATED:
        entries = [pattern.format(f=foreign, e=english) for foreign, english in pairs]
        texts = [formed(entries), formed(entries, "- {w}"), "\n".join(entries)]
        texts += [", ".join(entries)] * ("(" in pattern)
        assert wrong(texts, ENGLISH, flag="translated") == {}


def test_foreign_words_in_other_company() -> None:
    japanese = list(zip(FOREIGN["Japanese"].split(), ENGLISH, strict=True))
    texts = [
        formed(f"{f} (yuè) - {e}" for f, e in japanese),
        formed(f"{f} {e}" for f, e in japanese),
    ]
    assert wrong(texts, ENGLISH, flag="translated") == {}
    assert wrong([formed(f"{e} ({f})" for f, e in japanese)], ENGLISH) == {}
    assert wrong([numbered("犬 (dog)", *W[1:])], ("dog", *W[1:]), flag="translated") == {}


def test_glosses_of_english_words_translate_nothing() -> None:
    kinds = "vessel ice talk insect law spice wheel song passage virtue".split()
    texts = [
        formed(f"{w} ({k})" for w, k in zip(W, kinds, strict=True)),
        formed(W, "{n}. {w} - noun"),
    ]
    texts += [formed(f"{w} - {k}" for w, k in zip(W, kinds, strict=True))]
    assert wrong(texts) == {}
    rare = [f"zxq{w}" for w in W]
    assert wrong([formed(rare, "{n}. {w} (noun)"), formed(rare, "{n}. {w} (a thing)")], rare) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('["cat"]', ["cat"]),
        ('["cat", "dog"]', ["cat", "dog"]),
        ('{"words": ["cat"]}', ["cat"]),
        ('{"words": ["ice cream", "dog"]}', ["ice cream", "dog"]),
        ('{"word": "cat"}', ["cat"]),
        ('{"word1": "cat", "word2": "dog"}', ["cat", "dog"]),
        ('[{"word": "cat"}, {"word": "dog"}]', ["cat", "dog"]),
        ('```json\n{"nouns": ["cat"]}\n```', ["cat"]),
        ('Sure:\n["cat", "dog"]', ["cat", "dog"]),
        ('{"words": ["cat", "do', ["cat"]),
        ('{"words": []}', []),
        ('{"error": "refused"}', []),
        ('{"answer": "No."}', []),
        ('{"words": ["I cannot do this"]}', []),
        ('I would say ["cat", "dog"] if I had to.', []),
    ],
)
def test_json_of_few_words(text: str, words: list[str]) -> None:
    assert list(TASK.parse(text).words) == words


def test_recorded_cases() -> None:
    if not CASES.exists():
        pytest.skip("the recorded cases (../shared/data/cases) are not here")
    first = {
        "p01": "gable gadget galaxy gallon gamble garment gash gasp gather gauge",
        "p02": "Aardvark abacus amygdala can_opener clock compass doorknob envelope giraffe hammock",
        "p03": "Ocean Can_opener Mirror Feather Copper Circus Window Bread Anger Engine",
        "p05": "Spider Bread Justice Elbow Rain Computer Anger",
        "p06": "Elephant Computer Joy Bread Freedom Minute Galaxy",
        "p08": "Spider Bread Justice Elbow Rain Computer Anger",
        "p09": "Antidote Fractal",
        "p11": "Computer Mathematics",
        "p12": "cat sunshine",
        "p14": "moon bee lightning wind star fruit forest",
    }
    read = {}
    for case, words in first.items():
        (file,) = CASES.glob(f"{case}-*.txt")
        found = TASK.parse(file.read_text(encoding="utf-8")).words[: len(words.split())]
        read[case] = " ".join(word.replace(" ", "_") for word in found)
    assert read == first
