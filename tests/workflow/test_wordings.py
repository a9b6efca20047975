"""Several wordings of a strategy through the whole workflow: what is asked at which seed."""

from typing import Any

import pandas as pd
import pytest

from divergent_bench.instrument.tasks import known_strategies
from tests.helpers.loopback import Loopback
from tests.helpers.workflow import Workflow, jobs

pytestmark = pytest.mark.slow

SAMPLES = 10
MINE = [f"Ten words, in wording {number}." for number in range(5)]


def config(server: Loopback, wordings: int, **settings: Any) -> dict[str, Any]:
    experiment = {
        "name": "e",
        "providers": [
            {"provider": "openai", "model": "gpt-4o", "api_base": server.url},
            {"provider": "baseline", "model": "random-nouns"},
        ],
        "strategies": ["none", "mine"],
        "samples": SAMPLES,
        "wordings": wordings,
    }
    return {
        "name": "bench",
        "experiments": [experiment],
        "strategies": {"mine": {"text": MINE}},
        "analysis": {"include_visualizations": False, "generate_report": False},
        "output": {"generate_summary": False},
        **settings,
    }


def texts(strategy: str) -> list[str]:
    if strategy == "mine":
        return MINE
    prompt = known_strategies()[strategy]
    return [prompt.messages(number)[0]["content"] for number in range(5)]


def asked(server: Loopback) -> set[tuple[int, str]]:
    """Return what the server was asked: the seed, the text."""
    return {(body["seed"], body["messages"][0]["content"]) for body in server.requests}


def due(wordings: int, before: int | None = None) -> set[tuple[int, str]]:
    """Return what is due in so many wordings after so many before: seed, text."""
    return {
        (seed, texts(strategy)[seed % wordings])
        for strategy in ("none", "mine")
        for seed in range(SAMPLES)
        if before is None or seed % wordings != seed % before
    }


@pytest.mark.parametrize("seeds_per_job", [1, 10])
def test_the_seed_decides_the_wording_and_another_number_asks_what_differs(
    server: Loopback, tmp_path, seeds_per_job
):
    flow = Workflow(tmp_path, config(server, 1, seeds_per_job=seeds_per_job))
    flow.run("samples")
    paid = asked(server)
    assert paid == due(1)
    paths = flow.samples()
    assert len(paths) == 3 * SAMPLES

    for before, wordings in ((1, 2), (2, 5)):
        server.reset()
        flow.write(config(server, wordings, seeds_per_job=seeds_per_job))
        sampling = jobs(flow.run("samples"))
        again = due(wordings, before)
        assert asked(server) == again - paid  # seed 5 had the first wording at the very first
        assert len(server.requests) == len(again - paid)
        if seeds_per_job == 1:
            assert sampling["sample_dat"] == len(again)
        paid |= again
        assert flow.samples() == paths
        assert set(jobs(flow.run("-n", "samples"))) <= {"samples"}

    flow.run("results/bench/scores.csv")
    for record in flow.records():
        key = record["key"]
        if key["provider"] == "openai":
            wanted = texts(key["strategy"])[key["seed"] % 5]
            assert record["request"]["messages"] == [{"role": "user", "content": wanted}]
        assert "wordings" not in record["request"]
    table = pd.read_csv(flow.results() / "scores.csv")
    of_models = table[table["provider"] == "openai"]
    assert len(of_models) == 2 * SAMPLES
    assert (of_models["wording"] == of_models["seed"] % 5).all()
    assert (table.loc[table["provider"] == "baseline", "wording"] == 0).all()

    # Neither another size of job nor what is in the ledger asks anybody.
    server.reset()
    kept = {path: path.read_bytes() for path in paths}
    flow.write(config(server, 5, seeds_per_job=10 // seeds_per_job))
    flow.run("samples")
    assert {path: path.read_bytes() for path in paths} == kept
    flow.write(config(server, 2, seeds_per_job=seeds_per_job))
    flow.run("samples")
    assert server.requests == []


def test_scores_of_what_is_there_have_the_wordings_of_their_seeds(server: Loopback, tmp_path):
    flow = Workflow(tmp_path, config(server, 3))
    flow.run("samples")
    for path in flow.samples():
        if path.name in ("seed0.json", "seed4.json"):
            path.unlink()
    flow.write(config(server, 3, partial=True))
    flow.run("results/bench/partial/scores.csv")
    table = pd.read_csv(flow.results() / "partial" / "scores.csv")
    of_models = table[table["provider"] == "openai"]
    assert len(of_models) == 2 * (SAMPLES - 2)
    assert (of_models["wording"] == of_models["seed"] % 3).all()


def test_more_wordings_than_there_are_end_it_with_a_line(server: Loopback, tmp_path):
    flow = Workflow(tmp_path, config(server, 6))
    process = flow.start()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert (
        f"{flow.config_file}, line 14, experiments[0].wordings: 6 wordings are asked for, and the "
        "strategy 'none' has 5; write 5\n" in said
    )
    assert server.requests == []
