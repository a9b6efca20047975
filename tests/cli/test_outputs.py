"""No command writes onto what runs are made from, nor in place of a device."""

import os
from pathlib import Path

import pytest

from divergent_bench.base.files import replacing, write_text
from divergent_bench.sampling.gateway.ledger import LEDGER, Ledger
from tests.cli.test_ledger import entry
from tests.helpers.commands import in_process as divergent_bench

LEDGERS = (
    str(LEDGER),
    f"./x/../{LEDGER}",
    f"{LEDGER}-wal",
    f"{LEDGER}-journal",
    "results/ledger/claims",
)


@pytest.fixture
def run(workdir):
    """Make a ledger with an answer, and the results of a run."""
    ledger = Ledger()
    ledger.add([entry(0)]).result()
    ledger.close()
    results = Path("results/a")
    (results / "samples/openai").mkdir(parents=True)
    (results / "config.yaml").write_text(
        "# The config of the run that made these results; written by the workflow.\nname: a\n",
        encoding="utf-8",
    )
    for file in ("scores.csv", "samples/openai/seed0.json"):
        (results / file).write_text("kept", encoding="utf-8")
    Path("bench.yaml").write_text("name: b\n", encoding="utf-8")
    Path(".env").write_text("OPENAI_API_KEY=x\n", encoding="utf-8")
    Path(".env").chmod(0o600)
    Path("answers.jsonl").write_text('{"response": "cat", "model": "m"}\n', encoding="utf-8")
    return results


def contents():
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def refused(*command):
    before = contents()
    said = divergent_bench(*command, code=2)
    assert contents() == before
    assert len(said.splitlines()) == 1, said
    return said


@pytest.mark.parametrize(
    "command",
    [
        ("ledger", "export"),
        ("export", "results/a"),
        ("report", "results/a", "--no-open", "--output"),
        ("dat", "run", "-p", "baseline", "-o"),
        ("dat", "compare", "-p", "baseline", "-p", "baseline", "-o"),
        ("dat", "resume", "results/a", "-o"),
        ("config", "init", "--no-interactive", "--force", "--config"),
        ("config", "init", "--no-interactive", "--force", "--output"),
        ("import", "answers.jsonl", "--force", "--directory"),
    ],
)
def test_no_command_writes_into_the_ledger(run, command):
    for target in LEDGERS:
        assert "belongs to the ledger" in refused(*command, target)


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_another_name_of_the_ledger_is_the_ledger(run, link):
    link(LEDGER, "answers.out") if link is os.link else link(LEDGER.absolute(), "answers.out")
    assert "belongs to the ledger" in refused("ledger", "export", "answers.out")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("results/a/scores.csv", "lies in the results of a run"),
        ("results/a/samples/openai/seed0.json", "lies in the results of a run"),
        ("results/a/config.yaml", "lies in the results of a run"),
        ("bench.yaml", "is a config"),
        (".env", "is a file of keys"),
        ("backup.db", "is a database"),
    ],
)
def test_what_a_run_reads_is_not_replaced(run, target, why):
    Path("backup.db").write_bytes(LEDGER.read_bytes())
    assert why in refused("ledger", "export", target)


def test_a_table_of_a_run_is_no_place_for_an_outcome(run):
    said = refused("dat", "run", "-p", "baseline", "-n", "1", "-o", "results/a/scores.csv")
    assert "lies in the results of a run" in said
    assert "lies in the results of a run" in refused("export", "results/a", "results/a")


def test_the_file_to_import_is_not_replaced_by_what_is_made_of_it(run):
    said = refused("import", "answers.jsonl", "--directory", ".", "--force", "--strategy", "none")
    assert "is the file to import" in said


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: Path(path).symlink_to("/dev/null")])
def test_a_device_or_a_pipe_stays_what_it_is(run, make):
    make("special")
    kind = os.lstat("special").st_mode
    assert "is a device or a pipe" in refused("ledger", "export", "special")
    for write in (write_text, lambda path, _: replacing(path).__enter__()):
        with pytest.raises(OSError, match="and stays"):
            write("special", "x")
    assert os.lstat("special").st_mode == kind


def test_a_link_is_not_replaced(run):
    Path("real.jsonl").write_text("kept", encoding="utf-8")
    Path("link.jsonl").symlink_to("real.jsonl")
    assert "is a link" in refused("ledger", "export", "link.jsonl")
    assert Path("link.jsonl").is_symlink()


def test_a_file_of_ones_own_is_replaced_as_ever(run):
    for _ in range(2):
        assert "1 answer" in divergent_bench("ledger", "export", "mine.jsonl")
