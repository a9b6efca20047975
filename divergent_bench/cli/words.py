"""``divergent-bench parse``, ``score`` and ``verify``: how an answer is read, and its score."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import printable
from divergent_bench.cli.options import Json
from divergent_bench.cli.views.tables import print_json, print_table, text_table
from divergent_bench.instrument.spaces.embedded import DEFAULT_SPACE
from divergent_bench.instrument.tasks import DEFAULT
from divergent_bench.running.environment import read_text

if TYPE_CHECKING:  # numpy is slow to import, and --help does without
    from divergent_bench.instrument.scoring import WordCheck
    from divergent_bench.instrument.tasks import Task

_SPACE = (
    "A semantic space: glove-6b-100d, minilm-l6, wordnet (tells nothing of rare words), "
    "glove-840b-300d, sentence-transformers:MODEL, or a path."
)
SpaceName = Annotated[str, typer.Option("--space", help=_SPACE)]
_NOT_KNOWN = "the space does not know what was asked about"
Fold = Annotated[
    bool, typer.Option("--fold-diacritics", help="Look façade up as facade, not as faade.")
]
TaskName = Annotated[str, typer.Option("--task", help="The task that was asked (list-tasks).")]
Stimulus = Annotated[
    str | None,
    typer.Option("--stimulus", "--cue", help="What was asked about, where the task has stimuli."),
]


def parse_answer(
    file: Annotated[str, typer.Argument(help="A file with one answer; - reads standard input.")],
    space: SpaceName = DEFAULT_SPACE,
    fold_diacritics: Fold = False,
    task: TaskName = DEFAULT,
    stimulus: Stimulus = None,
    truncated: Annotated[
        bool,
        typer.Option("--truncated", help="The answer was cut off by a limit of tokens."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Say how an answer is read: its layout, and what became of each word."""
    from divergent_bench.instrument.parsing import FLAGS, LAYOUTS
    from divergent_bench.instrument.spaces import open_space
    from divergent_bench.instrument.tasks import find_task

    asked = find_task(task)
    stimulus = _checked(asked, stimulus)
    options = asked.options(fold_diacritics=fold_diacritics)
    opened = open_space(space)
    parsed = asked.parse(_read(file), truncated=truncated)
    checks = asked.scorer(opened, options).check(parsed.words, stimulus)
    if as_json:
        print_json(
            {
                "layout": parsed.layout,
                "flags": list(parsed.flags),
                "space": opened.name,
                "options": asdict(options),
                "words": [
                    {"raw": item.raw, "span": list(item.span), "candidate": item.word}
                    | _as_json(check)
                    for item, check in zip(parsed.items, checks, strict=True)
                ],
            }
        )
        return
    print(f"layout: {parsed.layout} ({LAYOUTS[parsed.layout]})")
    for flag in parsed.flags:
        print(f"flag:   {flag} ({FLAGS[flag]})")
    if parsed.items:
        rows = [
            (item.raw, "{}-{}".format(*item.span), item.word, _verdict(check))
            for item, check in zip(parsed.items, checks, strict=True)
        ]
        _print_rows(("raw text", "span", "candidate", "verdict"), rows)
        _say_if_foreign(checks)


def score_by_hand(
    words: Annotated[list[str] | None, typer.Argument(help="The words, in their order.")] = None,
    file: Annotated[
        str | None, typer.Option("--file", help="One word per line; - reads standard input.")
    ] = None,
    space: SpaceName = DEFAULT_SPACE,
    fold_diacritics: Fold = False,
    minimum: Annotated[
        int | None, typer.Option(help="Valid words a score needs (default: as published).")
    ] = None,
    scored: Annotated[
        int | None,
        typer.Option(help="How many of the first valid words count (default: as published)."),
    ] = None,
    task: TaskName = DEFAULT,
    stimulus: Stimulus = None,
    as_json: Json = False,
) -> None:
    """Score words: which are valid, and what the list scores."""
    from math import isnan

    from divergent_bench.instrument.norms import norms_of, percentile, percentile_as_text
    from divergent_bench.instrument.scoring import score_answers
    from divergent_bench.instrument.spaces import open_space
    from divergent_bench.instrument.tasks import find_task

    given = _given_words(words or [], file)
    asked = find_task(task)
    stimulus = _checked(asked, stimulus)
    options = asked.options(minimum, scored, fold_diacritics)
    opened = open_space(space)
    scorer = asked.scorer(opened, options)
    checks = scorer.check(given, stimulus)
    is_published = opened.info.published or opened.name in asked.published_spaces
    scored_answer = score_answers(scorer, [checks], [stimulus])
    (scored_words,) = scored_answer.words
    (score,) = (None if isnan(value) else float(value) for value in scored_answer.scores)
    measures = {
        name: None if isnan(value) else float(value)
        for name, (value,) in scored_answer.measures.items()
    }
    of_words = scorer.word_measures(checks, stimulus)
    differences = asked.differences(options)
    holding = norms_of(asked, opened.name) if score is not None and not differences else []
    places = {norm: float(percentile(score or 0.0, norm)) for norm in holding}
    if as_json:
        print_json(
            {
                "score": score,
                **measures,
                "percentiles": {norm.name: value for norm, value in places.items()},
                "space": opened.name,
                "published": is_published,
                "options": asdict(options),
                "scored_words": scored_words or [],
                "words": [
                    {"given": text} | _as_json(check) | {k: of_words[k][place] for k in of_words}
                    for place, (text, check) in enumerate(zip(given, checks, strict=True))
                ],
            }
        )
        return
    rows = []
    for text, check, *measured in zip(given, checks, *of_words.values(), strict=True):
        is_scored = check.accepted and check.word in (scored_words or ())
        cells = (text, check.word or "", _verdict(check), "yes" if is_scored else "")
        rows.append((*cells, *map(_in_cell, measured)))
    _print_rows(("given", "word", "verdict", "scored", *of_words), rows)
    _say_if_foreign(checks)
    n_valid = sum(check.accepted for check in checks)
    valid = f"with {n_valid} valid words where {options.minimum} are needed"
    why = valid if n_valid < options.minimum else f"as {_NOT_KNOWN}"
    print(f"{asked.score_name}: " + (f"none, {why}" if score is None else f"{score:.2f}"))
    if score is not None:
        for name, value in measures.items():
            if value != score:
                print(f"{name}: " + (f"none; {_NOT_KNOWN}" if value is None else f"{value:.2f}"))
    for norm, value in places.items():
        place = percentile_as_text(value, 1)
        print(f"percentile: {place} among {norm.n:,} people ({norm.label}) in this space")
    print(f"space: {opened.name}" + (f"; options: {differences}" if differences else ""))
    if not is_published:
        print("This is not the space of the published scores: do not compare with them.")


def _say_if_foreign(checks: "Sequence[WordCheck]") -> None:
    from divergent_bench.instrument.scoring import note_on_unknown

    if note := note_on_unknown(sum(check.word is not None for check in checks), len(checks)):
        print(f"Note: {note}.")


def verify(
    what: Annotated[
        str, typer.Argument(metavar="[SPACE|DIRECTORY]", help=f"{_SPACE} Or the results of a run.")
    ] = DEFAULT_SPACE,
    task: Annotated[str, typer.Option(help="Whose published scores.")] = DEFAULT,
    as_json: Json = False,
) -> None:
    """Recompute published distances and scores in a space; exit code 1 where one fails.

    Or compare the samples of a run, results/NAME, with their requests and with the ledger.
    """
    from divergent_bench.running.batches import CONFIG_FILE

    if Path(what, CONFIG_FILE).is_file():
        _verify_run(Path(what), as_json=as_json)
    else:
        _verify_space(what, task, as_json=as_json)


def _verify_run(directory: Path, *, as_json: bool) -> None:
    from divergent_bench.running.batches import open_batch
    from divergent_bench.running.verification import verify_run

    found = verify_run(open_batch(directory))
    if as_json:
        print_json(asdict(found))
    else:
        for line in [*found.faults, *found.notes]:
            print(printable(line))
        print(
            f"{directory}: {found.there:,} of {found.samples:,} samples, {len(found.faults):,} with"
            f" a fault; {found.in_ledger:,} are as in the ledger"
        )
    raise typer.Exit(bool(found.faults))


def _verify_space(space: str, task: str, *, as_json: bool) -> None:
    from divergent_bench.instrument.spaces import open_space
    from divergent_bench.instrument.tasks import find_task

    checks = find_task(task).verify(open_space(space))
    failed = sum(check.outcome == "failed" for check in checks)
    if as_json:
        print_json([asdict(check) for check in checks])
        raise typer.Exit(bool(failed))
    rows = [
        (check.what, _text(check.expected), _text(check.found), check.outcome) for check in checks
    ]
    print_table(text_table(["check", "expected", "found", "outcome"], rows))
    passed = sum(check.outcome == "passed" for check in checks)
    aside = len(checks) - passed - failed
    print(f"{space}: {passed} passed, {failed} failed, {aside} not applicable")
    raise typer.Exit(bool(failed))


def _checked(task: "Task", stimulus: str | None) -> str | None:
    if task.stimulus_slot and stimulus is None:
        raise UserError(f"--stimulus: name the {task.stimulus_name} that {task.name} asked about")
    if stimulus is not None and not task.stimulus_slot:
        raise UserError(f"--stimulus: the task {task.name} has none; take it out")
    try:
        return None if stimulus is None else task.stimulus(stimulus)
    except ValueError as error:
        raise UserError(f"--stimulus: {error}") from error


def _in_cell(value: bool | float | None) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "yes" if value else ""


def _text(value: float | str | None) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value if value is not None else "-")


def _read(file: str) -> str:
    if file != "-":
        return read_text(Path(file))
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{file}: is not UTF-8 text; save it as UTF-8") from error


def _given_words(words: Sequence[str], file: str | None) -> list[str]:
    if words and file is not None:
        raise UserError("Give the words either as arguments or with --file, not both.")
    if file is not None:
        words = [line.strip() for line in _read(file).splitlines() if line.strip()]
    if not words:
        raise UserError("There are no words to score: give them as arguments or with --file.")
    return list(words)


def _as_json(check: "WordCheck") -> dict[str, Any]:
    return {"word": check.word, "accepted": check.accepted, "reason": check.reason}


def _verdict(check: "WordCheck") -> str:
    return check.reason or "accepted"


def _print_rows(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    numbered = [(str(i), *map(printable, row)) for i, row in enumerate(rows, start=1)]
    print_table(text_table(["", *headings], numbered))
