"""Looking into a ledger: what is in it, whether it is sound, and taking things out of it."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from divergent_bench.base.requests import digest
from divergent_bench.sampling.gateway.ledger import Ledger

_TOLERANCE_USD = 1e-6


@dataclass(frozen=True)
class Selection:
    """Which answers are meant: those that fit everything that is not None."""

    provider: str | None = None
    model: str | None = None
    batch: str | None = None
    digest: str | None = None
    set_aside: bool | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it down."""
        return not self._conditions()

    def where(self) -> tuple[str, list[Any]]:
        """Return the condition in SQL and its parameters."""
        conditions = self._conditions()
        where = " AND ".join(f"{column} = ?" for column in conditions) or "TRUE"
        return where, list(conditions.values())

    def _conditions(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if value is not None}


def by_model(ledger: Ledger) -> list[dict[str, Any]]:
    """Return, per provider and model, the answers, those set aside, their cost, first and last."""
    columns = ("provider", "model", "answers", "set_aside", "cost_usd", "unpriced", "first", "last")
    rows = ledger.query(
        "SELECT provider, model, count(*), sum(set_aside), total(cost_usd), sum(cost_usd IS NULL),"
        " min(answered_at), max(answered_at) FROM responses"
        " GROUP BY provider, model ORDER BY provider, model"
    )
    return [dict(zip(columns, row, strict=True)) for row in rows]


def by_batch(ledger: Ledger) -> list[dict[str, Any]]:
    """Return, per batch, what it has spent and what is in doubt, in USD."""
    rows = ledger.query(
        "SELECT batch, spent_usd, max(reserved_usd, 0) FROM spending ORDER BY batch"
    )
    return [dict(zip(("batch", "spent_usd", "in_doubt_usd"), row, strict=True)) for row in rows]


def entries(ledger: Ledger, selection: Selection) -> Iterator[dict[str, Any]]:
    """Yield the answers of a selection with their requests, oldest first, as data for JSON."""
    columns = ("digest", "batch", "answered_at", "cost_usd", "set_aside", "request", "answer")
    for _, *row in _rows(ledger, columns, selection):
        entry = dict(zip(columns, row, strict=True))
        yield entry | {
            "set_aside": bool(entry["set_aside"]),
            "request": json.loads(entry["request"]),
            "answer": json.loads(entry["answer"]),
        }


def _rows(
    ledger: Ledger, columns: Sequence[str], selection: Selection
) -> Iterator[tuple[Any, ...]]:
    """Yield the number of each answer and these columns, never with many of them in memory."""
    where, values = selection.where()
    last = 0
    while rows := ledger.query(
        f"SELECT id, {', '.join(columns)} FROM responses WHERE {where} AND id > ?"  # noqa: S608
        " ORDER BY id LIMIT 500",
        [*values, last],
    ):
        yield from rows
        last = rows[-1][0]


def faults(ledger: Ledger) -> Iterator[str]:
    """Yield what is wrong with a ledger: damage, answers that are not what they say they are."""
    if damage := _damage(ledger):
        yield from (f"the file is damaged: {line}" for line in damage)
        return  # its rows cannot be relied on
    columns = ("digest", "request", "answer")
    for number, name, request, answer in _rows(ledger, columns, Selection()):
        yield from (f"answer {number}: {fault}" for fault in _faults(name, request, answer))
    for batch, counted, spent in ledger.query(
        "SELECT s.batch, s.spent_usd, total(r.cost_usd) FROM spending s"
        " LEFT JOIN responses r ON r.batch = s.batch GROUP BY s.batch"
    ):
        # More than the rows say is right after answers were forgotten, or could not be priced.
        if counted < spent - _TOLERANCE_USD:
            yield f"batch {batch!r}: counts {counted:.6f} USD, its answers cost {spent:.6f}"


def _damage(ledger: Ledger) -> list[str]:
    try:
        return [line for (line,) in ledger.query("PRAGMA integrity_check") if line != "ok"]
    except sqlite3.DatabaseError as error:
        return [str(error)]


def _faults(name: str, request: str, answer: str) -> Iterator[str]:
    try:
        asked, answered = json.loads(request), json.loads(answer)
    except ValueError as error:
        yield f"is no JSON ({error})"
        return
    if digest(asked) != name:
        yield "its digest is not that of its request"
    if not isinstance(answered, dict) or not {"text", "outcome"} <= answered.keys():
        yield "holds no answer"


def count(ledger: Ledger, selection: Selection) -> int:
    """Return how many answers a selection has."""
    where, values = selection.where()
    ((found,),) = ledger.query(
        f"SELECT count(*) FROM responses WHERE {where}",  # noqa: S608  column names of ours
        values,
    )
    return int(found)


def forget(ledger: Ledger, selection: Selection) -> None:
    """Delete answers for good. What they cost stays counted."""
    where, values = selection.where()
    ledger.query(f"DELETE FROM responses WHERE {where}", values)  # noqa: S608
