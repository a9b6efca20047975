"""The report as a page of its own: everything it shows is in it, and nothing in it is run."""

import base64
import html
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from divergent_bench.base.errors import UserError

_DEEPEST: Final = 3  # of the headings in the table of contents
_STYLE: Final = """
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #222; font: 16px/1.55 "Helvetica Neue", Arial,
  "DejaVu Sans", sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 1.8em 0 .5em; }
h1 { margin-top: .5em; }
h2 { border-bottom: 1px solid #d9d9d9; padding-bottom: .2em; }
a { color: #0072b2; }
nav { border: 1px solid #d9d9d9; border-radius: 4px; padding: .25rem 1rem; font-size: .92rem; }
nav ul { margin: .25em 0; padding: 0; list-style: none; columns: 14rem; }
nav .level3 { margin-left: 1.5em; }
blockquote { margin: 1em 0; padding: .1em 1em; border-left: 4px solid #d55e00;
  background: #faf6f2; }
.table { overflow-x: auto; margin: 1em 0; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3em .7em; border-bottom: 1px solid #e4e4e4; vertical-align: top;
  white-space: nowrap; }
th { white-space: normal; }
td:last-child:not([style*="right"]) { white-space: normal; min-width: 14rem; }
thead th { border-bottom: 2px solid #767676; }
pre { overflow-x: auto; padding: .7em 1em; background: #f5f5f5; font-size: .82rem; }
pre code { white-space: pre-wrap; }
img { max-width: 100%; height: auto; }
p > img { max-width: min(100%, 60rem); }
.beside { display: grid; gap: 0 1.5rem;
  grid-template-columns: minmax(20rem, 1fr) minmax(0, 1.2fr); }
.beside ul { padding-left: 1.2em; margin-top: .3em; }
.beside li { margin-bottom: .5em; }
.beside p { margin: 0; }
@media (max-width: 60rem) { .beside { display: block; } }
@media print {
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .beside { display: block; }
  .table { overflow: visible; }
  th, td { white-space: normal; padding: .15em .4em; }
  h2, h3, h4 { break-after: avoid; }
  tr, img { break-inside: avoid; }
  a { color: inherit; text-decoration: none; }
}
"""
# Nothing is loaded and nothing runs, whatever the text says.
_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class _Heading(NamedTuple):
    level: int
    words: str
    anchor: str


def render_page(text: str, directory: Path, *, pictures: bool = True) -> str:
    """Render a report as one page of HTML.

    Raw HTML in the text is shown, not obeyed. Pictures, at paths relative to `directory`, are put
    into the page; without `pictures` they are only named, and nothing leads to other files: such a
    page is shown within another, from where these are not found.

    Raises
    ------
    UserError
        If a picture is not there, or is no PNG below `directory`.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    opening = '<div class="table" tabindex="0">\n<table>\n'
    parser.add_render_rule("table_open", lambda *_: opening)
    parser.add_render_rule("table_close", lambda *_: "</table>\n</div>\n")
    parser.add_render_rule("image", _show_picture if pictures else _name_picture)
    tokens = parser.parse(text)
    if pictures:
        _put_beside(tokens)
    else:
        _cut_links(tokens)
    headings = _anchor(tokens)
    title = headings[0].words if headings else "Report"
    body = parser.renderer.render(tokens, parser.options, {"directory": directory.resolve()})
    # What can be found stands below the first section: it is what most people come for.
    second = [found.start() for found in re.finditer("<h2", body)][1:2]
    place = second[0] if second else body.find("</h1>\n") + len("</h1>\n")
    start, rest = body[:place], body[place:]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{start}{_contents(headings)}{rest}</main>\n</body>\n</html>\n"
    )


def _put_beside(tokens: list[Token]) -> None:
    """Put a picture that follows a list beside it."""
    lists = [place for place, token in enumerate(tokens) if token.type == "bullet_list_close"]
    for end in reversed(lists):
        inline = tokens[end + 2 : end + 3]
        shown = [child.type for token in inline for child in token.children or ()]
        if tokens[end].level or shown != ["image"]:
            continue
        openings = (n for n in range(end) if tokens[n].type == "bullet_list_open")
        start = max(n for n in openings if not tokens[n].level)
        tokens.insert(end + 4, Token("html_block", "", 0, content="</div>\n"))
        tokens.insert(start, Token("html_block", "", 0, content='<div class="beside">\n'))


def render_part(text: str) -> str:
    """Render a part of a report as a part of a page; raw HTML in the text is shown, not obeyed."""
    tokens = (parser := MarkdownIt("commonmark", {"html": False})).parse(text)
    _cut_links(tokens)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _cut_links(tokens: Sequence[Token]) -> None:
    """Keep of the links their words."""
    for token in tokens:
        links = {"link_open", "link_close"}
        token.children = [each for each in token.children or () if each.type not in links] or None


def _anchor(tokens: Sequence[Token]) -> list[_Heading]:
    """Give the headings their anchors, each another one, and return them."""
    headings: list[_Heading] = []
    taken: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        words = "".join(child.content for child in inline.children or ())
        slug = anchor = re.sub(r"\W+", "-", words.lower()).strip("-") or "section"
        number = 1
        while anchor in taken:
            number += 1
            anchor = f"{slug}-{number}"
        taken.add(anchor)
        opening.attrSet("id", anchor)
        headings.append(_Heading(int(opening.tag[1:]), words, anchor))
    return headings


def _contents(headings: Sequence[_Heading]) -> str:
    lines = [
        f'<li class="level{each.level}"><a href="#{html.escape(each.anchor)}">'
        f"{html.escape(each.words)}</a></li>\n"
        for each in headings
        if 1 < each.level <= _DEEPEST
    ]
    return f'<nav aria-label="Contents">\n<ul>\n{"".join(lines)}</ul>\n</nav>\n'


def _show_picture(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    token, directory = tokens[idx], env["directory"]
    source = str(token.attrGet("src"))
    path = (directory / source).resolve()
    if path.suffix != ".png" or not path.is_relative_to(directory):
        raise UserError(f"{source}: is no PNG beside the report, so it is not put into the page")
    try:
        data = base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise UserError(f"{path}: cannot read the figure ({error.strerror})") from error
    words = renderer.renderInlineAsText(token.children or [], options, env)
    return f'<img src="data:image/png;base64,{data}" alt="{html.escape(words)}">'


def _name_picture(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    words = renderer.renderInlineAsText(tokens[idx].children or [], options, env)
    return f"<em>{html.escape(words)}: see the figure of this name.</em>"
