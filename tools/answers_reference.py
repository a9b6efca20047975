"""Makes ``docs/reference/answers.md`` from the layouts and flags of the parser.

``python -m tools.answers_reference FILE`` writes it.
"""

import sys
from collections.abc import Mapping
from typing import Final

from divergent_bench.base.files import write_text
from divergent_bench.instrument.parsing import FLAGS, LAYOUTS

_INTRODUCTION: Final = """# Layouts and flags

What `scores.csv` and `divergent-bench parse` say of an answer: the `layout` in which its words
stand, and `flags` for what was noticed while they were read. How the list is found is told in
[How answers are read](../explanation/parsing.md).
"""


def reference() -> str:
    """Write the reference of layouts and flags as Markdown."""
    return "\n".join(
        [_INTRODUCTION, _section("Layouts", "layout", LAYOUTS), _section("Flags", "flag", FLAGS)]
    )


def _section(title: str, name: str, meanings: Mapping[str, str]) -> str:
    rows = [f"| `{key}` | {_escaped(meaning)} |" for key, meaning in meanings.items()]
    return "\n".join([f"## {title}\n", f"| {name} | meaning |", "| --- | --- |", *rows, ""])


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")


if __name__ == "__main__":
    write_text(sys.argv[1], reference())
