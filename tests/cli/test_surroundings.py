"""What surrounds a command may be anything: pipes, full disks, narrow terminals, damaged state."""

import os
import subprocess
from pathlib import Path

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.running import locks
from divergent_bench.running.snakemake import _cache, make
from tests.helpers.commands import run_in_process
from tests.helpers.workflow import BIN

CONFIG = """\
name: b
experiments:
  - {name: a, providers: [{provider: baseline, model: common-nouns}], samples: 2}
"""
COMMANDS = (["version"], ["list-models", "--json"], ["list-strategies"], ["--help"])


@pytest.fixture
def config(workdir):
    file = workdir / "bench.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


def test_a_reader_that_leaves_ends_a_command_quietly_and_well(workdir):
    for command in COMMANDS:
        output, given = os.pipe()
        os.close(output)  # it leaves before anything is written
        done = subprocess.run(
            [str(BIN / "divergent-bench"), *command],
            stdout=given,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(given)
        assert (done.returncode, done.stderr) == (0, b""), command


def test_a_full_disk_is_one_line(workdir):
    for command in COMMANDS:
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [str(BIN / "divergent-bench"), *command],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 2, command
        (line,) = done.stderr.splitlines()
        assert line.startswith("the output cannot be written (No space left on device); make room")


@pytest.mark.parametrize("columns", ["0", "20", "-3", "many"])
def test_words_are_whole_whatever_the_environment_says_of_columns(config, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    output, _, code = run_in_process("plan", "bench.yaml")
    assert code == 0
    assert "in ledger  to ask" in output
    output, _, _ = run_in_process("dat", "run", "--help")
    assert "--temperature" in output


DAMAGED = (
    "",
    "{",
    "[]",
    '{"host": 1}',
    '{"host": "h", "pid": "x", "created": 1, "results": "r"}',
    '{"host": "h", "pid": -1, "created": 1, "results": "r"}',
    '{"host": "h", "pid": 99999999999999, "created": 1, "results": "r"}',
)


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_mark_of_a_run_is_named_with_how_to_go_on(config, content):
    locks.MARKS.mkdir(parents=True)
    file = locks.MARKS / "x.json"
    file.write_text(content, encoding="utf-8")
    for command in (["batch", "run", "bench.yaml"], ["batch", "monitor"]):
        _, complaint, code = run_in_process(*command)
        assert code == 2
        assert complaint.startswith(f"{file}: "), complaint
        assert "no run is at work in this directory, remove it" in complaint
        assert len(complaint.splitlines()) == 1
    assert file.exists()


@pytest.mark.parametrize("name", ["DIVERGENT_BENCH_GATEWAY_IDLE", "DIVERGENT_BENCH_LEDGER_WAIT"])
def test_a_setting_that_is_no_number_is_named(config, monkeypatch, name):
    for value in ("soon", "nan", "inf", "-1"):
        monkeypatch.setenv(name, value)
        _, complaint, code = run_in_process("batch", "run", "bench.yaml")
        assert code == 2
        assert complaint.startswith(f"{name}: {value!r} is no number of seconds")


def test_a_directory_that_cannot_be_written_to_is_said_before_anything_is_run(config, monkeypatch):
    monkeypatch.chdir("/proc")
    for command in (["batch", "run", str(config)], ["config", "init", "--no-interactive"]):
        _, complaint, code = run_in_process(*command)
        assert code == 2
        assert len(complaint.splitlines()) == 1
        assert "cannot be written" in complaint
    with pytest.raises(UserError, match="go to a directory of your own"):
        make(config)


def test_without_a_home_to_write_to_snakemake_keeps_its_cache_here(workdir, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(workdir / "home"))
    assert _cache() == {}
    monkeypatch.setenv("HOME", "/proc/nowhere")
    assert _cache() == {"XDG_CACHE_HOME": str(workdir / ".snakemake/cache")}
