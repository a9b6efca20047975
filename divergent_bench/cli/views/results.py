"""An analysis on a terminal: who leads, and what the tests say."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from divergent_bench.analysis.summaries import chosen_norms
from divergent_bench.analysis.tables import read_table
from divergent_bench.base.names import counted
from divergent_bench.cli.views.outcomes import leaderboard_table, notes_on_pairs, pairs_table
from divergent_bench.design.analysis_plan import ALPHA, FACTORS
from divergent_bench.design.contrasts import analysis_plans
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.provenance import scoring_label
from divergent_bench.reporting.report.pairs import PairResult
from divergent_bench.reporting.report.results import Results, results_by_task
from divergent_bench.reporting.report.wording import Row, adjusted, missing, more
from divergent_bench.running.batches import Batch

if TYPE_CHECKING:
    from rich.console import RenderableType

_TABLES: Final = ("scores", "summary", "tests", "diversity", "power", "variance")
_MOST_PAIRS: Final = 12


def read_results(batch: Batch, home: Path) -> list[Results]:
    """Read what an analysis of a batch came to, from the tables in `home`, by task."""
    tables = {name: read_table(name, home / f"{name}.csv") for name in _TABLES}
    analysed = batch.grid.restricted_to(set(tables["scores"]["sample"]))
    of_tasks = results_by_task(tables, analysis_plans(batch.config, batch.grid, analysed))
    return [replace(each, scoring=scoring_label(batch.config, each.task)) for each in of_tasks]


def in_short(results: Results) -> "Iterator[RenderableType]":
    """Yield the leaderboard and the tests of each factor, as a terminal shows them."""
    yield leaderboard_table(results.ranking)
    yield _on_space(results)
    told: set[str] = set()
    for factor in FACTORS:
        pairs = results.pairs_of(factor)
        if not pairs:
            continue
        yield f"\nBy {factor}{_overall(results.omnibus(factor))}"
        for role, planned in (("planned", True), ("exploratory", False)):
            of_role = (pair for pair in pairs if pair.planned == planned)
            part = sorted(of_role, key=lambda pair: (not pair.tested, pair.p))
            if part:
                yield from _of_role(part, role, told)


def _of_role(pairs: Sequence[PairResult], role: str, told: set[str]) -> "Iterator[RenderableType]":
    differ = sum(pair.differs for pair in pairs)
    yield f"{counted(len(pairs), f'{role} pair')}, {differ:,} set apart:"
    shown = pairs[:_MOST_PAIRS]
    yield pairs_table(shown)
    notes = [note for note in notes_on_pairs(shown) if note not in told]
    told.update(notes)
    yield from notes
    if cut := more(len(pairs), _MOST_PAIRS, "pairs", "tests.csv"):
        yield cut


def _on_space(results: Results) -> str:
    said = f"{space_statement(results.space)}. Brackets: 95 % intervals, of ranks for all at once."
    if not results.has_reference:
        return f"{said} Not to be compared with published scores."
    if norms := chosen_norms(results.ranking):
        said += f" Percentiles are among people ({'; '.join(norm.label for norm in norms)})."
    return said


def _overall(row: Row | None) -> str:
    """Say what the test over all levels of a factor shows; empty where there is none."""
    if row is None or missing(row["p_adjusted"]):
        return ""
    verdict = "ranks differ" if row["p_adjusted"] <= ALPHA else "ranks not shown to differ"
    return f": {verdict} (Kruskal-Wallis, {adjusted(row)})"
