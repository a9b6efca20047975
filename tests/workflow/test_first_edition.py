"""A ledger and records of the first edition: whatever they answer is not asked for again."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.helpers.loopback import set_keys
from tests.helpers.workflow import ROOT, Workflow

pytestmark = pytest.mark.slow
DATA = ROOT / "tests" / "unit" / "data" / "first_edition"


def test_a_ledger_of_the_first_edition_answers_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_keys(monkeypatch)
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "1")
    known = json.loads((DATA / "records.json").read_text(encoding="utf-8"))
    (tmp_path / "answers.csv").write_bytes((DATA / "answers.csv").read_bytes())
    ledger = tmp_path / "results/ledger/ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    with sqlite3.connect(ledger) as database:
        database.executescript((DATA / "ledger.sql").read_text(encoding="utf-8"))
    database.close()
    # Nobody listens at the addresses of its models any more: to ask would be to fail.
    run = json.loads((DATA / "run.json").read_text(encoding="utf-8"))
    run["analysis"]["spaces"] = ["wordnet"]  # the default of then, in whose words baselines answer
    flow = Workflow(tmp_path, run)
    flow.run("samples")
    found = {path.relative_to(tmp_path).as_posix(): path for path in flow.samples()}
    assert sorted(found) == sorted(known)
    for path, text in known.items():
        record, before = json.loads(found[path].read_text(encoding="utf-8")), json.loads(text)
        if before["answer"]["raw"] is None:  # made here, by the Python that runs it
            record["answer"].pop("versions"), before["answer"].pop("versions")
            assert record == before
        else:
            assert found[path].read_text(encoding="utf-8") == text
