import base64
import re
from html.parser import HTMLParser

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.page import render_page

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOSTILE = "<script>alert(1)</script><img src=http://x/y onerror=alert(1)>"


class Elements(HTMLParser):
    """Collects the elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def tags(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag == name]


def test_hostile_text_is_shown_and_does_nothing(tmp_path):
    text = (
        f"# {markdown.escape(HOSTILE)}\n\n{HOSTILE}\n\n| a |\n| :--- |\n| {HOSTILE} |\n\n"
        f"{markdown.block(HOSTILE)}\n\n[here](javascript:alert(1)) [there](data:text/html,x)\n"
    )

    page = Elements(render_page(text, tmp_path))

    assert {tag for tag, _ in page.found} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "nav", "ul", "li", "a"),
        *("h1", "p", "div", "table", "thead", "tbody", "tr", "th", "td", "pre", "code"),
    }
    assert page.tags("a") == []
    assert not [name for _, attributes in page.found for name in attributes if name[:2] == "on"]


def test_the_page_asks_for_nothing_from_elsewhere(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures/ranking.png").write_bytes(PIXEL)

    page = Elements(render_page("# x\n\n![Means](figures/ranking.png)\n", tmp_path))

    (picture,) = page.tags("img")
    head, data = picture["src"].split(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data) == PIXEL
    assert picture["alt"] == "Means"
    policies = [each["content"] for each in page.tags("meta") if "http-equiv" in each]
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]
    assert not {tag for tag, _ in page.found} & {"script", "link", "iframe", "object"}


@pytest.mark.parametrize("path", ["gone.png", "../beside.png", "secret.txt", "http://x/y.png"])
def test_only_pictures_beside_the_report_are_put_into_it(path, tmp_path):
    directory = tmp_path / "results"
    directory.mkdir()
    (tmp_path / "beside.png").write_bytes(PIXEL)
    (directory / "secret.txt").write_text("secret", encoding="utf-8")

    with pytest.raises(UserError, match=re.escape(path.rpartition("/")[2])):
        render_page(f"![x]({path})\n", directory)


def test_the_contents_lead_to_every_section_once(tmp_path):
    text = (
        "# Run\n\n## Models\n\n### A & <b>\n\n## Models\n\n### 日本\n\n#### deep\n\n## models 2\n"
    )

    page = render_page(text, tmp_path)

    links = re.findall(r'<a href="#([^"]*)">([^<]*)</a>', page)
    assert [words for _, words in links] == [
        "Models",
        "A &amp; &lt;b&gt;",
        "Models",
        "日本",
        "models 2",
    ]
    anchors = [attributes.get("id") for tag, attributes in Elements(page).found if tag[0] == "h"]
    assert [anchor for anchor, _ in links] == ["models", "a-b", "models-2", "日本", "models-2-2"]
    assert {anchor for anchor, _ in links} <= set(anchors)
    # What one comes for stands in the first section, and the contents below it.
    first, second = (found.start() for found in [*re.finditer("<h2", page)][:2])
    assert page.index("<h1") < first < page.index("<nav") < second
    assert "<title>Run</title>" in page


def test_a_picture_that_follows_a_list_stands_beside_it(tmp_path):
    (tmp_path / "a.png").write_bytes(PIXEL)
    text = "# R\n\n## F\n\n- one\n- two\n\n![a](a.png)\n\n- three\n\nNo picture.\n"

    page = render_page(text, tmp_path)

    (beside,) = re.findall(r'<div class="beside">(.*?)</div>', page, re.DOTALL)
    assert "<li>two</li>" in beside
    assert beside.count("<img ") == 1
    assert "three" not in beside
    assert 'class="beside"' not in render_page(text, tmp_path, pictures=False)


def test_tables_scroll_in_a_box_of_their_own(tmp_path):
    page = render_page("# x\n\n| a | b |\n| :--- | ---: |\n| 1 | 2 |\n", tmp_path)

    assert '<div class="table" tabindex="0">\n<table>' in page
    assert '<td style="text-align:right">2</td>' in page
    assert page.count("<div") == page.count("</div>") == 1
