import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.wording import (
    adjusted,
    counted,
    effect,
    in_table,
    listed,
    named,
    p_cell,
    p_value,
    signed,
)

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=30)
RENDERER = MarkdownIt("commonmark").enable("table")


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


@given(text=TEXT)
def test_any_text_is_shown_as_it_is_in_a_block(text):
    rendered = RENDERER.render(markdown.block(f"{text}\n```\n<b>"))

    shown = html.unescape(re.search(r"<code>(.*)</code>", rendered, re.DOTALL)[1])
    assert shown == f"{text}\n```\n<b>\n"


@pytest.mark.parametrize(
    ("p", "written"), [(0.0009, "p < 0.001"), (0.012, "p = 0.012"), (1.0, "p = 1.000")]
)
def test_p_values(p, written):
    assert p_value(p) == written
    assert p_cell(p) == written.removeprefix("p ").removeprefix("= ")


def test_an_adjustment_names_its_method_and_family():
    holm = {"p_adjusted": 0.012, "adjusted_by": "holm", "adjusted_over": 3}
    explored = {"p_adjusted": 0.0001, "adjusted_by": "benjamini-hochberg", "adjusted_over": 78}
    assert adjusted(holm) == "p = 0.012, Holm over 3"
    assert adjusted(explored) == "p < 0.001, Benjamini-Hochberg over 78"


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "0 models"), (1, "1 model"), (2, "2 models"), (1000, "1,000 models")],
)
def test_counts_are_singular_or_plural(number, written):
    assert counted(number, "model") == written


def test_names_are_joined_as_in_a_sentence():
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"


def test_no_difference_has_no_sign():
    assert signed(-0.001) == "0.00"
    assert signed(0.006) == "+0.01"
    assert effect(float("nan"), 1.0, 2.0) == "n/a"
    assert effect(1.0, float("nan"), float("nan")) == "+1.00"


def test_people_are_told_from_models():
    assert named("olson", "people") == "people (olson)"
    assert named("people", "people") == "people"
    assert named("gpt|4", "model") == "gpt\\|4"
    assert in_table("olson", "people") == "*olson* (people)"
    assert in_table("oracle", "baseline") == "*oracle* (baseline)"
