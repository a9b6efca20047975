"""Results in a bucket: interrupted, resumed elsewhere, the same as those of a local run."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.fork_server import EVERYTHING
from tests.helpers.loopback import Loopback
from tests.helpers.pages import Reader, blocks
from tests.helpers.processes import gateways, wait_until
from tests.helpers.s3 import ACCESS_KEY, SECRET_KEY, Storage, storage
from tests.helpers.wires import KEY
from tests.helpers.workflow import jobs

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

PAGE = "docs/how-to/object-storage.md"
FOLDER = "dat/results/stored"
SAMPLES = 12
TABLES = ("scores.csv", "words.csv", "summary.csv", "tests.csv", "report.md")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ACCESS_KEY", ACCESS_KEY)
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_SECRET_KEY", SECRET_KEY)
    with storage() as running:
        monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ENDPOINT_URL", running.url)
        yield running


@pytest.fixture
def machine(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Reader]:
    """Give fresh machines: a checkout and the config of the page."""
    monkeypatch.setenv("OPENAI_API_BASE", server.url)
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "60")
    (shown,) = [block for block in blocks(PAGE) if block.title]
    # Each figure is a process; what holds for tables holds for them.
    config = replace(shown, text=f"{shown.text}analysis: {{include_visualizations: false}}\n")

    def fresh(name: str) -> Reader:
        (tmp_path / name).mkdir()
        reader = Reader(tmp_path / name, {}, {})
        reader.write(config, quickly=False)
        return reader

    return fresh


def leave(directory: Path) -> None:
    """End the gateways of a machine, as its end would, but for what they wait for."""
    for gateway in gateways(directory):
        os.kill(gateway, signal.SIGTERM)
    wait_until(lambda: not gateways(directory), seconds=20)


def fails(reader: Reader, command: str) -> str:
    """Give a command that fails, and return what it printed."""
    with pytest.raises(AssertionError) as failure:
        reader.give(command)
    return str(failure.value)


def stored(bucket: Storage) -> list[str]:
    return [name for name in bucket.names(FOLDER) if name.startswith("samples/")]


def test_a_run_goes_on_from_the_bucket_and_ends_as_it_would_on_one_machine(server, bucket, machine):
    given = [command for block in blocks(PAGE) for command, _ in block.commands()]
    export, _, run, dry_run = given
    assert export.startswith("export SNAKEMAKE_STORAGE_S3_ACCESS_KEY=")

    # Killed half way: what the bucket lacks by then is in the ledger at most.
    first = machine("first")
    server.delay_s = 0.5
    process = subprocess.Popen(
        ["bash", "-c", f"exec {run}"],
        cwd=first.directory,
        # In no copy of the fork server, whose jobs would be of another group than the one killed.
        env={key: first.environment[key] for key in first.environment if key not in EVERYTHING},
        start_new_session=True,
    )
    wait_until(lambda: len(stored(bucket)) >= 3)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: not server.in_flight)
    leave(first.directory)
    before = stored(bucket)
    assert 3 <= len(before) < SAMPLES
    assert not (first.directory / "results/stored/samples").exists()

    # Another machine, with the ledger: nothing is paid for twice.
    second = machine("second")
    shutil.copytree(first.directory / "results/ledger", second.directory / "results/ledger")
    server.delay_s = 0.0
    second.give(f"{run} > output 2>&1")
    output = (second.directory / "output").read_text(encoding="utf-8")
    assert jobs(output)["sample_dat"] == SAMPLES - len(before)
    assert len(server.requests) == SAMPLES
    assert set(server.answered.values()) == {1}
    assert len(stored(bucket)) == SAMPLES
    assert b"<h1" in bucket.read(f"{FOLDER}/report.html")

    # The same on one disk, from the same answers.
    wanted = " ".join(f"results/stored/{table}" for table in TABLES)
    second.give(f"snakemake {wanted} samples --cores 4 --configfile config/stored.yaml")
    assert len(server.requests) == SAMPLES
    for name in [*TABLES, *stored(bucket)]:
        here = (second.directory / "results/stored" / name).read_bytes()
        assert here == bucket.read(f"{FOLDER}/{name}"), name

    # A third, with nothing but the bucket: all of it is there, and two requests say so.
    third = machine("third")
    bucket.asked.clear()
    assert "Nothing to be done" in third.give(f"{dry_run} 2>&1")
    assert len(bucket.asked) == 2, bucket.asked
    # A deleted sample is asked for, no other; whoever refuses it is quoted.
    server.reset()
    server.fault = lambda body: "wrong_key"
    bucket.delete(f"{FOLDER}/{before[0]}")
    output = fails(third, f"{run} 2>&1")
    assert "1 x openai/gpt-4o" in output
    assert {f"seed{body['seed']}.json" for body in server.requests} == {Path(before[0]).name}

    # To Snakemake a bucket that cannot be reached is an empty one; nothing is asked for.
    server.reset()
    nowhere = "--storage-s3-endpoint-url http://127.0.0.1:9 --storage-s3-retries 0"
    output = fails(third, f"{run.replace('snakemake', 'snakemake samples', 1)} {nowhere} 2>&1")
    assert "Could not connect to the endpoint URL" in output
    assert server.requests == []

    for file in bucket.names("dat"):
        assert KEY.encode() not in bucket.read(f"dat/{file}"), file
    for reader in (first, second, third):
        for path in reader.directory.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                assert KEY.encode() not in content and SECRET_KEY.encode() not in content, path
