"""Descriptive statistics as papers print them."""

import re

from divergent_bench.analysis.summaries import rank_models
from divergent_bench.reporting.report.descriptives import descriptives, escape_latex, paper_table
from tests.helpers.hostile import MARKUP
from tests.helpers.scores import condition, scores_table

ROWS = [
    *condition([70.0, 80.0, 90.0], model="a"),
    {"model": "a", "score": None},
    *condition([60.0], model="b"),
    *condition([125.0] * 3, provider="baseline", model="nouns", strategy="not-applicable"),
]


def test_each_cell_is_that_of_the_ranking():
    ranking = rank_models(scores_table(ROWS), [])

    header, rows, notes = descriptives(ranking)

    told = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["model"] for row in told] == ["nouns (baseline)", "a", "b"]
    # t(0.975; 2) x 10 / sqrt(3) = 24.84
    assert told[1] == {
        "model": "a", "n": "4", "scorable": "3", "M": "80.00", "95 % CI": "[55.16, 104.84]",
        "SD": "10.00", "Mdn": "80.00", "rank": "1",
    }  # fmt: skip
    assert (told[2]["SD"], told[2]["95 % CI"], told[2]["rank"]) == ("n/a", "n/a", "2")
    assert told[0]["rank"] == ""
    assert "WordNet" in notes[0]


def test_percentiles_and_ranges_of_ranks_are_there_where_they_are_known():
    in_norms = [{**row, "space": "glove-840b-300d"} for row in ROWS]
    ranking = rank_models(scores_table(in_norms))
    ranking["rank_low"] = ranking["rank_low"].where(ranking["label"] != "a", 1)
    ranking["rank_high"] = ranking["rank_high"].where(ranking["label"] != "a", 2)

    header, rows, notes = descriptives(ranking)

    assert [name for name in header if name.startswith("percentile")]
    assert rows[0][-1] == ">= 99.9"
    assert rows[1][header.index("rank")] == "1 to 2"
    assert any("8,572 people" in note for note in notes)


def test_a_name_is_a_name_in_every_form():
    names = [*MARKUP, "a_b & 50 % ^~\\ {x} #1 $y$"]
    ranking = rank_models(scores_table([{"model": name, "score": 80.0} for name in names]), [])

    for form, first, separator in (("markdown", 0, r"(?<!\\)\|"), ("latex", 6, r"(?<!\\)&")):
        text = paper_table(ranking, form)
        lines = [line for line in text.splitlines()[first:] if re.search(separator, line)]
        assert len(lines) == len(names) + (2 if form == "markdown" else 1)
        assert len({len(re.findall(separator, line)) for line in lines}) == 1, text
        assert "<script" not in text
    page = paper_table(ranking, "html")
    assert page.count("<tr>") == 1 + len(names)
    assert page.count("<td>") == 8 * len(names)
    assert not re.search(r"<(img|script|b>|javascript)", page)


def test_what_latex_obeys_is_spelt_out():
    assert escape_latex("50 % of a_b & {c} #1 $x^2$") == (
        r"50 \% of a\_b \& \{c\} \#1 \$x\textasciicircum{}2\$"
    )
    assert escape_latex("[1, 2]") == "{[1, 2]}"  # else an argument of the line break before it
    assert escape_latex(r"\input{x}") == r"\textbackslash{}input\{x\}"
