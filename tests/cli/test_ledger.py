"""``divergent-bench ledger``, and the ledger's own checks."""

import json
import sqlite3
from pathlib import Path

import pytest

from divergent_bench.base.requests import digest
from divergent_bench.sampling.gateway.ledger import LEDGER, Entry, Ledger
from tests.helpers.commands import in_process as divergent_bench


def entry(seed: int, model: str = "gpt-4o", batch: str = "results/a", cost: float | None = 0.25):
    request = {"provider": "openai", "model": model, "seed": seed}
    answer = json.dumps({"text": "cat", "outcome": "ok"})
    return Entry(digest(request), request, answer, "2026-01-02T03:04:05Z", cost, batch)


@pytest.fixture
def ledger(workdir):
    opened = Ledger()
    opened.add([entry(0), entry(1), entry(2, "gpt-4o-mini", "results/b", None)]).result()
    yield opened
    opened.close()


def test_stats_count_answers_and_money(ledger):
    data = json.loads(divergent_bench("ledger", "stats", "--json"))
    assert [(m["model"], m["answers"], m["cost_usd"]) for m in data["models"]] == [
        ("gpt-4o", 2, 0.5),
        ("gpt-4o-mini", 1, 0.0),
    ]
    assert data["batches"][0] == {"batch": "results/a", "spent_usd": 0.5, "in_doubt_usd": 0.0}
    shown = divergent_bench("ledger", "stats")
    assert "openai/gpt-4o " in shown
    assert "2026-01-02" in shown


def test_without_a_ledger_nothing_is_made(workdir):
    assert "there is no ledger here" in divergent_bench("ledger", "stats", code=2)
    assert list(workdir.iterdir()) == []


def test_a_sound_ledger_is_said_to_be_sound(ledger):
    assert divergent_bench("ledger", "verify") == "3 answers, all sound\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE responses SET request = '{}' WHERE id = 2", "answer 2: its digest is not"),
        ("UPDATE responses SET answer = '{\"text\"' WHERE id = 1", "answer 1: is no JSON"),
        ("UPDATE responses SET answer = '[]' WHERE id = 3", "answer 3: holds no answer"),
        ("UPDATE spending SET spent_usd = 0.1", "batch 'results/a': counts 0.100000 USD"),
    ],
)
def test_what_is_wrong_is_found(ledger, change, said):
    with sqlite3.connect(LEDGER) as connection:
        connection.execute(change)
    connection.close()
    assert said in divergent_bench("ledger", "verify", code=1)


def test_a_damaged_page_is_found(ledger):
    ledger.add([entry(seed) for seed in range(100, 400)]).result()
    ledger.close()
    content = bytearray(LEDGER.read_bytes())
    content[-4096 * 3 : -4096 * 2] = bytes(4096)
    LEDGER.write_bytes(content)
    output = divergent_bench("ledger", "verify", code=1)
    assert "damaged" in output


def test_an_export_holds_everything_that_was_selected(ledger):
    divergent_bench("ledger", "export", "all.jsonl")
    exported = list(map(json.loads, Path("all.jsonl").read_text(encoding="utf-8").splitlines()))
    assert [each["request"]["seed"] for each in exported] == [0, 1, 2]
    assert exported[0]["answer"] == {"text": "cat", "outcome": "ok"}
    assert exported[0]["batch"] == "results/a"
    (line,) = divergent_bench("ledger", "export", "-", "--model", "gpt-4o-mini").splitlines()
    assert json.loads(line)["request"]["seed"] == 2
    assert "cannot be written" in divergent_bench("ledger", "export", "/proc/no/such.jsonl", code=2)


def test_forgetting_asks_first_and_keeps_count_of_the_money(ledger):
    assert "say which answers" in divergent_bench("ledger", "forget", code=2)
    assert "no answer fits" in divergent_bench("ledger", "forget", "--model", "x", "--yes", code=2)
    divergent_bench("ledger", "forget", "--model", "gpt-4o", code=1, given="n\n")
    assert len(ledger) == 3
    assert (
        divergent_bench("ledger", "forget", "--model", "gpt-4o", "--yes") == "2 answers forgotten\n"
    )
    assert len(ledger) == 1
    assert ledger.spending("results/a").spent_usd == 0.5
    assert divergent_bench("ledger", "verify") == "1 answers, all sound\n"


def test_what_a_fresh_run_replaced_can_be_forgotten(ledger):
    ledger.set_aside([entry(0).digest]).result()
    ledger.add([entry(0)]).result()
    divergent_bench("ledger", "forget", "--set-aside", "--yes")
    assert len(ledger) == 3
    assert ledger.find(entry(0).digest)


def test_a_locked_ledger_is_said_to_be_locked(ledger, monkeypatch):
    monkeypatch.setenv("DIVERGENT_BENCH_LEDGER_WAIT", "0.2")
    holder = sqlite3.connect(LEDGER, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        output = divergent_bench("ledger", "stats", code=2)
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert "database is locked" in output
    assert "close the program that holds it" in output
