"""``divergent-bench ledger``, and the ledger's own checks."""

import json
import os
import random
import sqlite3
from pathlib import Path

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text
from divergent_bench.base.records import record_text
from divergent_bench.base.requests import digest
from divergent_bench.config import load_config
from divergent_bench.running.batches import Batch
from divergent_bench.sampling.gateway.ledger import LEDGER, Entry, Ledger
from tests.helpers.commands import in_process as divergent_bench
from tests.helpers.commands import run_in_process
from tests.helpers.wires import KEY


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


def test_an_empty_ledger_is_said_to_have_no_answers(workdir):
    Ledger().close()

    assert divergent_bench("ledger", "stats").startswith("No answers")
    assert json.loads(divergent_bench("ledger", "stats", "--json")) == {"models": [], "batches": []}


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


# --- What is no ledger --------------------------------------------------------------------------

READERS = (
    ("ledger", "stats"),
    ("ledger", "verify"),
    ("ledger", "repair"),
    ("ledger", "export", "all.jsonl"),
    ("ledger", "forget", "--model", "m", "--yes"),
    ("plan", "bench.yaml"),
    ("batch", "list"),
    ("batch", "monitor", "results/b", "--once"),
)
CONFIG = """\
name: b
experiments:
  - {name: a, providers: [{provider: openai, model: gpt-4o, api_base: "http://127.0.0.1:9/v1"}]}
"""


@pytest.fixture
def batch(workdir, monkeypatch):
    """Write a config, and the results directory of a run of it, which is empty."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    header = "# The config of the run that made these results; written by the workflow.\n"
    Path("bench.yaml").write_text(CONFIG, encoding="utf-8")
    write_text("results/b/config.yaml", header + CONFIG)
    LEDGER.parent.mkdir()
    return workdir


@pytest.mark.parametrize(
    "replace", [Path.mkdir, os.mkfifo, Path.touch, lambda path: path.symlink_to("/dev/zero")]
)
def test_what_is_no_ledger_is_told_in_one_message_by_every_command(batch, replace):
    replace(LEDGER)
    for command in READERS:
        said = divergent_bench(*command, code=2)
        assert said.startswith(f"{LEDGER}: is "), command
        assert len(said.splitlines()) == 1, command
    with pytest.raises(UserError, match="put a copy of the ledger back"):
        Ledger()


def test_a_path_too_long_for_sqlite_is_said_to_be_that(batch, monkeypatch):
    deep = Path(*["d" * 100] * 6)
    (deep / "results").mkdir(parents=True)
    monkeypatch.chdir(deep)
    with pytest.raises(UserError, match="work in a directory nearer the root"):
        Ledger()
    assert not LEDGER.exists(), "no empty file is left"


def test_flipped_bits_are_told_in_one_message_by_every_command(batch):
    ledger = Ledger()
    ledger.add([entry(seed, batch="results/b") for seed in range(200)]).result()
    ledger.close()
    sound, drawn, noticed = LEDGER.read_bytes(), random.Random(1), 0
    for _ in range(40):
        content = bytearray(sound)
        for _ in range(drawn.choice([1, 30, 2000])):
            content[drawn.randrange(len(content))] ^= 1 << drawn.randrange(8)
        LEDGER.write_bytes(content)
        for command in READERS[:-3]:  # the others read less, and import more
            _, complaint, code = run_in_process(*command)
            assert code in (0, 1, 2), (command, complaint)
            assert "Traceback" not in complaint, (command, complaint)
            noticed += code == 2
            if code == 2:
                assert len(complaint.splitlines()) == 1
        for command in READERS[-3:]:
            _, complaint, code = run_in_process(*command)
            assert code in (0, 2), (command, complaint)
    assert noticed


def test_samples_without_their_ledger_are_noticed_before_anything_is_bought(batch):
    record = Path("results/b/samples/openai/gpt-4o/none/t0.7/seed0.json")
    (planned,) = Batch.of(load_config("bench.yaml")).grid.conditions
    write_text(record, record_text({}, digest(next(planned.samples()).request), {}, "{}"))
    Ledger().close()  # a new one
    said = divergent_bench("plan", "bench.yaml")
    assert "holds no answer, though samples of models are here (1)" in " ".join(said.split())
    LEDGER.write_bytes(b"")
    assert "is empty, which no ledger is" in divergent_bench("plan", "bench.yaml", code=2)
    assert "is empty, which no ledger is" in divergent_bench("batch", "run", "bench.yaml", code=2)


# --- Repair -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cost", "counts", "spent"),
    [
        (-100.0, 40, -99.5),  # a negative count made it cheaper than nothing
        (12.5e6, 10**12, 12.5e6 + 0.5),
        (float("inf"), 40, float("inf")),
        (0.25, -40, 0.75),
        ("many", 40, "many"),
    ],
)
def test_spending_that_a_provider_spoilt_is_mended(ledger, cost, counts, spent):
    answer = json.dumps({"text": "x", "outcome": "ok", "usage": {"completion_tokens": counts}})
    ledger.add([entry(7)._replace(answer=answer)]).result()
    ledger.query("UPDATE responses SET cost_usd = ? WHERE id = 4", (cost,))
    ledger.query("UPDATE spending SET spent_usd = ? WHERE batch = 'results/a'", (spent,))
    assert "repair" in divergent_bench("ledger", "verify", code=1)
    said = divergent_bench("ledger", "repair")
    assert "answer 4 of 'results/a': its cost of" in said
    assert "counts 0.500000" in said
    assert ledger.spending("results/a") == (0.5, 0.0)
    assert ledger.query("SELECT cost_usd FROM responses WHERE id = 4") == [(None,)]
    assert ledger.query("SELECT answer FROM responses WHERE id = 4") == [(answer,)]
    assert divergent_bench("ledger", "repair") == "nothing to repair\n"
    assert "all sound" in divergent_bench("ledger", "verify")


def test_a_repair_keeps_what_was_counted_for_answers_without_a_price(ledger):
    ledger.query("UPDATE spending SET spent_usd = 9.0, reserved_usd = 0.25")
    assert divergent_bench("ledger", "repair") == "nothing to repair\n"
    assert ledger.spending("results/a") == (9.0, 0.25)


def test_what_is_damaged_itself_is_not_repaired(ledger):
    content = bytearray(LEDGER.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    LEDGER.write_bytes(content)
    assert "may save its answers" in divergent_bench("ledger", "repair", code=2)
