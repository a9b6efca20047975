"""From sample files to the tables of scores and words: parse, validate, score."""

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from divergent_bench.analysis.tables import SAMPLE, SCORES, SETTINGS, WORDS
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import replacing
from divergent_bench.base.records import STIMULUS, check_whole, read_record
from divergent_bench.instrument.parsing import ParsedResponse
from divergent_bench.instrument.scoring import ScoringOptions, WordCheck
from divergent_bench.instrument.spaces.store import Space
from divergent_bench.instrument.tasks import Task

MEASURES = ("novelty", "appropriateness")  # that a task may have beside the score


def write_listing(listing: Iterable[tuple[str, str]], path: str | Path) -> None:
    """Write which samples are scored: their paths, and the digests of the requests they answer."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("sample", "digest"))
        writer.writerows(listing)


@dataclass(frozen=True, slots=True)
class _Answer:
    path: str
    record: Mapping[str, Any]
    text: str
    parsed: ParsedResponse


def evaluate(
    listing: Iterable[tuple[str, str]],
    spaces: Sequence[Space],
    task: Task,
    *,
    copies: str = "",
    responses: bool = False,
    options: ScoringOptions | None = None,
    wordings: Mapping[str, int] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of scores and of words: see `analysis.tables`.

    Parameters
    ----------
    listing
        The samples: their paths in the directory `copies`, and the digests of their requests.
    spaces
        Semantic spaces to score in, the primary one first.
    responses
        Whether the scores carry the text of the answers.
    options
        How to check and score, by default as published. Otherwise the scores have a last column
        ``options`` that names the difference.
    wordings
        Which wording of its strategy a sample answers, by its path; 0 where nothing is said.

    Raises
    ------
    UserError
        When a sample is missing, damaged, or answers another request than it should.
    """
    options = options or task.options()
    answers = [_answer(path, digest, copies, task) for path, digest in listing]
    keys = pd.DataFrame([answer.record["key"] for answer in answers], columns=SAMPLE)
    common = pd.concat([keys, _columns_of_answers(answers)], axis="columns")
    common["task"] = task.name
    common = common.assign(**dict.fromkeys(MEASURES, np.nan))
    common["wording"] = [(wordings or {}).get(answer.path, 0) for answer in answers]
    stimuli = [answer.record["key"].get(STIMULUS) for answer in answers]
    scores, words = [], []
    for space in spaces:
        scorer = task.scorer(space, options)
        checks = [
            scorer.check(answer.parsed.words, stimulus)
            for answer, stimulus in zip(answers, stimuli, strict=True)
        ]
        scored = [scorer.scored(of_answer) for of_answer in checks]
        scores.append(
            common.assign(
                space=space.name,
                score=scorer.scores(scored),
                n_valid=[sum(not check.reason for check in of_answer) for of_answer in checks],
                scored_words=["|".join(words) for words in scored],
                **scorer.measures(scored, stimuli),
            )
        )
        words.append(_words(keys.assign(space=space.name), answers, checks, scored))
    all_scores = pd.concat(scores, ignore_index=True)
    differences = task.differences(options)
    if differences:
        all_scores["options"] = differences
    columns = [*SCORES, *["response"] * responses, *["options"] * bool(differences)]
    return all_scores[columns], pd.concat(words, ignore_index=True)[list(WORDS)]


def _answer(path: str, digest: str, copies: str, task: Task) -> _Answer:
    record = read_record(str(Path(copies, path)))
    check_whole(record, path)
    if record.get("digest") != digest:
        raise UserError(
            f"{path}: answers another request than the config asks for now; delete it and run again"
        )
    # A model may send half a character, which no table in UTF-8 can hold.
    text = re.sub("[\ud800-\udfff]", "\ufffd", record["answer"]["text"])
    truncated = record["answer"]["outcome"] == "truncated"
    return _Answer(path, record, text, task.parse(text, truncated=truncated))


def _columns_of_answers(answers: Sequence[_Answer]) -> pd.DataFrame:
    """Return what is the same in every space, a row per sample."""
    return pd.DataFrame(
        {
            "outcome": [a.record["answer"]["outcome"] for a in answers],
            "n_words": [len(a.parsed.items) for a in answers],
            "layout": [a.parsed.layout for a in answers],
            "flags": ["|".join(a.parsed.flags) for a in answers],
            "requested": [_requested(a.record) for a in answers],
            "sent": [_settings(a.record["answer"]["sent"]) for a in answers],
            "served_model": [a.record["answer"]["served_model"] for a in answers],
            "cost_usd": [a.record["answer"]["cost_usd"] for a in answers],
            "latency_s": [a.record["answer"]["latency_s"] for a in answers],
            "digest": [a.record["digest"] for a in answers],
            "text_digest": [_text_digest(a.text) for a in answers],
            "sample": [a.path for a in answers],
            "response": [a.text for a in answers],
        }
    )


def _text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _requested(record: Mapping[str, Any]) -> str:
    # Generators and recorded answers are sent nothing, although their requests have a seed.
    return _settings(record["request"]) if record["answer"]["sent"] is not None else ""


def _settings(values: Mapping[str, Any] | None) -> str:
    """Name the settings that were given, as `requested` and `sent` hold them."""
    given = values or {}
    # A temperature or a seed of 0 was given, though 0 == False.
    return "|".join(n for n in SETTINGS if given.get(n) is not None and given[n] is not False)


def _words(
    keys: pd.DataFrame,
    answers: Sequence[_Answer],
    checks: Sequence[Sequence[WordCheck]],
    scored: Sequence[Sequence[str]],
) -> pd.DataFrame:
    """Return a row per word; the columns of `keys` are repeated for the words of a sample."""
    counts = [len(of_answer) for of_answer in checks]
    positions = [position for count in counts for position in range(count)]
    flat = [check for of_answer in checks for check in of_answer]
    accepted = np.array([not check.reason for check in flat], dtype=bool)
    # The scored words are the first accepted ones of their sample.
    n_scored = np.repeat([len(words) for words in scored], counts)
    samples = np.repeat(np.arange(len(counts)), counts)
    ranks = pd.Series(accepted).groupby(samples).cumsum().to_numpy()
    return keys.loc[keys.index.repeat(counts)].assign(
        position=positions,
        raw=[item.raw for answer in answers for item in answer.parsed.items],
        word=[check.word or "" for check in flat],
        accepted=accepted,
        scored=accepted & (ranks <= n_scored),
        reason=[check.reason for check in flat],
    )
