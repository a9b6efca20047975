"""What a run came to: of one condition, or of several models side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import pandas as pd

from divergent_bench.analysis.exporting import tidy_samples
from divergent_bench.analysis.summaries import chosen_norms, rank_models
from divergent_bench.analysis.tables import (
    PER_SPACE,
    are_ranked,
    measures_in,
    records,
    rows_of,
    temperature_label,
)
from divergent_bench.analysis.tables.facts import adjustment, caveats
from divergent_bench.base.names import counted, percent
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.cli.views.plan import usd
from divergent_bench.cli.views.tables import text_table
from divergent_bench.design.analysis_plan import RANKS
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.report.comparisons import DECIDING, on_pooled
from divergent_bench.reporting.report.leaderboard import leaderboard_rows
from divergent_bench.reporting.report.pairs import PairResult
from divergent_bench.reporting.report.scorability import spent_on_reasoning
from divergent_bench.reporting.report.wording import (
    MISSING,
    Row,
    effect,
    in_plain_text,
    mean_with_interval,
    missing,
    number,
    p_cell,
)

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class Outcome:
    """What the samples that are there amount to, in the primary semantic space."""

    scores: pd.DataFrame  # these two as `analysis.evaluation.evaluate` gives them
    words: pd.DataFrame
    norms: Sequence[str]  # the human samples that percentiles are given of
    asked: int  # how many samples the config asks for
    results: Path

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """All who answered, highest mean first."""
        return rank_models(self.scores, self.norms)

    @property
    def space(self) -> str:
        """The semantic space."""
        return str(self.scores["space"].iloc[0])

    @cached_property
    def samples(self) -> pd.DataFrame:
        """A row per sample, as `analysis.exporting` has it; its space in a column."""
        table = tidy_samples(self.scores, self.words, self.results)
        here = f"_{self.space}"
        names = {f"{key}{here}": key for key in (*PER_SPACE, *measures_in("scores"))}
        return table.rename(columns=names).assign(space=self.space)


def run_table(outcome: Outcome) -> "Table":
    """Return what one condition came to, a line per measure."""
    from rich.table import Table
    from rich.text import Text

    (row,) = rows_of(outcome.ranking)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _measures(outcome, row):
        table.add_row(name, Text(value))
    return table


def leaderboard_table(ranking: pd.DataFrame, *, sd: bool = False) -> "Table":
    """Return models, people and baselines side by side, a row each, highest mean first."""
    header, rows = leaderboard_rows(ranking, in_plain_text, sd=sd)
    if any(column.startswith("percentile") for column in header):
        # 80 characters have no room for both; leaderboard.md has.
        left_out = header.index("different lists")
        header = [*header[:left_out], *header[left_out + 1 :]]
        rows = [[*row[:left_out], *row[left_out + 1 :]] for row in rows]
    numbers = header.index("model") + 1  # from here on
    columns = [*header[:numbers], *(fill(column, 14) for column in header[numbers:])]
    table = text_table(columns, rows, right=len(columns) - numbers)
    table.columns[numbers - 1].min_width = 14
    return table


def _measures(outcome: Outcome, row: Row) -> list[tuple[str, str]]:
    first = outcome.scores.iloc[0]
    treatment = f", {first['strategy']}, temperature {temperature_label(first['temperature'])}"
    who = f"{row['provider']}/{row['model']}"
    share = (
        f"{percent(row['scorable_share'])}% [{row['scorable_low']:.0%}, {row['scorable_high']:.0%}]"
    )
    there = f"{row['n']:,}" if row["n"] == outcome.asked else f"{row['n']:,} of {outcome.asked:,}"
    measures = [
        ("condition", who + treatment if find_provider(row["provider"]).takes_prompts else who),
        ("samples", there),
        ("scorable", f"{row['n_scorable']:,} of {row['n']:,}, {share}"),
        ("mean score", mean_with_interval(row)),
        ("SD", number(row["sd"])),
        ("different lists", f"{row['n_unique_lists']:,}"),
    ]
    for norm in chosen_norms(outcome.ranking):
        place = number(row[f"percentile_{norm.name}"], 1)
        measures.append(("percentile", f"{place} among {norm.n:,} people ({norm.label})"))
    cost = MISSING if missing(row["cost_usd"]) else f"{usd(row['cost_usd'])} USD"
    return [*measures, ("cost", cost), ("results", str(outcome.results))]


def notes_on_run(outcome: Outcome) -> list[str]:
    """Return what has to be known to read the numbers of `run_table`."""
    notes = [f"Brackets: 95 % intervals. {space_statement(outcome.space)}."]
    notes += spent_on_reasoning(outcome.ranking, in_plain_text)
    if are_ranked(outcome.ranking["provider"]).all():
        notes.append(
            "A score alone proves little: `divergent-bench dat compare` puts random nouns beside "
            "it."
        )
    return notes


def notes_on_models(outcome: Outcome) -> list[str]:
    """Return what has to be known to read the leaderboard of a comparison."""
    notes = [space_statement(outcome.space) + "."]
    notes += spent_on_reasoning(outcome.ranking, in_plain_text)
    scorable = outcome.ranking[outcome.ranking["n_scorable"] > 0]
    models = scorable[scorable["rank"].notna()]
    above = scorable[scorable["baseline"] & (scorable["mean"] > models["mean"].min())]
    if not above.empty:
        best = above.iloc[0]
        below = int((models["mean"] < best["mean"]).sum())
        notes.append(
            f"{best['label']}, which is no model, is above the mean of {below:,} of "
            f"{counted(len(models), 'model')}: a high score alone does not show divergent "
            "thinking. (A comparison of means, not a test.)"
        )
    return notes


def pairs_table(pairs: Sequence[PairResult]) -> "Table":
    """Return what the tests say of each pair, a row each."""
    rows = [
        (
            f"{pair.a}\n- {pair.b}",
            pair.verdict(pair.a, pair.b),
            effect(*pair.points(pair.a)),
            MISSING if missing(chance := pair.measure(RANKS, pair.a)[0]) else f"{chance:.2f}",
            p_cell(pair.p),
        )
        for pair in pairs
    ]
    columns = ["pair (a - b)", "verdict", "points [interval]", "P(a > b)", "p\nadjusted"]
    return text_table(columns, rows, right=3)


def notes_on_pairs(pairs: Sequence[PairResult]) -> list[str]:
    """Return what has to be known to read the numbers of `pairs_table`."""
    tested = [pair for pair in pairs if pair.tested]
    notes = []
    if tested:
        first = tested[0]
        notes.append(
            f"Decided by the {DECIDING[first.deciding or '']}; p and intervals adjusted by "
            f"{adjustment(first.decision or {})}. "
            "Not shown to differ does not make two levels equal."
        )
        if pooled := on_pooled(tested):
            notes.append(pooled)
    notes += (
        f"{pair.a} - {pair.b}: not tested ({caveats(pair.decision)})."
        for pair in pairs
        if pair.decision and not pair.tested
    )
    return notes


def run_document(outcome: Outcome) -> dict[str, Any]:
    """Return one condition as data for JSON: its summary and its samples."""
    (summary,) = records(outcome.ranking)
    return {
        "summary": summary | {"samples_asked": outcome.asked},
        "samples": records(outcome.samples),
        "results": str(outcome.results),
    }


def comparison_document(outcome: Outcome, pairs: Sequence[PairResult]) -> dict[str, Any]:
    """Return models side by side as data for JSON."""
    return {
        "models": records(outcome.ranking),
        "pairs": [_pair_document(pair) for pair in pairs],
        "results": str(outcome.results),
    }


def _pair_document(pair: PairResult) -> dict[str, Any]:
    measured = {
        f"{name}{end}": None if missing(number) else number
        for name, values in (
            ("points", pair.points(pair.a)),
            ("superiority", pair.measure(RANKS, pair.a)),
        )
        for end, number in zip(("", "_low", "_high"), values, strict=True)
    }
    tested = pair.decision if pair.tested else None
    return {
        "a": pair.a,
        "b": pair.b,
        **measured,
        "p_adjusted": tested["p_adjusted"] if tested else None,
        "adjustment": tested["adjustment"] if tested else None,
        "higher": pair.higher if pair.differs else None,
        "pooled": pair.pooled,
        "verdict": pair.verdict(pair.a, pair.b),
    }
