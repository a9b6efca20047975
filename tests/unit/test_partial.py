"""The analysis of what is there of a batch: what it covers, and that it says so."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.summaries import rank_models
from divergent_bench.analysis.tables.facts import LeftOut, Omission, left_out
from divergent_bench.base.errors import UserError
from divergent_bench.config import Config, parse_config
from divergent_bench.design.analysis_plan import Contrast, Plan
from divergent_bench.design.checks import check_config
from divergent_bench.design.contrasts import analysis_plans, varied_factors
from divergent_bench.design.expansion import analysed, expand
from divergent_bench.design.grid import Grid
from divergent_bench.reporting.figures import save
from divergent_bench.reporting.report.document import write_report
from divergent_bench.reporting.report.leaderboard import leaderboard
from divergent_bench.running.batches import Batch
from tests.helpers.figures import draw
from tests.helpers.results import around, results, says
from tests.helpers.scores import grid as scores_of
from tests.helpers.scores import scores_table

NOTE = "Partial: 3 of 8 samples"


def config(*primary: dict[str, Any], **keys: Any) -> Config:
    """Return a config of two models that share a name, two strategies and two seeds: 8 samples."""
    providers = [
        {"provider": "openai", "model": "m"},
        {"provider": "openrouter", "model": "m"},
    ]
    asked = {"name": "e", "providers": providers, "strategies": ["none", "random"], "samples": 2}
    return parse_config(
        {"name": "t", "experiments": [asked], "analysis": {"primary": list(primary)}, **keys}
    )


def names(grid: Grid) -> list[tuple[str, str, tuple[int, ...]]]:
    return [
        (each.condition.provider, each.condition.strategy, each.seeds) for each in grid.conditions
    ]


def openai_there(grid: Grid) -> list[str]:
    """Put all samples of openai but one where the grid expects them."""
    paths = [path for path in grid.paths() if "/openai/" in path][:3]
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


def test_a_grid_of_some_files_has_their_seeds_and_no_condition_without_any(workdir):
    grid = expand(config())
    paths = openai_there(grid)

    expected = [("openai", "none", (0, 1)), ("openai", "random", (0,))]
    assert names(grid.existing()) == expected
    assert names(grid.restricted_to(paths)) == expected
    assert grid.existing().paths() == paths
    assert [str(each.condition) for each in grid.missing_from(grid.existing())] == [
        "openrouter/m, none, t0.7",
        "openrouter/m, random, t0.7",
    ]
    assert names(grid.restricted_to(grid.paths())) == names(grid)
    assert varied_factors(grid) == {"model", "strategy"}
    assert varied_factors(grid.existing()) == {"strategy"}


def test_only_a_partial_analysis_is_restricted_to_what_is_there(workdir):
    whole, part = config(), config(partial=True)
    grid = expand(whole)
    openai_there(grid)

    assert analysed(whole, grid) is grid
    assert len(analysed(part, grid).paths()) == 3
    assert expand(part) == grid, "samples are where they always are"


def test_a_partial_analysis_of_nothing_is_an_error_for_people(workdir):
    part = config(partial=True)
    with pytest.raises(UserError, match="none of the 8 samples is there yet"):
        analysed(part, expand(part))


def test_that_an_analysis_is_partial_is_not_part_of_the_config_that_is_kept():
    assert "partial" not in config(partial=True).model_dump(exclude_unset=True)
    assert "partial" not in config(partial=True).sampling_json()


def test_a_trial_is_the_first_samples_of_each_condition(workdir):
    trial = config(limit=1)
    grid = expand(trial)

    assert [each.seeds for each in grid.conditions] == [(0, 1)] * 4, "paths and digests stay"
    assert [each.seeds for each in analysed(trial, grid).conditions] == [(0,)] * 4
    assert analysed(config(limit=2), grid) is grid, "which is no trial"
    assert check_config(trial).grid == analysed(trial, grid)
    batch = Batch.of(trial)
    assert (batch.samples, batch.analysis.as_posix()) == (4, "results/t/partial")
    assert Batch.of(config(limit=5)).analysis.as_posix() == "results/t"


def test_a_trial_is_not_part_of_the_config_that_is_kept():
    assert "limit" not in config(limit=1).model_dump(exclude_unset=True)
    assert "limit" not in config().sampling_json(), "as it ever was"
    assert json.loads(config(limit=1).sampling_json())["limit"] == 1, "what is scored"


def test_a_trial_of_what_is_there_is_refused():
    with pytest.raises(UserError, match="both `partial` and `limit`"):
        config(limit=1, partial=True)


def test_a_contrast_stays_planned_when_one_of_its_levels_is_absent(workdir):
    planned = config({"model": ["openai/m", "all"]}, {"strategy": ["none", "random"]})
    grid = expand(planned)
    openai_there(grid)
    names_of_all = ("model", "openai/m", "openrouter/m")
    assert analysis_plans(planned, grid)["dat"].primary[0] == Contrast(*names_of_all)
    # With the other one absent, tables call the model that is there by its short name.
    assert analysis_plans(planned, grid, grid.existing())["dat"].primary == (
        Contrast("model", "m", "openrouter/m"),
        Contrast("strategy", "none", "random"),
    )


@pytest.mark.parametrize("decider", ["mean", "mann_whitney", "permutation"])
def test_the_contrast_with_an_absent_level_is_not_tested_and_not_counted(decider):
    scores = scores_table([*around(80, model="a"), *around(82, model="b")])
    plan = Plan(
        tests=("mann_whitney", "permutation", "scorability"),
        primary=(Contrast("model", "a", "b"), Contrast("model", "a", "c")),
        decided_by=decider,
    )

    table = compare(scores, plan)

    decided = table[table["test"] == plan.deciding].set_index("group_b")
    assert np.isnan(decided.loc["c", "p"])
    assert decided.loc["c", "reason"] == Omission.NO_SCORE
    assert left_out(decided.loc["c"]) == [LeftOut("model", "c", Omission.NO_ANSWER)]
    assert decided.loc["b", "adjustment"] == "Holm over 1"
    report = write_report(results(scores, table, plan=plan), name="t", note=NOTE)
    assert says(report, "2 planned contrasts", "1 could not be tested", "a against c")
    assert says(report, "c has no answer")
    assert not says(report, "a", "c were not shown to differ")


def test_the_report_and_the_leaderboard_begin_with_what_they_cover():
    scores = scores_table(around(80, model="a"))
    report = write_report(results(scores), name="t", note=NOTE, absent=["openai/b, none, t1"])
    assert report.startswith(
        "> **Partial: 3 of 8 samples; no sample yet in 1 condition: (openai/b, none, t1); "
        "every number here may change with the others**\n\n# t\n"
    )
    assert leaderboard({"dat": rank_models(scores)}, name="t", note=NOTE).startswith(
        f"> **{NOTE}**\n\n# "
    )


def test_a_complete_report_and_leaderboard_begin_with_their_title():
    scores = scores_table(around(80, model="a"))
    assert write_report(results(scores), name="t").startswith("# t\n")
    assert leaderboard({"dat": rank_models(scores)}, name="t").startswith("# Leaderboard: t\n")


@pytest.mark.parametrize("name", ["ranking", "strategies", "scorability"])
def test_the_note_on_a_figure_is_above_it_and_the_figure_is_as_without(name, tmp_path):
    scores = scores_of(["a", "b"], ["none", "etymology"], people=True)
    paths = [tmp_path / file for file in ("whole.png", "part.png", "part.svg")]

    save(draw(name, scores), paths[:1])
    save(draw(name, scores), paths[1:], note=NOTE)

    whole, part = imread(paths[0]), imread(paths[1])
    strip = part.shape[0] - whole.shape[0]
    assert strip == 50  # a quarter of an inch at 200 dots an inch
    assert part.shape[1] == whole.shape[1]
    # But for the two rows of dots at either edge, which are covered in part: 0.01 inches.
    assert np.abs(part[strip + 2 : -2] - whole[2:-2]).max() < 0.01
    colours, text = part[10, :, :3], (part[:strip, :, :3].min(axis=2) > 0.9).any(axis=0)
    assert np.allclose(colours[[0, -1]], np.array([0xD5, 0x5E, 0x00]) / 255, atol=0.01)
    assert text.any()
    assert not text[[0, 1, 2, -3, -2, -1]].any(), "the text is whole"
    assert b"#d55e00" in paths[2].read_bytes()
