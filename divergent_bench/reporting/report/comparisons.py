"""Which levels differ: planned contrasts first, exploration after, each sentence from its test."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from divergent_bench.analysis.tables.facts import Computation, caveats, left_out
from divergent_bench.design.analysis_plan import ALPHA, EQUIVALENCE, HEDGES_G, PERMUTATION, RANKS
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
    missing,
    more,
    number,
    p_cell,
    signed,
)

PLURALS: Final = {"model": "models", "strategy": "strategies", "temperature": "temperatures"}
DECIDING: Final = {RANKS: "Mann-Whitney", PERMUTATION: "permutation"}
_MOST_PAIRS: Final = 30
_COMPUTED: Final = {
    Computation.ALL: ", all permutations",
    Computation.T: " of a large sample, t distribution",
}


def points(value: float) -> str:
    """Write a margin: ``1 point``, ``0.5 points``."""
    return f"{value:g} point{'' if value == 1 else 's'}"


def caveat(row: Row | None) -> str:
    """Say what a reader of a row must know, as Markdown; empty where nothing."""
    return "" if row is None else caveats(row, markdown.escape)


def in_brackets(note: str) -> str:
    """Put a caveat behind what it is about; empty where there is none."""
    return f" ({note})" if note else ""


def tell(pair: PairResult, results: Results) -> str:
    """Say in a sentence or two what the tests show of a pair, and no more."""
    first, second = (pair.higher, pair.lower) if pair.differs else (pair.a, pair.b)
    a, b = results.subject(first, pair.factor), results.name(second, pair.factor)
    note = caveat(pair.decision)
    if not pair.tested:
        reason = note if pair.decision is not None else "no test of pairs was asked for"
        return f"{a} and {b} were not tested{in_brackets(reason)}."
    verb = "scored higher than" if pair.factor == "model" else "gave higher scores than"
    verdict = f"{a} {verb} {b}" if pair.differs else f"{a} and {b} were not shown to differ"
    told = f"{verdict}{_distance(pair, first, results)} ({_evidence(pair, first)})."
    return " ".join(filter(None, [told, _on_equivalence(pair, results), as_caution(note)]))


def _distance(pair: PairResult, first: str, results: Results) -> str:
    value, low, high = pair.points(first)
    if missing(value):
        return ""
    interval = between(low, high)
    name = results.name(first, pair.factor)
    if not pair.differs:
        apart = ", an interval that excludes 0 but does not decide" if low > 0 or high < 0 else ""
        less = f"the mean of {name} less that of the other"
        return f": {less} is {signed(value)} points{interval}{apart}"
    if value >= 0:
        return f" by {value:.2f} points{interval}"
    return f" by the test, although the difference of the means is {signed(value)} points{interval}"


def _evidence(pair: PairResult, first: str) -> str:
    decision = pair.decision or {}
    pick = ("a", "b") if first == pair.a else ("b", "a")
    answers = " and ".join(f"{decision[f'n_{side}']:,}" for side in pick)
    unique = " and ".join(f"{decision[f'n_unique_{side}']:,}" for side in pick)
    parts = [f"n = {answers} answers, {unique} unique lists"]
    sizes = [("Cliff's delta", pair.delta(first)), ("Hedges' g", pair.measure(HEDGES_G, first))]
    parts += [f"{name} = {effect(*size)}" for name, size in sizes if not missing(size[0])]
    how = "" if missing(decision["computation"]) else _COMPUTED.get(decision["computation"], "")
    parts.append(f"{DECIDING[pair.deciding or '']}{how}, {adjusted(decision)}")
    return "; ".join(parts)


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
    """Write the section on a factor: the test over all levels, then the pairs explored."""
    omnibus, found = results.omnibus(factor), results.pairs_of(factor)
    if omnibus is None and not found:
        return
    yield f"### {PLURALS[factor].capitalize()}"
    if omnibus is not None:
        yield tell_omnibus(omnibus, results)
    if factor == "model" and (aside := on_degenerate(results)):
        yield aside
    explored = [pair for pair in found if not pair.planned]
    if explored:
        yield _verdict(explored, results)
        yield from _table(explored, results)


def tell_omnibus(row: Row, results: Results) -> str:
    """Say whether the levels of a factor differ, as the test over all of them shows."""
    levels = levels_in_words(results, row)
    note = caveat(row)
    if missing(row["p_adjusted"]):
        return f"The {levels} were not tested together{in_brackets(note)}."
    verb = "differ" if row["p_adjusted"] < ALPHA else "were not shown to differ"
    told = (
        f"Scores {verb} between the {levels} (Kruskal-Wallis {row['statistic_name']} = "
        f"{number(row['statistic'])}, {row['n_unique_a']:,} unique lists, epsilon squared = "
        f"{number(row['effect'])}, {adjusted(row)}). This test was {row['role']}."
    )
    return f"{told} {as_caution(note)}".rstrip()


def levels_in_words(results: Results, row: Row) -> str:
    """Name the levels that the test over all of them compares: ``models and people``."""
    if row["factor"] != "model":
        return PLURALS[row["factor"]]
    if set(results.of_kind("people")["label"]) <= {each.level for each in left_out(row)}:
        return PLURALS["model"]
    return "models and people" if results.n_models else "groups of people"


def on_degenerate(results: Results) -> str:
    """Name those that no test can be made of: a single unique list, or none."""
    groups = results.compared
    said = []
    for row in groups[groups["n_unique_lists"] < 2].to_dict("records"):
        name = results.subject(row["label"])
        said.append(
            f"{name} has one unique list ({counted(row['n_scorable'], 'scorable answer')}): a "
            "degenerate group, of which no test can be made."
            if row["n_scorable"]
            else f"{name} has no scorable answer, so no score to compare."
        )
    return " ".join(said)


def _verdict(explored: Sequence[PairResult], results: Results) -> str:
    tested = [pair for pair in explored if pair.tested]
    differing = sum(pair.differs for pair in tested)
    untested = len(explored) - len(tested)
    if results.plan.deciding is None:
        return "Exploratory: no test of pairs was asked for; the table shows differences only."
    if not tested:
        return f"Exploratory: none of {counted(len(explored), 'pair')} could be tested."
    test = DECIDING[results.plan.deciding]
    method = adjustment(tested[0].decision or {})
    said = (
        f"Exploratory: {differing:,} of {counted(len(tested), 'tested pair')} "
        f"{'differs' if differing == 1 else 'differ'} at {ALPHA:.0%} ({test}, {method})."
    )
    level = [pair for pair in tested if not pair.differs]
    if level:
        said += (
            f" {counted(len(level), 'pair')} {'was' if len(level) == 1 else 'were'} not shown to "
            "differ, which does not make them equal. Intervals are of one pair each, not adjusted: "
            "one may leave 0 out where the adjusted test shows no difference."
        )
    if any(EQUIVALENCE in pair.rows for pair in explored):
        alike = sum(pair.equivalent for pair in explored)
        shown = counted(alike, "pair") if alike else "No pair"
        said += (
            f" {shown} {'were' if alike > 1 else 'was'} shown to be equivalent within "
            f"{points(results.plan.margin)}."
        )
    if untested:
        said += f" {counted(untested, 'pair')} could not be tested."
    return said


def _table(explored: Sequence[PairResult], results: Results) -> Iterable[str]:
    shown = sorted(explored, key=_by_evidence)[:_MOST_PAIRS]
    has_g = any(HEDGES_G in pair.rows for pair in shown)
    rows = []
    for pair in shown:
        row = pair.decision or next(iter(pair.rows.values()))
        a, b = (
            results.name(x) if pair.factor == "model" else markdown.escape(x)
            for x in (pair.a, pair.b)
        )
        rows.append(
            [
                a,
                b,
                pair.verdict("a", "b"),
                effect(*pair.points(pair.a)),
                p_cell(row["p_adjusted"]) if pair.decision else MISSING,
                effect(*pair.delta(pair.a)),
                *([effect(*pair.measure(HEDGES_G, pair.a))] if has_g else []),
                f"{row['n_unique_a']:,} / {row['n_unique_b']:,}",
                "pooled" if pair.pooled else f"{row['n_strata']:,}",
            ]
        )
    header = ["a", "b", "verdict", "points a - b", "p (adjusted)", "Cliff's delta"]
    header += [*(["Hedges' g"] if has_g else []), "unique lists a / b", "strata"]
    yield markdown.table(header, rows, "lll" + "r" * (len(header) - 3))
    yield more(len(explored), _MOST_PAIRS, "pairs", "tests.csv")
    notes = Counter(note for pair in explored if (note := caveat(pair.decision)))
    if notes:
        yield "\n".join(
            f"- {counted(count, 'pair')}: {note}." for note, count in notes.most_common(_MOST_PAIRS)
        )


def _by_evidence(pair: PairResult) -> tuple[bool, float]:
    size = abs((pair.decision or {"effect": float("nan")})["effect"])
    return not pair.differs, 0.0 if missing(size) else -size
