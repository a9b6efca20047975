"""Notifications of a batch that ends, fails or reaches its budget: through the whole workflow."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.helpers.commands import divergent_bench
from tests.helpers.pages import Reader, blocks
from tests.helpers.processes import wait_until
from tests.helpers.workflow import Workflow
from tests.workflow.test_money import COST, priced

pytestmark = pytest.mark.slow

PAGE = "docs/how-to/notifications.md"
SECRET = "hunter2hunter2"


class Receiver(ThreadingHTTPServer):
    """Takes what is sent to ``/ok``; breaks, or says nothing, elsewhere."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Mailbox)
        self.came: list[dict[str, str]] = []
        self.over = threading.Event()

    def urls(self, *paths: str) -> str:
        host = f"me:{SECRET}@127.0.0.1:{self.server_port}"
        return " ".join(f"json://{host}/{path}" for path in paths)


class Mailbox(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/silence":
            self.server.over.wait(60)
            return
        if self.path == "/ok":
            self.server.came.append(told)
        self.send_response(200 if self.path == "/ok" else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.over.set()
        server.shutdown()


def end(flow: Workflow) -> tuple[int, str]:
    process = flow.start("samples")
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def test_people_are_told_how_a_run_ended_and_it_ends_the_same(
    server, receiver, tmp_path, monkeypatch
):
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "20")  # one for all these runs
    monkeypatch.delenv("APPRISE_URLS", raising=False)
    flow = Workflow(tmp_path, priced(server, budget_usd=10 * COST, notify={}))
    code, output = end(flow)
    assert (code, server.requests) == (2, [])
    assert "APPRISE_URLS is not set" in output

    # Some break, some are silent, some are not there: the others hear of it, the run ends the same.
    monkeypatch.setenv("APPRISE_URLS", f"{receiver.urls('broken', 'ok', 'silence')} json://[::1]:9")
    server.fault = lambda body: "wrong_key"
    started = time.monotonic()
    code, output = end(flow)
    assert code == 1
    assert time.monotonic() - started < 40  # apart from starting and ending: 10 at most
    (told,) = receiver.came
    assert (told["title"], told["type"]) == ("divergent_bench: bench failed", "info")
    assert "0 of 20 samples are there." in told["message"]
    assert "20 x openai/gpt-4o: " in told["message"]
    assert "check the key in the environment" in told["message"]
    (warning,) = (line for line in output.splitlines() if line.startswith("warning: no notif"))
    assert warning.count("(failure)") + warning.count("(timeout)") == 3

    monkeypatch.setenv("APPRISE_URLS", receiver.urls("ok"))
    server.fault = lambda body: None
    code, output = end(flow)
    assert code == 1
    assert "warning: no notification" not in output
    told = receiver.came[-1]
    assert told["title"] == "divergent_bench: bench reached its budget"
    assert "USD.\nSamples without an answer" in told["message"]
    assert "x the budget of 0.013 USD is reached: " in told["message"]

    flow.write(priced(server, budget_usd=1.0, notify={"events": ["complete"]}))
    code, output = end(flow)
    assert code == 0
    assert receiver.came[-1]["title"] == "divergent_bench: bench is complete"
    assert receiver.came[-1]["message"] == (
        f"20 of 20 samples are there.\nSpent in all runs: 0.0260 USD.\nSee {flow.results()}"
    )

    # Who stops a run knows.
    server.reset()
    server.delay_s = 3.0
    flow.write(priced(server, name="another", notify={}) | {"seeds_per_job": 20})
    process = flow.start("samples", "--config", "fresh=true", start_new_session=True)
    wait_until(lambda: server.requests)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130

    assert len(receiver.came) == 3
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert SECRET.encode() not in written + output.encode()


def test_what_the_page_says_works(receiver, tmp_path, monkeypatch):
    reader = Reader(tmp_path, {}, {})
    shown = blocks(PAGE)
    reader.write(next(block for block in shown if block.title), quickly=False)
    export, look, try_it, ask_apprise = (
        command for block in shown if block.kind == "console" for command, _ in block.commands()
    )
    assert export.startswith("export APPRISE_URLS=")
    assert "E-Mail, ntfy would be told" in reader.give(f"{export}\n{look}")
    reader.environment["APPRISE_URLS"] = receiver.urls("ok")
    reader.give(try_it)
    reader.give(ask_apprise)
    assert [told["title"] for told in receiver.came] == ["divergent_bench: a test", "test"]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("APPRISE_URLS", receiver.urls("ok", "broken"))
    _, *words = try_it.split()
    assert "JSON (failure)" in divergent_bench(*words, code=2)
