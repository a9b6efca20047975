import html
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from divergent_bench.report import markdown, write_report
from divergent_bench.report.findings import findings, on_baselines, on_repetition, p_value
from divergent_bench.report.leaderboard import leaderboard
from divergent_bench.report.sending import on_mixed_output, sending_table
from divergent_bench.statistics.comparisons import compare
from divergent_bench.statistics.diversity import measure_diversity
from divergent_bench.summaries import rank_models, summarize_conditions
from divergent_bench.tables import read_table, write_table
from tests.helpers.scores import grid, scores_table
from tests.helpers.words import words_table

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=30)
RENDERER = MarkdownIt("commonmark").enable("table")


def report(scores, **given):
    tables = scores, summarize_conditions(scores), compare(scores)
    return write_report(*tables, **({"name": "demo"} | given))


def found(scores):
    return findings(scores, rank_models(scores), compare(scores))


def around(mean, *, n=30, sd=1.0, **key):
    values = np.random.default_rng(5).normal(mean, sd, n)
    return [{**key, "score": float(value)} for value in values]


@given(text=TEXT)
def test_any_text_is_shown_as_it_is_in_a_cell(text):
    table = markdown.table(["name", "value"], [[markdown.escape(text), "1"]], "lr")

    cells = re.findall(r"<td[^>]*>(.*?)</td>", RENDERER.render(table), re.DOTALL)

    assert [html.unescape(cell) for cell in cells] == [" ".join(text.split()), "1"]


@given(text=TEXT)
def test_any_text_is_shown_as_it_is_in_a_paragraph(text):
    rendered = RENDERER.render(markdown.escape(text)).strip()

    shown = html.unescape(rendered.removeprefix("<p>").removesuffix("</p>"))
    assert shown == " ".join(text.split())


def test_line_breaks_are_kept_where_asked():
    assert markdown.lines("name <ten>\n\n| words") == "name &lt;ten&gt;<br><br>\\| words"


def test_one_model_is_not_compared():
    said = found(grid(["a"], baselines=False))

    assert re.match(
        r"\*\*a\*\* scored [\d.]+ \[[\d.]+, [\d.]+\] on average; there is no second", said[0]
    )
    assert len(said) == 1


def test_models_that_differ_are_said_to():
    said = found(scores_table(around(80, model="a") + around(70, model="b")))

    assert said[0].startswith("Scores differ between the models (Kruskal-Wallis H = ")
    assert "**a** has the highest mean" in said[0]
    assert "is set apart from the other model" in said[0]


def test_no_difference_is_claimed_where_none_is_shown():
    said = found(scores_table(around(80, model="a") + around(80.01, model="b")))

    assert said[0].startswith("The data do not show a difference between the 2 models")
    assert "**b** has the highest mean" in said[0]
    assert "not evidence that it scores higher" in said[0]


def test_the_first_is_not_set_apart_from_its_equals():
    scores = scores_table(around(80, model="a") + around(80.1, model="b") + around(60, model="c"))

    assert "set apart from 1 of the 2 others, not from a" in found(scores)[0]


def test_a_highest_mean_that_the_ranks_contradict_is_not_called_higher():
    # One outlier gives `a` the higher mean while nearly all its lists score lower.
    a = [{"model": "a", "score": 60.0 + place / 100} for place in range(30)]
    a += [{"model": "a", "score": 200.0}] * 4
    b = [{"model": "b", "score": 70.0 + place / 100} for place in range(30)]

    said = found(scores_table(a + b))[0]

    assert "**a** has the highest mean" in said
    assert "but it is not set apart from any other model" in said


def test_degenerate_groups_are_not_called_different():
    scores = scores_table([{"model": "a", "score": 80.0}, {"model": "b", "score": 60.0}])

    assert "could not be tested" in found(scores)[0]


def test_a_model_with_a_single_list_is_no_winner():
    scores = scores_table(
        around(80, model="a") + around(70, model="b") + [{"model": "lucky", "score": 99.0}]
    )

    assert "**a** has the highest mean" in found(scores)[0]
    assert found(scores)[0].endswith("1 model with a single unique list could not be tested.")


@pytest.mark.parametrize(
    ("asked", "said", "reported"),
    [
        ([], "no test over the models was asked for", "Nothing was compared"),
        (["mann_whitney"], "no test over the models was asked for", "1 of 1 pairs differ"),
        (["kruskal_wallis"], "no test of pairs was asked for", "| model | 60 |"),
    ],
)
def test_tests_that_were_not_asked_for_are_not_reported_as_made(asked, said, reported):
    scores = scores_table(around(80, model="a") + around(70, model="b"))
    tests = compare(scores, asked)

    assert said in findings(scores, rank_models(scores), tests)[0]
    text = write_report(scores, summarize_conditions(scores), tests, name="demo")
    assert reported in text.split("## Tests")[1]


def test_scorability_is_part_of_the_finding():
    scores = scores_table(around(80, model="a") + around(70, model="b") + [{"model": "b"}] * 20)

    assert found(scores)[-1] == (
        # 60 of 80; b has 30 of 50
        "Scores are conditional on being scorable, as 75.0% of the answers were "
        "(60% to 100% by model)."
    )


def test_nothing_scorable_and_nothing_but_baselines_are_said_to_be_so():
    assert found(grid(["a"], unscorable="a")) == ["None of the 8 answers could be scored."]
    assert "Only baselines" in found(grid([]))[0]


def test_confounded_factors_are_a_caution():
    scores = scores_table(
        around(80, model="a", strategy="none") + around(70, model="b", strategy="etymology")
    )

    assert any("not balanced (model against strategy; strategy against model)" in said
               for said in found(scores))  # fmt: skip


def test_what_baselines_show_comes_from_the_numbers():
    random = around(90, provider="baseline", model="random-nouns")
    above = on_baselines(rank_models(scores_table(around(80) + random)))
    below = on_baselines(rank_models(scores_table(around(99) + random)))

    assert "- *random-nouns*: 89." in above
    assert "above the mean of 1 of 1 model" in above
    assert "a high score alone does not show divergent thinking" in above
    assert "No baseline has a mean above that of a model." in below
    assert "No baseline was scored" in on_baselines(rank_models(scores_table(around(80))))


def test_repetition_is_counted():
    scores = scores_table(around(80) + [{"score": 80.0, "scored_words": "x|y"}] * 10)

    said = on_repetition(rank_models(scores))

    assert said.startswith("1 of 1 model gave some list")
    assert "31 unique lists in 40 scorable answers" in said


@pytest.mark.parametrize(
    ("p", "written"), [(0.0009, "p < 0.001"), (0.012, "p = 0.012"), (1.0, "p = 1.000")]
)
def test_p_values(p, written):
    assert p_value(p) == written


def test_the_leaderboard_ranks_models_and_sets_baselines_apart():
    scores = scores_table(
        [
            {"model": "a|b", "score": 80.0},
            {"model": "c", "score": 70.0},
            {"model": "oracle", "provider": "baseline", "score": 100.0},
            {"model": "silent"},
        ]
    )

    text = leaderboard(rank_models(scores), name="demo")

    assert text.startswith("# Leaderboard: demo\n\nEmbedded WordNet space: not GloVe scores.\n")
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    assert rows == [
        "|  | *oracle* (baseline) | 100.00 | 1/1 (100%) | 1 |",
        "| 1 | a\\|b | 80.00 | 1/1 (100%) | 1 |",
        "| 2 | c | 70.00 | 1/1 (100%) | 1 |",
        "|  | silent | n/a | 0/1 (0%) | 0 |",
    ]


def test_percentiles_stand_in_the_leaderboard_of_the_published_space():
    scores = scores_table([{"score": 84.19, "space": "glove-840b-300d"}])

    assert "| 82 | 65 |" in leaderboard(rank_models(scores), name="demo")


def test_the_report_has_every_part_and_links_the_figures():
    text = report(
        grid(["a", "b"], ["none", "etymology"]),
        description="A <b>first</b> run",
        provenance={"config": "demo.yaml", "strategies": {"none": "List ten\nwords | nouns"}},
    )

    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == [
        "Finding", "What was run", "Leaderboard", "Figures", "Scorability", "Tests", "Baselines",
        "Repeated lists", "Methods",
    ]  # fmt: skip
    assert "A &lt;b&gt;first&lt;/b&gt; run" in text
    assert "> Embedded WordNet space: not GloVe scores." in text
    for figure in ("ranking", "distributions", "strategy_temperature"):
        assert f"](<figures/{figure}.png>)" in text
    assert "| config | demo.yaml |" in text
    assert "### strategies" in text
    assert "| none | List ten<br>words \\| nouns |" in text
    assert "nan" not in text.lower()


def test_every_table_of_the_report_is_whole():
    text = report(grid(["a|b", "<i>c</i>", "d"], ["none", "x|y"], [0, None], unscorable="d"))

    tables = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table
    assert "<i>" not in text


def test_long_tables_are_cut_and_say_where_the_rest_is():
    scores = grid([f"m{place:02}" for place in range(45)], n=24)

    text = report(scores)

    assert "The first 40 of 47 conditions; all are in summary.csv." in text
    assert re.search(r"The first 30 of \d+ pairs; all are in tests\.csv\.", text)


@pytest.mark.parametrize("case", [[], ["a"], ["a", "b"]])
@pytest.mark.parametrize("n", [1, 2, 9])
def test_the_report_can_be_written_of_anything(case, n):
    assert report(grid(case, n=n)).endswith("\n")
    assert report(grid(case, n=n, unscorable="a")).startswith("# demo\n")


def test_the_report_of_the_files_is_the_report_of_the_tables(tmp_path):
    scores = grid(["a", "NA", "1.0"], ["none", "etymology"], [0, 1, None], unscorable="a")
    summary, tests = summarize_conditions(scores), compare(scores)
    for name, table in (("scores", scores), ("summary", summary), ("tests", tests)):
        write_table(table, tmp_path / f"{name}.csv")

    text = write_report(
        read_table("scores", tmp_path / "scores.csv"),
        read_table("summary", tmp_path / "summary.csv"),
        read_table("tests", tmp_path / "tests.csv"),
        name="demo",
    )

    assert text == write_report(scores, summary, tests, name="demo")


def test_other_spaces_are_pointed_to():
    scores = grid(["a"])
    both = pd.concat([scores, scores.assign(space="mine")], ignore_index=True)

    assert "Also scored in mine: see summary.csv." in report(both)


def asked(model, n=5, requested="temperature|seed|structured", sent="temperature|seed|structured"):
    return around(80, n=n, model=model, requested=requested, sent=sent, served_model=f"{model}-1")


def test_what_was_requested_and_really_sent_is_told_per_model():
    scores = scores_table(asked("a") + asked("b", sent="temperature"))
    table = sending_table(scores).splitlines()
    assert [cell.strip() for cell in table[2].strip("|").split("|")] == [
        *("a", "5", "5 of 5", "5 of 5", "5 of 5", "a-1")
    ]
    assert [cell.strip() for cell in table[3].strip("|").split("|")] == [
        *("b", "5", "5 of 5", "0 of 5", "0 of 5", "b-1")
    ]


def test_a_comparison_of_json_with_free_text_is_a_caution():
    mixed = scores_table(asked("a") + asked("b", sent="temperature"))
    assert "Caution: 5 of 10 answers were asked for as JSON (a)" in report(mixed)
    assert "as JSON" not in report(scores_table(asked("a") + asked("b")))


def test_recorded_answers_were_not_requested():
    scores = scores_table(around(80, n=3, requested=np.nan, sent=np.nan, served_model=np.nan))
    assert sending_table(scores) == ""
    assert on_mixed_output(scores) == ""


def test_diversity_is_told_beside_that_of_people():
    words = pd.concat(
        [
            words_table(["tree sea", "tree sky"], model="a|b"),
            words_table(["fog"], model="oracle", provider="baseline"),
        ]
    )
    scores = grid(["a"])
    tables = scores, summarize_conditions(scores), compare(scores), measure_diversity(words)

    section = write_report(*tables, name="demo").split("## Diversity across lists")[1]

    assert "500 people used 1,968 distinct words, and two of their lists shared 1.3%" in section
    shown = "tree (100%), sea (50%), sky (50%)"
    assert f"| a\\|b | 2 | 3 | n/a | n/a | n/a | 0.333 | {shown} |" in section
    assert "| *oracle* (baseline) | 1 | 1 | n/a | n/a | n/a | n/a | fog (100%) |" in section


def test_agreement_is_told_where_there_are_several_spaces():
    both = [
        {"space": space, "model": model, "score": score}
        for space, first in (("wordnet", 80.0), ("own", 60.0))
        for model, score in (("a", first), ("b", 70.0))
    ]

    section = report(scores_table(both)).split("## Agreement of the spaces")[1]

    assert "order of the 2 models" in section
    assert "| tau-b | wordnet, own | -1.00 |" in section
    assert "| W | all | 0.00 |" in section
    assert "Agreement of the spaces" not in report(scores_table(both[:2]))
    alone = report(scores_table(both[::2]))
    assert "Fewer than two models were scored in every space" in alone


def test_methods_cite_the_norms_that_were_chosen():
    scores = scores_table([{"score": 84.19, "space": "glove-840b-300d"}])
    summary = summarize_conditions(scores, ["olson2021_study2"])

    text = write_report(scores, summary, compare(scores), name="demo")

    assert "Percentiles: where the mean stands among the people of Olson et al. 2021" in text
    assert "Bellemare-Pepin et al. 2024 (n" not in text


def test_another_scoring_and_the_verification_of_the_spaces_are_told():
    scores = scores_table(around(80, n=5, model="a"))
    told = report(
        scores, scoring="minimum=5|fold-diacritics", verification={"wordnet": "| check |\n| --- |"}
    )
    assert "> Scoring differs from Olson et al. (minimum=5, fold-diacritics)" in told
    assert "### Verification of wordnet\n\n| check |" in told
    assert "Scoring differs" not in report(scores)
