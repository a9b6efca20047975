"""A hook of MkDocs: pages whose text stands elsewhere, and links between files of the repository.

Links are written as they work in the repository. On the site they lead to pages; those to files
that the site does not show become plain text.
"""

import re
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
SOURCES = {
    "index.md": "README.md",
    "reference/manual.md": "config/README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "security.md": "SECURITY.md",
}
PAGES = {source: page for page, source in SOURCES.items()}
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#)([^)#]*)(#[^)]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from elsewhere."""
    for page, source in SOURCES.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turn the links of a page into those of the site."""
    here = page.file.src_uri
    source = SOURCES.get(here, f"docs/{here}")

    def on_the_site(link: re.Match[str]) -> str:
        label, target, anchor = link.groups("")
        file = normpath(join(dirname(source), target))
        to = PAGES.get(file, file.removeprefix("docs/"))
        if to == file and (ROOT / file).exists():  # the site does not show it
            return label
        return f"[{label}]({relpath(to, dirname(here) or '.')}{anchor})"

    return LINK.sub(on_the_site, markdown)
