"""Tables of a terminal: nothing of them is cut off, however narrow it is."""

import io

import pytest
from rich.console import Console

from divergent_bench.cli.views.tables import fitting, text_table

HEADS = ["model", "verdict", "points\n[interval]", "P"]
ROWS = [
    ("openrouter/llama-3.3-70b-instruct", "not shown to differ", "-0.20 [-3.73, +3.33]", "0.46"),
    ("b", "scores higher", "+12.00 [+3.00, +21.00]", "0.99"),
]


def shown(width):
    console = Console(file=io.StringIO(), width=width, markup=False)
    console.print(fitting(text_table(HEADS, ROWS, right=2), width))
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [24, 40, 60, 80, 120])
def test_every_cell_is_there_at_every_width(width):
    lines = shown(width)

    assert all(len(line) <= width for line in lines)
    letters = "".join("".join(lines).split())
    for row in ROWS:
        for cell in row[2:] if width >= 60 else row:  # in columns, lines of others come between
            assert "".join(cell.split()) in letters


def test_what_has_no_room_beside_each_other_stands_below_each_other():
    narrow = "\n".join(shown(40))
    assert "points [interval]: +12.00 [+3.00, +21.00]" in " ".join(narrow.split())
    wide = shown(100)
    assert wide[1].split() == ["model", "verdict", "[interval]", "P"]
