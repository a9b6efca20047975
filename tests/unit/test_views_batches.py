"""Batches as a table, and how far one of them is: what is said, and that it fits."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from divergent_bench.cli.views import batches
from divergent_bench.cli.views.batches import (
    Entry,
    RunStatus,
    Watch,
    batches_table,
    run_status_view,
)
from divergent_bench.config import parse_config
from divergent_bench.running.batches import open_batch, write_config

LONG = "openrouter/meta-llama/llama-3.3-70b-instruct-with-a-very-long-name"


def printed(what, width=80, encoding="utf-8"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    Console(file=stream, width=width).print(what)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding).splitlines()


def entry(**changes):
    known = {
        "directory": "results/a",
        "name": "a",
        "state": "analysis due",
        "done": 99_999,
        "samples": 100_000,
        "models": ["m"] * 20,
        "changed": datetime(2020, 2, 3, 4, 5, tzinfo=UTC),
        "spent_usd": 1234.5,
    }
    return Entry(**(known | changes))


def run_status(**changes):
    known = {
        "directory": "results/a",
        "name": "a",
        "state": "running",
        "pid": 7,
        "done": 30,
        "samples": 120,
        "models": {LONG: (10, 40), "openai/gpt-4o": (20, 80)},
        "reasons": {},
        "per_minute": 45.0,
        "seconds_left": 120.0,
        "budget_usd": 2.5,
        "spent_usd": 0.25,
        "unpriced": 0,
        "in_doubt_usd": 0.0,
    }
    return RunStatus(**(known | changes))


@pytest.mark.parametrize("width", [80, 140])
def test_a_table_of_batches_fits_and_keeps_its_numbers(width):
    name = "results/comparison_of_everything_20261125T003000Z"
    lines = printed(batches_table([entry(directory=name), entry(state="running")]), width)
    assert max(map(len, lines)) <= width
    (second,) = [line for line in lines if "running" in line]
    assert second.split() == [
        *("results/a", "running", "99,999/100,000", "20", "2020-02-03", "1234.50")
    ]
    column = lines[0].index("state")
    assert name in "".join(line[:column].strip() for line in lines)  # folded, not cut


def test_a_name_is_told_where_the_directory_does_not_tell_it():
    (_, line) = printed(batches_table([entry(name="My A")]), 140)
    assert line.startswith("results/a (My A) ")


def test_a_batch_that_cannot_be_read_has_a_row_and_a_reason():
    unreadable = Entry("results/x", "x", batches.UNREADABLE, reason="results/x: is no config")
    (_, line) = printed(batches_table([unreadable]))
    assert line.split() == ["results/x", "unreadable"]
    assert batches.notes_on_batches([entry(), unreadable]) == ["results/x: is no config"]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_how_far_a_batch_is_fits_any_terminal(encoding):
    lines = printed(run_status_view(run_status()), encoding=encoding)
    assert max(map(len, lines)) <= 80
    assert lines[0] == "results/a: running (pid 7), 30 of 120 samples"
    assert lines[-2:] == ["45 per minute, 0:02:00 left", "0.25 USD spent (budget 2.5 USD)"]
    assert [line.split()[-1] for line in lines if "/80" in line or "/40" in line] == [
        "10/40",
        "20/80",
    ]


def test_a_batch_that_nobody_runs_says_how_to_go_on():
    stopped = run_status(
        state="partial",
        pid=None,
        per_minute=None,
        seconds_left=None,
        reasons={"the key is wrong": 90},
        budget_usd=None,
        in_doubt_usd=1.5,
    )
    assert printed(run_status_view(stopped))[-3:] == [
        "0.25 USD spent, 1.50 in doubt",
        "90 x the key is wrong",
        "To go on: divergent-bench batch run --resume results/a",
    ]


def test_the_pace_is_that_of_the_last_minute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    provider = {"provider": "baseline", "model": "oracle"}
    experiment = {"name": "e", "providers": [provider], "samples": 100}
    config = parse_config({"name": "b", "experiments": [experiment]})
    batch = open_batch(write_config(config).parent)
    clock = [1000.0]
    monkeypatch.setattr(batches.time, "monotonic", lambda: clock[0])
    directory = tmp_path / batch.grid.conditions[0].directory
    directory.mkdir(parents=True)
    watch = Watch(batch)
    seen = []
    for moment, done in ((1000, 10), (1030, 10), (1040, 30), (1080, 50)):
        clock[0] = moment
        for seed in range(done):
            (directory / f"seed{seed}.json").touch()
        look = watch.look()
        seen.append((look.done, look.per_minute, look.seconds_left and round(look.seconds_left, 6)))
    assert seen == [
        (10, None, None),
        (10, None, None),
        (30, 30.0, 140.0),  # 20 in 40 s, and 70 to go
        (50, 48.0, 62.5),  # 40 in the 50 s since 1030: what was earlier counts no more; 50 to go
    ]
    assert look.spent_usd is None
