"""Hostile answers, names and paths through the whole workflow: shown as text, and nothing else."""

import html
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from divergent_bench.analysis.tables import read_table
from divergent_bench.base.names import printable
from tests.helpers.commands import divergent_bench
from tests.helpers.hostile import ANSWERS, CONTROL, FORMULAS, MARKUP, SHELL
from tests.helpers.workflow import Workflow
from tests.unit.test_report_html import Elements

pytestmark = pytest.mark.slow

NOUNS = ("arm", "eye", "foot", "hand", "head", "leg", "body", "bag", "bee", "burger", "feast")
MODEL = "<img src=x onerror=alert(1)> | [a](javascript:alert(1)) $\\frac{$ =1+1 $(touch owned)"
OF_THE_PAGE = {
    *("html", "head", "meta", "title", "style", "body", "main", "nav", "ul", "li", "a"),
    *("h1", "h2", "h3", "p", "div", "table", "thead", "tbody", "tr", "th", "td", "blockquote"),
    *("strong", "em", "code", "pre", "img"),
}


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """Run a config, and answers, that mean harm."""
    directory = tmp_path_factory.mktemp("security")
    answers = [f"1. {word}\n" * 3 for word in ANSWERS]
    answers += [
        "\n".join([*NOUNS[i:], *NOUNS[:i], ANSWERS[i], ANSWERS[-1 - i]]) for i in range(len(NOUNS))
    ]
    (directory / "answers.jsonl").write_text(
        "".join(json.dumps({"response": text}) + "\n" for text in answers), encoding="utf-8"
    )
    columns = {"model": None, "strategy": None, "temperature": None}
    provider = {"provider": "recorded", "model": MODEL, "file": "answers.jsonl", "columns": columns}
    flow = Workflow(
        directory,
        {
            "name": f"{MARKUP[2]} {MARKUP[-1]} {SHELL[1]}",
            "description": " ".join([*MARKUP, *SHELL]).replace("</script>", ""),
            "experiments": [{"name": "e", "providers": [provider], "samples": "all"}],
            "output": {
                "include_raw_responses": True,
                "directory": "results/$(touch owned); 'x' `touch owned`",
            },
        },
    )
    flow.run()
    return flow


@pytest.fixture(scope="module")
def results(flow: Workflow) -> Path:
    """Return the directory of the results."""
    return flow.directory / flow.config["output"]["directory"]


def test_no_shell_obeys(flow, results):
    assert (results / "report.html").exists()
    assert not [path for path in flow.directory.rglob("*") if path.name == "owned"]


@pytest.mark.parametrize("page", ["report.html", "report_words.html"])
def test_a_page_shows_them_and_has_no_element_of_theirs(page, results):
    text = (results / page).read_text(encoding="utf-8")
    elements = Elements(text)
    assert html.escape(MODEL) in text
    assert printable(text) == text
    assert {tag for tag, _ in elements.found} <= OF_THE_PAGE
    attributes = {name for _, given in elements.found for name in given}
    assert not [name for name in attributes if name.startswith("on")]
    others = {link["href"] for link in elements.tags("a") if not link["href"].startswith("#")}
    files = {unquote(href.partition("#")[0]) for href in others}
    assert all((results / file).exists() for file in files)
    figures = {file for file in files if re.fullmatch(r"figures/models/recorded/[^/]+\.svg", file)}
    assert len(figures) == (page == "report.html")
    assert files - figures == ({"answers.html"} if page == "report.html" else set())
    assert all(image["src"].startswith("data:image/png;") for image in elements.tags("img"))


@pytest.mark.parametrize("page", ["answers.html", "tables/summary.html", "tables/leaderboard.html"])
def test_a_page_with_scripts_runs_ours_alone(page, results):
    text = (results / page).read_text(encoding="utf-8")
    body = text.partition("<body>")[2]
    own, data, *_ = [*body.split("<script", 1), ""]
    assert "onerror" in (data if page == "answers.html" else own)
    assert printable(own) == own
    elements = Elements(text)
    scripts = elements.tags("script")
    assert [each.get("type") for each in scripts if each] == ["application/json"] * (
        page == "answers.html"
    )
    assert len(scripts) == 2 + (page == "answers.html")
    assert not elements.tags("img")
    attributes = {name for _, given in elements.found for name in given}
    assert not [name for name in attributes if name.startswith("on")]


def test_markdown_shows_them_as_text(results):
    for name in ("report.md", "leaderboard.md"):
        text = (results / name).read_text(encoding="utf-8")
        assert printable(text) == text
        rows = [line for line in text.splitlines() if "onerror" in line and line[0] == "|"]
        assert rows
        for row in rows:
            assert "&lt;img src=x onerror=alert(1)&gt; \\| \\[a\\](javascript:alert(1))" in row


def test_figures_hold_them_as_text(results):
    figures = list(results.glob("figures/**/*.svg"))
    assert len(figures) > 5
    for figure in figures:
        elements = [*ElementTree.parse(figure).iter()]  # is XML
        assert not [each for each in elements if each.tag.rpartition("}")[2] in {"script", "a"}]
        for name, value in (pair for each in elements for pair in each.attrib.items()):
            assert not name.startswith("on")
            if name.endswith("href"):
                assert value.startswith(("#", "data:image/png;"))
    assert any("onerror" in figure.read_text(encoding="utf-8") for figure in figures)


def test_snakemakes_own_report_holds_them_as_text(flow):
    page = flow.directory / "full.html"
    flow.run("--report", str(page))
    elements = Elements(page.read_text(encoding="utf-8"))
    ours = [given for tag, given in elements.found if tag in {"img", "b", "td"}]
    assert ours == []  # it is drawn by scripts
    assert not re.search(r'href=\\?"javascript:', page.read_text(encoding="utf-8"))


def test_tables_keep_what_was_answered(results):
    # They are data, also where a spreadsheet would take them for a formula: see SECURITY.md.
    raw = set(read_table("words", results / "words.csv")["raw"])
    assert raw >= set(FORMULAS[:2])
    scores = pd.read_csv(results / "scores.csv", keep_default_na=False)
    assert {f"1. {answer}\n" * 3 for answer in (*FORMULAS, *CONTROL[:3])} <= set(scores["response"])


def test_a_terminal_shows_them_as_text(flow, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    answer = "\n".join(f"{i}. {text}" for i, text in enumerate(CONTROL, start=1))
    (flow.directory / "answer.txt").write_text(answer, encoding="utf-8")
    told = divergent_bench("parse", "answer.txt", directory=flow.directory)
    assert "\\x1b[2J" in told
    assert printable(told) == told
