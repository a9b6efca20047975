"""The finding: a few bullets that claim no more than the tests support."""

from collections.abc import Iterator, Mapping, Sequence
from math import floor
from typing import Final

import pandas as pd

from divergent_bench.analysis.statistics.design import answers, confounded_with
from divergent_bench.analysis.statistics.intervals import FEWEST_CLUSTERS
from divergent_bench.analysis.summaries import chosen_norms
from divergent_bench.analysis.tables import are_ranked, primary_scores, rows_of
from divergent_bench.analysis.tables.facts import Omission, adjustment
from divergent_bench.base.names import counted, percent
from divergent_bench.design.analysis_plan import DIFFERENCE
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.comparisons import (
    DECIDING,
    PLURALS,
    apart,
    as_caution,
    caveat,
    extremes,
    in_spaces,
    on_slope,
    tell,
)
from divergent_bench.reporting.report.frontier import on_failed_gate
from divergent_bench.reporting.report.pairs import PairResult
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.sent_settings import on_mixed_output
from divergent_bench.reporting.report.wording import (
    Row,
    adjusted,
    in_table,
    listed,
    mean_with_interval,
    missing,
    number,
)

_MOST_PLANNED: Final = 3
_MOST_DEPENDENT: Final = 2
_SHARED: Final = "the prompts and temperatures they share"
_MOST_AMONG_PEOPLE: Final = 4
_MOST_BETWEEN_GROUPS: Final = 3
_FEW: Final = 0.99  # a share of scorable answers below which it limits what is said


def findings(of_tasks: Sequence[Results]) -> str:
    """Write the finding of each task, below its title where there are several."""
    if len(of_tasks) == 1:
        return finding(of_tasks[0])
    return "\n\n".join(f"## {each.task.title}\n\n{finding(each)}" for each in of_tasks)


def finding(results: Results) -> str:
    """Write the finding: who leads and by how much, set apart from whom, and what limits it."""
    asked = results.compared
    if asked.empty:
        said = "Only baselines were sampled; there is no model to say anything about."
        return _bullets([said, _on_norm(results)])
    if not asked["n_scorable"].any():
        return f"None of the {asked['n'].sum():,} answers could be scored."
    bullets = [
        *(_on_models(results) if results.n_models else []),
        " ".join(filter(None, [*_on_planned(results), _on_other_factors(results)])),
        " ".join([*_on_people(results), _on_norm(results)]).strip(),
        _on_baselines(results),
        _limits(results),
    ]
    return _bullets(bullets)


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines if line)


def _on_models(results: Results) -> list[str]:
    first = results.leader
    gate = results.task.gate
    if first is None and gate and len(results.of_kind("model", scorable=True)):
        return [f"The answers of no model were shown to be {gate.failing}: none has a rank."]
    if first is None:
        return ["No answer of a model could be scored."]
    label = str(first["label"])
    name = f"**{markdown.escape(label)}**"
    models = results.in_the_running
    mean = f"{mean_with_interval(first)} points"
    counts = f"{first['n_scorable']:,} of {counted(first['n'], 'answer')} scorable"
    if results.n_models == 1:
        return [f"{name} scored {mean} ({counts}); there is no second model to compare it with."]
    of = (
        f"{len(models):,} of {results.n_models:,}"
        if len(models) < results.n_models
        else len(models)
    )
    failed = results.of_kind("model", scorable=True)["failed_gate"].any()
    which = " that passed the gate" if failed else ""
    said = f"{name} has the highest mean of {of} models{which}: {mean} ({counts})."
    if level := list(models.loc[models["rank"] == 1, "label"])[1:]:
        said += f" That of {listed([markdown.escape(each) for each in level])} is the same."
    if not missing(first["rank_high"]) and results.plan.deciding == DIFFERENCE:
        low, high = int(first["rank_low"]), int(first["rank_high"])
        ranks = f"is {low}" if low == high else f"is between {low} and {high}"
        said += f" With 95 % confidence its rank {ranks}."
    return [f"{said} {_standing(label, results)}"]


def _standing(label: str, results: Results) -> str:
    against = {pair.other(label): pair for pair in results.pairs_with(label)}
    order = [str(each) for each in results.in_the_running["label"]]
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
    said = [f"{verdict} ({_role(lower or tested)}{_pooled(tested)})."]
    if level:
        said.append(f"It was not told apart from {results.others(level, label)}.")
    if dependent:
        said.append(_on_dependent(dependent, label, results))
    if reverse:
        where = f"over {_SHARED}" if results.plan.deciding == DIFFERENCE else "by the test"
        said.append(f"But {where} {results.others(reverse, label)} scored higher.")
    said += [in_spaces(lower or tested, results), _lead(order, against, label, results)]
    return " ".join(filter(None, said))


def _on_dependent(dependent: Sequence[PairResult], label: str, results: Results) -> str:
    if len(dependent) > _MOST_DEPENDENT:
        whom = f"{len(dependent):,} others, {results.others(dependent, label)},"
        how = " or ".join(dict.fromkeys(pair.dependence for pair in dependent))
        return f"Against {whom} it {how} which one is higher."
    return " ".join(
        f"Whether it is above {results.others([pair], label)} {pair.dependence}: "
        f"{extremes(pair, label)}."
        for pair in dependent
    )


def _role(tested: Sequence[PairResult]) -> str:
    """Say which test decided, how it was adjusted, and whether it was planned."""
    planned = sum(pair.planned for pair in tested)
    role = "exploratory" if not planned else "planned"
    if 0 < planned < len(tested):
        role = f"{planned:,} planned, the others exploratory"
    by = " and ".join(dict.fromkeys(adjustment(pair.decision or {}) for pair in tested))
    return f"{DECIDING[tested[0].deciding or '']}, {by}, {role}"


def _pooled(compared: Sequence[PairResult]) -> str:
    """Say how many comparisons are across conditions that differ; empty where none is."""
    count = sum(pair.pooled for pair in compared)
    if not count:
        return ""
    return "; pooled" if len(compared) == 1 else f"; {count:,} of {len(compared):,} pooled"


def _lead(
    order: Sequence[str], against: Mapping[str, PairResult], label: str, results: Results
) -> str:
    """Say how far the first is from the next in the ranking, where the two were compared."""
    pair = against.get(order[1])
    if pair is None or pair.depends or missing(pair.points(label)[0]):
        return ""
    where = "Its" if pair.pooled else f"Over {_SHARED}, its"
    said = (
        f"{where} mean is {apart(*pair.points(label))} that of {results.name(order[1])}, the next."
    )
    decision = pair.decision or {}
    certain = decision.get("reason") == Omission.NO_VARIATION
    return f"{said} {as_caution(caveat(decision))}" if certain else said


def _on_planned(results: Results) -> list[str]:
    planned = results.planned
    if not planned:
        return []
    if len(results.plan.primary) <= _MOST_PLANNED:
        told = [f"{tell(p, results, brief=True)} {in_spaces([p], results)}" for p in planned]
        return [f"Planned contrast. {each.rstrip()}" for each in told]
    differing = [pair for pair in planned if pair.differs]
    pairs = [
        f"{results.name(p.higher, p.factor)} over {results.name(p.lower, p.factor)}"
        for p in differing
    ]
    shown = f" ({listed(pairs)}{_pooled(differing)})" if pairs else ""
    said = (
        f"Of the {len(results.plan.primary):,} planned contrasts, {len(differing):,} "
        f"{'shows' if len(differing) == 1 else 'show'} a difference{shown}."
    )
    if dependent := sum(pair.depends for pair in planned):
        said += f" In {dependent:,} the sign of the difference depends on the cell."
    return [said]


def _on_other_factors(results: Results) -> str:
    said = []
    for factor in ("strategy", "temperature"):
        tested = [pair for pair in results.pairs_of(factor) if pair.tested]
        if len(tested) < 2:
            said += [tell(pair, results, brief=True) for pair in tested if not pair.planned]
            continue
        differing = sum(pair.differs for pair in tested)
        of = f"{len(tested):,} pairs of {PLURALS[factor]}"
        shown = "is shown" if differing <= 1 else "are shown"
        told = f"{f'{differing:,}' if differing else 'None'} of the {of} {shown} to differ"
        if dependent := [pair for pair in tested if pair.depends]:
            how = " or ".join(dict.fromkeys(pair.dependence for pair in dependent))
            told += f"; in {len(dependent):,} which one is higher {how}"
        said.append(f"{told}.")
    over_all, *_ = [*results.trends(), None]
    if over_all is not None and not missing(over_all["p_adjusted"]):
        said.append(f"{on_slope(over_all)}.")
    return " ".join(said)


def _on_people(results: Results) -> list[str]:
    people = results.of_kind("people", scorable=True)
    first = results.leader
    said: list[str] = []
    for row in rows_of(people):
        against = {pair.other(row["label"]): pair for pair in results.pairs_with(row["label"])}
        pair = against.get(first["label"]) if first else None
        if first and pair and pair.tested:
            said.append(_against(pair, row, first, results))
        else:
            n = f"{row['n_scorable']:,} of {counted(row['n'], 'list')} scorable"
            subject = results.subject(row["label"])
            said.append(f"{subject} scored {mean_with_interval(row)} points ({n}).")
    return [*said, *_between_groups(list(people["label"]), results)]


def _between_groups(groups: Sequence[str], results: Results) -> Iterator[str]:
    """Say how groups of people stand to each other, where these are few; contrasts are told."""
    pairs = [pair for pair in results.pairs_of("model") if {pair.a, pair.b} <= set(groups)]
    if len(pairs) <= _MOST_BETWEEN_GROUPS:
        yield from (tell(pair, results, brief=True) for pair in pairs if not pair.planned)


def _against(pair: PairResult, people: Row, first: Row, results: Results) -> str:
    label, name = str(first["label"]), results.name(people["label"])
    model = markdown.escape(label)
    verb = "was not shown to differ from"
    if pair.differs:
        verb = "scored higher than" if pair.higher == label else "scored lower than"
    evidence = f"{adjusted(pair.decision or {})}{_pooled([pair])}"
    distance = f" ({evidence})"
    if not missing(pair.points(label)[0]):
        distance = f": it is {apart(*pair.points(label))} them ({evidence})"
    said = f"In the plain prompt {model} {verb} {name}, whose mean is {people['mean']:.2f}"
    return f"{said}{distance}. {in_spaces([pair], results)}".rstrip()


def _on_baselines(results: Results) -> str:
    baselines = results.of_kind("baseline", scorable=True)
    first = results.leader
    if baselines.empty or first is None:
        return ""
    above = baselines[baselines["mean"] > first["mean"]]
    if above.empty:
        return f"No baseline has a mean above that of {markdown.escape(first['label'])}."
    names = [f"{in_table(r['label'], '')} ({r['mean']:.2f})" for r in rows_of(above)]
    verb = "has a mean" if len(names) == 1 else "have means"
    return (
        f"Without a language model, {listed(names)} {verb} above that of "
        f"{markdown.escape(first['label'])}. A high score alone does not show divergent thinking."
    )


def _on_norm(results: Results) -> str:
    """Say how many people of a norm scored below the first model and the baselines."""
    scored = results.ranking[results.ranking["n_scorable"] > 0]
    norms = chosen_norms(scored)
    first = scored["kind"].eq("model") & ~scored.duplicated("kind")
    rows = scored[first | scored["baseline"]].head(_MOST_AMONG_PEOPLE)
    if not norms or rows.empty:
        return ""
    norm = norms[0]
    (share, label), *others = [
        (floor(row[f"percentile_{norm.name}"]), in_table(row["label"], "")) for row in rows_of(rows)
    ]
    below = [f"{share} % scored below the mean of {label}"]
    below += [f"{share} % below that of {label}" for share, label in others]
    return f"Of {norm.n:,} people ({norm.label}), {listed(below)}."


def _limits(results: Results) -> str:
    asked = results.compared
    compared = answers(primary_scores(results.scores))
    compared = compared[compared["score"].notna() & are_ranked(compared["provider"])]
    share = asked["n_scorable"] / asked["n"]
    limits = []
    if not results.has_reference:
        space = markdown.escape(results.space)
        limits.append(f"scores in the space {space} cannot be compared with published ones")
    if results.scoring:
        limits.append("the scoring is not the published one")
    if share.min() < _FEW:
        scored = asked["n_scorable"].sum() / asked["n"].sum()
        said = f"{percent(scored, 1)} % of the answers could be scored"
        if len(asked) > 1:
            said += f" ({percent(share.min())} % to {percent(share.max())} % by source)"
        limits.append(said)
    limits += on_failed_gate(results)
    limits += _on_wordings(compared)
    if others := confounded_with(compared, "model"):
        limits.append(f"the models were not all asked in the same conditions ({listed(others)})")
    first = results.leader
    told = results.pairs_with(first["label"]) if first else []
    if any(pair.pooled for pair in [*told, *results.planned]):
        limits.append("pooled comparisons may show how conditions differ, not models")
    if mixed := on_mixed_output(results.scores):
        limits.append(mixed)
    limits += _on_power(results)
    said = " ".join(f"{limit[0].upper()}{limit[1:]}." for limit in limits)
    return f"Limits: {said}" if said else ""


def _on_wordings(compared: pd.DataFrame) -> list[str]:
    """Say that prompts of few wordings stand for no others; nothing where all have many."""
    wordings = compared.groupby("strategy", observed=True)["wording"].nunique()
    if wordings.min() >= FEWEST_CLUSTERS or wordings.empty:
        return []
    how = "one wording" if wordings.max() == 1 else f"fewer than {FEWEST_CLUSTERS} wordings"
    whom = "each prompt" if wordings.max() < FEWEST_CLUSTERS else "some prompt"
    return [f"{whom} was sent in {how}, and other wordings may give other results"]


def _on_power(results: Results) -> list[str]:
    rows = rows_of(results.power[results.power["factor"] == "model"])
    if not rows:
        return []
    row = rows[0]
    planned = any(each.factor == "model" for each in results.plan.primary)
    two = "two models" if results.n_models else "two groups of people"
    where = "in a planned contrast of models" if planned else f"between {two}"
    if row["reason"] == Omission.CANNOT_REJECT:
        unless = "" if planned else ", unless many pairs differ"
        return [f"so few answers cannot show any difference {where}, however large{unless}"]
    if missing(row["smallest_difference"]):
        return []
    least = number(row["smallest_difference"])
    return [f"a true difference below {least} points {where} may well have been missed"]
