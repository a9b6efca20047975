"""Which levels differ: planned contrasts first, exploration after, each sentence from its test."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from divergent_bench.analysis.tables.facts import Computation, Omission, adjustment, caveats
from divergent_bench.base.names import counted
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
    between,
    bullets,
    effect,
    listed,
    missing,
    more,
    number,
    p_cell,
    shown_to_differ,
    signed,
)

PLURALS: Final = {"model": "models", "strategy": "strategies", "temperature": "temperatures"}
DECIDING: Final = {
    DIFFERENCE: "difference of means",
    RANKS: "Mann-Whitney test",
    PERMUTATION: "permutation of means",
}
_SIZES: Final = {RANKS: "P(a > b)", CLIFFS_DELTA: "Cliff's delta", HEDGES_G: "Hedges' g"}
_MOST_PAIRS: Final = 30
_MOST_CELLS: Final = 8
_MOST_DEPENDENT: Final = 10
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


def tell(pair: PairResult, results: Results, *, brief: bool = False) -> str:
    """Say in a few sentences what the tests show of a pair, and no more; `brief` gives p only."""
    note = caveat(pair.decision)
    if not pair.tested:
        a, b = results.subject(pair.a, pair.factor), results.name(pair.b, pair.factor)
        reason = note if pair.decision is not None else "no test of pairs was asked for"
        return f"{a} and {b} were not tested{in_brackets(reason)}."
    a, b = (results.name(each, pair.factor) for each in (pair.higher, pair.lower))
    subject = results.subject(pair.higher, pair.factor)
    if pair.depends:
        verb = "scores higher" if pair.factor == "model" else "gives higher scores"
        told = f"Which of {a} and {b} {verb} {pair.dependence}. {_in_cells(pair, results)}"
    else:
        verb = "scored higher than" if pair.factor == "model" else "gave higher scores than"
        verdict = f"{subject} {verb} {b}" if pair.differs else f"{subject} and {b} were not shown"
        evidence = adjusted(pair.decision or {}) if brief else _evidence(pair)
        told = f"{verdict}{_distance(pair, a, b)} ({evidence})."
    beside = (_on_ranks(pair, results), _on_equivalence(pair, results), as_caution(note))
    return " ".join(filter(None, [told, *beside]))


def _distance(pair: PairResult, a: str, b: str) -> str:
    value, low, high = pair.points(pair.higher)
    to_differ = "" if pair.differs else " to differ"
    if missing(value):
        return to_differ
    if pair.differs and value >= 0:
        return f" by {value:.2f} points{between(low, high)}"
    return f"{to_differ}: the mean of {a} is {apart(value, low, high)} that of {b}"


def apart(value: float, low: float, high: float) -> str:
    """Say how far a mean is from another: ``2.00 points [+1.00, +3.00] above``."""
    if value < 0:
        return f"{-value:.2f} points{between(-high, -low)} below"
    return f"{value:.2f} points{between(low, high)} above"


def _in_cells(pair: PairResult, results: Results) -> str:
    """Tell the difference in each cell, or its range where there are many."""
    a, b = (results.name(each, pair.factor) for each in (pair.higher, pair.lower))
    cells = pair.in_cells(pair.higher)
    less = f"The mean of {a} less that of {b} is"
    if len(cells) <= _MOST_CELLS:
        said = [f"{effect(*points)} points ({pair.cell_in_words(row)})" for row, *points in cells]
        return f"{less} {listed(said, _MOST_CELLS)}."
    shown = [value for row, value, *_ in cells if row["p_adjusted"] <= ALPHA]
    higher = sum(value > 0 for value in shown)
    return (
        f"{less} {extremes(pair, pair.higher)}. Of these {len(cells):,} cells {a} is shown to be "
        f"higher in {higher:,} and {b} in {len(shown) - higher:,} ({adjustment(cells[0][0])})."
    )


def extremes(pair: PairResult, first: str) -> str:
    """Say between which points the difference lies, `first` less the other, and in which cells."""
    cells = pair.in_cells(first)
    (lowest, low, *_), (highest, high, *_) = cells[-1], cells[0]
    return (
        f"between {signed(low)} points ({pair.cell_in_words(lowest)}) and {signed(high)} points "
        f"({pair.cell_in_words(highest)})"
    )


def _evidence(pair: PairResult) -> str:
    decision, first = pair.decision or {}, pair.higher
    pick = ("a", "b") if first == pair.a else ("b", "a")
    sizes = " and ".join(f"{decision[f'n_{side}']:,}" for side in pick)
    parts = [f"n = {sizes} answers"]
    parts += [
        f"{'P(first > second)' if test == RANKS else name} = "
        f"{_size(test, *pair.measure(test, first))}"
        for test, name in _SIZES.items()
        if test in pair.rows and not missing(pair.measure(test, first)[0])
    ]
    how = "" if missing(decision["computation"]) else _COMPUTED.get(decision["computation"], "")
    parts.append(f"{DECIDING[pair.deciding or '']}{how}, {adjusted(decision)}")
    return "; ".join(parts)


def _size(test: str, value: float, low: float, high: float) -> str:
    if test != RANKS or missing(value):
        return effect(value, low, high)
    return f"{value:.2f}" + ("" if missing(low) else f" [{low:.2f}, {high:.2f}]")


def _on_ranks(pair: PairResult, results: Results) -> str:
    row = pair.disagreement
    if row is None:
        return ""
    name, other = (results.name(each, pair.factor) for each in (pair.higher, pair.lower))
    if row["test"] == RANKS:
        chance = _size(RANKS, *pair.measure(RANKS, pair.higher))
        return (
            f"Ranks point the other way: an answer of {name} scores higher than one of {other} "
            f"with a probability of {chance}."
        )
    return f"Means point the other way: that of {name} is {apart(*pair.points(pair.higher))}."


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


def in_spaces(pairs: Sequence[PairResult], results: Results) -> str:
    """Say in how many spaces verdicts are the same; empty with a single space, or no pair."""
    size = len(results.spaces)
    if size < 2 or not pairs:
        return ""
    held = [results.spaces_that_agree(pair) for pair in pairs]
    if min(held) == max(held):
        these = "This holds" if len(held) == 1 else "Each of these verdicts holds"
        return f"{these} in {held[0]:,} of {size:,} spaces."
    everywhere = sum(count == size for count in held)
    return f"Of these {len(held):,} verdicts {everywhere:,} hold in all {size:,} spaces."


def planned_contrasts(results: Results) -> Iterator[str]:
    """Write the section on the planned contrasts: a sentence each."""
    if not results.plan.primary:
        return
    yield "### Planned contrasts"
    told = (f"{tell(pair, results)} {in_spaces([pair], results)}" for pair in results.planned)
    yield "\n".join(f"- {each.rstrip()}" for each in told)


def on_factor(results: Results, factor: str) -> Iterator[str]:
    """Write the section on a factor: its pairs, and the rank test over all levels."""
    omnibus = results.omnibus(factor)
    explored = [pair for pair in results.pairs_of(factor) if not pair.planned]
    if omnibus is None and not explored:
        return
    yield f"### {PLURALS[factor].capitalize()}"
    if explored:
        yield _verdict(explored, results)
        yield _not_told_apart(explored, results)
        dependent = [pair for pair in explored if pair.depends]
        yield bullets([_in_cells(pair, results) for pair in dependent], _MOST_DEPENDENT, "pair")
        yield from _table(explored, results)
    if factor == "temperature":
        yield _on_trend(results)
    if omnibus is not None:
        yield tell_omnibus(omnibus, results)


def tell_omnibus(row: Row, results: Results) -> str:
    """Say whether the ranks of all levels of a factor differ, as the test over them shows."""
    levels, note = PLURALS[row["factor"]], caveat(row)
    if row["factor"] == "model" and not results.n_models:
        levels = "groups of people"
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
    return (
        f"{on_slope(over_all)}, mean over models and strategies (95 % interval; "
        f"{adjusted(over_all)})."
    )


def on_slope(row: Row) -> str:
    """Say how scores change with temperature, as far as the test of the trend shows it."""
    slope = f"{effect(row['effect'], row['effect_low'], row['effect_high'])} points per unit"
    if row["p_adjusted"] <= ALPHA:
        return f"Scores change with temperature by {slope}"
    return f"Scores were not shown to change with temperature: {slope}"


def _verdict(explored: Sequence[PairResult], results: Results) -> str:
    tested = [pair for pair in explored if pair.tested]
    if results.plan.deciding is None:
        return "No test of pairs was asked for; the table shows differences only."
    if not tested:
        return f"None of {counted(len(explored), 'pair')} could be tested."
    differing = sum(pair.differs for pair in tested)
    test = DECIDING[results.plan.deciding]
    said = [
        f"{shown_to_differ(differing, len(tested))} ({test}, "
        f"{adjustment(tested[0].decision or {})}; exploratory)."
    ]
    if dependent := [pair for pair in tested if pair.depends]:
        on_what = " or ".join(dict.fromkeys(pair.dependence for pair in dependent))
        said.append(
            f"In {counted(len(dependent), 'pair')} which one is higher {on_what}: no single "
            "verdict, whatever the p of the mean difference."
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
    places = {label: place for place, label in enumerate(results.ranking["label"])}

    def by_place(pair: PairResult) -> tuple[float, ...]:
        of_models = pair.factor == "model"
        both = (places[each] if of_models else 0 for each in (pair.higher, pair.lower))
        return *both, pair.p

    names = [
        f"{results.name(pair.higher, pair.factor)} and {results.name(pair.lower, pair.factor)}"
        for pair in sorted(level, key=by_place)
    ]
    shown = "; ".join(names[:_MOST_PAIRS])
    return (
        f"Not shown to differ, which does not make them equal (the higher one first): {shown}"
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
            f"Intervals of the differences are at {100 * decided['confidence']:.1f} %: adjusted as "
            "the verdicts are, so that one leaves 0 out exactly where p is at most 0.05."
        )
    yield _notes(explored, results)


def _notes(explored: Sequence[PairResult], results: Results) -> str:
    """Say what pairs leave out, and why some were not tested; alike ones once."""
    lines, beside = Counter[str](), False
    for pair in explored:
        row = dict(pair.decision or {"reason": None})
        if results.is_model(pair.a) != results.is_model(pair.b) and pair.factor == "model":
            beside = beside or bool(row.get("n_unmatched_a") or row.get("n_unmatched_b"))
            row |= {"n_unmatched_a": 0, "n_unmatched_b": 0}
        if row["reason"] != Omission.CANNOT_REJECT and (note := caveat(row)):
            lines[note] += 1
    said = [f"- {counted(count, 'pair')}: {note}." for note, count in lines.most_common()]
    if beside:
        said.insert(0, "- Beside people stand the answers of models to the plain prompt alone.")
    return "\n".join(said[:_MOST_PAIRS])


def _by_evidence(pair: PairResult) -> tuple[bool, float]:
    size = abs(pair.points(pair.a)[0])
    return not pair.differs, 0.0 if missing(size) else -size
