"""Several tasks in one config: each is asked, scored and analysed by itself."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from divergent_bench.analysis.evaluation import evaluate_grid
from divergent_bench.analysis.exporting import tidy_samples
from divergent_bench.analysis.from_scores import Analysis, TaskAnalysis
from divergent_bench.analysis.over_tasks import correlate_tasks, rank_in_tasks
from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.tables import TABLES, of_task, read_table, write_table
from divergent_bench.base.answers import Answer
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text
from divergent_bench.base.records import record_text
from divergent_bench.base.requests import digest
from divergent_bench.config import Config, load_config, parse_config
from divergent_bench.config.analysis import Scoring
from divergent_bench.design.analysis_plan import Contrast, Plan
from divergent_bench.design.contrasts import analysis_plans
from divergent_bench.design.expansion import expand
from divergent_bench.design.grid import Grid
from divergent_bench.design.recorded_answers import answer
from divergent_bench.instrument.norms import SAMPLES
from divergent_bench.instrument.spaces import open_space
from divergent_bench.instrument.tasks import find_task
from divergent_bench.reporting.report.document import write_report
from divergent_bench.reporting.report.leaderboard import leaderboard
from divergent_bench.reporting.report.results import results_by_task
from tests.helpers.hostile import MARKUP
from tests.helpers.results import around
from tests.helpers.scores import scores_table
from tests.helpers.words import words_table
from tests.helpers.workflow import ROOT

TASKS = ["dat", "cdat", "drat"]
STIMULI = {"cdat": ["ocean", "desk"], "drat": ["gene, law"]}


def config(*entries: dict[str, Any], analysis: Any = None, **more: Any) -> Config:
    experiment = {
        "name": "e",
        "providers": list(entries) or [{"provider": "openai", "model": "m"}],
        "strategies": ["none", "cdat", "drat"],
        "stimuli": STIMULI,
        "samples": 2,
    }
    given = {"name": "t", "experiments": [experiment | more]}
    return parse_config(given | ({"analysis": analysis} if analysis else {}))


def conditions(grid: Grid) -> list[str]:
    found = (planned.condition for planned in grid.conditions)
    return [f"{c.model} {c.strategy} {c.stimulus}" for c in found]


BASELINE = {"provider": "baseline", "models": ["random-nouns"]}


# What is asked


def test_each_prompt_is_of_its_task_and_baselines_are_asked_about_all_of_it() -> None:
    grid = expand(config({"provider": "openai", "model": "m"}, BASELINE))
    assert grid.tasks == TASKS
    assert {task: conditions(grid.of_task(task)) for task in TASKS} == {
        "dat": ["m none None", "random-nouns not-applicable None"],
        "cdat": [
            *("m cdat ocean", "m cdat desk"),
            *("random-nouns not-applicable ocean", "random-nouns not-applicable desk"),
        ],
        "drat": ["m drat gene, law", "random-nouns not-applicable gene, law"],
    }
    assert len(grid.paths()) == len(set(grid.paths())) == 2 * 8


def test_a_baseline_of_an_experiment_is_of_the_tasks_that_it_names() -> None:
    raw = config().model_dump(exclude_unset=True)
    named = {"name": "b", "providers": [BASELINE], "strategies": ["none"]}
    unsaid = {"name": "c", "providers": [{"provider": "baseline", "model": "common-nouns"}]}
    raw["experiments"] += [named, unsaid]
    del raw["experiments"][0]["stimuli"]
    grid = expand(parse_config(raw | {"defaults": {"stimuli": STIMULI}}))
    of = {task: " ".join(conditions(grid.of_task(task))) for task in TASKS}
    assert [task for task in TASKS if "random-nouns" in of[task]] == ["dat"]
    assert [task for task in TASKS if "common-nouns" in of[task]] == TASKS


WRONG = {
    "for none of them": (
        {"stimuli": ["ocean"]},
        r"experiments\[0\]\.stimuli: say for which task each is \(cdat and drat\)",
    ),
    "for another": (
        {"stimuli": {"cdta": ["ocean"]}},
        r"stimuli\.cdta: no prompt of a task 'cdta' .*did you mean 'cdat'.*there are: cdat, drat",
    ),
    "for one without any": ({"stimuli": {"dat": ["ocean"]}}, r"no prompt of a task 'dat'"),
    "that are no set": ({"stimuli": {"drat": ["gene"]}}, r"stimuli\.drat: 'gene' has 1 word"),
    "none": ({"stimuli": {"drat": []}}, r"stimuli\.drat: is empty; give at least one"),
}


@pytest.mark.parametrize("case", WRONG)
def test_stimuli_are_told_by_task(case: str) -> None:
    more, said = WRONG[case]
    with pytest.raises(UserError, match=said):
        expand(config(**more))


def test_a_list_is_for_the_only_task_that_has_stimuli() -> None:
    grid = expand(config(strategies=["none", "cdat"], stimuli=["ocean"]))
    assert conditions(grid) == ["m none None", "m cdat ocean"]


def test_a_file_of_people_may_hold_answers_to_several_tasks(tmp_path: Path) -> None:
    rows = [("", "a"), ("ocean", "b"), ("gene, law", "c"), ("", "d"), ("moon", "e")]
    file = tmp_path / "people.jsonl"
    lines = [json.dumps({"cue": cue or None, "response": text}) for cue, text in rows]
    file.write_text("\n".join(lines), encoding="utf-8")
    unsaid = {"model": None, "strategy": None, "temperature": None}
    entry = {"provider": "people", "model": "students", "file": str(file)}
    grid = expand(config(entry | {"columns": unsaid | {"stimulus": "cue"}}, samples="all"))
    found = {
        task: [answer(sample.request).text for sample in grid.of_task(task).samples()]
        for task in TASKS
    }
    assert found == {"dat": ["a", "d"], "cdat": ["b"], "drat": ["c"]}
    # Without such a column they are answers to the task that asks about nothing.
    grid = expand(config(entry | {"columns": unsaid}, samples="all"))
    assert grid.tasks == ["dat"]
    assert len(grid.paths()) == 5
    with pytest.raises(UserError, match="which column of the file holds the cue or anchor set"):
        expand(config(entry | {"columns": unsaid}, strategies=["cdat", "drat"], samples="all"))


def test_the_benchmark_of_three_tasks_is_what_it_says() -> None:
    checked = load_config(ROOT / "config/tasks.yaml")
    grid = expand(checked)
    assert grid.tasks == TASKS
    asked = [c for c in grid.conditions if c.condition.provider != "baseline"]
    assert sum(len(each.seeds) for each in asked) == 1_520
    # The gate of the task with cues needs them.
    baselines = {c.condition.model for c in grid.of_task("cdat").conditions if c not in asked}
    assert find_task("cdat").gate.chance in baselines
    plans = analysis_plans(checked, grid)
    assert [len(plans[task].primary) for task in TASKS] == [3, 4, 4]


# What is compared


def test_a_contrast_is_planned_in_each_task_that_has_its_levels() -> None:
    several = [{"provider": "openai", "models": ["m", "n"]}]
    planned = [{"model": ["m", "n"]}, {"strategy": ["cdat", "cdat-associated"]}]
    checked = config(
        *several,
        strategies=["none", "cdat", "cdat-associated", "drat"],
        analysis={"primary": planned},
    )
    plans = analysis_plans(checked, expand(checked))
    models, prompts = Contrast("model", "m", "n"), Contrast("strategy", "cdat", "cdat-associated")
    assert {task: plan.primary for task, plan in plans.items()} == {
        "dat": (models,),
        "cdat": (models, prompts),
        "drat": (models,),
    }


def test_prompts_of_different_tasks_are_not_compared() -> None:
    checked = config(analysis={"primary": [{"strategy": ["none", "cdat"]}]})
    with pytest.raises(UserError, match=r"primary\[0\]\.strategy: of dat, .*within a task"):
        analysis_plans(checked, expand(checked))


def test_scoring_is_told_for_all_tasks_or_by_name() -> None:
    def minima(**given: Any) -> list[int]:
        return [Scoring(**given).options(find_task(task)).minimum for task in TASKS]

    assert minima() == [7, 7, 5]
    assert minima(minimum=4) == [4, 4, 4]
    assert minima(minimum={"drat": 3}) == [7, 7, 3]
    with pytest.raises(UserError, match=r"scoring\.minimum: there is no task 'drta'; did you mean"):
        config(analysis={"scoring": {"minimum": {"drta": 3}}})
    with pytest.raises(UserError, match=r"scoring\.minimum\.drat: "):
        config(analysis={"scoring": {"minimum": {"drat": 1}}})


# Tables


def rows_of(task: str, means: dict[str, float], **more: Any) -> list[dict[str, Any]]:
    return [
        row | {"task": task, "strategy": find_task(task).plain} | more
        for model, mean in means.items()
        for row in around(mean, model=model)
    ]


MEANS = {
    "dat": {"a": 80.0, "b": 75.0, "c": 70.0, "d": 60.0},
    "cdat": {"a": 60.0, "b": 65.0, "c": 50.0},
    "drat": {"a": 0.5, "b": 40.0, "c": 40.0, "e": 70.0},
}


@pytest.fixture
def run(tmp_path: Path) -> Analysis:
    """Make the analysis of a run of three tasks from its files."""
    scores = scores_table(row for task, means in MEANS.items() for row in rows_of(task, means))
    words = pd.concat(
        [words_table(["tree sea", "sun tree"], task=task, model=m) for task in TASKS for m in "ab"]
    )
    write_table(scores, tmp_path / "scores.csv")
    write_table(words, tmp_path / "words.csv")
    open_space("wordnet")
    plans = dict.fromkeys(TASKS, Plan())
    files = (tmp_path / f"{name}.csv" for name in ("scores", "words"))
    return Analysis(*files, tmp_path, plans, SAMPLES)


def test_a_table_of_a_run_is_the_tables_of_its_tasks(run: Analysis) -> None:
    scores = read_table("scores", run.scores_file)
    for name in ("summary", "tests", "power", "variance", "rarefaction", "overlap"):
        whole = run.table(name)
        assert list(whole.columns) == list(TABLES[name])
        assert list(dict.fromkeys(whole["task"])) == TASKS
        for task in TASKS:
            alone = run.tasks[task].table(name).drop(columns="task")
            part = whole[whole["task"] == task].drop(columns="task").reset_index(drop=True)
            pd.testing.assert_frame_equal(
                part, alone.astype(part.dtypes.to_dict()), check_categorical=False
            )
    # No test pools tasks, and families of tests are those of one.
    tests = run.table("tests")
    pairs = tests[(tests["test"] == "mean_difference") & (tests["factor"] == "model")]
    assert pairs.groupby("task", observed=True).size().to_dict() == {"dat": 6, "cdat": 3, "drat": 6}
    assert tests["factor"].ne("strategy").all()
    only_cdat = TaskAnalysis(of_task(scores, "cdat"), pd.DataFrame(), Path(), Plan(), SAMPLES)
    assert only_cdat.tests["p"].notna().any()


def test_a_run_of_one_task_has_its_tables(run: Analysis, tmp_path: Path) -> None:
    scores = of_task(read_table("scores", run.scores_file), "dat")
    write_table(scores, tmp_path / "scores.csv")
    tests = run.table("tests")
    assert set(tests["task"]) == {"dat"}
    known = compare(scores, Plan())
    pd.testing.assert_series_equal(tests["p"], known["p"])


def test_ranks_are_those_of_each_task(run: Analysis) -> None:
    ranks = run.table("ranks").set_index(["task", "model"])
    assert ranks["rank"].to_dict() == {
        **{("dat", "a"): 1, ("dat", "b"): 2, ("dat", "c"): 3, ("dat", "d"): 4},
        **{("cdat", "b"): 1, ("cdat", "a"): 2, ("cdat", "c"): 3},
        **{("drat", "e"): 1, ("drat", "b"): 2, ("drat", "c"): 2, ("drat", "a"): 4},
    }
    assert ranks.loc[("dat", "a"), "rank_low"] == 1


def test_orders_are_correlated_over_the_models_that_both_tasks_have(run: Analysis) -> None:
    found = run.table("task_agreement").set_index(["task_a", "task_b", "measure"]).sort_index()
    for a, b in (("dat", "cdat"), ("dat", "drat"), ("cdat", "drat")):
        both = sorted(MEANS[a].keys() & MEANS[b])
        x, y = ([MEANS[task][model] for model in both] for task in (a, b))
        assert found.loc[(a, b, "spearman_rho"), "value"] == pytest.approx(
            stats.spearmanr(x, y).statistic
        )
        assert found.loc[(a, b, "kendall_tau_b"), "value"] == pytest.approx(
            stats.kendalltau(x, y).statistic
        )
        assert set(found.loc[(a, b), "n_models"]) == {3}


def ranking(means: dict[str, float]) -> pd.DataFrame:
    rank = pd.Series(means).rank(ascending=False, method="min").astype("Int64")
    names = {"space": "wordnet", "provider": "openai", "model": list(means), "label": list(means)}
    names |= {"n": 8, "n_scorable": 8}
    return pd.DataFrame(names | {"mean": list(means.values()), "rank": rank.to_numpy()})


@pytest.mark.parametrize(
    ("other", "n"),
    [({"a": 1.0, "b": 2.0}, 2), ({"x": 1.0}, 0), ({"a": 1.0, "b": 1.0, "c": 1.0}, 3)],
)
def test_too_few_models_and_level_ones_have_no_correlation(other: dict[str, float], n: int) -> None:
    found = correlate_tasks({"dat": ranking({"a": 3, "b": 2, "c": 1}), "cdat": ranking(other)})
    assert found["n_models"].tolist() == [n, n]
    assert found["value"].isna().all()


def test_people_and_baselines_are_not_among_the_ranked() -> None:
    people = ranking({"a": 3.0, "students": 2.0})
    people.loc[1, "rank"] = pd.NA
    assert rank_in_tasks({"dat": people})["model"].tolist() == ["a"]
    assert rank_in_tasks({}).empty


# The report


def test_the_report_has_a_part_for_each_task_and_one_over_all(run: Analysis) -> None:
    names = ("scores", "summary", "tests", "diversity", "power", "variance")
    made = {name: run.table(name) for name in names if name not in ("scores", "diversity")}
    scores = read_table("scores", run.scores_file)
    tables = made | {"scores": scores, "diversity": pd.DataFrame(columns=list(TABLES["diversity"]))}
    text = write_report(
        *results_by_task(tables, dict.fromkeys(TASKS, Plan())),
        name="three",
        appendix={"Seeds": {"openai/a": "8"}},
    )
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    titles = [part.partition("\n")[0] for part in parts[1:]]
    assert titles == ["Models over tasks", *(find_task(t).title for t in TASKS), "Appendix"]
    over, dat, cdat, drat, appendix = parts[1:]
    assert "| openai | e | n/a | n/a | n/a | n/a | 1" in over
    assert "| dat, cdat | 3 | 0.50 | 0.33 |" in over
    for part in (dat, cdat, drat):
        assert part.count("### Finding") == part.count("### Methods appendix") == 1
    assert "**a** has the highest mean of 4 models" in dat
    assert "**b** has the highest mean of 3 models" in cdat
    assert "**e** has the highest mean of 4 models" in drat
    assert "Olson et al. 2021, PNAS" in dat
    assert "Olson et al. 2021, PNAS" not in cdat + drat
    assert "### Seeds" in appendix
    assert "#### Seeds" not in text


def test_names_of_models_over_tasks_are_shown_as_they_are(run: Analysis) -> None:
    for name in MARKUP:
        means = {name: 70.0, "b": 60.0}
        scores = scores_table(row for task in TASKS for row in rows_of(task, means))
        write_table(scores, run.scores_file)
        fresh = Analysis(run.scores_file, run.words_file, run.space, run.plans, SAMPLES)
        text = leaderboard({t: each.ranking for t, each in fresh.tasks.items()}, name="n")
        assert "<script" not in text
        assert text.count("\n## ") == 3


# Samples that answer several tasks


def test_a_list_that_answers_two_tasks_is_scored_in_each(tmp_path: Path) -> None:
    grid = expand(config({"provider": "openai", "model": "m"}, BASELINE))
    shared = [
        each
        if each.condition.stimulus
        else type(each)(each.condition, each.seeds, each.template, each.directory, ("cdat", "dat"))
        for each in grid.of_task("dat").conditions
    ]
    both = Grid(tuple(shared))
    for sample in both.samples():
        said = Answer("tree, sea, moon, song, chair, rice, law, glass", sent={}).to_json()
        key = sample.condition.key() | {"seed": sample.seed}
        text = record_text(key, digest(sample.request), sample.request, said)
        write_text(tmp_path / sample.path, text)
    options = {task: find_task(task).options() for task in both.tasks}
    spaces = [open_space("glove-6b-100d")]
    scores, words = evaluate_grid(both, spaces, options, copies=str(tmp_path))
    assert scores.groupby("task").size().to_dict() == {"dat": 4, "cdat": 4}
    assert scores["sample"].nunique() == 4
    for name, table in (("scores", scores), ("words", words)):
        write_table(table, tmp_path / f"{name}.csv")
    scores, words = (read_table(name, tmp_path / f"{name}.csv") for name in ("scores", "words"))
    exported = tidy_samples(scores, words, tmp_path / "results" / "t")
    assert len(exported) == 8
    assert exported["words_glove-6b-100d"].str.count(r"\|").eq(7).all()
    assert np.isfinite(exported["score_glove-6b-100d"]).all()
