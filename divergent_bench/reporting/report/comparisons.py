"""Which levels differ: planned contrasts first, exploration after, each sentence from its test."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from divergent_bench.analysis.tables.facts import Computation, Omission, caveats
from divergent_bench.design.analysis_plan import (
    ALPHA,
    CLIFFS_DELTA,
    DIFFERENCE,
    EQUIVALENCE,
    HEDGES_G,
    PERMUTATION,
    RANKS,
)
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.pairs import PairResult
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import (
    MISSING,
    Row,
    adjusted,
    adjustment,
    between,
    counted,
    effect,
    listed,
    missing,
    more,
    number,
    p_cell,
    signed,
)

PLURALS: Final = {"model": "models", "strategy": "strategies", "temperature": "temperatures"}
DECIDING: Final = {
    DIFFERENCE: "difference of means",
    RANKS: "Mann-Whitney",
    PERMUTATION: "permutation of means",
}
IN_PROMPTS: Final = {"strategy": "prompt", "model": "model", "temperature": "temperature"}
_SIZES: Final = {RANKS: "P(a > b)", CLIFFS_DELTA: "Cliff's delta", HEDGES_G: "Hedges' g"}
_MOST_PAIRS: Final = 30
_MOST_CELLS: Final = 8
_COMPUTED: Final = {Computation.ALL: ", all permutations", Computation.RANDOM: ", permutations"}


def points(value: float) -> str:
    """Write a margin: ``1 point``, ``0.5 points``."""
    return f"{value:g} point{'' if value == 1 else 's'}"


def caveat(row: Row | None) -> str:
    """Say what a reader of a row must know, as Markdown; empty where nothing."""
    return "" if row is None else caveats(row, markdown.escape)


def in_brackets(note: str) -> str:
    """Put a caveat behind what it is about; empty where there is none."""
    return f" ({note})" if note else ""


def depends(pair: PairResult) -> str:
    """Say what the sign of a difference depends on: ``depends on the prompt``."""
    return f"depends on the {' and the '.join(IN_PROMPTS[name] for name in pair.depends_on)}"


def tell(pair: PairResult, results: Results) -> str:
    """Say in a few sentences what the tests show of a pair, and no more."""
    first, second = (pair.higher, pair.lower) if pair.differs else (pair.a, pair.b)
    a, b = results.subject(first, pair.factor), results.name(second, pair.factor)
    note = caveat(pair.decision)
    if not pair.tested:
        reason = note if pair.decision is not None else "no test of pairs was asked for"
        return f"{a} and {b} were not tested{in_brackets(reason)}."
    if pair.depends:
        told = f"Which of {a} and {b} scores higher {depends(pair)}: {_in_cells(pair, first)}."
    else:
        verb = "scored higher than" if pair.factor == "model" else "gave higher scores than"
        verdict = f"{a} {verb} {b}" if pair.differs else f"{a} and {b} were not shown to differ"
        told = f"{verdict}{_distance(pair, first, results)} ({_evidence(pair, first)})."
    beside = (_on_ranks(pair, first, results), _on_equivalence(pair, results), as_caution(note))
    return " ".join(filter(None, [told, *beside]))


def _distance(pair: PairResult, first: str, results: Results) -> str:
    value, low, high = pair.points(first)
    if missing(value):
        return ""
    if pair.differs and value >= 0:
        return f" by {value:.2f} points{between(low, high)}"
    name = results.name(first, pair.factor)
    return f": the mean of {name} less that of the other is {signed(value)} points" + between(
        low, high
    )


def _in_cells(pair: PairResult, first: str) -> str:
    sign = 1 if first == pair.a else -1
    said = [
        f"{signed(sign * row['effect'])} points ({cell_in_words(row)})"
        for row in sorted(pair.simple, key=lambda row: -sign * row["effect"])
    ]
    if len(said) > _MOST_CELLS:
        return f"{said[0]} to {said[-1]}, see tests.csv"
    return listed(said, _MOST_CELLS)


def cell_in_words(row: Row) -> str:
    """Name the cell of a simple effect."""
    labels = json.loads(row["within"])
    named = (f"{IN_PROMPTS.get(name, name)} {label}" for name, label in labels.items())
    return markdown.escape(", ".join(named))


def _evidence(pair: PairResult, first: str) -> str:
    decision = pair.decision or {}
    pick = ("a", "b") if first == pair.a else ("b", "a")
    sizes = " and ".join(f"{decision[f'n_{side}']:,}" for side in pick)
    parts = [f"n = {sizes} answers"]
    parts += [
        f"{name} = {_size(test, *pair.measure(test, first))}"
        for test, name in _SIZES.items()
        if test in pair.rows and not missing(pair.measure(test, first)[0])
    ]
    how = "" if missing(decision["computation"]) else _COMPUTED.get(decision["computation"], "")
    parts.append(f"{DECIDING[pair.deciding or '']}{how}, {adjusted(decision)}")
    return "; ".join(parts)


def _size(test: str, value: float, low: float, high: float) -> str:
    if test != RANKS:
        return effect(value, low, high)
    return f"{value:.2f}" + ("" if missing(low) else f" [{low:.2f}, {high:.2f}]")


def _on_ranks(pair: PairResult, first: str, results: Results) -> str:
    row = pair.disagreement
    if row is None:
        return ""
    name, other = results.name(first, pair.factor), results.name(pair.other(first), pair.factor)
    if row["test"] == RANKS:
        chance = _size(RANKS, *pair.measure(RANKS, first))
        return (
            f"Ranks point the other way: an answer of {name} scores higher than one of {other} "
            f"with a probability of {chance}."
        )
    return f"Means point the other way: {effect(*pair.points(first))} points."


def _on_equivalence(pair: PairResult, results: Results) -> str:
    row = pair.rows.get(EQUIVALENCE)
    if row is None or missing(row["p_adjusted"]) or (pair.differs and not pair.equivalent):
        return ""
    margin = points(results.plan.margin)
    interval = f"90 % interval{between(row['effect_low'], row['effect_high'])}"
    evidence = f"({interval}; two one-sided tests, {adjusted(row)})"
    shown = "Their means are" if pair.equivalent else "Nor were they shown to be"
    return f"{shown} equivalent within {margin} {evidence}."


def as_caution(note: str) -> str:
    """Write a caveat as a sentence of its own; empty where there is none."""
    return f"Caution: {note}." if note else ""


def on_pooled(compared: Sequence[PairResult]) -> str:
    """Caution where pairs were compared across conditions that differ; empty where none was."""
    pooled = sum(pair.pooled for pair in compared)
    if not pooled:
        return ""
    pool = "pools" if pooled == 1 else "pool"
    these = f"{pooled:,} of these {len(compared):,} comparisons {pool}"
    if pooled == len(compared):
        these = "These comparisons pool" if pooled > 1 else "This comparison pools"
    return f"{these} conditions that differ, which may explain the difference."


def planned_contrasts(results: Results) -> Iterator[str]:
    """Write the section on the planned contrasts: a sentence each."""
    if not results.plan.primary:
        return
    yield "### Planned contrasts"
    yield "\n".join(f"- {tell(pair, results)}" for pair in results.planned)


def on_factor(results: Results, factor: str) -> Iterator[str]:
    """Write the section on a factor: its pairs, and the rank test over all levels."""
    omnibus, found = results.omnibus(factor), results.pairs_of(factor)
    if omnibus is None and not found:
        return
    yield f"### {PLURALS[factor].capitalize()}"
    explored = [pair for pair in found if not pair.planned]
    if explored:
        yield _verdict(explored, results)
        yield _not_told_apart(explored, results)
        yield from _table(explored, results)
    if factor == "temperature":
        yield _on_trend(results)
    if omnibus is not None:
        yield tell_omnibus(omnibus)


def tell_omnibus(row: Row) -> str:
    """Say whether the ranks of all levels of a factor differ, as the test over them shows."""
    levels, note = PLURALS[row["factor"]], caveat(row)
    if missing(row["p_adjusted"]):
        return f"The ranks of all {levels} were not tested together{in_brackets(note)}."
    verb = "differ" if row["p_adjusted"] <= ALPHA else "were not shown to differ"
    told = (
        f"By ranks, scores {verb} between the {row['n_groups']:,} {levels} (Kruskal-Wallis H = "
        f"{number(row['statistic'])}, {row['n_a']:,} answers, epsilon squared = "
        f"{number(row['effect'])}, {adjusted(row)})."
    )
    return f"{told} {as_caution(note)}".rstrip()


def _on_trend(results: Results) -> str:
    over_all, *_ = [*results.trends(), None]
    if over_all is None or missing(over_all["p"]):
        return ""
    slope = effect(over_all["effect"], over_all["effect_low"], over_all["effect_high"])
    return (
        f"Scores change by {slope} points per unit of temperature, mean over models and strategies "
        f"(95 % interval; {adjusted(over_all)})."
    )


def _verdict(explored: Sequence[PairResult], results: Results) -> str:
    tested = [pair for pair in explored if pair.tested]
    if results.plan.deciding is None:
        return "No test of pairs was asked for; the table shows differences only."
    if not tested:
        return f"None of {counted(len(explored), 'pair')} could be tested."
    differing = sum(pair.differs for pair in tested)
    test = DECIDING[results.plan.deciding]
    said = [
        f"{differing:,} of {counted(len(tested), 'tested pair')} "
        f"{'differs' if differing == 1 else 'differ'} ({test}, "
        f"{adjustment(tested[0].decision or {})}; exploratory)."
    ]
    if dependent := [pair for pair in tested if pair.depends]:
        one = len(dependent) == 1
        names = sorted({IN_PROMPTS[name] for pair in dependent for name in pair.depends_on})
        said.append(
            f"In {counted(len(dependent), 'pair')} the sign of the difference depends on the "
            f"{' and the '.join(names)}, so {'it has' if one else 'they have'} no single verdict."
        )
    if any(EQUIVALENCE in pair.rows for pair in explored):
        alike = sum(pair.equivalent for pair in explored)
        shown = counted(alike, "pair") if alike else "No pair"
        said.append(
            f"{shown} {'were' if alike > 1 else 'was'} shown to be equivalent within "
            f"{points(results.plan.margin)}."
        )
    if untested := len(explored) - len(tested):
        said.append(f"{counted(untested, 'pair')} could not be tested.")
    return " ".join(said)


def _not_told_apart(explored: Sequence[PairResult], results: Results) -> str:
    level = [pair for pair in explored if pair.tested and not pair.differs and not pair.depends]
    if not level:
        return ""
    names = [
        f"{results.name(pair.higher, pair.factor)} and {results.name(pair.lower, pair.factor)}"
        for pair in sorted(level, key=lambda pair: pair.p)
    ]
    return (
        f"Not shown to differ, which does not make them equal: {'; '.join(names[:_MOST_PAIRS])}"
        + (f"; and {len(names) - _MOST_PAIRS:,} more." if len(names) > _MOST_PAIRS else ".")
    )


def _table(explored: Sequence[PairResult], results: Results) -> Iterable[str]:
    shown = sorted(explored, key=_by_evidence)[:_MOST_PAIRS]
    measured = [test for test in _SIZES if any(test in pair.rows for pair in shown)]
    rows = []
    for pair in shown:
        row = pair.decision or next(iter(pair.rows.values()))
        # The higher one comes first, also where the two are not told apart.
        first = pair.a if pair.decision is None else pair.higher
        a, b = (
            results.name(x) if pair.factor == "model" else markdown.escape(x)
            for x in (first, pair.other(first))
        )
        sides = ("a", "b") if first == pair.a else ("b", "a")
        rows.append(
            [
                a,
                b,
                pair.verdict("a", "b") if first == pair.a else pair.verdict("b", "a"),
                effect(*pair.points(first)),
                p_cell(row["p_adjusted"]) if pair.decision else MISSING,
                *(_size(test, *pair.measure(test, first)) for test in measured),
                " / ".join(f"{row[f'n_{side}']:,}" for side in sides),
                "pooled" if pair.pooled else f"{row['n_strata']:,}",
            ]
        )
    header = ["a", "b", "verdict", "points a - b", "p (adjusted)"]
    header += [*(_SIZES[test] for test in measured), "answers a / b", "cells"]
    yield markdown.table(header, rows, "lll" + "r" * (len(header) - 3))
    yield more(len(explored), _MOST_PAIRS, "pairs", "tests.csv")
    decided = next((pair.decision for pair in shown if pair.tested), None)
    if decided is not None and results.plan.deciding == DIFFERENCE:
        yield (
            f"Intervals of the differences are at {decided['confidence']:.1%}: adjusted as the "
            "verdicts are, so that one leaves 0 out exactly where the pair differs."
        )
    reasons = (pair.decision for pair in explored if pair.decision is not None)
    notes = Counter(
        note for row in reasons if (note := caveat(row)) and row["reason"] != Omission.CANNOT_REJECT
    )
    if notes:
        yield "\n".join(
            f"- {counted(count, 'pair')}: {note}." for note, count in notes.most_common(_MOST_PAIRS)
        )


def _by_evidence(pair: PairResult) -> tuple[bool, float]:
    size = abs(pair.points(pair.a)[0])
    return not pair.differs, 0.0 if missing(size) else -size
