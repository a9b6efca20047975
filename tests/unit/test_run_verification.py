"""Samples that were edited by hand, or are halves, are named with their file and fix."""

import json
from pathlib import Path

import pytest

from divergent_bench.analysis.evaluation import evaluate
from divergent_bench.base.answers import Answer
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text
from divergent_bench.base.records import record_text
from divergent_bench.base.requests import digest
from divergent_bench.config import parse_config
from divergent_bench.instrument.spaces import open_space
from divergent_bench.instrument.tasks import DEFAULT, find_task
from divergent_bench.running.batches import Batch, write_config
from divergent_bench.sampling.gateway.ledger import LEDGER, Entry, Ledger
from tests.helpers.commands import in_process as divergent_bench
from tests.helpers.spaces import store

TEXT = "cat\ndog\ntree\nsea\nlamp\nwar\nlaw\nship\nsong\nice"
FIX = "delete it and run again"


@pytest.fixture
def batch(workdir):
    """Make a run of two answers, both in the ledger."""
    providers = [{"provider": "openai", "model": "gpt-4o"}]
    experiments = [{"name": "a", "providers": providers, "samples": 2}]
    made = Batch.of(parse_config({"name": "b", "experiments": experiments}))
    write_config(made.config)
    ledger = Ledger()
    (planned,) = made.grid.conditions
    for sample in made.grid.samples():
        raw = {"choices": [{"message": {"content": TEXT}}]}
        text = Answer(text=TEXT, raw=raw, sent={}, cost_usd=0.5).to_json()
        name = digest(sample.request)
        ledger.add([Entry(name, sample.request, text, "2026-01-01", 0.5, "results/b")]).result()
        key = {**json.loads(planned.condition_json()), "seed": sample.seed}
        write_text(sample.path, record_text(key, name, sample.request, text))
    ledger.close()
    return made


def edit(batch, change):
    path = batch.grid.paths()[1]
    record = json.loads(Path(path).read_text(encoding="utf-8"))
    change(record)
    # As written by a run: what is scored is found by a digest at the head.
    Path(path).write_text(json.dumps(record, indent=1), encoding="utf-8")
    return path


def test_a_run_as_it_was_answered_passes(batch):
    assert divergent_bench("verify", "results/b") == (
        "results/b: 2 of 2 samples, 0 with a fault; 2 are as in the ledger\n"
    )


EDITS = {
    "text": lambda r: r["answer"].update(text="cat"),
    "text and raw": lambda r: r["answer"].update(
        text="cat", raw={"choices": [{"message": {"content": "cat"}}]}
    ),
    "cost": lambda r: r["answer"].update(cost_usd=0.1),
    "request": lambda r: r["request"].update(temperature=2),
    "digest": lambda r: r.update(digest="0" * 64),
    "key": lambda r: r["key"].update(seed=5),
    "no answer": lambda r: r.pop("answer"),
    "half an answer": lambda r: r["answer"].pop("outcome"),
    "a list": lambda r: r.update(answer=[]),
    "a number": lambda r: r["answer"].update(text=3),
    "a word": lambda r: r["answer"].update(cost_usd="free"),
}


@pytest.mark.parametrize("change", EDITS.values(), ids=EDITS)
def test_a_sample_that_was_edited_is_named_with_its_file_and_fix(batch, change):
    path = edit(batch, change)
    said = divergent_bench("verify", "results/b", code=1)
    assert said.startswith(f"{path}: ")
    assert FIX in said
    assert "2 of 2 samples, 1 with a fault; 1 are as in the ledger" in said
    assert (
        json.loads(divergent_bench("verify", "results/b", "--json", code=1).strip())["there"] == 2
    )


@pytest.fixture(scope="module")
def wordnet():
    return open_space("wordnet", stores=store("wordnet").parent)


SCORED = ("text", "no answer", "half an answer", "a list", "a number", "a word", "digest")


@pytest.mark.parametrize("name", SCORED)
def test_scoring_takes_no_such_sample(batch, name, wordnet):
    path = edit(batch, EDITS[name])
    listing = [(sample.path, digest(sample.request)) for sample in batch.grid.samples()]
    with pytest.raises(UserError, match=FIX) as raised:
        evaluate(listing, [wordnet], find_task(DEFAULT))
    assert str(raised.value).startswith(f"{path}: ")


@pytest.mark.parametrize("content", ["", "{", '{"schema_version": 1', "[]", "null", "[" * 100_000])
def test_half_a_file_is_named(batch, content):
    path = batch.grid.paths()[0]
    Path(path).write_text(content, encoding="utf-8")
    said = divergent_bench("verify", "results/b", code=1)
    assert f"{path}: is not a sample record; {FIX}" in said


def test_a_run_without_its_ledger_says_so(batch):
    LEDGER.unlink()
    said = divergent_bench("verify", "results/b")
    assert "2 samples are not in the ledger here" in said


def test_what_is_no_store_is_not_to_be_deleted(workdir):
    for name, content in (("empty", None), ("mine", "notes.txt"), ("odd", "space.json")):
        Path(name).mkdir()
        if content:
            Path(name, content).write_text("{}", encoding="utf-8")
        said = divergent_bench("verify", name, code=2)
        assert "elete" not in said
        assert len(said.splitlines()) == 1
