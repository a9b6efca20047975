"""From an entry to its word: markup, quotes, glosses, articles, in texts of our own."""

# ruff: noqa: RUF001 -- dashes and quotes of all kinds are the subject

import pytest

from divergent_bench.instrument.tasks.dat import TASK
from tests.helpers.lists import W, bulleted, numbered

ENTRIES = {
    "Kettle (for boiling water)": "Kettle",
    "Kettle(a vessel)": "Kettle",
    'Kettle (from Old Norse "ketill", a vessel)': "Kettle",
    "Kettle (never closed": "Kettle",
    "Kettle [noun]": "Kettle",
    "Kettle - a vessel": "Kettle",
    "Kettle – a vessel": "Kettle",
    "Kettle — a vessel": "Kettle",
    "Kettle—a vessel": "Kettle",
    "Kettle- a vessel": "Kettle",
    "Kettle -a vessel": "Kettle",
    "Kettle -- a vessel": "Kettle",
    "Kettle: a vessel": "Kettle",
    "Kettle:a vessel": "Kettle",
    "Kettle = vessel": "Kettle",
    "Kettle → vessel": "Kettle",
    "Kettle, a vessel for boiling water": "Kettle",
    "Kettle; a vessel": "Kettle",
    "Kettle is a vessel": "Kettle",
    "Kettle. It boils water.": "Kettle",
    "Kettle (noun) - a vessel: it boils, and sings.": "Kettle",
    "**Kettle**: a vessel": "Kettle",
    "**Kettle:** a vessel": "Kettle",
    "**Kettle** – a vessel": "Kettle",
    "**Kettle (vessel)**": "Kettle",
    "***Kettle***": "Kettle",
    "__Kettle__": "Kettle",
    "_Kettle_": "Kettle",
    "`Kettle`": "Kettle",
    "~~Kettle~~": "Kettle",
    "**K**ettle": "Kettle",
    '"Kettle"': "Kettle",
    '"Kettle," which sings': "Kettle",
    '"Kettle" - a vessel': "Kettle",
    "'Kettle'": "Kettle",
    "“Kettle”": "Kettle",
    "«Kettle»": "Kettle",
    '**"Kettle"**': "Kettle",
    'The word "Kettle"': "Kettle",
    "[Kettle]": "Kettle",
    "(Kettle)": "Kettle",
    "<Kettle>": "Kettle",
    "{Kettle}": "Kettle",
    "[x] Kettle": "Kettle",
    "🫖 Kettle": "Kettle",
    "Kettle 🫖": "Kettle",
    "Kettle.": "Kettle",
    "Kettle,": "Kettle",
    "Kettle;": "Kettle",
    "Kettle!": "Kettle",
    "Kettle  ": "Kettle",
    "Kettle\\": "Kettle",
    "A kettle": "kettle",
    "An apple": "apple",
    "the Kettle": "Kettle",
    "A": "A",
    "and kettle": "kettle",
    "Kettle/teapot": "Kettle",
    "Kettle / teapot": "Kettle",
    "KETTLE": "KETTLE",
    "Ice cream": "Ice cream",
    "Salt and pepper": "Salt and pepper",
    "Jack-in-the-box": "Jack-in-the-box",
    "T-shirt": "T-shirt",
    "déjà vu": "déjà vu",
    "Façade (of a house)": "Façade",
    "Doppelgänger": "Doppelgänger",
    "soft\u00adhyphen": "softhyphen",
    "zero\u200bwidth": "zerowidth",
    "well\u2011being": "well-being",
    "two\u00a0words": "two words",
    "cat's cradle": "cat's cradle",
    "cat’s cradle": "cat's cradle",
    "St. Bernard": "St. Bernard",
    "3D printer": "3D printer",
    # no word is dropped for what it contains
    "Sphere": "Sphere",
    "Thereof": "Thereof",
    "Listener": "Listener",
    "Wordsmith": "Wordsmith",
    "Answer": "Answer",
    "Here": "Here",
    "Island": "Island",
    "Theory": "Theory",
    "Andes": "Andes",
    "Notebook": "Notebook",
    "Thinking": "Thinking",
}


@pytest.mark.parametrize("place", [0, 4, 9])
def test_an_entry_gives_its_word(place: int) -> None:
    expected = {entry: (*W[:place], word, *W[place + 1 :]) for entry, word in ENTRIES.items()}
    for form in (numbered, bulleted):
        lists = {entry: form(*W[:place], entry, *W[place + 1 :]) for entry in ENTRIES}
        assert {entry: TASK.parse(text).words for entry, text in lists.items()} == expected


@pytest.mark.parametrize(
    "gloss",
    ["{} (a thing)", "{} - a thing", "{}: a thing", "**{}** — a thing, or two", "{}, a thing"],
)
def test_plain_lines_with_glosses(gloss: str) -> None:
    parsed = TASK.parse("Ten words:\n\n" + "\n".join(gloss.format(w) for w in W))
    assert parsed.words == W
    assert parsed.layout == "lines"
    assert "glosses" in parsed.flags
