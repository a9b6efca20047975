import html
import re

import pandas as pd
import pytest

from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.summaries import rank_models
from divergent_bench.analysis.tables import TABLES, read_table, write_table
from divergent_bench.design.analysis_plan import Contrast, Plan
from divergent_bench.reporting.figure_catalogue import FIGURES
from divergent_bench.reporting.report.document import write_report
from divergent_bench.reporting.report.leaderboard import leaderboard
from divergent_bench.reporting.report.page import render_page
from divergent_bench.reporting.report.results import Results
from tests.helpers.hostile import FORMULAS, MARKUP, NAMES, SHELL
from tests.helpers.results import around, computed, results, says
from tests.helpers.scores import grid, scores_table


def report(scores, *, plan=Plan(), scoring="", figures=(), **given):  # noqa: B008 - immutable
    told = {"scoring": scoring, "figures": {name: f"figures/{name}.png" for name in figures}}
    return write_report(
        results(scores, compare(scores, plan), plan=plan, **told), **({"name": "demo"} | given)
    )


def test_the_leaderboard_ranks_models_and_sets_people_and_baselines_apart():
    scores = scores_table(
        [
            {"model": "a|b", "score": 80.0},
            {"model": "c", "score": 70.0},
            {"model": "olson", "provider": "people", "score": 75.0},
            {"model": "oracle", "provider": "baseline", "score": 100.0},
            {"model": "silent"},
        ]
    )

    text = leaderboard({"dat": rank_models(scores)}, name="demo")

    assert text.startswith("# Leaderboard: demo\n\nEmbedded WordNet space: not GloVe scores.\n")
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    assert rows == [
        "|  | *oracle* (baseline) | 100.00 | n/a | 100.00 | 1/1 (100%) | 1 |",
        "| 1 | a\\|b | 80.00 | n/a | 80.00 | 1/1 (100%) | 1 |",
        "|  | *olson* (people) | 75.00 | n/a | 75.00 | 1/1 (100%) | 1 |",
        "| 2 | c | 70.00 | n/a | 70.00 | 1/1 (100%) | 1 |",
        "|  | silent | n/a | n/a | n/a | 0/1 (0%) | 0 |",
    ]
    assert says(text, "Only language models have a rank")


def test_the_leaderboard_gives_the_ranks_that_the_tests_leave():
    means = {"a": 80, "b": 79.9, "c": 60}
    scores = scores_table(row for model, mean in means.items() for row in around(mean, model=model))

    text = leaderboard({"dat": rank_models(scores, tests=compare(scores))}, name="demo")

    for place in ("| 1 (1 to 2) | a |", "| 2 (1 to 2) | b |", "| 3 (3) | c |"):
        assert place in text
    assert says(text, "round brackets", "ranks", "95 % confidence")
    untested = leaderboard({"dat": rank_models(scores)}, name="demo")
    assert "| 1 | a |" in untested
    assert "round brackets" not in untested


def test_the_raw_mean_stands_beside_the_one_that_ranks_where_they_differ():
    often = [*around(90, n=30, strategy="x"), *around(70, n=10, strategy="y")]
    seldom = [*around(88, n=10, strategy="x"), *around(80, n=30, strategy="y")]
    scores = scores_table(
        [{**row, "model": "a"} for row in often] + [{**row, "model": "b"} for row in seldom]
    )

    text = leaderboard({"dat": rank_models(scores)}, name="demo")

    assert "raw mean" in text.splitlines()[4]
    first = next(line for line in text.splitlines() if line.startswith("| 1 |"))
    assert re.match(r"\| 1 \| b \| 8[34]\.\d\d \[.*\] \| 8[12]\.\d\d \|", first)
    assert "raw mean" not in leaderboard(
        {"dat": rank_models(scores_table(around(80)))}, name="demo"
    )


def test_percentiles_stand_in_the_leaderboard_of_the_published_space():
    scores = scores_table([{"score": 84.19, "space": "glove-840b-300d"}])

    assert "| 82 | 65 |" in leaderboard({"dat": rank_models(scores)}, name="demo")


def test_the_report_has_every_part_in_order():
    text = report(
        grid(["a", "b"], ["none", "etymology"], [0.0, 1.0]),
        description="A <b>first</b> run",
        figures=["ranking", "distributions"],
    )

    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == [
        "Finding", "Results", "People and baselines", "Comparisons", "Diversity and repetition",
        "Words that break the rules", "Scorability", "Examples", "Design", "Methods appendix",
    ]  # fmt: skip
    assert "A &lt;b&gt;first&lt;/b&gt; run" in text
    assert "Embedded WordNet space: not GloVe scores." in text
    assert "nan" not in text.lower()


def test_every_figure_that_was_drawn_has_a_place_and_its_title():
    text = report(grid(["a"]), figures=list(FIGURES))

    for name, figure in FIGURES.items():
        assert text.count(f"![{figure.title}](figures/{name}.png)") == 1
    finding, rest = text.split("\n## Results")
    assert "figures/ranking.png" in finding, "the picture stands with the finding"
    assert "figures/distributions.png" in rest
    one = report(grid(["a"]), figures=["ranking"])
    assert re.findall(r"!\[", one) == ["!["]


def test_the_report_leads_to_the_page_of_each_model_that_has_one():
    scores = [{"model": "a", "score": 70.0}, {"model": "b|c", "score": 90.0}]
    scores += [{"model": "o", "provider": "people", "score": 80.0}, {"model": "d", "score": 60.0}]
    pages = {("openai", "a"): "a.svg", ("openai", "b|c"): "x/b-c.svg", ("people", "o"): "o.svg"}

    text = write_report(results(scores, model_pages=pages), name="demo")

    (line,) = [line for line in text.splitlines() if ".svg" in line]
    assert re.findall(r"\[([^\]]*)\]\(([^)]*)\)", line) == [
        ("b\\|c", "x/b-c.svg"), ("*o* (people)", "o.svg"), ("a", "a.svg"),
    ]  # fmt: skip
    assert "A figure of each" not in write_report(results(scores), name="demo")


def test_every_table_of_the_report_is_whole():
    scores = grid(["a|b", "<i>c</i>", "d"], ["none", "x|y"], [0, None], unscorable="d", people=True)

    text = report(scores)

    tables = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    assert len(tables) > 5
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table
    assert "<i>" not in text


@pytest.mark.parametrize(
    "names", [NAMES, MARKUP, FORMULAS, SHELL], ids=["names", "markup", "=", "$"]
)
def test_hostile_names_are_names_in_every_sentence_and_table(names, tmp_path):
    # The first is told to be higher, the second depends on the prompt, the third does not differ.
    first, second, third, *_ = names
    means = {(first, "none"): 95.0, (first, names[-1]): 85.0, (second, "none"): 80.0}
    means |= {(second, names[-1]): 90.0, (third, "none"): 95.0, (third, names[-1]): 84.9}
    rows = [
        row
        for (model, strategy), mean in means.items()
        for row in around(mean, model=model, strategy=strategy)
    ]
    rows += around(70, provider="people", model=f"p {first}", strategy="not-applicable")
    rows += around(99, provider="baseline", model=f"b {first}", strategy="not-applicable")
    rows += [{"model": f"u {second}", "strategy": "none", "outcome": "refused"}] * 9
    plan = Plan(primary=(Contrast("model", first, third), Contrast("model", first, f"b {first}")))

    text = write_report(computed(rows, plan), name=first, description=second)

    for table in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table
    page = render_page(text, tmp_path)
    body = page.partition("<main>")[2]
    own = r"href=.(?!(answers\.html)?#|answers\.html.>)"
    assert not re.search(rf"<(script|img|b>|javascript)|{own}", body)
    assert not re.search("[\x00\x07\x1b\x9b\u202e]", page)
    shown = html.unescape(re.sub(r"<[^>]+>", "", body))
    for name in (first, second, third):
        assert " ".join(name.split()) in shown
    told = " ".join(first.split())
    finding = shown.partition("Finding")[2].partition("Square brackets")[0]
    assert f"In the plain prompt {told} scored higher than people (p {told})" in finding
    assert "depends on the prompt: between" in finding


def test_a_long_table_of_conditions_is_cut_and_says_where_the_rest_is():
    text = write_report(results(grid([f"m{place:02}" for place in range(45)], n=2)), name="demo")

    assert "The first 40 of 47 conditions; all are in summary.csv." in text


@pytest.mark.parametrize("models", [[], ["a"], ["a", "b"]])
@pytest.mark.parametrize("n", [1, 9])
@pytest.mark.parametrize("people", [False, True])
def test_the_report_can_be_written_of_anything(models, n, people, tmp_path):
    every = ("kruskal_wallis", "mann_whitney", "permutation", "equivalence", "scorability")
    for unscorable in {None, *models[:1]}:
        scores = grid(models, n=n, people=people, unscorable=unscorable)
        for plan in (Plan(tests=every), Plan(tests=())):
            text = write_report(computed(scores, plan), name="demo")
            assert text.startswith("# demo\n")
            assert "nan" not in text.lower()
            assert "<h1" in render_page(text, tmp_path)


def test_no_direction_is_claimed_of_models_that_are_alike():
    # Both have the same scores in other lists: no test may tell them apart.
    scores = scores_table([*around(80, model="a"), *around(80, model="b")])

    for decider in ("mean", "mann_whitney", "permutation"):
        plan = Plan(tests=("kruskal_wallis", "mann_whitney", "permutation"), decided_by=decider)
        text = report(scores, plan=plan)

        assert "scored higher" not in text
        assert says(text, "Not shown to differ", "a") and "| a higher |" not in text


def test_planned_contrasts_are_told_before_the_rest():
    scores = scores_table([*around(80, model="a"), *around(70, model="b"), *around(75, model="c")])

    text = report(scores, plan=Plan(primary=(Contrast("model", "b", "a"),)))

    results_of = text.partition("## Results")[2]
    planned, explored = results_of.split("### Models")[:2]
    assert says(planned, "a scored higher than b by 10.00 points")
    assert says(explored, "2 of 2 tested pairs are shown to differ", "exploratory")
    assert says(text, "Planned contrast")


def test_the_report_of_the_files_is_the_report_of_the_tables(tmp_path):
    scores = grid(["a", "NA", "1.0"], ["none", "etymology"], [0, 1, None], unscorable="a")
    made = results(scores, compare(scores))
    names = ("scores", "summary", "tests", "diversity", "power", "variance")
    for name in names:
        write_table(getattr(made, name), tmp_path / f"{name}.csv")
    read = {name: read_table(name, tmp_path / f"{name}.csv") for name in names}

    text = write_report(Results(**read, plan=Plan()), name="demo")

    assert set(names) <= set(TABLES)
    assert text == write_report(made, name="demo")


def test_other_spaces_are_pointed_to():
    scores = grid(["a"])
    both = pd.concat([scores, scores.assign(space="mine")], ignore_index=True)

    assert says(report(both), "Also scored and tested in mine")


def test_agreement_is_told_with_its_interval_where_there_are_several_spaces():
    both = {
        (space, model): around(mean, n=5, sd=4, space=space, model=model)
        for space, first in (("wordnet", 80), ("own", 60))
        for model, mean in (("a", first), ("b", 70))
    }
    numbered = {
        key: [{**row, "seed": seed} for seed, row in enumerate(rows)] for key, rows in both.items()
    }

    def told(*keys):
        return report(scores_table(row for key in keys for row in numbered[key]))

    section = told(*both).split("## Agreement of the spaces")[1]
    assert says(section, "order of the 2 means")
    assert re.search(r"\| tau-b \| wordnet, own \| -1\.00 \[-1\.00, -?[01]\.00\] \|", section)
    assert re.search(r"\| W \| all \| 0\.00 \[0\.00, [01]\.\d\d\] \|", section)
    here, there = [key for key in both if key[1] == "a"], list(both)[:2]
    assert "Agreement of the spaces" not in told(*there)
    assert "no order to compare" in told(*here)


def test_another_scoring_is_told():
    scores = scores_table(around(80, n=5, model="a"))

    told = report(scores, scoring="minimum=5|fold-diacritics")

    assert (
        "> Scoring differs from Olson et al. 2021, PNAS 118(25) (minimum=5, fold-diacritics)"
        in told
    )
    assert "Scoring differs" not in report(scores)


def test_rows_of_files_that_were_not_used_are_told():
    text = report(scores_table(around(80.0)), unused=["a_b.csv: 502 of 2,906 answers are in none"])
    assert says(text, "Not every row of the files")
    assert "- a\\_b.csv: 502 of 2,906 answers are in none\n" in text
    assert "Not every row" not in report(scores_table(around(80.0)))


def test_words_of_another_language_are_told_of_who_gave_them():
    rows = [*around(80.0, model="english"), *around(70.0, model="other", n_words=20, n_unknown=13)]
    text = report(scores_table(rows))
    assert says(text, "other", "65%", "not in the dictionary")
    assert text.count("not in the dictionary;") == 1


def test_the_space_of_published_scores_is_that_of_the_task():
    there = report(
        scores_table([{**row, "space": "minilm-l6", "task": "cdat"} for row in around(80.0)])
    )
    here = report(scores_table([{**row, "space": "wordnet"} for row in around(80.0)]))

    assert "Published scores of this task are in it" in there
    assert "cannot be compared with published" not in there
    assert "cannot be compared with published" in here
