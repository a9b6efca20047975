"""Looking into a ledger: what is in it, whether it is sound, and taking things out of it."""

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from divergent_bench.base.errors import UserError
from divergent_bench.base.requests import digest
from divergent_bench.sampling.gateway.ledger import CREDIBLE, DAMAGE, SAVE, Ledger, Spending

_TOLERANCE_USD = 1e-6


@dataclass(frozen=True)
class Selection:
    """Which answers are meant: those that fit everything that is not None."""

    provider: str | None = None
    model: str | None = None
    batch: str | None = None
    digest: str | None = None
    set_aside: bool | None = None

    def where(self) -> tuple[str, list[Any]]:
        """Return the condition in SQL and its parameters."""
        conditions = {key: value for key, value in vars(self).items() if value is not None}
        where = " AND ".join(f"{column} = ?" for column in conditions) or "TRUE"
        return where, list(conditions.values())


def by_model(ledger: Ledger) -> list[dict[str, Any]]:
    """Return, per provider and model, the answers, those set aside, their cost, first and last."""
    columns = ("provider", "model", "answers", "set_aside", "cost_usd", "unpriced", "first", "last")
    rows = ledger.query(
        "SELECT provider, model, count(*), sum(set_aside), total(cost_usd), sum(cost_usd IS NULL),"
        " min(answered_at), max(answered_at) FROM responses"
        " GROUP BY provider, model ORDER BY provider, model"
    )
    return [dict(zip(columns, row, strict=True)) for row in rows]


def unpriced(ledger: Ledger, batch: str) -> int:
    """Count the answers that a batch got at prices that are not known."""
    ((count,),) = ledger.query(
        "SELECT count(*) FROM responses WHERE batch = ? AND cost_usd IS NULL", (batch,)
    )
    return int(count)


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
        try:
            told = {key: json.loads(entry[key]) for key in ("request", "answer")}
        except (ValueError, TypeError) as error:
            raise sqlite3.DatabaseError(f"an answer is no JSON: {error}") from error
        yield entry | {"set_aside": bool(entry["set_aside"]), **told}


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
    costs, sums = _wrong_sums(ledger)
    for number, _, cost in costs:
        yield f"answer {number}: costs {cost} USD by figures that cannot be right"
    for batch, (old, _, cost) in sums.items():
        counted = f"{old.spent_usd:.6f} USD spent, {old.reserved_usd:.6f} in doubt"
        yield f"batch {batch!r}: counts {counted}; its answers cost {cost:.6f}"
    if costs or sums:
        yield "`divergent-bench ledger repair` mends costs and sums"


def repair(ledger: Ledger) -> list[str]:
    """Correct costs that cannot be right, and what batches have spent by them; say what was done.

    No answer is deleted or changed. A cost that cannot be right is not known from now on. A batch
    has then spent what was counted without it, and no less than its answers cost.

    Raises
    ------
    UserError
        The file itself is damaged.
    """
    if damage := _damage(ledger):
        shown = " ".join(damage[0].split())
        raise UserError(f"{ledger.path}: is damaged ({shown}), and stays as it is. {SAVE}")
    costs, sums = _wrong_sums(ledger)
    spending = {batch: new for batch, (_, new, _) in sums.items()}
    ledger.correct([number for number, *_ in costs], spending).result()
    done = [
        f"answer {number} of {batch!r}: its cost of {cost} USD cannot be right; it is not known now"
        for number, batch, cost in costs
    ]
    for batch, (old, new, _) in sums.items():
        done.append(
            f"batch {batch!r}: counted {old.spent_usd} USD spent and {old.reserved_usd} in doubt;"
            f" counts {new.spent_usd:.6f} and {new.reserved_usd:.6f} now"
        )
    return done


class _Sum(NamedTuple):
    old: Spending
    new: Spending
    cost: float  # of its answers, in USD, as far as it is known


def _wrong_sums(ledger: Ledger) -> tuple[list[tuple[int, str, Any]], dict[str, _Sum]]:
    """Return answers whose cost cannot be right, with batch and cost; and batches to correct."""
    costs = ledger.query(
        "SELECT id, batch, cost_usd FROM responses"  # noqa: S608  a constant
        f" WHERE cost_usd IS NOT NULL AND json_valid(answer) AND NOT {CREDIBLE} ORDER BY id"
    )
    wrong: dict[str, float] = {}
    for _, batch, cost in costs:
        wrong[batch] = wrong.get(batch, 0.0) + (cost if isinstance(cost, float | int) else 0.0)
    cost_of = dict(
        ledger.query(
            "SELECT batch, total(cost_usd) FROM responses"  # noqa: S608  a constant
            f" WHERE {CREDIBLE} GROUP BY batch"
        )
    )
    counted = {
        batch: Spending(_number(spent), _number(reserved))
        for batch, spent, reserved in ledger.query("SELECT * FROM spending")
    }
    sums = {}
    for batch in {**cost_of, **counted}:
        old, cost = counted.get(batch, Spending(0.0, 0.0)), cost_of.get(batch, 0.0)
        # More than the answers cost is right after some were forgotten, or could not be priced.
        spent = old.spent_usd - wrong.get(batch, 0.0)
        spent = max(spent, cost) if math.isfinite(spent) else cost
        reserved = max(old.reserved_usd, 0.0) if math.isfinite(old.reserved_usd) else 0.0
        new = Spending(spent, reserved)
        if not all(abs(a - b) <= _TOLERANCE_USD for a, b in zip(old, new, strict=True)):
            sums[batch] = _Sum(old, new, cost)
    return costs, sums


def _number(value: Any) -> float:
    return float(value) if isinstance(value, float | int) else math.nan


def _damage(ledger: Ledger) -> list[str]:
    try:
        return [line for (line,) in ledger.query("PRAGMA integrity_check") if line != "ok"]
    except DAMAGE as error:
        return [str(error)]


def _faults(name: str, request: str, answer: str) -> Iterator[str]:
    try:
        asked, answered = json.loads(request), json.loads(answer)
    except (ValueError, TypeError) as error:
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
