"""Batches: the config in a results directory, and what the directory says of its run."""

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from divergent_bench.base.errors import UserError
from divergent_bench.base.failures import Failure
from divergent_bench.config import load_config, parse_config
from divergent_bench.design.expansion import expand
from divergent_bench.design.policy import run_policy
from divergent_bench.running.batches import (
    CONFIG_FILE,
    INTERRUPTED,
    Batch,
    find_batches,
    load_to_start,
    missing_in_words,
    missing_samples,
    only_budget,
    open_batch,
    start_batch,
    write_config,
)
from divergent_bench.sampling.gateway.client import write_failures

MOMENT = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_a_directory_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def config(**changes):
    experiment = {
        "name": "e",
        "providers": [{"provider": "baseline", "models": ["random-nouns", "oracle"]}],
        "samples": 3,
    }
    return {"name": "b", "experiments": [experiment], **changes}


def written(tmp_path, data):
    file = tmp_path / "bench.yaml"
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    return file


def make(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}", encoding="utf-8")


def made(batch, *, except_for=()):
    for path in map(Path, batch.grid.paths()):
        if path.name not in except_for:
            make(path)


def log_of(batch, seed):
    """Return the log of the job of a seed, in the first condition."""
    directory = batch.grid.conditions[0].directory.replace("b/samples", "b/logs/samples")
    return Path(directory) / f"seed{seed}.log"


def failed(log, failures):
    """Leave what a job does that could not get all of its answers."""
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("something for people\n", encoding="utf-8")
    write_failures(str(log), failures)


def test_the_config_in_the_results_is_the_one_that_ran(tmp_path):
    (tmp_path / "answers.csv").write_text(
        "model,strategy,temperature,response\nm,none,0.5,arm foot\n", encoding="utf-8"
    )
    text = "Ten words: {rules}\n\n  «façade» # no remark\n{not closed, 100 % \t'quoted' \"twice\"\n"
    data = config(
        name="Größe 1",
        fresh=True,
        budget_usd=1,
        strategies={"mine": {"text": text, "system": "on"}},
        output={"directory": "results/{name}/runs"},
    )
    data["experiments"] += [
        {
            "name": "asked",
            "providers": [
                {
                    "provider": "openai",
                    "models": ["gpt-4o", {"model": "x:1e3", "name": "null", "rpm": 3}],
                    "price": {"input": 1, "output": 2.5},
                    "params": {"top_p": 0.5, "stop": ["11."]},
                }
            ],
            "strategies": ["mine", "all"],
            "temperatures": [0, 1.0, None],
        },
        {
            "name": "recorded",
            "providers": [{"provider": "recorded", "model": "m", "file": "answers.csv"}],
            "temperature": 0.5,
            "samples": "all",
        },
    ]
    ran = parse_config(data)

    again = load_config(write_config(ran))

    assert ran.fresh
    assert not again.fresh  # meant for one run
    assert expand(again) == expand(ran)
    assert again.sampling_json() == ran.sampling_json()
    assert run_policy(again).prices == run_policy(ran).prices
    assert again.results() == ran.results()


def test_the_config_is_written_only_when_it_changed():
    checked = parse_config(config())
    file = write_config(checked)
    os.utime(file, (1, 1))
    assert write_config(checked) == file
    assert file.stat().st_mtime == 1
    write_config(parse_config(config(budget_usd=2.0)))
    assert file.stat().st_mtime > 1
    assert load_config(file).budget_usd == 2
    assert [path.name for path in file.parent.iterdir()] == [CONFIG_FILE]


def test_a_config_with_the_time_in_its_directory_starts_one_there(tmp_path):
    file = written(tmp_path, config(output={"directory": "results/b_{timestamp}"}))

    first, second = start_batch(file, MOMENT), start_batch(file, MOMENT)

    assert first == load_config(first).results() / CONFIG_FILE
    assert str(first) == f"results/b_20261125T003000Z/{CONFIG_FILE}"
    assert str(second) == f"results/b_20261125T003001Z/{CONFIG_FILE}"  # though in the same second
    assert len(open_batch(first.parent).grid.paths()) == 6


def test_any_other_config_is_run_as_it_is(tmp_path):
    file = written(tmp_path, config())
    assert start_batch(file, MOMENT) == file
    assert not (tmp_path / "results").exists()


def test_a_config_with_a_mistake_starts_no_directory(tmp_path):
    data = config(output={"directory": "results/{timestamp}"}, budget_usd="much")
    with pytest.raises(UserError, match="line 1, budget_usd"):
        start_batch(written(tmp_path, data), MOMENT)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("output", [{"directory": 3}, [], "results/{timestamp}", None])
def test_a_wrong_output_is_complained_of_as_ever(tmp_path, output):
    with pytest.raises(UserError, match="output"):
        load_to_start(written(tmp_path, config(output=output)), MOMENT)


def test_batches_are_found_by_their_configs(tmp_path):
    for name in ("b", "a"):
        write_config(parse_config(config(name=name)))
    make(tmp_path / "results/ledger/ledger.sqlite")
    assert [str(path) for path in find_batches(tmp_path / "results")] == [
        str(tmp_path / "results" / name) for name in ("a", "b")
    ]


def test_a_batch_is_opened_by_any_name_of_its_directory(tmp_path):
    write_config(parse_config(config()))
    for name in ("results/b", "results/b/", tmp_path / "results/b"):
        assert str(open_batch(tmp_path / name).directory) == "results/b"


def test_what_is_no_batch_is_said(tmp_path):
    file = write_config(parse_config(config()))
    with pytest.raises(UserError, match=r"results/c: there is no such directory; name one"):
        open_batch(tmp_path / "results/c")
    with pytest.raises(UserError, match="is no results directory"):
        open_batch(tmp_path)
    file.parent.rename(tmp_path / "results/moved")
    with pytest.raises(UserError, match="is about results/b, seen from here"):
        open_batch(tmp_path / "results/moved")


def test_the_state_of_a_batch(tmp_path):
    batch = open_batch(write_config(parse_config(config())).parent)
    assert batch.state() == "empty"
    made(batch, except_for=["seed2.json"])
    assert batch.state() == "partial"
    assert batch.done_by_model() == {"baseline/random-nouns": 2, "baseline/oracle": 2}
    assert batch.asked_by_model() == {"baseline/random-nouns": 3, "baseline/oracle": 3}
    made(batch)
    assert (batch.done(), batch.samples) == (6, 6)
    assert batch.state() == "analysis due"
    files = ["scores.csv", "words.csv", "report.md", "report.html", "answers.html"]
    for name in files:
        assert batch.state() == "analysis due"
        make(tmp_path / "results/b" / name)
    assert batch.state() == "complete"
    for name in files:
        os.utime(tmp_path / "results/b" / name, (1, 1))  # and then came a sample
        assert batch.state() == "analysis due"
        make(tmp_path / "results/b" / name)
    (tmp_path / "results/b/words.csv").unlink()
    assert batch.state() == "analysis due"


def test_an_unfinished_batch_says_why(tmp_path):
    batch = open_batch(write_config(parse_config(config())).parent)
    made(batch, except_for=["seed2.json"])
    logs = [
        Path(planned.directory.replace("b/samples", "b/logs/samples"))
        for planned in batch.grid.conditions
    ]
    for directory in logs:
        directory.mkdir(parents=True)
        (directory / "seed2.log").touch()
    assert batch.state() == "interrupted"
    failed(logs[0] / "seed2.log", {2: ("budget", "the budget is reached")})
    assert batch.state() == "budget reached"
    failed(logs[1] / "seed2.log", {2: ("transport", "no answer")})
    assert batch.state() == "failed"
    # Scores are made of all samples: what is missing now was there.
    make(tmp_path / "results/b/scores.csv")
    for log in logs:
        os.utime(log / "seed2.log", (1_000, 1_000))
    assert batch.state() == "deleted"
    (logs[0] / "seed2.log").write_text("", encoding="utf-8")  # and was asked for again
    assert batch.state() == "interrupted"


def test_without_a_report_the_scores_complete_a_batch(tmp_path):
    data = config(analysis={"generate_report": False})
    batch = open_batch(write_config(parse_config(data)).parent)
    made(batch)
    make(tmp_path / "results/b/scores.csv")
    make(tmp_path / "results/b/words.csv")
    assert batch.state() == "complete"


def test_the_last_change_is_that_of_the_newest_sample(tmp_path):
    batch = open_batch(write_config(parse_config(config())).parent)
    made(batch)
    for path in (tmp_path / "results").rglob("*"):
        os.utime(path, (1_000, 1_000))
    os.utime(tmp_path / batch.grid.conditions[1].directory, (2_000, 2_000))
    assert batch.changed() == datetime.fromtimestamp(2_000, UTC)


def test_reasons_are_those_of_jobs_whose_samples_are_missing():
    data = config(seeds_per_job=10)
    data["experiments"][0]["samples"] = 20
    batch = Batch.of(parse_config(data))
    made(batch, except_for=["seed1.json", "seed12.json"])
    nouns, oracle = (
        Path(planned.directory.replace("b/samples", "b/logs/samples"))
        for planned in batch.grid.conditions
    )
    nouns.mkdir(parents=True)
    (nouns / "seed0.log").touch()  # of seeds 0 to 9: killed while it ran
    failed(nouns / "seed10.log", {12: ("transport", "no answer")})
    # Of the oracle, the job of seeds 10 to 19 never ran.
    failed(oracle / "seed0.log", {1: ("transport", "no answer")})
    os.utime(oracle / "seed0.log", (1_000, 1_000))

    no_answer = Failure("transport", "no answer")
    assert batch.reasons() == {INTERRUPTED: 1, no_answer: 2}
    assert batch.reasons(since=2_000) == {INTERRUPTED: 1, no_answer: 1}
    made(batch)
    assert missing_samples(batch.grid, batch.directory, 10) == Counter()


def test_each_seed_of_a_job_has_its_own_reason():
    data = config(seeds_per_job=10)
    data["experiments"][0]["samples"] = 10
    batch = Batch.of(parse_config(data))
    made(batch, except_for=["seed0.json", "seed1.json", "seed2.json"])
    told = {0: ("budget", "no\nmoney"), 1: ("refused", "no\tkey"), 2: ("budget", "no\nmoney")}
    failed(log_of(batch, seed=0), told)
    money, key = Failure("budget", "no money"), Failure("refused", "no\tkey")
    assert batch.reasons() == {money: 2, key: 1}


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ("", "interrupted"),  # or killed outright
        ("Traceback\nMemoryError", "unknown"),
        ("interrupted-1b: the budget of x\nKeyboardInterrupt", "unknown"),
    ],
)
def test_a_job_that_leaves_no_causes_was_stopped_or_broke_off(told, cause):
    batch = Batch.of(parse_config(config()))
    log = log_of(batch, seed=1)
    failed(log, {1: ("budget", "of an earlier run, before it was raised")})
    log.write_text(told, encoding="utf-8")
    os.utime(log, (4e9, 4e9))
    ((reason, count),) = batch.reasons().items()
    assert (reason.cause, count) == (cause, 1)
    assert reason.message == (told or "interrupted")


@pytest.mark.parametrize("words", ["the budget of x", "interrupted-1b", "a KeyboardInterrupt"])
def test_a_cause_does_not_come_from_the_words_of_a_message(words):
    said = f"openai/{words} was refused: {words}"
    batch = Batch.of(parse_config(config()))
    for cause, alone in {"refused": False, "transport": False, "budget": True}.items():
        failed(log_of(batch, seed=1), {1: (cause, said)})
        assert batch.reasons() == {Failure(cause, said): 1}
        assert only_budget(batch.reasons()) is alone


def test_reasons_are_told_once_each_the_most_frequent_first():
    found = Counter({Failure("refused", "a"): 2, Failure("ledger", "b"): 1_000})
    assert missing_in_words(found).splitlines()[1:] == [
        "  1000 x b",
        "     2 x a",
    ]
