"""The tables of a run as files: CSV, copies as JSON and Markdown, and the leaderboard."""

from collections.abc import Sequence
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Final

import pandas as pd

from divergent_bench.analysis.from_scores import Analysis
from divergent_bench.base.files import write_text
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.leaderboard import leaderboard

LEADERBOARD: Final = "leaderboard.md"


def write_tables(run: Analysis, files: Sequence[Path], *, name: str, note: str = "") -> None:
    """Write tables of a run; the name of each file says which, and in which format.

    ``TABLE.csv``, ``TABLE.json``, ``TABLE.md`` or ``leaderboard.md``. Copies of a table have the
    content of its CSV, digit by digit. `name` is that of the benchmark, `note` what a reader of the
    leaderboard must know first.

    Raises
    ------
    UserError
        When the scores or the words cannot be read.
    """
    sources = {"scores": run.scores_file, "words": run.words_file}

    @cache
    def csv(table: str) -> str:
        if table in sources:
            return sources[table].read_text(encoding="utf-8")
        return run.table(table).to_csv(index=False, lineterminator="\n")

    for file in files:
        if file.name == LEADERBOARD:
            rankings = {task: each.ranking for task, each in run.tasks.items()}
            text = leaderboard(rankings, name=name, note=note)
        elif file.suffix == ".csv":
            text = csv(file.stem)
        else:
            table = pd.read_csv(StringIO(csv(file.stem)), keep_default_na=False, na_values=[""])
            text = f"{markdown.frame(table)}\n"
            if file.suffix == ".json":
                text = table.to_json(orient="records", indent=1, double_precision=15)
        write_text(file, text)
