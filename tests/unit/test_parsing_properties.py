"""What holds for every text."""

# ruff: noqa: E501, SIM905 -- answers as they are: long lines, dashes and quotes of all kinds

import json
import random
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.parsing import SEEDS
from divergent_bench.instrument.parsing import FLAGS, LAYOUTS, ParsedResponse, pipeline
from divergent_bench.instrument.parsing.lines import CHATTER
from divergent_bench.instrument.parsing.plain import plain_list
from divergent_bench.instrument.parsing.records import Length
from divergent_bench.instrument.spaces import embedded
from divergent_bench.instrument.tasks.dat import TASK

pytestmark = pytest.mark.properties

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Pieces that mean something to the parser, so that random texts reach all of it.
SHARDS = st.sampled_from(
    [
        *"1. 2. 3) 10. ** _ ` ``` <think> </think> <answer> </answer> <human>: <bot>: <|im_end|>".split(),
        *"<li> <br> [ ] { } \" ' “ ” ( ) , ; : | / \\ \\n . ! ? ... … ① 1️⃣ 🔟 # > ~~".split(),
        *"Word: cat dog Sphere façade ไฮโซ 水 \u200b \x00 \ud800".split(),
        *("- ", "* ", "```json\n", "\n", "\n\n", "\r\n", "\t", "|---|\n", " ", "  ", " - ", " — "),
        *("and ", "the ", "Here are", " is "),
    ]
)
MESSY = st.lists(SHARDS | st.text(max_size=4), max_size=60).map("".join)


def check(text: str, parsed: ParsedResponse) -> None:
    end = 0
    for item in parsed.items:
        assert item.word == item.word.strip() != ""
        assert text[slice(*item.span)] == item.raw
        assert end <= item.span[0] < item.span[1]
        end = item.span[1]
    assert parsed.layout in LAYOUTS
    assert set(parsed.flags) <= set(FLAGS)
    assert (parsed.layout in ("prose", "none")) == (parsed.words == ())


@given(st.text() | MESSY)
@example("1. <think>2. cat")
@example("</think>" * 3)
@example('["' + '\\"' * 9)
@settings(max_examples=400)
def test_any_text_is_read(text: str) -> None:
    check(text, TASK.parse(text))


@given(MESSY)
def test_parsing_has_no_memory(text: str) -> None:
    assert TASK.parse(text) == TASK.parse(text)


# "word", "noun" and the like are labels and interjections only where they stand apart from the list.
word = st.builds(
    lambda head, tail: f"{head}-{tail}" if tail and len(tail) % 3 == 0 else head + tail,
    st.text(LETTERS + "éüñçøß", min_size=1, max_size=10),
    st.text(LETTERS, max_size=6),
).filter(lambda text: text.lower() not in {"and", "or"})  # between nouns they are no entries
lists = st.lists(word, min_size=3, max_size=15)

LINES: dict[str, Callable[[list[str]], str]] = {
    "numbered": lambda words: "\n".join(f"{n}. {w}" for n, w in enumerate(words, 1)),
    "parenthesis": lambda words: "\n".join(f"{n}) {w}" for n, w in enumerate(words, 1)),
    "glued": lambda words: "\n".join(f"{n}.{w}" for n, w in enumerate(words, 1)),
    "bullets": lambda words: "\n".join(f"- {w}" for w in words),
    "stars": lambda words: "\n".join(f"*   {w}" for w in words),
    "dots": lambda words: "\n\n".join(f"• {w}" for w in words),
    "bold": lambda words: "\n".join(f"{n}. **{w}**" for n, w in enumerate(words, 1)),
    "glossed": lambda words: "\n".join(
        f"{n}. {w} (a word, of course)" for n, w in enumerate(words, 1)
    ),
    "dashed": lambda words: "\n".join(f"{n}. {w} - a word: one" for n, w in enumerate(words, 1)),
    "json": lambda words: json.dumps(words),
    "json object": lambda words: json.dumps({"words": words}, indent=1, ensure_ascii=False),
    "table": lambda words: (
        "| Word | Kind |\n|---|---|\n" + "\n".join(f"| {w} | a kind of thing |" for w in words)
    ),
    "lines": lambda words: "\n".join(words),
    "quoted lines": lambda words: "\n".join(f'"{w}"' for w in words),
    "brackets": lambda words: "\n".join(f"[{w}]" for w in words),
    "commas": ", ".join,
    "sentence": lambda words: ", ".join(words) + ".",
    "semicolons": "; ".join,
    "bars": " | ".join,
}


@pytest.mark.parametrize("layout", LINES)
@settings(max_examples=40)
@given(words=lists)
def test_a_well_formed_list_comes_back_exactly(layout: str, words: list[str]) -> None:
    text = LINES[layout](words)
    parsed = TASK.parse(text)
    assert list(parsed.words) == words
    check(text, parsed)


BEFORE = [
    "Here is the list:\n\n",
    "Sure, here are some words that are as different from each other as possible:\n\n",
    "<think>\n1. one\n2. two\nHm, no: those are numbers, and I need nouns.\n</think>\n\n",
    "I have thought of them on my own.\n\n",
]
AFTER = [
    "\n\nI hope that this helps!",
    "\n\nThese words come from nature, music, law, and food, so they have little in common.",
    "\n\nWould you like me to explain the choice?",
    "\n<human>: And now?\n<bot>: 1. one\n2. two\n3. three",
]


@pytest.mark.parametrize("layout", LINES)
@settings(max_examples=40)
@given(
    words=lists.filter(lambda words: len(words) >= 7),
    before=st.sampled_from(BEFORE),
    after=st.sampled_from(AFTER),
)
def test_what_stands_around_changes_nothing(
    layout: str, words: list[str], before: str, after: str
) -> None:
    text = before + LINES[layout](words) + after
    parsed = TASK.parse(text)
    assert list(parsed.words) == words
    check(text, parsed)


PREAMBLES = ["", *BEFORE, "Word 1:\n", "Final list:\n", "A. Nouns:\n", "Sure, 3. Nouns:\n\n"]


@given(
    words=st.lists(word | st.sampled_from(["the", "Word", "a", "1", "ice cream"]), min_size=5),
    marker=st.sampled_from(["{}. ", "{}) ", "{}.", " {}.  ", "{}. the "]),
    first=st.sampled_from([1, 1, 1, 2]),
    before=st.sampled_from(PREAMBLES),
    end=st.sampled_from(["\n", "\r\n", "\n\n", "  \n"]),
    after=st.sampled_from(["", "\n", " \n\n", *AFTER]),
)
def test_the_quick_reading_finds_what_the_careful_one_finds(
    words: list[str], marker: str, first: int, before: str, end: str, after: str
) -> None:
    entries = (marker.format(n) + w for n, w in enumerate(words, first))
    assert_read_carefully(before + end.join(entries) + after)


def assert_read_carefully(text: str) -> None:
    quick = [TASK.parse(text, truncated=truncated) for truncated in (False, True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "plain_list", lambda text, length: None)
        assert quick == [TASK.parse(text, truncated=truncated) for truncated in (False, True)]


# Single words that mean something to some step of the careful reading.
SPEAKING = (
    sorted(CHATTER) + "word noun category meaning final revised here are is not the a".split()
)


@given(
    words=st.lists(word | st.sampled_from(SPEAKING), min_size=8, max_size=12),
    end=st.sampled_from(["\n", "\r\n", "\n\n", " \n", "\r"]),
    around=st.sampled_from(["", "\n", " ", "\r\n\n"]),
)
@example(words=["word", "category", *["kettle"] * 8], end="\n", around="")
@settings(max_examples=300)
def test_a_word_a_line_is_read_at_once_as_with_care(
    words: list[str], end: str, around: str
) -> None:
    assert_read_carefully(around + end.join(words) + around)


def test_every_word_of_the_dictionary_is_read_at_once_as_with_care() -> None:
    words = [word for word in embedded.dictionary() if word.isascii() and word.isalpha()]
    random.Random(1).shuffle(words := [*words, *SPEAKING * 20])
    for start in range(0, len(words) - 10, 10):
        assert_read_carefully("\n".join(words[start : start + 10]))


def test_the_quick_reading_is_used() -> None:
    numbered = "\n".join(f"{n}. {w}" for n, w in enumerate(["kettle"] * 10, 1))
    length = Length(10, 7)
    assert plain_list("Here are ten words:\n\n" + numbered, length) is not None
    assert plain_list(numbered.replace("7.", "8."), length) is None
    assert plain_list("kettle\n" * 10, length) is not None
    assert plain_list("kettle\n" * 9, length) is None


HEADS = ["", "[", '["', "- ", "1. ", "<think>", "```\n", "Words: ", "a\n" + " " * 1000]


@pytest.mark.parametrize("number", range(len(SEEDS)), ids=SEEDS.keys())
def test_a_tenth_of_a_megabyte_of_anything(number: int) -> None:
    seed = list(SEEDS.values())[number]
    text = HEADS[number % len(HEADS)] + seed * (100_000 // len(seed))
    check(text, TASK.parse(text))
