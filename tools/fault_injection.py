"""Break what can break, count what it costs, and write the table of the page on reliability.

    python -m tools.fault_injection docs/explanation/reliability.md [ATTEMPT ...]

A provider on loopback counts what it is asked and what it delivers. Each attempt has a directory, a
ledger and gateways of its own. As root on Debian with `faketime`, all attempts are made; otherwise
those that need it are left out, and the page says so. It takes some ten minutes.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from divergent_bench.base.files import write_text
from divergent_bench.base.records import read_record
from divergent_bench.sampling.gateway.ledger import Ledger
from tests.gateway.test_ledger import killed_writers
from tests.helpers.loopback import Loopback, loopback
from tests.helpers.processes import gateways, wait_until
from tests.helpers.wires import KEY, Fault
from tests.helpers.workflow import Workflow
from tests.workflow.test_faults import config, faketime, jobs_alive, ledger, mounted, strike

BEGIN, END = "<!-- by tools/fault_injection.py -->\n", "<!-- end of it -->\n"
SAMPLES = 120
IN_FLIGHT = 8
WRITERS = 200  # that are killed at any moment, beside those killed within a commit
PRICE = {"input": 10.0, "output": 10.0}  # USD per million tokens


@dataclass(frozen=True)
class Outcome:
    """What an attempt came to, in faults, answers, and files or processes."""

    faults: int
    lost: int
    twice: int
    leaked: int


class Bench:
    """A provider, and a directory in which it is asked."""

    def __init__(self, server: Loopback, directory: Path, **own: Any) -> None:
        self.server = server
        self.flow = Workflow(directory, config(server, 1, SAMPLES, IN_FLIGHT) | own)

    @property
    def directory(self) -> Path:
        """Where it works now."""
        return self.flow.directory

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a run in a session of its own, as a terminal does."""
        log = (self.directory / "output.log").open("a", encoding="utf-8")
        with log:
            return self.flow.start("samples", *arguments, start_new_session=True, output=log)

    def finish(self) -> None:
        """Run until all is there; twice, since what a provider refuses is left to the next run."""
        if self.start().wait(timeout=600):
            assert self.start().wait(timeout=600) == 0, self.log()

    def log(self) -> str:
        """Return what runs have said."""
        return (self.directory / "output.log").read_text(encoding="utf-8")[-3000:]

    def outcome(self, faults: int) -> Outcome:
        """Count what is missing, what was delivered again, and what is left behind."""
        wait_until(lambda: not gateways(self.directory), seconds=60)
        there = {read_record(str(path))["key"]["seed"] for path in self.flow.samples()}
        kept = set(ledger(self.directory))
        files = [path for path in self.directory.rglob("*") if path.is_file()]
        return Outcome(
            faults,
            lost=len(set(range(SAMPLES)) - (there & kept)),
            twice=sum(count - 1 for count in self.server.answered.values()),
            leaked=sum(KEY.encode() in path.read_bytes() for path in files)
            + len(jobs_alive(self.directory)),
        )


@contextmanager
def bench(**own: Any) -> Iterator[Bench]:
    """Give a bench for one attempt."""
    with tempfile.TemporaryDirectory() as place, loopback(delay_s=0.3) as server:
        directory = Path(place, "here")
        directory.mkdir()
        try:
            yield Bench(server, directory, **own)
        finally:
            for gateway in gateways(Path(place)):
                os.kill(gateway, signal.SIGKILL)


def answered_with(*faults: Fault) -> Outcome:
    """Have every third request, and no request twice in a row, meet one of these faults."""
    met: list[int] = []

    def fault(body: dict[str, Any]) -> Fault | None:
        if len(bed.server.requests) % 3 or body["seed"] in met[-IN_FLIGHT:]:
            return None
        met.append(body["seed"])
        return faults[len(met) % len(faults)]

    with bench() as bed:
        bed.server.fault = fault
        bed.finish()
        return bed.outcome(len(met))


def struck(target: str, number: signal.Signals, times: int = 4) -> Outcome:
    """Kill Snakemake or the gateway again and again, when some more answers have come."""
    hits = 0
    with bench() as bed:
        while hits < times and len(bed.flow.samples()) < SAMPLES:
            process, before = bed.start(), len(bed.server.requests)
            while process.poll() is None and hits < times:
                time.sleep(0.02)
                if len(bed.server.requests) > before + IN_FLIGHT:
                    strike(bed.flow, process, target, number)
                    hits, before = hits + 1, len(bed.server.requests)
                    if target == "snakemake":
                        break  # which ends the run; of a gateway, jobs start another
            process.wait(timeout=300)
            if (target, number) == ("snakemake", signal.SIGKILL):
                command = bed.flow.command("--unlock")
                subprocess.run(command, cwd=bed.flow.checkout, check=True, capture_output=True)
        bed.finish()
        return bed.outcome(hits)


def within_a_commit() -> Outcome:
    """Kill writers of a ledger; an answer is lost when its writer had said that it was on disk."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "ledger.sqlite")
        writers = killed_writers(path, WRITERS)
        told = {line[5:] for _, said, _ in writers for line in said if line.startswith("kept")}
        found = Ledger(path)
        there, rows = found.digests(), len(found)
        found.close()
    return Outcome(len(writers), len(told - there), rows - len(there), 0)


def full_disk() -> Outcome:
    """Fill the disk of the ledger in the midst of a run, and make room again."""
    with bench() as bed:
        place = bed.directory / "results/ledger"
        if not mounted(place, "128k"):
            pytest.skip("needs the right to mount a file system")
        try:
            assert bed.start().wait(timeout=600) != 0, "the disk did not fill up"
            mounted(place, "64m")
            bed.finish()
            return bed.outcome(1)
        finally:
            for gateway in gateways(bed.directory):
                os.kill(gateway, signal.SIGKILL)
            subprocess.run(["umount", "--lazy", str(place)], check=True)


def two_runs() -> Outcome:
    """Run it twice at the same time in one directory, with and without Snakemake's lock."""
    with bench() as bed:
        runs = [bed.start(), bed.start("--nolock"), bed.start()]
        for run in runs:
            run.wait(timeout=600)
        bed.finish()
        return bed.outcome(len(runs) - 1)


def two_gateways_and_a_budget() -> Outcome:
    """Ask by two gateways at once what the budget has room for only in part; then raise it.

    What is delivered beyond the budget counts as bought twice.
    """
    with bench(budget_usd=0.05) as bed:
        provider = bed.flow.config["experiments"][0]["providers"][0]
        bed.flow.write(with_price(bed.flow.config, provider))
        runs = [bed.start()]
        os.environ["GEMINI_API_KEY"] = "another-key-is-another-gateway"
        runs.append(bed.start("--nolock"))
        wait_until(lambda: len(gateways(bed.directory)) > 1, seconds=60)
        del os.environ["GEMINI_API_KEY"]
        for run in runs:
            run.wait(timeout=600)
        cost = sum(bed.server.answered.values()) * 130 * 10 / 1e6  # 90 and 40 tokens
        over = max(0, round((cost - 0.05) / 0.0013))
        assert sum(bed.server.answered.values()) < SAMPLES, "the budget was not reached"
        bed.flow.write(bed.flow.config | {"budget_usd": 5.0})
        bed.finish()
        found = bed.outcome(1)
        return Outcome(1, found.lost, found.twice + over, found.leaked)


def with_price(data: dict[str, Any], provider: dict[str, Any]) -> dict[str, Any]:
    """Return a config whose model has a price, and a longest answer."""
    provider |= {"price": PRICE, "max_tokens": 50}
    return data


def clock_set() -> Outcome:
    """Set the clock three months back, and a year on, while half of the answers are there."""
    library = faketime()
    with bench() as bed:
        for at in ("-90d", "+365d"):
            bed.server.fault = lambda body: "no_credit" if body["seed"] % 3 else None
            os.environ |= {"LD_PRELOAD": library, "FAKETIME": at}
            bed.start().wait(timeout=600)
            del os.environ["LD_PRELOAD"], os.environ["FAKETIME"]
        bed.server.fault = lambda body: None
        bed.finish()
        return bed.outcome(2)


def moved() -> Outcome:
    """Move the directory when all is there, and remove the samples: the ledger has them."""
    with bench() as bed:
        bed.finish()
        wait_until(lambda: not gateways(bed.directory), seconds=60)
        elsewhere = bed.directory.parent / "elsewhere"
        shutil.rmtree(bed.flow.results() / "samples")
        bed.directory.rename(elsewhere)
        bed.flow = Workflow(elsewhere)
        bed.finish()
        return bed.outcome(1)


def damaged_samples() -> Outcome:
    """Cut every third sample file short, remove every third, and ask for the table of scores."""
    with bench() as bed:
        bed.finish()
        files = bed.flow.samples()
        for path in files[::3]:
            path.write_bytes(path.read_bytes()[:200])
        for path in [*files[::3], *files[1::3]]:
            path.unlink()  # as the message of the scores says for a damaged one
        bed.finish()
        return bed.outcome(len(files[::3]) + len(files[1::3]))


def key_repeated() -> Outcome:
    """Have the provider repeat the key: in errors, in answers, in headers."""
    with bench() as bed:
        bed.server.answer = lambda body: f"1. cat\n2. {KEY}\n3. tree"
        told = {"error": {"message": f"bad key {KEY}"}}
        bed.server.fault = lambda body: web.json_response(told, status=401, headers={"x-key": KEY})
        bed.start().wait(timeout=600)
        first = len(bed.server.requests)
        bed.server.fault = lambda body: None
        bed.finish()
        return bed.outcome(first + SAMPLES)


ATTEMPTS: dict[str, Callable[[], Outcome]] = {
    "the provider says 429, with and without `Retry-After`, and 500": lambda: answered_with(
        Fault("status", 429, "Rate limit reached", "rate_limit_exceeded"),
        Fault("status", 429, "Rate limit reached", headers={"retry-after": "0.1"}),
        Fault("status", 500, "The server had an error", "server_error"),
    ),
    "connections are reset before and within answers, answers cut short or a page of HTML": (
        lambda: answered_with(*map(Fault, ("reset", "reset_in_body", "cut_json", "html")))
    ),
    "the provider repeats the key in answers and errors": key_repeated,
    "Ctrl-C": lambda: struck("snakemake", signal.SIGINT),
    "SIGTERM to Snakemake": lambda: struck("snakemake", signal.SIGTERM),
    "SIGKILL to Snakemake": lambda: struck("snakemake", signal.SIGKILL),
    "SIGTERM to the gateway": lambda: struck("gateway", signal.SIGTERM),
    "SIGKILL to the gateway": lambda: struck("gateway", signal.SIGKILL),
    "a writer of the ledger is killed, within a commit or at any moment": within_a_commit,
    "the disk of the ledger is full": full_disk,
    "further runs in the same directory, at the same time": two_runs,
    "two gateways spend one budget at the same time": two_gateways_and_a_budget,
    "the clock is set back by three months, and on by a year": clock_set,
    "the directory moves, without its samples": moved,
    "samples are cut short or removed": damaged_samples,
}


HEAD = "| attempt | count | lost | bought twice | leaked |\n| --- | ---: | ---: | ---: | ---: |\n"


def row(name: str) -> str:
    """Make an attempt and return what it came to, as a row of the table."""
    print(name, file=sys.stderr, flush=True)
    try:
        found = ATTEMPTS[name]()
        numbers = (found.faults, found.lost, found.twice, found.leaked)
        told = " | ".join(f"{number:,}" for number in numbers)
    except pytest.skip.Exception as reason:
        told = f"not tried: {reason} | | |"
    print(f"    {told}", file=sys.stderr, flush=True)
    return f"| {name} | {told} |\n"


def main() -> None:
    """Write the table into the page, between its marks."""
    page, named = Path(sys.argv[1]), sys.argv[2:]
    # A shell has what it starts in the background ignore Ctrl-C, and that is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ |= {"OPENAI_API_KEY": KEY, "DIVERGENT_BENCH_GATEWAY_IDLE": "1"}
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    there, after = rest.split(END)
    rows = {line.split(" | ")[0].removeprefix("| "): f"{line}\n" for line in there.splitlines()}
    made = [row(name) if name in named or not named else rows[name] for name in ATTEMPTS]
    write_text(page, f"{before}{BEGIN}\n{HEAD}{''.join(made)}\n{END}{after}")


if __name__ == "__main__":
    main()
