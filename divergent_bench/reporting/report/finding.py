"""The finding: a few bullets that claim no more than the tests support."""

from collections.abc import Sequence
from typing import Final

from divergent_bench.analysis.statistics.design import answers, confounded_with
from divergent_bench.analysis.tables import are_ranked, primary_scores
from divergent_bench.analysis.tables.facts import Omission
from divergent_bench.design.analysis_plan import DIFFERENCE
from divergent_bench.instrument.norms import norms_of
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.comparisons import DECIDING, PLURALS, depends, tell
from divergent_bench.reporting.report.pairs import PairResult
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.sent_settings import on_mixed_output
from divergent_bench.reporting.report.wording import (
    Row,
    adjusted,
    adjustment,
    between,
    counted,
    effect,
    in_table,
    listed,
    mean_with_interval,
    missing,
    number,
    signed,
)

_MOST_PLANNED: Final = 3
_FEW: Final = 0.99  # a share of scorable answers below which it limits what is said


def finding(results: Results, scoring: str = "") -> str:
    """Write the finding: who leads and by how much, set apart from whom, and what limits it.

    `scoring` is what differs from the published scoring; empty where nothing does.
    """
    asked = results.compared
    if asked.empty:
        return "Only baselines were sampled; there is no model to say anything about."
    if not asked["n_scorable"].any():
        return f"None of the {asked['n'].sum():,} answers could be scored."
    bullets = [
        *(_on_models(results) if results.n_models else []),
        *_on_planned(results),
        _on_other_factors(results),
        *_on_people(results),
        _on_baselines(results),
        _limits(results, scoring),
    ]
    return "\n".join(f"- {bullet}" for bullet in bullets if bullet)


def leader(results: Results) -> Row | None:
    """Return the model with the highest mean, the first of the ranking."""
    rows = results.of_kind("model", scorable=True).to_dict("records")
    return rows[0] if rows else None


def _on_models(results: Results) -> list[str]:
    first = leader(results)
    if first is None:
        return ["No answer of a model could be scored."]
    label = str(first["label"])
    name = f"**{markdown.escape(label)}**"
    scored = len(results.of_kind("model", scorable=True))
    mean = f"{mean_with_interval(first)} points"
    counts = f"{first['n_scorable']:,} of {counted(first['n'], 'answer')} scorable"
    if results.n_models == 1:
        return [f"{name} scored {mean} ({counts}); there is no second model to compare it with."]
    of = f"{scored:,} of {results.n_models:,}" if scored < results.n_models else f"{scored:,}"
    place = ""
    if not missing(first["rank_high"]) and results.plan.deciding == DIFFERENCE:
        low, high = int(first["rank_low"]), int(first["rank_high"])
        place = f", rank {low}" if low == high else f", rank {low} to {high} by the tests"
    highest = f"{name} has the highest mean of {of} models: {mean} ({counts}){place}."
    return [highest, _standing(label, results)]


def _standing(label: str, results: Results) -> str:
    against = {pair.other(label): pair for pair in results.pairs_with(label)}
    order = [str(each) for each in results.of_kind("model", scorable=True)["label"]]
    tested = [against[other] for other in order if other in against and against[other].tested]
    if results.plan.deciding is None:
        return "No test of pairs was asked for, so nothing is said to be set apart."
    if not tested:
        return f"{markdown.escape(label)} could not be tested against another model."
    lower = [pair for pair in tested if pair.differs and pair.higher == label]
    reverse = [pair for pair in tested if pair.differs and pair.higher != label]
    dependent = [pair for pair in tested if pair.depends]
    level = [pair for pair in tested if not pair.differs and not pair.depends]
    others = f"{len(lower):,} of the {len(tested):,} others tested"
    if len(lower) == len(tested):
        others = "the other" if len(tested) == 1 else f"each of the {len(tested):,} others"
    verdict = f"It scored higher than {others}" if lower else "No model was shown to score lower"
    planned = sum(pair.planned for pair in tested)
    role = "planned" if planned == len(tested) else "partly planned" if planned else "exploratory"
    how = f"{DECIDING[tested[0].deciding or '']}, {_adjustments(tested)}, {role}"
    said = [f"{verdict} ({how}{_pooled(tested)})"]
    if level:
        said.append(f"not told apart from {results.others(level, label)}")
    said += [f"against {results.others([pair], label)} it {depends(pair)}" for pair in dependent]
    if reverse:
        said.append(f"by the test {results.others(reverse, label)} scored higher")
    return f"{'; '.join(said)}.{_in_spaces(lower, results)} {_lead(tested[0], label, results)}"


def _adjustments(tested: Sequence[PairResult]) -> str:
    return " and ".join(dict.fromkeys(adjustment(pair.decision or {}) for pair in tested))


def _in_spaces(lower: Sequence[PairResult], results: Results) -> str:
    """Say in how many spaces the verdicts are the same; empty with a single space."""
    size = len(results.spaces)
    if size < 2 or not lower:
        return ""
    held = [results.spaces_that_agree(pair) for pair in lower]
    if min(held) == max(held):
        return f" This holds in {held[0]:,} of {size:,} spaces."
    everywhere = sum(count == size for count in held)
    return f" {everywhere:,} of these {len(held):,} verdicts hold in all {size:,} spaces."


def _pooled(compared: Sequence[PairResult]) -> str:
    """Say how many comparisons are across conditions that differ; empty where none is."""
    count = sum(pair.pooled for pair in compared)
    if not count:
        return ""
    return "; pooled" if len(compared) == 1 else f"; {count:,} of {len(compared):,} pooled"


def _lead(pair: PairResult, label: str, results: Results) -> str:
    value, low, high = pair.points(label)
    if missing(value) or pair.depends:
        return ""
    other = results.name(pair.other(label))
    where = "above" if value >= 0 else "below"
    return (
        f"In the cells they share its mean is {abs(value):.2f} points{between(low, high)} {where} "
        f"that of {other}, the next in the ranking."
    )


def _on_planned(results: Results) -> list[str]:
    planned = results.planned
    if not planned:
        return []
    if len(results.plan.primary) <= _MOST_PLANNED:
        return [f"As planned: {tell(pair, results)}" for pair in planned]
    differing = [pair for pair in planned if pair.differs]
    said = [
        f"{results.name(p.higher, p.factor)} over {results.name(p.lower, p.factor)}"
        for p in differing
    ]
    shown = f" ({listed(said)}{_pooled(differing)})" if said else ""
    return [
        f"Of the {len(results.plan.primary):,} planned contrasts, {len(differing):,} "
        f"{'shows' if len(differing) == 1 else 'show'} a difference{shown}."
    ]


def _on_other_factors(results: Results) -> str:
    said = []
    for factor in ("strategy", "temperature"):
        tested = [pair for pair in results.pairs_of(factor) if pair.tested]
        if tested:
            differing = sum(pair.differs for pair in tested)
            pairs = f"{differing:,} of {counted(len(tested), 'pair')} of {PLURALS[factor]}"
            said.append(f"{pairs} {'differs' if differing == 1 else 'differ'}")
    over_all, *_ = [*results.trends(), None]
    if over_all is not None and not missing(over_all["p"]):
        slope = effect(over_all["effect"], over_all["effect_low"], over_all["effect_high"])
        said.append(f"over temperature scores change by {slope} points per unit")
    return f"{'; '.join(said)}." if said else ""


def _on_people(results: Results) -> list[str]:
    people = results.of_kind("people", scorable=True)
    first = leader(results)
    said: list[str] = []
    for row in people.to_dict("records"):
        against = {pair.other(row["label"]): pair for pair in results.pairs_with(row["label"])}
        pair = against.get(first["label"]) if first else None
        if first and pair and pair.tested:
            said.append(_against(pair, row, first, results))
        else:
            n = f"{row['n_scorable']:,} of {counted(row['n'], 'list')} scorable"
            subject = results.subject(row["label"])
            said.append(f"{subject} scored {mean_with_interval(row)} points ({n}).")
    return said


def _against(pair: PairResult, people: Row, first: Row, results: Results) -> str:
    name, model = results.name(people["label"]), markdown.escape(first["label"])
    value, low, high = pair.points(str(first["label"]))
    evidence = f"{signed(value)} points{between(low, high)} for the model, {_evidence(pair)}"
    mean = f"mean {people['mean']:.2f}"
    if pair.differs and pair.higher != first["label"]:
        subject = results.subject(people["label"])
        return f"{subject} scored higher than {model} in the plain prompt ({mean}; {evidence})."
    verb = "scored higher than" if pair.differs else "was not shown to differ from"
    return f"In the plain prompt {model} {verb} {name} ({mean}; {evidence})."


def _evidence(pair: PairResult) -> str:
    return f"{adjusted(pair.decision or {})}{_pooled([pair])}"


def _on_baselines(results: Results) -> str:
    baselines = results.of_kind("baseline", scorable=True)
    first = leader(results)
    if baselines.empty or first is None:
        return ""
    above = baselines[baselines["mean"] > first["mean"]]
    if above.empty:
        return f"No baseline has a mean above that of {markdown.escape(first['label'])}."
    names = [f"{in_table(r['label'], '')} ({r['mean']:.2f})" for r in above.to_dict("records")]
    verb = "has a mean" if len(names) == 1 else "have means"
    return (
        f"{counted(len(names), 'baseline')} without a language model, {listed(names)}, {verb} "
        f"above that of {markdown.escape(first['label'])}, so a high score alone does not show "
        "divergent thinking."
    )


def _limits(results: Results, scoring: str) -> str:
    asked = results.compared
    compared = answers(primary_scores(results.scores))
    compared = compared[compared["score"].notna() & are_ranked(compared["provider"])]
    share = asked["n_scorable"] / asked["n"]
    limits = []
    if not norms_of(results.task, results.space):
        space = markdown.escape(results.space)
        limits.append(f"scores in the space {space} cannot be compared with published ones")
    if scoring:
        limits.append("the scoring is not the published one")
    if share.min() < _FEW:
        spread = f" ({share.min():.0%} to {share.max():.0%} by model)" if len(asked) > 1 else ""
        scored = asked["n_scorable"].sum() / asked["n"].sum()
        limits.append(f"{scored:.1%} of the answers could be scored{spread}")
    if len(compared) and compared.groupby("strategy", observed=True)["wording"].nunique().max() < 5:
        limits.append("each prompt is one text or a few, so nothing is said of other wordings")
    if others := confounded_with(compared, "model"):
        limits.append(f"the models were not all asked in the same conditions ({listed(others)})")
    first = leader(results)
    told = results.pairs_with(first["label"]) if first else []
    if any(pair.pooled for pair in [*told, *results.planned]):
        limits.append("pooled comparisons are across conditions that differ and may show these")
    if mixed := on_mixed_output(results.scores):
        limits.append(mixed)
    limits += _on_power(results)
    return f"Limits: {'; '.join(limits)}." if limits else ""


def _on_power(results: Results) -> list[str]:
    rows = results.power[results.power["factor"] == "model"].to_dict("records")
    if not rows:
        return []
    row = rows[0]
    if row["reason"] == Omission.CANNOT_REJECT:
        return ["with so few answers a single pair of models that differs could not be shown"]
    if missing(row["smallest_difference"]):
        return []
    return [
        f"a true difference below {number(row['smallest_difference'])} points between two models "
        "may well have been missed"
    ]
