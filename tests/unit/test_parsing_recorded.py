"""Real answers: the sources' own word lists, labels made by reading, and lists too plain to doubt.

The answers are no part of this repository; the labels keep only keys and words.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from divergent_bench.instrument.tasks.dat import TASK

ROOT = Path(__file__).parents[2]
RECORDED = ROOT.parent / "shared" / "data" / "llm_responses.jsonl"
LABELS = Path(__file__).parent / "data" / "parsing_labels.json"
KEYS = ("source", "file", "model", "temperature", "index")

# The published list is wrong here. Key as in KEYS, and why.
PUBLISHED_WRONG = {
    (
        "MCTB",
        "DAT_1.2_robust_DAT_diffTemp_diffPrompts",
        "gemini-2.5-flash-lite",
        "12",
    ): "20 entries are listed; the published list has 19: the sixth is missing between two others",
}

Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    if not RECORDED.exists():
        pytest.skip("the recorded answers (../shared/data/llm_responses.jsonl) are not here")
    with RECORDED.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def first_seven(words: list[str]) -> list[str]:
    return [word.lower().strip() for word in words[:7]]


def test_words_agree_with_the_published_lists(rows: list[Row]) -> None:
    published = [row for row in rows if row.get("published_words")]
    wrong = [
        row
        for row in published
        if first_seven(list(TASK.parse(row["response"]).words))
        != first_seven(row["published_words"])
    ]
    assert len(published) > 250
    # Every disagreement was read, and the published list was at fault in each.
    assert {(r["source"], r["file"], r["model"], r["index"]) for r in wrong} == set(PUBLISHED_WRONG)


def test_words_agree_with_labels_made_by_reading(rows: list[Row]) -> None:
    by_key: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        by_key.setdefault(tuple(row[key] for key in KEYS), []).append(row)
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    assert len(labels) == 150
    found = {}
    for label in labels:
        (row,) = by_key[tuple(label[key] for key in KEYS)]
        words = list(TASK.parse(row["response"]).words)
        if words != label["words"]:
            found[row["file"], row["index"]] = words
    assert found == {}


WORD = r"[^\W\d_]+(?:-[^\W\d_]+)*"
PLAIN = {
    "numbered": rf"[ \t]*\d{{1,2}}[.)][ \t]*({WORD})[ \t]*",
    "bullets": rf"[-*•][ \t]+({WORD})[ \t]*",
    "lines": rf"({WORD})[ \t]*",
}


@pytest.mark.parametrize("layout", PLAIN)
def test_plain_lists_lose_nothing(rows: list[Row], layout: str) -> None:
    line = re.compile(PLAIN[layout])
    seen = 0
    for row in rows:
        matches = [line.fullmatch(text) for text in row["response"].strip().split("\n")]
        if len(matches) >= 7 and all(matches):
            seen += 1
            assert list(TASK.parse(row["response"]).words) == [m[1] for m in matches if m]
    assert seen > 20


def test_ten_numbered_entries_give_ten_words(rows: list[Row]) -> None:
    # An independent and cruder reading: lines 1 to 10, in order, a letter behind each.
    seen = 0
    for row in rows:
        answer = row["response"].rpartition("</think>")[2].partition("<human>")[0]
        numbers = re.findall(r"^[ \t]*(\d{1,2})[.)][ \t]*(?=[^\W\d])", answer, re.MULTILINE)
        if numbers[:10] == [str(n) for n in range(1, 11)]:
            seen += 1
            assert len(TASK.parse(row["response"]).words) >= 10
    assert seen > 2000
