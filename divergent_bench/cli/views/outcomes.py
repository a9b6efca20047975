"""What a run came to: of one condition, or of several models side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from divergent_bench.analysis.exporting import tidy_samples
from divergent_bench.analysis.summaries import KIND_MODEL, chosen_norms, rank_models
from divergent_bench.analysis.tables import BASELINE, temperature_label
from divergent_bench.analysis.tables.facts import caveats
from divergent_bench.cli.views.plan import usd
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.report.comparisons import DECIDING, on_pooled
from divergent_bench.reporting.report.pairs import PairResult
from divergent_bench.reporting.report.wording import (
    MISSING,
    Row,
    adjustment,
    counted,
    effect,
    mean_with_interval,
    missing,
    number,
    p_cell,
    signed,
)

if TYPE_CHECKING:
    from rich.table import Table

_LISTS: Final = ("flags", "requested", "sent", "words")
_OF_PAIRS: Final = ("value", "low", "high")


@dataclass(frozen=True)
class Outcome:
    """What the samples that are there amount to, in the primary semantic space.

    Attributes
    ----------
    scores, words
        As `divergent_bench.analysis.evaluation.evaluate` gives them.
    norms
        The human samples that percentiles are given of.
    asked
        How many samples the config asks for.
    """

    scores: pd.DataFrame
    words: pd.DataFrame
    norms: Sequence[str]
    asked: int
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
        names = {f"{key}{here}": key for key in ("score", "n_valid", "words")}
        return table.rename(columns=names).assign(space=self.space)


def run_table(outcome: Outcome) -> "Table":
    """Return what one condition came to, a line per measure."""
    from rich.table import Table
    from rich.text import Text

    (row,) = outcome.ranking.to_dict("records")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _measures(outcome, row):
        table.add_row(name, Text(value))
    return table


def _measures(outcome: Outcome, row: Row) -> list[tuple[str, str]]:
    first = outcome.scores.iloc[0]
    treatment = f", {first['strategy']}, temperature {temperature_label(first['temperature'])}"
    who = f"{row['provider']}/{row['model']}"
    share = f"{row['scorable_share']:.0%} [{row['scorable_low']:.0%}, {row['scorable_high']:.0%}]"
    there = f"{row['n']:,}" if row["n"] == outcome.asked else f"{row['n']:,} of {outcome.asked:,}"
    measures = [
        ("condition", who if row["kind"] == BASELINE else who + treatment),
        ("samples", there),
        ("scorable", f"{row['n_scorable']:,} of {row['n']:,}, {share}"),
        ("mean score", mean_with_interval(row)),
        ("SD", number(row["sd"])),
        ("unique lists", f"{row['n_unique_lists']:,}"),
    ]
    for norm in chosen_norms(outcome.ranking):
        place = number(row[f"percentile_{norm.name}"], 1)
        measures.append(("percentile", f"{place} among {norm.n:,} people ({norm.label})"))
    cost = MISSING if missing(row["cost_usd"]) else f"{usd(row['cost_usd'])} USD"
    return [*measures, ("cost", cost), ("results", str(outcome.results))]


def notes_on_run(outcome: Outcome) -> list[str]:
    """Return what has to be known to read the numbers of `run_table`."""
    notes = [f"Brackets: 95 % intervals. {space_statement(outcome.space)}."]
    if (outcome.ranking["kind"] == KIND_MODEL).all():
        notes.append(
            "A score alone proves little: `divergent-bench dat compare` puts random nouns beside "
            "it."
        )
    return notes


def models_table(outcome: Outcome) -> "Table":
    """Return models, people and baselines side by side, a row each, highest mean first."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("model", overflow="fold", min_width=16)
    for column in ("n", "scorable", "mean [95 % interval]", "SD", "unique lists"):
        table.add_column(column, justify="right", no_wrap=column != "unique lists")
    for row in outcome.ranking.to_dict("records"):
        kind = "" if row["kind"] == KIND_MODEL else f" ({row['kind']})"
        table.add_row(
            Text(f"{row['label']}{kind}"),
            f"{row['n']:,}",
            f"{row['n_scorable']:,}",
            mean_with_interval(row),
            number(row["sd"]),
            f"{row['n_unique_lists']:,}",
        )
    return table


def notes_on_models(outcome: Outcome) -> list[str]:
    """Return what has to be known to read the numbers of `models_table`."""
    notes = [space_statement(outcome.space) + "."]
    scorable = outcome.ranking[outcome.ranking["n_scorable"] > 0]
    models = scorable[scorable["kind"] == KIND_MODEL]
    above = scorable[scorable["kind"].eq(BASELINE) & (scorable["mean"] > models["mean"].min())]
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
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("pair (a - b)", overflow="fold", min_width=20)
    table.add_column("points [95 % interval]", justify="right", no_wrap=True)
    table.add_column("Cliff's\ndelta", justify="right", no_wrap=True)
    table.add_column("p\nadjusted", justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold", min_width=14)
    for pair in pairs:
        delta = pair.delta(pair.a)[0]
        table.add_row(
            Text(f"{pair.a}\n- {pair.b}"),
            effect(*pair.points(pair.a)),
            MISSING if missing(delta) else signed(delta),
            p_cell(_p(pair)),
            Text(pair.verdict(pair.a, pair.b)),
        )
    return table


def notes_on_pairs(pairs: Sequence[PairResult]) -> list[str]:
    """Return what has to be known to read the numbers of `pairs_table`."""
    tested = [pair for pair in pairs if pair.tested]
    notes = []
    if tested:
        first = tested[0]
        notes.append(
            f"{DECIDING[first.deciding or '']} over unique lists; p adjusted by "
            f"{adjustment(first.decision or {})}. "
            "Not shown to differ does not make two levels equal."
        )
        if pooled := on_pooled(tested):
            notes.append(pooled)
    return [
        *notes,
        *(
            f"{pair.a} - {pair.b}: {caveats(pair.decision)}."
            for pair in pairs
            if pair.decision and not pair.tested
        ),
    ]


def run_document(outcome: Outcome) -> dict[str, Any]:
    """Return one condition as data for JSON: its summary and its samples."""
    (summary,) = models_documents(outcome)
    samples = [
        {key: _split(key, value) for key, value in row.items()} for row in _plain(outcome.samples)
    ]
    return {
        "summary": summary | {"samples_asked": outcome.asked},
        "samples": samples,
        "results": str(outcome.results),
    }


def comparison_document(outcome: Outcome, pairs: Sequence[PairResult]) -> dict[str, Any]:
    """Return models side by side as data for JSON."""
    return {
        "models": models_documents(outcome),
        "pairs": [_pair_document(pair) for pair in pairs],
        "results": str(outcome.results),
    }


def models_documents(outcome: Outcome) -> list[dict[str, Any]]:
    """Return the rows of the ranking as data for JSON; what is missing is null."""
    return _plain(outcome.ranking)


def _pair_document(pair: PairResult) -> dict[str, Any]:
    points = pair.points(pair.a)
    delta = pair.delta(pair.a)
    measured = {
        f"{name}{'' if end == 'value' else f'_{end}'}": None if missing(number) else number
        for name, values in (("points", points), ("cliffs_delta", delta))
        for end, number in zip(_OF_PAIRS, values, strict=True)
    }
    decision: Row = pair.decision or {}
    p = _p(pair)
    return {
        "a": pair.a,
        "b": pair.b,
        **measured,
        "p_adjusted": None if missing(p) else p,
        "adjustment": decision["adjustment"] if pair.tested else None,
        "higher": pair.higher if pair.differs else None,
        "pooled": pair.pooled,
        "verdict": pair.verdict(pair.a, pair.b),
    }


def _p(pair: PairResult) -> float:
    return float("nan") if pair.decision is None else float(pair.decision["p_adjusted"])


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.astype(object).to_dict("records")
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in rows]


def _split(key: str, value: Any) -> Any:
    """Return as a list what tables join by |."""
    return value if key not in _LISTS else str(value).split("|") if value else []
