"""One answer on a terminal: its words, their distances, its text, and where it comes from."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from divergent_bench.base.names import format_temperature, printable
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.requests import label
from divergent_bench.cli.views.tables import text_table
from divergent_bench.running.one_answer import InSpace, OneAnswer

if TYPE_CHECKING:
    from rich.table import Table

_AT_ONCE: Final = 8  # columns of distances in 80 characters


def verdict(found: InSpace, place: int) -> str:
    """Say what became of a word."""
    check = found.checks[place]
    if check.reason:
        return check.reason
    return "scored" if check.word in (found.scored or ()) else "accepted"


def heading(answer: OneAnswer) -> list[str]:
    """Say whose answer it is, how it ended, and what it scores."""
    key, record = answer.record["key"], answer.record["answer"]
    who = [f"{key['provider']}/{key['model']}"]
    if find_provider(key["provider"]).takes_prompts:
        who += [key["strategy"], f"temperature {format_temperature(key['temperature'])}"]
    who += [f"about {key['stimulus']}"] if key.get("stimulus") else []
    flags = "".join(f", {flag}" for flag in answer.parsed.flags)
    lines = [
        ", ".join([*who, f"seed {key['seed']}"]),
        f"outcome: {record['outcome']}; layout: {answer.parsed.layout}{flags}",
    ]
    for found in answer.found:
        lines.append(f"{found.task.score_name} in {found.space}: {_score(found)}")
        lines += [
            f"{name} in {found.space}: {value:.2f}"
            for name, value in found.measures.items()
            if value != found.score
        ]
    return [printable(line) for line in lines]


def _score(found: InSpace) -> str:
    if found.score is not None:
        return f"{found.score:.2f}"
    valid = sum(check.accepted for check in found.checks)
    return f"none: {valid} of {len(found.checks)} words are valid ({found.task.unscorable})"


def word_table(answer: OneAnswer) -> "Table":
    """Return the words of an answer, a row each, with what became of them in each space."""
    rows = [
        (
            str(place + 1),
            printable(item.raw),
            next((f.checks[place].word for f in answer.found if f.checks[place].word), None) or "",
            *(verdict(found, place) for found in answer.found),
        )
        for place, item in enumerate(answer.parsed.items)
    ]
    several = len({found.task for found in answer.found}) > 1
    heads = [f"{f.task.name}, {f.space}" if several else f.space for f in answer.found]
    return text_table(["", "as written", "word", *heads], rows)


def distance_tables(found: InSpace) -> "Iterator[Table]":
    """Yield the distances of the scored words, so many columns at a time as a terminal has."""
    words = [f"{place} {word}" for place, word in enumerate(found.scored or (), start=1)]
    for start in range(0, len(words), _AT_ONCE):
        columns = range(start, min(start + _AT_ONCE, len(words)))
        rows = [
            (words[row], *("" if c == row else f"{found.distances[row, c]:.1f}" for c in columns))
            for row in range(len(words))
        ]
        heads = [str(column + 1) for column in columns]
        yield text_table(["", *heads], rows, right=len(heads))


def request_lines(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was asked: the messages as they are, the rest as JSON."""
    for message in request.get("messages", ()):
        yield f"{message['role']}:"
        yield from _indented(str(message["content"]))
    rest = {name: value for name, value in request.items() if name != "messages"}
    for name, value in rest.items():
        yield printable(f"{name}: {value if isinstance(value, str) else json.dumps(value)}")


def text_lines(text: str) -> Iterator[str]:
    """Yield an answer as it came, line by line."""
    yield from _indented(text) if text.strip() else ["  (empty)"]


def _indented(text: str) -> Iterator[str]:
    yield from (f"  {printable(line)}" for line in text.splitlines())


def provenance_lines(answer: OneAnswer) -> Iterator[str]:
    """Yield where the answer is from, and with what it was made."""
    record = answer.record["answer"]
    usage = record.get("usage") or {}
    versions = record.get("versions") or {}
    told: Sequence[tuple[str, Any]] = (
        ("sample", answer.path),
        ("request", answer.record["digest"]),
        ("model asked", label(answer.record["request"])),
        ("model that answered", record["served_model"]),
        ("answered at", record.get("answered_at")),
        ("attempts", record.get("attempts")),
        ("tokens", ", ".join(f"{v:,} {k}" for k, v in usage.items() if isinstance(v, int))),
        ("price", None if record["cost_usd"] is None else f"{record['cost_usd']} USD"),
        ("time", None if record["latency_s"] is None else f"{record['latency_s']} s"),
        ("sent", json.dumps(record["sent"]) if record["sent"] else None),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
    )
    yield from (printable(f"{name}: {value}") for name, value in told if value)


def document(answer: OneAnswer) -> dict[str, Any]:
    """Return an answer as data for JSON."""
    return {
        "sample": str(answer.path),
        "record": dict(answer.record),
        "layout": answer.parsed.layout,
        "flags": list(answer.parsed.flags),
        "scored": [
            {
                "task": found.task.name,
                "space": found.space,
                "score": found.score,
                **found.measures,
                "words": [
                    {"raw": item.raw, "word": check.word, "verdict": verdict(found, place)}
                    for place, (item, check) in enumerate(
                        zip(answer.parsed.items, found.checks, strict=True)
                    )
                ],
                "scored_words": list(found.scored or ()),
                "distances": found.distances.round(4).tolist(),
            }
            for found in answer.found
        ],
    }
