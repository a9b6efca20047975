"""The live view of a run, and what is left out around it."""

import io
import logging

import pytest
from rich.console import Console
from rich.live import Live

from divergent_bench.cli.views import progress
from divergent_bench.cli.views.progress import (
    Progress,
    SamplingFilter,
    StepTeller,
    plain,
    rendered,
    seconds_left,
)

MODEL = {
    "due": 100,
    "answered": 40,
    "in_flight": 8,
    "allowed": 8,
    "per_minute": 120.0,
    "interval_s": 0.0,
    "slowed": False,
    "paused_s": 0.0,
}


def status(**changes):
    return {
        "batch": "results/b",
        "elapsed_s": 20.0,
        "due": 120,
        "collected": 30,
        "failed": 0,
        "retries": 0,
        "spent_usd": 0.0521,
        "unpriced": 0,
        "models": {"openai/gpt-4o": MODEL},
        **changes,
    }


def shown(state, width=80):
    console = Console(file=io.StringIO(), width=width, no_color=True)
    console.print(rendered(state))
    return console.file.getvalue().splitlines()


def test_a_plain_line_says_how_far_the_run_has_come():
    line = plain(status(failed=2, retries=1234))
    assert line == (
        "sampling: 30 of 120 samples (40 answered), 8 in flight, 120 per minute, 2 failed, "
        "1,234 retries, 0.0521 USD, 0:00:59 left"
    )
    free = status(models={}, spent_usd=0.0, collected=0)
    assert plain(free) == "sampling: 0 of 120 samples", "nobody is asked: there is no pace"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # 90 samples are left at 30 in 20 s: 60 s; the model needs 60 answers at 2 a second: 30 s.
        ({}, 60.0),
        ({"models": {"m": MODEL | {"per_minute": 10.0}}}, 360.0),  # 60 at 10 a minute
        ({"models": {"m": MODEL | {"interval_s": 6.0}}}, 360.0),  # as many as the limits leave
        ({"collected": 0, "models": {}}, None),  # nobody knows yet
        ({"collected": 118, "failed": 2}, 0.0),
    ],
)
def test_the_time_left_is_that_of_the_slowest_part(changes, expected):
    assert seconds_left(status(**changes)) == expected


def test_what_has_no_known_price_is_not_passed_over():
    assert "0.0521 USD and more" in plain(status(unpriced=3))
    nothing_known = plain(status(unpriced=3, spent_usd=0.0))
    assert "price not known" in nothing_known
    assert "0.0000" not in nothing_known


def test_the_live_lines_fit_an_80_column_terminal_and_keep_their_numbers():
    long = "openrouter/meta-llama/llama-3.3-70b-instruct-with-a-long-name"
    busy = MODEL | {"due": 10_000, "answered": 9_999, "slowed": True, "paused_s": 59.0}
    lines = shown(status(due=10_100, retries=9_999, models={long: busy, "openai/gpt-4o": MODEL}))
    assert all(len(line.rstrip()) <= 80 for line in lines)
    text = "\n".join(lines)
    for part in ("30/10,100", "9,999/10,000", "8 in flight", "120/min", "pausing 59 s", "40/100"):
        assert part in text


def test_a_line_above_the_live_ones_leaves_these_as_they_are():
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    with Live(rendered(status()), console=console, auto_refresh=False) as live:
        live.console.print("score_samples: done", markup=False, highlight=False)  # as `say` does
    assert "[dim]" not in console.file.getvalue()
    assert "0.0521 USD" in console.file.getvalue()


def test_a_slowed_model_says_how_many_it_may_ask_at_once():
    (_, line) = shown(status(models={"m": MODEL | {"slowed": True, "allowed": 3}}))
    assert line.rstrip().endswith("slowed to 3")


def test_through_a_pipe_a_line_comes_every_ten_seconds_and_at_the_end(capsys, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    view = Progress(logging.getLogger("test"))
    for moment, state in (
        (100.0, status()),
        (105.0, status(collected=31)),
        (110.0, status(collected=32)),
        (111.0, status(collected=120)),
    ):
        clock[0] = moment
        view.show(state)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines] == ["30", "32", "120"]


def record(event=None, message="", **fields):
    made = logging.LogRecord("n", logging.INFO, "f", 1, message, None, None)
    made.__dict__.update({"event": event} if event else {}, **fields)
    return made


def test_only_what_is_said_of_sampling_jobs_is_left_out():
    quiet = SamplingFilter()
    # No sampling in this run.
    assert quiet.filter(record(message="Select jobs to execute...", module="job_scheduler"))
    quiet.jobs = frozenset({1, 2})
    said = [
        record("job_info", jobid=1),
        record("job_info", jobid=7),
        record("job_started", jobs=[1, 2]),
        record("job_started", jobs=[2, 7]),
        record("job_finished", job_id=2),
        record("progress"),
        record("job_finished", job_id=7),
        record("progress"),
        record("job_error", jobid=1),
        record("job_error", jobid=7),
        record("LogEvent.error", "RuleException: Command 'python -S /x/sample_dat.py' failed"),
        record(message="Select jobs to execute...", module="job_scheduler"),
        record(message="Anything else"),
    ]
    shown_or_not = [quiet.filter(each) for each in said]
    assert shown_or_not == [
        *(False, True, False, True, False, False, True, True, False, True, False, False, True)
    ]


def step(event, **fields):
    return record(f"LogEvent.{event}", **fields)


def test_a_line_tells_of_each_step_but_those_that_sample():
    said = []
    teller = StepTeller(said.append)
    teller.jobs = frozenset({1})
    of_job = {1: "sample_dat", 2: "score_samples", 3: "all"}
    for job, rule in of_job.items():
        shell = None if rule == "all" else "python x"
        assert not teller.filter(step("JOB_INFO", jobid=job, rule_name=rule, shellcmd=shell))
        assert not teller.filter(step("JOB_FINISHED", job_id=job))
    (line,) = said
    assert line.startswith("score_samples: done, 0.")


def test_what_went_wrong_is_told_with_the_log_of_the_job(tmp_path):
    said = []
    teller = StepTeller(said.append)
    teller.jobs = frozenset({1})
    log = tmp_path / "plot.log"
    log.write_text("no such table\n", encoding="utf-8")
    for job, rule in ((1, "sample_dat"), (2, "plot_figures")):
        shell_failed = record("LogEvent.ERROR", "Command failed", exception="RuleException")
        assert not teller.filter(shell_failed)
        teller.filter(step("JOB_ERROR", jobid=job, rule_name=rule, log=[str(log)]))
    teller.filter(record("LogEvent.ERROR", "Directory is locked", exception="LockException"))
    # These are told by their levels.
    locked = logging.LogRecord("n", logging.ERROR, "f", 1, "cannot go on", None, None)
    teller.filter(locked)
    assert said[:3] == ["plot_figures: failed", f"{log}:", "no such table"]
    assert said[-1] == "cannot go on"
    assert not any("Command failed" in line for line in said)


def test_snakemake_calls_its_events_as_we_do():
    from snakemake_interface_logger_plugins.common import LogEvent

    ours = {"job_info", "job_started", "job_finished", "progress", "shellcmd", "job_error", "error"}
    assert ours <= {str(event) for event in LogEvent}


def test_a_long_pause_is_told_with_its_reason():
    paused = MODEL | {"paused_s": 120.0, "reason": "openai/a: come back [bold]later\x1b[2J"}
    said = plain(status(models={"openai/a": paused}))
    assert "openai/a is pausing 120 s (openai/a: come back [bold]later\\x1b[2J)" in said
