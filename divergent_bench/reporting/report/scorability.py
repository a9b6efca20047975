"""How many answers could be scored, and what those that could not may hide."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pandas as pd

from divergent_bench.analysis.tables import OUTCOMES, model_labels, primary_scores, rows_of
from divergent_bench.base.names import counted, percent
from divergent_bench.design.analysis_plan import LOGICAL_BOUNDS, SCORABILITY, WORST_CASE
from divergent_bench.instrument.scoring import note_on_unknown
from divergent_bench.reporting.report.comparisons import caveat
from divergent_bench.reporting.report.examples import to_answers
from divergent_bench.reporting.report.pairs import PairResult
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import (
    Cell,
    Row,
    adjusted,
    bullets,
    missing,
    named,
    shown_to_differ,
    signed,
    table,
    who,
)

_MOST: Final = 10


def scorability(results: Results) -> Iterator[str]:
    """Write the section on scorability: shares, tests, and worst cases."""
    yield "## Scorability"
    yield (
        "A score exists only where an answer has enough valid words, so each comparison has two "
        "parts: how many answers can be scored, and how high those score. The columns count the "
        "outcomes that providers tell: one that refuses in words is ok to them, and has too few "
        "valid words. An unreadable one came complete, in a form that has no text."
    )
    columns: dict[str, Cell] = {"model": who, "n": "{n:,}"}
    columns |= {outcome: f"{{n_{outcome}:,}}" for outcome in OUTCOMES}
    columns |= {"scorable": "{n_scorable:,}", "unscorable": _unscorable}
    columns["share [95 % Wilson interval]"] = _share
    rows = results.ranking.sort_values(["baseline", "label"])
    yield table(rows, columns, "l" + "r" * (len(columns) - 1))
    yield from _languages(results)
    reasoned = list(spent_on_reasoning(results.ranking, named))
    yield bullets(reasoned, len(reasoned), "model")
    yield from _tests(results)
    bounded = [pair for pair in results.pairs if WORST_CASE in pair.rows]
    alike = [pair for pair in bounded if not pair.differs]
    yield from _survival([pair for pair in bounded if pair.differs], results)
    yield from _hidden([pair for pair in alike if pair.shows(SCORABILITY)], results)


def _unscorable(row: Row) -> str:
    count = row["n"] - row["n_scorable"]
    return to_answers(f"{count:,}", model=row["label"], scorable="no") if count else "0"


def _languages(results: Results) -> Iterator[str]:
    """Say whose words the dictionary mostly lacks, as those of another language."""
    scores = primary_scores(results.scores)
    given = scores.groupby(model_labels(scores), observed=True)[["n_unknown", "n_words"]].sum()
    notes = [
        f"{results.subject(str(label))}: {note}"
        for label, counts in given.iterrows()
        if (note := note_on_unknown(counts["n_words"] - counts["n_unknown"], counts["n_words"]))
    ]
    yield "\n".join(f"- {note}" for note in notes)


def spent_on_reasoning(ranking: pd.DataFrame, name: Callable[[str, str], str]) -> Iterator[str]:
    """Name the models with answers that were all reasoning, and say how to mend that.

    The `name` of one who answered follows from its label and kind.
    """
    for row in rows_of(ranking[ranking["n_only_reasoning"] > 0]):
        yield (
            f"{name(row['label'], row['kind'])}: {row['n_only_reasoning']:,} of {row['n']:,} "
            "answers reached the limit of tokens while the model was still reasoning, before the "
            "first word of an answer. Raise `max_tokens`, or let it reason less (`params:` "
            "`reasoning_effort` or `thinking`)."
        )


def _tests(results: Results) -> Iterator[str]:
    found = [(pair, pair.rows[SCORABILITY]) for pair in results.pairs if SCORABILITY in pair.rows]
    tested = [(pair, row) for pair, row in found if not missing(row["p_adjusted"])]
    differing = [(pair, row) for pair, row in tested if pair.shows(SCORABILITY)]
    if not tested:
        return
    yield f"{shown_to_differ(len(differing), len(tested))} in the share of scorable answers."
    differing.sort(key=lambda each: -abs(each[1]["effect"]))
    yield bullets([_on_shares(pair, row, results) for pair, row in differing], _MOST, "pair")


def _on_shares(pair: PairResult, row: Row, results: Results) -> str:
    first = pair.a if row["effect"] > 0 else pair.b
    value, low, high = (100 * number for number in pair.measure(SCORABILITY, first))
    interval = "" if missing(low) else f" [{low:+.1f}, {high:+.1f}]"
    note = caveat(row)
    return (
        f"{results.subject(first, pair.factor)} more often than "
        f"{results.name(pair.other(first), pair.factor)}: {value:+.1f} percentage points{interval} "
        f"({adjusted(row)}{f'; {note}' if note else ''})"
    )


def _survival(found: Sequence[PairResult], results: Results) -> Iterator[str]:
    """Say which shown differences stand whatever the unscorable answers would have scored."""
    if not found:
        return
    bounds = [(pair, *pair.measure(WORST_CASE, pair.higher)[1:]) for pair in found]
    falling = [
        f"{results.subject(pair.higher, pair.factor)} over "
        f"{results.name(pair.lower, pair.factor)} does not survive: between {signed(low)} "
        f"and {signed(high)} points"
        for pair, low, high in bounds
        if not low > 0
    ]
    yield (
        "Worst cases give every answer without a score the lowest score seen on one side, and the "
        "highest on the other. Of "
        f"{counted(len(found), 'pair')} with a shown difference and unscorable answers, the sign "
        f"survives that in {len(found) - len(falling):,}. Whatever such answers could score at "
        f"all (logical bounds in tests.csv), it survives in {_certain(found):,}."
    )
    yield bullets(falling, _MOST, "pair")


def _certain(found: Sequence[PairResult]) -> int:
    """Count the pairs whose sign stands for any scores that there can be."""
    return sum(pair.measure(LOGICAL_BOUNDS, pair.higher)[1] > 0 for pair in found)


def _hidden(found: Sequence[PairResult], results: Results) -> Iterator[str]:
    """Bound what means could differ by where more answers of one are missing than of the other."""
    if not found:
        return
    yield (
        f"{counted(len(found), 'pair')} without a shown difference of scores, but with unlike "
        "shares of scorable answers: what unscorable answers would have scored could make the "
        "mean difference anything between these bounds."
    )
    lines = []
    for pair in found:
        _, low, high = pair.measure(WORST_CASE, pair.a)
        names = f"{results.subject(pair.a, pair.factor)} less {results.name(pair.b, pair.factor)}"
        lines.append(f"{names}: {signed(low)} to {signed(high)} points")
    yield bullets(lines, _MOST, "pair")


def _share(row: Row) -> str:
    interval = f"[{row['scorable_low']:.1%}, {row['scorable_high']:.1%}]"
    return f"{percent(row['scorable_share'], 1)}% {interval}"
