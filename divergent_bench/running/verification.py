"""Whether the results of a run are what was answered: files, ledger and digests side by side."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from divergent_bench.base.errors import UserError
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.records import FROM_LEDGER, check_whole, read_record
from divergent_bench.base.requests import digest
from divergent_bench.design.grid import Sample
from divergent_bench.running.batches import Batch
from divergent_bench.sampling.gateway.ledger import LEDGER, Ledger, reading


@dataclass(frozen=True)
class Verified:
    """What a verification of a run found."""

    samples: int  # that the config asks for
    there: int
    in_ledger: int  # of these, whose answer the ledger has too, and is the same
    faults: list[str]  # each with the file and how to mend it
    notes: list[str]


def verify_run(batch: Batch) -> Verified:
    """Compare every sample of a run with its request and with the ledger. Changes nothing."""
    faults: list[str] = []
    there = in_ledger = alone = 0
    with reading() as ledger:
        for sample in batch.grid.samples():
            if not Path(sample.path).exists():
                continue
            there += 1
            try:
                record = _checked(sample)
            except UserError as error:
                faults.append(str(error))
                continue
            if not find_provider(sample.condition.provider).asks_models:
                continue
            kept = _kept(ledger, record["digest"])
            if kept is None:
                alone += 1
            elif kept == record["answer"]:
                in_ledger += 1
            else:
                what = ", ".join(_different(kept, record["answer"]))
                faults.append(f"{sample.path}: is not as in the ledger ({what}); {FROM_LEDGER}")
    samples = batch.samples
    return Verified(samples, there, in_ledger, faults, list(_notes(samples, there, alone)))


def _checked(sample: Sample) -> dict[str, Any]:
    path = sample.path
    record = read_record(path)
    check_whole(record, path)
    if record.get("digest") != digest(record["request"]):
        raise UserError(f"{path}: its request is not the one of its digest; {FROM_LEDGER}")
    if record["digest"] != digest(sample.request):
        raise UserError(
            f"{path}: answers another request than the config asks for now; delete it and run again"
        )
    if record["key"] != {**sample.condition.key(), "seed": sample.seed}:
        raise UserError(f"{path}: its key is that of another sample; {FROM_LEDGER}")
    return record


def _kept(ledger: Ledger | None, name: str) -> Any:
    """Return the answer that the ledger has to a request; None where it has none."""
    if ledger is None or (text := ledger.find(name)) is None:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise UserError(
            f"{LEDGER}: the answer to {name} is no JSON; see: divergent-bench ledger verify"
        ) from error


def _different(kept: Any, found: dict[str, Any]) -> Iterator[str]:
    kept = kept if isinstance(kept, dict) else {}
    for field in {**kept, **found}:
        if field not in kept or field not in found or kept[field] != found[field]:
            yield str(field)


def _notes(samples: int, there: int, alone: int) -> Iterator[str]:
    if missing := samples - there:
        yield f"{missing:,} samples are not there yet"
    if alone:
        yield (
            f"{alone:,} samples are not in the ledger here ({LEDGER}): it was lost, left behind, "
            "or their answers were forgotten, so that nothing can be compared with them"
        )
