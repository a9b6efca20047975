"""Jobs for single samples, tens and hundreds: each sample by one job, the same file by any."""

from typing import Any

import pytest

from divergent_bench.config import parse_config
from divergent_bench.design.expansion import expand
from tests.helpers.workflow import Workflow, jobs

SEEDS = [7, 1, 100, *range(110, 120)]


def config(**settings: Any) -> dict[str, Any]:
    def experiment(model: str, **seeds: Any) -> dict[str, Any]:
        entry = {"provider": "baseline", "model": model}
        return {"name": model, "providers": [entry], **seeds}

    blocks = [experiment("random-nouns", samples=215), experiment("common-nouns", seeds=SEEDS)]
    return {"name": "blocks", "experiments": blocks, **settings}


@pytest.mark.parametrize(
    ("largest", "blocks"),
    [
        (1, {1: 215 + 13}),
        (10, {1: 5 + 3, 10: 21 + 1}),
        (100, {1: 5 + 3, 10: 1 + 1, 100: 2}),
    ],
)
def test_seeds_are_split_into_whole_blocks(largest, blocks):
    grid = expand(parse_config(config()))
    found = [block for planned in grid.conditions for block in planned.blocks(largest)]
    assert {size: sum(len(block) == size for block in found) for size in blocks} == blocks
    assert sum(map(len, found)) == 215 + len(SEEDS)
    for planned in grid.conditions:
        split = [seed for block in planned.blocks(largest) for seed in block]
        assert sorted(split) == sorted(planned.seeds)


@pytest.mark.parametrize(
    ("wanted", "size"), [(1, 1), (5, 1), (8, 10), (25, 10), (60, 100), (500, 100)]
)
def test_another_number_is_that_of_the_nearest_block(wanted, size):
    assert parse_config(config(seeds_per_job=wanted)).job_size(1_000) == size


@pytest.mark.slow
def test_samples_of_every_size_of_job_are_the_same_files(tmp_path):
    flow = Workflow(tmp_path, config())
    due = jobs(flow.run("--until", "sample_dat"))
    sampling = {rule: n for rule, n in due.items() if rule.startswith("sample_dat")}
    sizes = {"sample_dat": 8, "sample_dat_10": 2, "sample_dat_100": 1, "sample_dat_0_to_99": 1}
    assert sampling == sizes
    assert len(flow.samples()) == 215 + len(SEEDS)
    assert "score_samples" not in due
    for size in (1, 10):
        flow.write(config(seeds_per_job=size))
        assert "Nothing to be done" in flow.run("samples")

    # One that is missed is made again, by whichever job, although the scores are there.
    flow.run("results/blocks/scores.csv")
    before = {path: path.read_bytes() for path in flow.samples()}
    list(before)[40].unlink()
    again = jobs(flow.run("-n"))
    assert again["sample_dat_10"] == again["score_samples"] == 1
    flow.run("--until", "score_samples")
    assert {path: path.read_bytes() for path in flow.samples()} == before
