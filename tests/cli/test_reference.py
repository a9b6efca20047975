import csv
import shlex

import pytest

from tests.helpers.commands import divergent_bench
from tests.helpers.workflow import ROOT
from tools.cli_reference import EXAMPLES, reference

ANSWER = "1. Hippo\n2. Jumper\n3. Machinery\n4. Prickle\n5. Tickets\n6. Tomato\n7. Violin\n"


def test_the_reference_is_that_of_the_commands():
    assert (ROOT / "docs/cli.md").read_text(encoding="utf-8") == reference(), (
        "run: python -m tools.cli_reference docs/cli.md"
    )


@pytest.mark.slow
def test_every_example_of_the_reference_works(tmp_path):
    (tmp_path / "answer.txt").write_text(ANSWER, encoding="utf-8")
    (tmp_path / "answers.jsonl").write_text(
        '{"model": "mine", "response": "Hippo, jumper, machinery, prickle, tickets, tomato"}\n',
        encoding="utf-8",
    )
    for line in EXAMPLES:
        divergent_bench(*shlex.split(line), directory=tmp_path)
        if line.startswith("config init"):  # figures are drawn by the commands of the README
            with (tmp_path / "config/first.yaml").open("a", encoding="utf-8") as file:
                file.write("  include_visualizations: false\n")

    assert (tmp_path / "results/first/report.html").exists()
    assert not (tmp_path / "results/first/figures").exists()
    for file, n in (("first.csv", 10), ("five.csv", 5)):
        with (tmp_path / file).open(encoding="utf-8", newline="") as table:
            assert len(list(csv.DictReader(table))) == n
