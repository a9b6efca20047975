"""A real server and a real language model: what simulated ones cannot show.

Needs .venv-model, an environment with envs/model.txt, which .ci/run makes.
"""

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.pages import blocks
from tests.helpers.workflow import ROOT, Workflow

pytestmark = [pytest.mark.slow, pytest.mark.model]

PYTHON = ROOT / ".venv-model/bin/python"
PAGE = "docs/how-to/own-model.md"
MODEL = "smollm2-135m"
MOST_TOKENS = 16
NAMED = 3  # nouns
SCHEMA = {
    "type": "object",
    "properties": {
        "words": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[a-z]{3,6}$"},
            "minItems": NAMED,
            "maxItems": NAMED,
        }
    },
    "required": ["words"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the server of the page; give its address."""
    if not (PYTHON.parents[1] / "installed").exists():
        pytest.skip("needs .venv-model, an environment with envs/model.txt")
    directory = tmp_path_factory.mktemp("server")
    (page,) = [block for block in blocks(PAGE) if block.title == "serve.py"]
    script, log = directory / "serve.py", directory / "log"
    script.write_text(page.text, encoding="utf-8")
    with (
        log.open("wb") as errors,
        subprocess.Popen([PYTHON, script, "0"], stdout=subprocess.PIPE, stderr=errors) as server,
    ):
        try:
            yield _address(server, log)
        finally:
            server.kill()


def _address(server: "subprocess.Popen[bytes]", log: Path) -> str:
    assert server.stdout
    for line in server.stdout:  # it ends with the process
        if line.startswith(b"listening at "):
            return f"{line.split()[-1].decode()}/v1"
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace"))


def config(url: str) -> dict[str, Any]:
    format_ = {
        "type": "json_schema",
        "json_schema": {"name": "words", "strict": True, "schema": SCHEMA},
    }
    # Of what it remembers of another prompt, llama.cpp computes other numbers.
    alike: dict[str, Any] = {"cache_prompt": False}
    asked = {"provider": "openai", "model": MODEL, "api_base": url}
    return {
        "name": "bench",
        "defaults": {"temperature": 1.0, "samples": 2},
        "strategies": {"short": {"text": "Name three unlike nouns."}},
        "experiments": [
            {
                "name": "free",
                "providers": [asked | {"name": "free", "params": alike}],
                "strategies": ["short"],
                "max_tokens": MOST_TOKENS,
            },
            {
                "name": "listed",
                "providers": [
                    asked | {"name": "listed", "params": alike | {"response_format": format_}}
                ],
                "strategies": ["short"],
                "max_tokens": 100,  # it likes blanks
            },
        ],
    }


def asked_again(url: str, record: dict[str, Any]) -> str:
    """Ask the server what a record says that it was asked, and return what it says."""
    answer = record["answer"]
    own = answer["parameters"].pop("extra_body", {})
    body = answer["parameters"] | own | {"messages": record["request"]["messages"], "model": MODEL}
    request = urllib.request.Request(
        f"{url}/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return str(json.load(reply)["choices"][0]["message"]["content"])


def test_a_model_is_tried_and_then_asked_in_full(url, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)  # nobody asks for one here
    flow = Workflow(tmp_path, config(url))
    flow.run("samples", "--config", "limit=1")
    tried = {path: path.read_bytes() for path in flow.samples()}
    assert [path.name for path in tried] == ["seed0.json", "seed0.json"]

    flow.run("samples")
    assert {path: path.read_bytes() for path in tried} == tried, "goes on from the trial"
    records = flow.records()
    free, listed = records[:2], records[2:]
    assert [record["key"]["model"] for record in records] == ["free"] * 2 + ["listed"] * 2

    first, second = (record["answer"] for record in free)
    assert first["text"] != second["text"], "seeds are replicates"
    assert asked_again(url, free[0]) == first["text"], "and the record has all there is to it"
    for answer in (first, second):
        assert (answer["outcome"], answer["finish_reason"]) == ("truncated", "length")
        assert answer["usage"]["completion_tokens"] == MOST_TOKENS
        assert answer["usage"]["total_tokens"] == MOST_TOKENS + answer["usage"]["prompt_tokens"]
        assert answer["served_model"] == MODEL

    for answer in (record["answer"] for record in listed):
        assert (answer["outcome"], answer["finish_reason"]) == ("ok", "stop")
        assert answer["sent"]["structured"]
        words = json.loads(answer["text"])["words"]
        assert len(words) == NAMED
        assert all(re.fullmatch("[a-z]{3,6}", word) for word in words)
