"""The page of answers: every answer of a run, its words, and what became of each."""

import html
import os
import string
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from divergent_bench.analysis.tables import (
    SAMPLE,
    kinds,
    model_labels,
    primary_scores,
    rows_of,
    temperature_label,
)
from divergent_bench.base.names import NOT_APPLICABLE, printable
from divergent_bench.base.records import STIMULUS, read_record
from divergent_bench.instrument.scoring import unit_vectors
from divergent_bench.instrument.spaces.store import Space
from divergent_bench.instrument.tasks import find_task
from divergent_bench.reporting.pages.frame import page

MOST_TEXTS: Final = 10_000
LONGEST_TEXT: Final = 5_000  # characters
_LISTS_AT_ONCE: Final = 1_000
_LONGEST_WORD: Final = 200  # characters; no word is as long, but an answer may be
_SCORED, _ACCEPTED = "+", "-"
_KEY: Final = ["task", *SAMPLE]
_ANSWER: Final = ["task", "sample"]
# Of the reasons why a word was not accepted; there are about six.
_CODES: Final = string.digits + string.ascii_letters


class _Answer(NamedTuple):
    """A row of the page; answers.js reads it by place."""

    condition: int  # place in the list of conditions
    seed: int
    outcome: str
    layout: str
    flags: str
    wording: int
    cost_usd: float | None
    scores: Sequence[float | None]  # by space, in points
    words: Sequence[str]  # as they were written
    marks: Sequence[str]  # by space, a character for each word
    distances: Sequence[int]  # of each pair of scored words, in tenths of a point, row by row
    digest: str
    text: str | None  # None: not in the page


def answers_page(
    scores: pd.DataFrame,
    words: pd.DataFrame,
    space: Space,
    *,
    name: str,
    directory: Path,
    copies: str = "",
    note: str = "",
) -> str:
    """Return the page of the answers of a run.

    Parameters
    ----------
    scores, words
        The tables of these names.
    space
        The primary one, in which the distances are.
    name
        Of the benchmark.
    directory
        That of the page, for links to the samples.
    copies
        Directory that the paths of samples are in.
    note
        What a reader must know first.

    Notes
    -----
    The page holds the texts of `MOST_TEXTS` answers at most: those that could not be scored first,
    then by seed, so that each condition has some. Of a text it has `LONGEST_TEXT` characters.

    Raises
    ------
    UserError
        When there is no score, or a sample cannot be read.
    """
    primary = primary_scores(scores).reset_index(drop=True)
    spaces = [str(each) for each in scores["space"].unique()]
    conditions, of_condition = _conditions(primary, directory)
    reasons = [str(reason) for reason in words["reason"].dropna().unique()]
    lists = _lists(words, dict(zip(reasons, _CODES, strict=False)))
    by_space = [scores[scores["space"] == each] for each in spaces]
    # A list of a baseline may be an answer to several tasks.
    keys = pd.MultiIndex.from_frame(primary[_ANSWER])
    found = [each.set_index(_ANSWER)["score"].reindex(keys) for each in by_space]
    points = np.array([each.to_numpy() for each in found]).T
    with_text = _with_text(primary)
    scored = [[] if pd.isna(each) else each.split("|") for each in primary["scored_words"]]
    pairs = _pairs(scored, space)
    rows = []
    for place, row in enumerate(rows_of(primary)):
        given = lists.get(_key(row), {})
        first = given.get(spaces[0], ([], ""))
        rows.append(
            _Answer(
                condition=of_condition[place],
                seed=row["seed"],
                outcome=row["outcome"],
                layout=row["layout"],
                flags=_or_none(row["flags"]) or "",
                wording=row["wording"],
                cost_usd=_or_none(row["cost_usd"]),
                scores=[None if np.isnan(score) else round(score, 2) for score in points[place]],
                words=first[0],
                marks=[given.get(each, ([], ""))[1] for each in spaces],
                distances=pairs[place],
                digest=row["digest"],
                text=_text(copies, row["sample"]) if row["sample"] in with_text else None,
            )
        )
    data = {
        "spaces": spaces,
        "reasons": dict(zip(_CODES, reasons, strict=False)),
        "conditions": conditions,
        "longest": LONGEST_TEXT,
        "fields": _Answer._fields,
        "answers": rows,
    }
    body = _body(name, note, len(rows), len(with_text))
    return page(f"Answers: {name}", body, "answers.js", data)


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value


def _conditions(primary: pd.DataFrame, directory: Path) -> tuple[list[dict[str, Any]], list[int]]:
    """Return the conditions (of each stimulus) by task, and of each answer the place of its own."""
    labelled = primary.assign(
        label=model_labels(primary),
        kind=kinds(primary["provider"]),
        prompted=primary["strategy"].astype(str) != NOT_APPLICABLE,
        # Where the samples are, seen from the page.
        samples=[os.path.dirname(sample) for sample in primary["sample"]],  # noqa: PTH120  faster
    )
    places = labelled.groupby(["task", "samples"], sort=False).ngroup()
    first = labelled.drop_duplicates(["task", "samples"])
    conditions = [
        {
            "task": row["task"],
            "score": find_task(row["task"]).score_name,
            "label": row["label"],
            "provider": row["provider"],
            "kind": row["kind"],
            "strategy": row["strategy"] if row["prompted"] else "",
            "temperature": temperature_label(row["temperature"]) if row["prompted"] else "",
            "stimulus": _or_none(row[STIMULUS]) or "",
            "samples": os.path.relpath(row["samples"], directory),
        }
        for row in rows_of(first)
    ]
    return conditions, places.tolist()


def _key(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    """Return what tells an answer from others, with None for what is missing."""
    return tuple(_or_none(row[name]) for name in _KEY)


def _lists(
    words: pd.DataFrame, codes: Mapping[str, str]
) -> dict[tuple[Any, ...], dict[str, tuple[list[str], str]]]:
    """Return by answer, and in it by space, the words as they were written and a mark of each."""
    marks = words["reason"].astype(object).map(codes)
    marks = marks.where(~words["accepted"], _ACCEPTED).where(~words["scored"], _SCORED)
    spelled, different = pd.factorize(words["raw"], use_na_sentinel=False)
    texts = ["" if pd.isna(raw) else _shown(raw, _LONGEST_WORD) for raw in different]
    of_answer = words.groupby([*_KEY, "space"], sort=False, dropna=False, observed=True)
    numbers = of_answer.ngroup().to_numpy()
    order = np.argsort(numbers, kind="stable")
    counts = np.bincount(numbers)
    ends = np.cumsum(counts)
    starts = ends - counts
    written = [texts[place] for place in spelled[order].tolist()]
    marked = "".join(marks.to_numpy()[order])
    found: dict[tuple[Any, ...], dict[str, tuple[list[str], str]]] = defaultdict(dict)
    of_first = words[[*_KEY, "space"]].iloc[order[starts]]
    for row, start, end in zip(rows_of(of_first), starts.tolist(), ends.tolist(), strict=True):
        found[_key(row)][row["space"]] = written[start:end], marked[start:end]
    return found


def _shown(text: str, longest: int) -> str:
    """Return the beginning of a text, with what would change the direction of others spelt out."""
    return printable(f"{text[:longest]} ..." if len(text) > longest else text)


def _pairs(lists: Sequence[Sequence[str]], space: Space) -> list[list[int]]:
    """Return the distances of the pairs of each list; a word is looked up once."""
    place = {word: n for n, word in enumerate(dict.fromkeys(chain.from_iterable(lists)))}
    vectors = unit_vectors(space, list(place))
    of_length: dict[int, list[int]] = defaultdict(list)
    for n, words in enumerate(lists):
        if words:
            of_length[len(words)].append(n)
    found: list[list[int]] = [[]] * len(lists)
    for length, numbers in of_length.items():
        above = (slice(None), *np.triu_indices(length, 1))
        for start in range(0, len(numbers), _LISTS_AT_ONCE):
            some = numbers[start : start + _LISTS_AT_ONCE]
            given = vectors[[[place[word] for word in lists[n]] for n in some]]
            tenths = np.rint(1000 * (1 - given @ given.mT)[above]).astype(int).tolist()
            for n, each in zip(some, tenths, strict=True):
                found[n] = each
    return found


def _with_text(primary: pd.DataFrame) -> set[str]:
    """Return the samples whose texts are in the page."""
    order = primary.assign(scorable=primary["score"].notna())
    chosen = order.sort_values(["scorable", "seed"], kind="stable")["sample"].head(MOST_TEXTS)
    return set(chosen)


def _text(copies: str, sample: str) -> str:
    text = str(read_record(str(Path(copies, sample)))["answer"]["text"]).replace("\r\n", "\n")
    return _shown(text.encode(errors="replace").decode(), LONGEST_TEXT)


def _body(name: str, note: str, n: int, n_texts: int) -> str:
    """Return what stands in the page before its script adds the answers."""
    limits = [
        "Words in bold were scored; <s>those</s> were not accepted, for the reason beside them; "
        "the rest is valid, but comes after the scored ones."
    ]
    if n_texts < n:
        limits.append(
            f"The raw text is here of {n_texts:,} of the {n:,} answers: those that could not be "
            "scored first, then by seed. <code>divergent-bench show DIGEST</code> prints any other."
        )
    banner = f'<p class="note">{html.escape(note)}</p>\n' if note else ""
    return (
        f"<header>\n<h1>Answers: {html.escape(printable(name))}</h1>\n{banner}"
        f'<p><a href="report.html">Report</a>. {" ".join(limits)}</p>\n</header>\n'
        '<main>\n<form id="filters" aria-label="Which answers"></form>\n'
        '<p id="count" role="status"></p>\n<div id="table" class="table"></div>\n'
        "<noscript>The answers are shown by a script of this page; let it run.</noscript>\n</main>"
    )
