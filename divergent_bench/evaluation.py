"""From sample files to the tables of scores and words: parse, validate, score."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from divergent_bench.errors import UserError
from divergent_bench.parsing import ParsedResponse, parse_response
from divergent_bench.records import read_record
from divergent_bench.scoring import SCORED_WORDS, Verdict, judge_words, score_lists
from divergent_bench.spaces.store import Space
from divergent_bench.tables import SCORES, SETTINGS, WORDS

LISTING = ("sample", "digest")


def read_listing(path: str | Path) -> list[tuple[str, str]]:
    """Read the listing of samples: their paths, and the digests of the requests they answer."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [(row["sample"], row["digest"]) for row in csv.DictReader(file)]


def evaluate(
    listing: Iterable[tuple[str, str]], spaces: Sequence[Space], *, responses: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of scores and of words.

    Parameters
    ----------
    listing
        The samples, as `read_listing` gives them.
    spaces
        Semantic spaces to score in, the primary one first.
    responses
        Whether the scores carry the text of the answers.

    Returns
    -------
    scores, words : DataFrame
        One row per sample and space, one row per word and space; see `divergent_bench.tables`.

    Raises
    ------
    UserError
        When a sample is missing, damaged, or answers another request than it should.
    """
    samples = [(path, _checked_record(path, digest)) for path, digest in listing]
    answers = [(path, record, parse_response(_text(record))) for path, record in samples]
    scores: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    for space in spaces:
        verdicts = [judge_words(parsed.words, space) for _, _, parsed in answers]
        for (path, record, parsed), judged, score in zip(
            answers, verdicts, _scores(verdicts, space), strict=True
        ):
            key = {"space": space.name, **record["key"]}
            row = key | _score_row(path, record, parsed, judged, score)
            if responses:
                row["response"] = _text(record)
            scores.append(row)
            words += _word_rows(key, parsed, judged)
    columns = [*SCORES, "response"] if responses else list(SCORES)
    return pd.DataFrame(scores, columns=columns), pd.DataFrame(words, columns=list(WORDS))


def _checked_record(path: str, digest: str) -> Mapping[str, Any]:
    record = read_record(path)
    if record["digest"] != digest:
        raise UserError(
            f"{path}: answers another request than the config asks for now; delete it and run again"
        )
    return record


def _text(record: Mapping[str, Any]) -> str:
    # A model may send half a character, which no table in UTF-8 can hold.
    return re.sub("[\ud800-\udfff]", "\ufffd", record["answer"]["text"])


def _scores(verdicts: Sequence[Sequence[Verdict]], space: Space) -> list[float]:
    scores = np.full(len(verdicts), np.nan)
    rows: list[list[int]] = []
    scorable: list[int] = []
    for index, judged in enumerate(verdicts):
        valid = _scored(judged)
        if len(valid) == SCORED_WORDS:
            scorable.append(index)
            rows.append([space.rows[word] for word in valid])
    if rows:
        scores[scorable] = score_lists(np.array(rows), space)
    return scores.tolist()


def _scored(judged: Sequence[Verdict]) -> list[str]:
    return [v.word for v in judged if v.accepted and v.word][:SCORED_WORDS]


def _score_row(
    path: str,
    record: Mapping[str, Any],
    parsed: ParsedResponse,
    judged: Sequence[Verdict],
    score: float,
) -> dict[str, Any]:
    answer = record["answer"]
    return {
        "outcome": answer["outcome"],
        "score": score,
        "n_words": len(judged),
        "n_valid": sum(verdict.accepted for verdict in judged),
        "scored_words": "" if np.isnan(score) else "|".join(_scored(judged)),
        "layout": parsed.layout,
        "flags": "|".join(parsed.flags),
        "requested": _settings(record["request"]),
        "sent": _settings(answer["sent"]),
        "served_model": answer["served_model"],
        "cost_usd": answer["cost_usd"],
        "latency_s": answer["latency_s"],
        "digest": record["digest"],
        "sample": path,
    }


def _settings(values: Mapping[str, Any] | None) -> str:
    """Name the settings that were given, as `requested` and `sent` hold them."""
    given = values or {}
    return "|".join(name for name in SETTINGS if given.get(name) not in (None, False))


def _word_rows(
    key: Mapping[str, Any], parsed: ParsedResponse, judged: Sequence[Verdict]
) -> list[dict[str, Any]]:
    left = SCORED_WORDS if sum(v.accepted for v in judged) >= SCORED_WORDS else 0
    rows = []
    for position, (item, verdict) in enumerate(zip(parsed.items, judged, strict=True)):
        scored = verdict.accepted and left > 0
        left -= scored
        rows.append(
            {
                **key,
                "position": position,
                "raw": item.raw,
                "word": verdict.word or "",
                "accepted": verdict.accepted,
                "scored": scored,
                "reason": verdict.reason,
            }
        )
    return rows
