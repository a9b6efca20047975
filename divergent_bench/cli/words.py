"""``divergent-bench parse`` and ``score``: the instrument itself, by hand."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import printable
from divergent_bench.cli.options import Json
from divergent_bench.cli.views.tables import print_json, print_table, text_table

if TYPE_CHECKING:  # numpy is slow to import, and --help does without
    from divergent_bench.instrument.parsing import ParsedResponse
    from divergent_bench.instrument.scoring import WordCheck

SpaceName = Annotated[
    str, typer.Option("--space", help="A semantic space: wordnet, glove-840b-300d, or a path.")
]
Fold = Annotated[
    bool, typer.Option("--fold-diacritics", help="Look façade up as facade, not as faade.")
]


def parse_answer(
    file: Annotated[str, typer.Argument(help="A file with one answer; - reads standard input.")],
    space: SpaceName = "wordnet",
    fold_diacritics: Fold = False,
    as_json: Json = False,
) -> None:
    """Say how an answer is read: its layout, and what became of each word."""
    from divergent_bench.instrument.parsing import parse_response
    from divergent_bench.instrument.scoring import ScoringOptions, WordValidator
    from divergent_bench.instrument.spaces import open_space

    validator = WordValidator(open_space(space), ScoringOptions(fold_diacritics=fold_diacritics))
    parsed = parse_response(_read(file))
    checks = validator.check(parsed.words)
    if as_json:
        print_json(
            {
                "layout": parsed.layout,
                "flags": list(parsed.flags),
                "space": validator.space.name,
                "options": asdict(validator.options),
                "words": [
                    {"raw": item.raw, "span": list(item.span), "candidate": item.word}
                    | _as_json(check)
                    for item, check in zip(parsed.items, checks, strict=True)
                ],
            }
        )
        return
    _print_parsed(parsed, checks)


def score_by_hand(
    words: Annotated[list[str] | None, typer.Argument(help="The words, in their order.")] = None,
    file: Annotated[
        str | None, typer.Option("--file", help="One word per line; - reads standard input.")
    ] = None,
    space: SpaceName = "wordnet",
    fold_diacritics: Fold = False,
    minimum: Annotated[int, typer.Option(help="Valid words a score needs.")] = 7,
    scored: Annotated[int, typer.Option(help="How many of the first valid words count.")] = 7,
    as_json: Json = False,
) -> None:
    """Score words: which are valid, and their DAT score, 0 to 200."""
    from divergent_bench.instrument.scoring import ScoringOptions, WordValidator, score_words
    from divergent_bench.instrument.spaces import open_space

    given = _given_words(words or [], file)
    options = ScoringOptions(minimum, scored, fold_diacritics)
    validator = WordValidator(open_space(space), options)
    checks = validator.check(given)
    scored_words = validator.scored(checks)
    score = float(score_words([scored_words], validator.space)[0]) if scored_words else None
    if as_json:
        print_json(
            {
                "score": score,
                "space": validator.space.name,
                "published": validator.space.info.published,
                "options": asdict(options),
                "scored_words": scored_words,
                "words": [
                    {"given": text} | _as_json(check)
                    for text, check in zip(given, checks, strict=True)
                ],
            }
        )
        return
    _print_verdicts(given, checks, scored_words)
    print(_sentence(score, sum(check.accepted for check in checks), options.minimum))
    print(f"space: {validator.space.name}" + (f"; options: {options.label}" * bool(options.label)))
    if not validator.space.info.published:
        print("This is not the space of the published scores: do not compare with them.")


def _read(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror or error}") from error
    try:
        return data.decode("utf-8-sig")
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


def _print_parsed(parsed: "ParsedResponse", checks: Sequence["WordCheck"]) -> None:
    from divergent_bench.instrument.parsing import FLAGS, LAYOUTS

    print(f"layout: {parsed.layout} ({LAYOUTS[parsed.layout]})")
    for flag in parsed.flags:
        print(f"flag:   {flag} ({FLAGS[flag]})")
    if not parsed.items:
        return
    rows = [
        (item.raw, "-".join(map(str, item.span)), item.word, _in_words(check))
        for item, check in zip(parsed.items, checks, strict=True)
    ]
    _print_numbered(["raw text", "span", "candidate", "verdict"], rows)


def _print_verdicts(
    given: Sequence[str], checks: Sequence["WordCheck"], scored: Sequence[str]
) -> None:
    rows = [
        (
            text,
            check.word or "",
            _in_words(check),
            "yes" if check.accepted and check.word in scored else "",
        )
        for text, check in zip(given, checks, strict=True)
    ]
    _print_numbered(["given", "word", "verdict", "scored"], rows)


def _print_numbered(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    numbered = [(str(i), *map(printable, row)) for i, row in enumerate(rows, start=1)]
    print_table(text_table(["", *columns], numbered))


def _in_words(check: "WordCheck") -> str:
    return check.reason or "accepted"


def _sentence(score: float | None, n_valid: int, minimum: int) -> str:
    if score is None:
        return f"DAT score: none, with {n_valid} valid words where {minimum} are needed"
    return f"DAT score: {score:.2f}"
