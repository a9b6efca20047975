"""The finding: one paragraph that claims no more than the tests support."""

from collections.abc import Sequence
from typing import Final

from divergent_bench.analysis.statistics.design import answers, confounded_with
from divergent_bench.analysis.tables import are_ranked, primary_scores
from divergent_bench.design.analysis_plan import ALPHA
from divergent_bench.instrument.norms import norms_of
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.comparisons import DECIDING, PLURALS, levels_in_words, tell
from divergent_bench.reporting.report.pairs import PairResult
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.sent_settings import on_mixed_output
from divergent_bench.reporting.report.wording import (
    Row,
    adjusted,
    between,
    counted,
    in_table,
    listed,
    mean_with_interval,
    missing,
    number,
    p_value,
    signed,
)

_MOST_PLANNED: Final = 3


def finding(results: Results, scoring: str = "") -> str:
    """Write the finding: who leads and by how much, set apart from whom, and what limits it.

    `scoring` is what differs from the published scoring; empty where nothing does.
    """
    asked = results.compared
    if asked.empty:
        return "Only baselines were sampled; there is no model to say anything about."
    if not asked["n_scorable"].any():
        return f"None of the {asked['n'].sum():,} answers could be scored."
    parts = [
        *([_on_models(results)] if results.n_models else []),
        _on_planned(results),
        _on_other_factors(results),
        _on_people(results),
        _on_baselines(results),
        _limits(results, scoring),
    ]
    return " ".join(part for part in parts if part)


def leader(results: Results) -> Row | None:
    """Return the model with the highest mean, of those that can be tested if there are any."""
    models = results.of_kind("model", scorable=True)
    testable = models[models["n_unique_lists"] > 1]
    rows = (models if testable.empty else testable).to_dict("records")
    return rows[0] if rows else None


def _on_models(results: Results) -> str:
    first = leader(results)
    if first is None:
        return "No answer of a model could be scored."
    name = f"**{markdown.escape(first['label'])}**"
    counts = f"{first['n_scorable']:,} of {counted(first['n'], 'answer')} scorable"
    mean = f"{mean_with_interval(first)} points, {counts}"
    if results.n_models == 1:
        return f"{name} scored {mean}; there is no second model to compare it with."
    highest = f"{name} has the highest mean of {counted(results.n_models, 'model')} ({mean})"
    if results.n_models > (scored := len(results.of_kind("model", scorable=True))):
        highest += f", of which {scored:,} gave scorable answers"
    return f"{_standing(highest, str(first['label']), results)}{_single_lists(first, results)}"


def _standing(highest: str, label: str, results: Results) -> str:
    omnibus = results.omnibus("model")
    if omnibus is not None and omnibus["p_adjusted"] >= ALPHA:
        return (
            f"Scores were not shown to differ between the {levels_in_words(results, omnibus)} "
            f"(Kruskal-Wallis, {adjusted(omnibus)}). {highest}; that is no evidence that it scores "
            "higher."
        )
    against = {pair.other(label): pair for pair in results.pairs_with(label)}
    order = [str(each) for each in results.of_kind("model", scorable=True)["label"]]
    others = [against[other] for other in order if other in against]
    tested_pairs = [pair for pair in others if pair.tested]
    if results.plan.deciding is None:
        return f"{highest}; no test of pairs was asked for, so it is not said to be set apart."
    if not tested_pairs:
        return f"{highest}; it could not be tested against another model."
    return f"{highest} {_verdict(tested_pairs, label, results)}".rstrip()


def _verdict(tested: Sequence[PairResult], label: str, results: Results) -> str:
    """Say which models the first one is set apart from, by the deciding test of each pair."""
    lower = [pair for pair in tested if pair.differs and pair.higher == label]
    reverse = [pair for pair in tested if pair.differs and pair.higher != label]
    level = [pair for pair in tested if not pair.differs]
    if not lower:
        verdict = "but was not shown to score higher than any other"
    elif len(lower) == len(tested):
        verdict = "and scored higher than " + (
            "the other" if len(tested) == 1 else f"each of the {len(tested):,} others tested"
        )
    else:
        verdict = f"and scored higher than {len(lower):,} of the {len(tested):,} others tested"
    planned = sum(pair.planned for pair in tested)
    role = "planned" if planned == len(tested) else "partly planned" if planned else "exploratory"
    said = [f"{verdict} ({DECIDING[tested[0].deciding or '']}, {role}{_pooled(tested)})"]
    if lower and level:
        said.append(f"it was not shown to score higher than {results.others(level, label)}")
    if reverse:
        said.append(f"by the test {results.others(reverse, label)} scored higher")
    return f"{'; '.join(said)}. {_lead(tested[0], label, results)}"


def _pooled(compared: Sequence[PairResult]) -> str:
    """Say how many comparisons are across conditions that differ; empty where none is."""
    count = sum(pair.pooled for pair in compared)
    if not count:
        return ""
    return "; pooled" if len(compared) == 1 else f"; {count:,} of {len(compared):,} pooled"


def _lead(pair: PairResult, label: str, results: Results) -> str:
    value, low, high = pair.points(label)
    if missing(value):
        return ""
    other = results.name(pair.other(label))
    where = f"{abs(value):.2f} points{between(low, high)} {'above' if value >= 0 else 'below'}"
    shown = "" if pair.differs else "; the two were not shown to differ"
    return f"Its mean is {where} that of {other}, the next{shown} ({_evidence(pair)})."


def _evidence(pair: PairResult) -> str:
    return f"{adjusted(pair.decision or {})}{_pooled([pair])}"


def _single_lists(first: Row, results: Results) -> str:
    models = results.of_kind("model", scorable=True)
    single = models[(models["n_unique_lists"] < 2) & (models["label"] != first["label"])]
    if single.empty:
        return ""
    names = listed([results.name(label) for label in single["label"].astype(str)])
    each, were = ("", "was") if len(single) == 1 else (" each", "were")
    return f" {names} gave a single unique list{each} and {were} not tested."


def _on_planned(results: Results) -> str:
    planned = results.planned
    if not planned:
        return ""
    if len(results.plan.primary) <= _MOST_PLANNED:
        return f"As planned: {' '.join(tell(pair, results) for pair in planned)}"
    differing = [pair for pair in planned if pair.differs]
    said = [
        f"{results.name(p.higher, p.factor)} over {results.name(p.lower, p.factor)}"
        for p in differing
    ]
    shown = f" ({listed(said)}{_pooled(differing)})" if said else ""
    return (
        f"Of the {len(results.plan.primary):,} planned contrasts, {len(differing):,} "
        f"{'shows' if len(differing) == 1 else 'show'} a difference{shown}."
    )


def _on_other_factors(results: Results) -> str:
    said = []
    for factor in ("strategy", "temperature"):
        row = results.omnibus(factor)
        if row is not None and not missing(row["p_adjusted"]):
            verb = "differ" if row["p_adjusted"] < ALPHA else "were not shown to differ"
            said.append(f"{verb} between the {PLURALS[factor]} ({p_value(row['p_adjusted'])})")
    return f"Scores {' and '.join(said)}." if said else ""


def _on_people(results: Results) -> str:
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
            said.append(f"{subject} scored {mean_with_interval(row)} points, {n}.")
    return " ".join(said)


def _against(pair: PairResult, people: Row, first: Row, results: Results) -> str:
    name = results.name(people["label"])
    model = markdown.escape(first["label"])
    value, low, high = pair.points(str(first["label"]))
    evidence = f"{signed(value)} points{between(low, high)} for the model, {_evidence(pair)}"
    mean = f"mean {people['mean']:.2f}"
    if pair.differs and pair.higher != first["label"]:
        subject = results.subject(people["label"])
        return f"{subject} scored higher than {model} ({mean}; {evidence})."
    verb = "scored higher than" if pair.differs else "was not shown to differ from"
    return f"{model} {verb} {name} ({mean}; {evidence})."


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
    if share.min() < 1:
        spread = f" ({share.min():.0%} to {share.max():.0%} by model)" if len(asked) > 1 else ""
        scored = asked["n_scorable"].sum() / asked["n"].sum()
        limits.append(f"only {scored:.1%} of the answers could be scored{spread}")
    unique, scorable = asked["n_unique_lists"].sum(), asked["n_scorable"].sum()
    if unique < scorable:
        limits.append(f"{scorable:,} scorable answers hold {unique:,} unique lists")
    if others := confounded_with(compared, "model"):
        limits.append(f"the models were not all asked in the same conditions ({listed(others)})")
    first = leader(results)
    told = results.pairs_with(first["label"]) if first else []
    if any(pair.pooled for pair in [*told, *results.planned]):
        limits.append("pooled comparisons are across conditions that differ and may show these")
    if mixed := on_mixed_output(results.scores):
        limits.append(mixed)
    power = results.power[results.power["factor"] == "model"].to_dict("records")
    if power and not missing(power[0]["smallest_difference"]):
        limits.append(
            f"a difference of less than {number(power[0]['smallest_difference'])} points between "
            f"two models of {number(power[0]['effective_n'], 0)} effective lists, the median, may "
            "well have been missed"
        )
    return f"Limits: {'; '.join(limits)}." if limits else ""
