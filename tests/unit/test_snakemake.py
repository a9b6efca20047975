"""Running Snakemake: the command, what its end means, what stops it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.running.snakemake import Exit, run_snakemake, snakemake_command
from tests.helpers.workflow import ROOT


def test_in_the_checkout_the_command_is_the_short_one(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert snakemake_command(Path("config/demo.yaml"), ["samples"], cores=2, options=["-n"]) == [
        *("snakemake", "samples", "--cores", "2", "-n", "--configfile", "config/demo.yaml")
    ]


def test_elsewhere_it_says_where_the_workflow_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = snakemake_command(Path("bench.yaml"))
    assert command[command.index("--snakefile") + 1] == str(ROOT / "Snakefile")
    assert command[command.index("--profile") + 1] == str(ROOT / "profiles" / "default")


def python(code):
    return ["python", "-c", code]  # is beside this Python, as Snakemake is


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_end_of_a_run_is_its_exit_code(code):
    assert run_snakemake(python(f"raise SystemExit({code})")) == code


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_killed_is_interrupted(number):
    code = f"import os, signal; signal.signal({number:d}, 0) if {number:d} != 9 else 0\n"
    assert run_snakemake(python(f"{code}os.kill(os.getpid(), {number:d})")) == Exit.INTERRUPTED


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_would_stop_us_stops_the_run_in_order(number, tmp_path):
    before = signal.getsignal(number)
    code = (
        "import os, time\n"
        "try:\n"
        f"    os.kill(os.getppid(), {number:d})\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        f"    open({str(tmp_path / 'told')!r}, 'w').close()\n"
        "    raise SystemExit(1)\n"
    )
    assert run_snakemake(python(code)) == Exit.INTERRUPTED
    assert (tmp_path / "told").exists()
    assert signal.getsignal(number) == before


def test_a_quiet_run_prints_into_a_file(tmp_path, capfd):
    log = tmp_path / "logs" / "run.log"
    code = "import os; os.write(1, b'one\\n'); os.write(2, b'two\\n')"
    assert run_snakemake(python(code), quiet_log=log) == 0
    assert log.read_text(encoding="utf-8") == "one\ntwo\n"
    assert capfd.readouterr() == ("", "")


def test_what_a_run_prints_is_no_output_of_ours(capfd):
    run_snakemake(python("print('from Snakemake')"))
    assert capfd.readouterr() == ("", "from Snakemake\n")


def test_a_missing_snakemake_is_said():
    with pytest.raises(UserError, match="install divergent-bench together with snakemake"):
        run_snakemake(["no-such-snakemake"])


def test_an_ignored_interrupt_stays_ignored():
    code = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from divergent_bench.running.snakemake import run_snakemake\n"
        "child = 'import os, signal; os.kill(os.getppid(), signal.SIGINT)'\n"
        "sys.exit(run_snakemake(['python', '-c', child]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ))
    assert done.returncode == 0
