"""A page that stands alone: scripts, style and data are in it, and it asks for nothing else."""

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

_HERE: Final = Path(__file__).parent
_LIBRARY: Final = "datatables/dataTables.min.js"
DATA: Final = "data"  # id of the element that holds the data of a page


def page(title: str, body: str, script: str, data: Any = None) -> str:
    """Return a page of HTML.

    Parameters
    ----------
    title
        As text.
    body
        As HTML.
    script
        A file beside this one; it runs after the library of tables.
    data
        What the script reads from the element `DATA`, as JSON; nothing where it is None.

    Notes
    -----
    Only the two scripts may run, by their digests, whatever the body or the data hold. Nothing may
    be loaded: no script, picture, style, font or data, from wherever.
    """
    scripts = [(_HERE / name).read_text(encoding="utf-8") for name in (_LIBRARY, script)]
    style = (_HERE / "pages.css").read_text(encoding="utf-8")
    held = "" if data is None else _script(_json(data), f' type="application/json" id="{DATA}"')
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts, style)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"{body}\n{held}{''.join(map(_script, scripts))}</body>\n</html>\n"
    )


def _script(content: str, attributes: str = "") -> str:
    return f"<script{attributes}>{content}</script>\n"


def _policy(scripts: Iterable[str], style: str) -> str:
    allowed = " ".join(map(_digest, scripts))
    return f"default-src 'none'; script-src {allowed}; style-src {_digest(style)}; base-uri 'none'"


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _json(data: Any) -> str:
    # Without any < nothing can end the element, or begin a comment in it.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")
