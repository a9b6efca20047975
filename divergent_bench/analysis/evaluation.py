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
from numpy.typing import NDArray

from divergent_bench.analysis.tables import SAMPLE, SCORES, SETTINGS, WORDS, kept_columns
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import replacing
from divergent_bench.base.records import STIMULUS, check_whole, read_record
from divergent_bench.design.grid import Grid
from divergent_bench.instrument.parsing import ParsedResponse
from divergent_bench.instrument.scoring import ScoringOptions, WordCheck, score_answers
from divergent_bench.instrument.spaces.lexicon import WordFacts, word_facts
from divergent_bench.instrument.spaces.store import Space
from divergent_bench.instrument.tasks import RULES, Scorer, Task, find_task


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


def evaluate_grid(
    grid: Grid,
    spaces: Sequence[Space],
    options: Mapping[str, ScoringOptions],
    *,
    copies: str = "",
    responses: bool = False,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of scores and of words of all samples of a grid, task by task.

    The `options` are by task; the rest is as `evaluate` has it. An answer to several tasks, as a
    list of a baseline may be, is scored in each.
    """
    scores: list[pd.DataFrame] = []
    words: list[pd.DataFrame] = []
    for name in grid.tasks:
        samples = list(grid.of_task(name).samples())
        of_task = evaluate(
            [(sample.path, grid.digests[sample.path]) for sample in samples],
            spaces,
            find_task(name),
            copies=copies,
            responses=responses,
            options=options[name],
            wordings={sample.path: sample.wording for sample in samples},
        )
        for table, tables in zip(of_task, (scores, words), strict=True):
            tables.append(table)
    return pd.concat(scores, ignore_index=True), pd.concat(words, ignore_index=True)


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
        How to check and score, by default as published. Otherwise the scores have a further column
        ``options`` that names the difference. Both tables also have the measures of the task;
        columns that the config keeps come last.
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
    measures = [measure.column for measure in task.measures]
    kept = kept_columns([a.record for a in answers], {*SCORES, *measures, *common, "options"})
    common = pd.concat([common, kept], axis="columns")
    common["wording"] = [(wordings or {}).get(answer.path, 0) for answer in answers]
    stimuli = [answer.record["key"].get(STIMULUS) for answer in answers]
    scores, words = [], []
    for space in spaces:
        scorer = task.scorer(space, options)
        checks = [
            scorer.check(answer.parsed.words, stimulus)
            for answer, stimulus in zip(answers, stimuli, strict=True)
        ]
        scored = score_answers(scorer, checks, stimuli)
        facts, places = _facts(answers, checks)
        n_words = [len(of_answer) for of_answer in checks]
        scores.append(
            common.assign(
                space=space.name,
                score=scored.scores,
                n_valid=[sum(not check.reason for check in of_answer) for of_answer in checks],
                n_unknown=[sum(check.word is None for check in of_answer) for of_answer in checks],
                scored_words=["|".join(of_answer or ()) for of_answer in scored.words],
                **_rules_broken(task, facts, places, n_words),
                **scored.measures,
            )
        )
        named = keys.assign(task=task.name, space=space.name)
        of_space = _words(named, answers, checks, scored.words)
        words.append(
            of_space.assign(
                **_columns_of_facts(facts, places),
                **_columns_of_measures(task, scorer, checks, stimuli),
            )
        )
    all_scores = pd.concat(scores, ignore_index=True)
    differences = task.differences(options)
    if differences:
        all_scores["options"] = differences
    own = [*SCORES, *measures, *["response"] * responses, *["options"] * bool(differences)]
    columns = [*own, *kept]
    of_words = [*WORDS, *(measure.column for measure in task.word_measures)]
    return all_scores[columns], pd.concat(words, ignore_index=True)[of_words]


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
            "answered_at": [a.record["answer"].get("answered_at") or None for a in answers],
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


def _facts(
    answers: Sequence[_Answer], checks: Sequence[Sequence[WordCheck]]
) -> tuple[list[WordFacts | None], NDArray[np.int64]]:
    """Return what is known of the different words, and the place of each word among them.

    A word that the space does not know is looked up as it was given.
    """
    flat = [check for of_answer in checks for check in of_answer]
    items = [item for answer in answers for item in answer.parsed.items]
    forms = [check.word or item.word.lower() for check, item in zip(flat, items, strict=True)]
    places, distinct = pd.factorize(np.array(forms, dtype=object))
    valid = {check.word for check in flat}
    found = [(form in valid, word_facts(form)) for form in distinct]
    known = [facts if valid or facts.is_known else None for valid, facts in found]
    return known, np.asarray(places)


def _columns_of_facts(
    facts: Sequence[WordFacts | None], places: NDArray[np.int64]
) -> dict[str, Any]:
    """Return a column for each fact, a row per word."""
    names = list(WordFacts._fields)
    unknown = (None,) * len(names)
    table = pd.DataFrame([each or unknown for each in facts], columns=names)
    typed = table.astype({name: WORDS[name] for name in names})
    return {name: typed[name].array.take(places) for name in names}


def _columns_of_measures(
    task: Task,
    scorer: Scorer,
    checks: Sequence[Sequence[WordCheck]],
    stimuli: Sequence[str | None],
) -> dict[str, Any]:
    """Return a column for each measure of words, a row per word."""
    if not task.word_measures:
        return {}
    found = [scorer.word_measures(*each) for each in zip(checks, stimuli, strict=True)]
    return {
        measure.column: pd.Series(
            [value for of_answer in found for value in of_answer[measure.column]],
            dtype=measure.dtype,
        ).array
        for measure in task.word_measures
    }


def _rules_broken(
    task: Task,
    facts: Sequence[WordFacts | None],
    places: NDArray[np.int64],
    n_words: Sequence[int],
) -> dict[str, Any]:
    """Count for each answer, of so many words, those that break each rule."""
    answer = np.repeat(np.arange(len(n_words)), n_words)
    counts: dict[str, Any] = {
        f"n_{rule}": pd.array([None] * len(n_words), "Int64") for rule in RULES
    }
    for name, rule in task.rules.items():
        broken = np.array([bool(each and rule.is_broken(each)) for each in facts], dtype=bool)
        found = np.bincount(answer[broken[places]], minlength=len(n_words))
        counts[f"n_{name}"] = pd.array(found, "Int64")
    return counts


def _words(
    keys: pd.DataFrame,
    answers: Sequence[_Answer],
    checks: Sequence[Sequence[WordCheck]],
    scored: Sequence[Sequence[str] | None],
) -> pd.DataFrame:
    """Return a row per word; the columns of `keys` are repeated for the words of a sample."""
    counts = [len(of_answer) for of_answer in checks]
    positions = [position for count in counts for position in range(count)]
    flat = [check for of_answer in checks for check in of_answer]
    are_scored = [
        not check.reason and check.word in of_answer
        for of_answer, of_checks in zip((set(words or ()) for words in scored), checks, strict=True)
        for check in of_checks
    ]
    return keys.loc[keys.index.repeat(counts)].assign(
        position=positions,
        raw=[item.raw for answer in answers for item in answer.parsed.items],
        word=[check.word or "" for check in flat],
        accepted=np.array([not check.reason for check in flat], dtype=bool),
        scored=np.array(are_scored, dtype=bool),
        reason=[check.reason for check in flat],
    )
