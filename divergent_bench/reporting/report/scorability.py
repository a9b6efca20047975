"""How many answers could be scored, and what those that could not may hide."""

from collections.abc import Iterator, Sequence
from typing import Final

from divergent_bench.analysis.tables import OUTCOMES
from divergent_bench.design.analysis_plan import ALPHA, SCORABILITY, WORST_CASE
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.comparisons import caveat
from divergent_bench.reporting.report.pairs import PairResult
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import (
    Row,
    adjusted,
    bullets,
    counted,
    in_table,
    missing,
    signed,
)

_MOST: Final = 10


def scorability(results: Results) -> Iterator[str]:
    """Write the section on scorability: shares, tests, and worst cases."""
    yield "## Scorability"
    yield (
        "A score exists only where an answer has enough valid words, so each comparison has two "
        "parts: how many answers can be scored, and how high those score. The columns say how "
        "answers ended by the provider's account: one that refuses in words ended as ok, and has "
        "too few valid words."
    )
    rows = [
        [
            in_table(row["label"], row["kind"]),
            f"{row['n']:,}",
            *(f"{row[f'n_{outcome}']:,}" for outcome in OUTCOMES),
            f"{row['n_scorable']:,}",
            f"{row['scorable_share']:.1%} [{row['scorable_low']:.1%}, {row['scorable_high']:.1%}]",
        ]
        for row in results.ranking.sort_values(["baseline", "label"]).to_dict("records")
    ]
    header = ["model", "n", *OUTCOMES, "scorable", "share [95 % Wilson interval]"]
    yield markdown.table(header, rows, "l" + "r" * (len(header) - 1))
    yield from _tests(results)
    yield from _worst_cases(results)


def _tests(results: Results) -> Iterator[str]:
    found = [(pair, pair.rows[SCORABILITY]) for pair in results.pairs if SCORABILITY in pair.rows]
    tested = [(pair, row) for pair, row in found if not missing(row["p_adjusted"])]
    differing = [(pair, row) for pair, row in tested if row["p_adjusted"] < ALPHA]
    if not tested:
        return
    verb = "differs" if 1 in (len(differing), len(tested)) else "differ"
    yield (
        f"{len(differing):,} of {counted(len(tested), 'tested pair')} {verb} in the share of "
        "scorable answers after adjustment."
    )
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


def _worst_cases(results: Results) -> Iterator[str]:
    bounded = [pair for pair in results.pairs if WORST_CASE in pair.rows]
    yield from _survival([pair for pair in bounded if pair.differs], results)
    yield from _hidden([pair for pair in bounded if not pair.differs and _unlike(pair)], results)


def _survival(found: Sequence[PairResult], results: Results) -> Iterator[str]:
    """Say which shown differences stand whatever the unscorable answers would have scored."""
    if not found:
        return
    holding = [pair for pair in found if _survives(pair)]
    yield (
        "Worst cases: where answers could not be scored, the mean difference is bounded by giving "
        "them the lowest score seen on one side and the highest on the other. Of "
        f"{counted(len(found), 'pair')} with a shown difference and unscorable answers, the sign "
        f"survives that in {len(holding):,}."
    )
    lines = []
    for pair in found:
        if pair not in holding:
            _, low, high = pair.measure(WORST_CASE, pair.higher)
            lines.append(
                f"{results.subject(pair.higher, pair.factor)} over "
                f"{results.name(pair.lower, pair.factor)} does not survive: between {signed(low)} "
                f"and {signed(high)} points"
            )
    yield bullets(lines, _MOST, "pair")


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


def _unlike(pair: PairResult) -> bool:
    """Tell whether the shares of scorable answers were shown to differ."""
    return SCORABILITY in pair.rows and bool(pair.rows[SCORABILITY]["p_adjusted"] < ALPHA)


def _survives(pair: PairResult) -> bool:
    """Tell whether both bounds have the sign that the deciding test points to."""
    _, low, _ = pair.measure(WORST_CASE, pair.higher)
    return bool(low > 0)
