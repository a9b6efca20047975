"""What was asked, how it was to be analysed, and what of that could be done."""

from collections.abc import Iterator
from typing import Final

from divergent_bench.analysis.statistics.intervals import FEWEST_CLUSTERS
from divergent_bench.analysis.tables import are_ranked, kinds, temperature_label
from divergent_bench.base.names import NOT_APPLICABLE, counted
from divergent_bench.design.analysis_plan import (
    EQUIVALENCE,
    SCORABILITY,
    Contrast,
)
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.comparisons import (
    DECIDING,
    PLURALS,
    caveat,
    in_brackets,
    points,
)
from divergent_bench.reporting.report.pairs import PairResult
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import (
    Cell,
    bullets,
    in_table,
    listed,
    mean_with_interval,
    more,
    table,
)

_ONE_TEXT: Final = "Results speak of the texts that were sent and of no other wording of them."
_MOST_CONDITIONS: Final = 40
_MOST_CONTRASTS: Final = 20


def design(results: Results) -> Iterator[str]:
    """Write the section on the design."""
    yield "## Design"
    yield _asked(results)
    yield _planned(results)
    contrasts = [_against(each, results) for each in results.plan.primary]
    yield bullets(contrasts, _MOST_CONTRASTS, "contrast")
    yield _done(results)
    yield from _conditions(results)


def _asked(results: Results) -> str:
    conditions, of_models = results.conditions, results.of_models
    people, baselines = results.of_kind("people"), results.of_kind("baseline")
    found = {
        counted(results.n_models, "model"): results.n_models,
        counted(len(people), "group of people", "groups of people"): len(people),
        counted(len(baselines), "baseline"): len(baselines),
    }
    who = [words for words, number in found.items() if number]
    strategies = set(of_models["strategy"]) - {NOT_APPLICABLE}
    temperatures = of_models["temperature"].nunique(dropna=False)
    how = [counted(len(strategies), "strategy", "strategies")] if strategies else []
    how += [counted(temperatures, "temperature")] if len(of_models) else []
    combinations = results.n_models * max(len(strategies), 1) * temperatures
    grid = (
        f" Of the {combinations:,} combinations of these, {len(of_models):,} were asked."
        if len(of_models) < combinations
        else ""
    )
    low, high = conditions["n"].min(), conditions["n"].max()
    per = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    text = (
        f"{listed(who)}{f'; {listed(how)}' if how else ''}: "
        f"{counted(int(conditions['n'].sum()), 'answer')} in "
        f"{counted(len(conditions), 'condition')}, {per} per condition.{grid} Answers of a "
        "condition are taken as independent draws from what the model does with the prompt. "
        f"{_on_wordings(results)}"
    )
    cost = conditions["cost_usd"].sum(min_count=1)
    return f"{text} Known cost: {cost:.4f} USD." if cost > 0 else text


def _planned(results: Results) -> str:
    plan = results.plan
    if not plan.tests:
        return "As planned: no test was asked for."
    said = [f"As planned: comparisons along {listed([PLURALS[each] for each in plan.factors])}."]
    if plan.deciding:
        said.append(f"Whether a pair differs is decided by the {DECIDING[plan.deciding]}.")
    if EQUIVALENCE in plan.tests:
        said.append(
            f"Two means count as equivalent within {points(plan.margin)} where two one-sided tests "
            "show it."
        )
    if SCORABILITY in plan.tests:
        said.append("Whether an answer can be scored is compared apart from the scores.")
    said.append(
        f"{counted(len(plan.primary), 'contrast')} "
        f"{'was' if len(plan.primary) == 1 else 'were'} planned; every other pair is exploratory."
        if plan.primary
        else "No contrast of two levels was planned, so every pair is exploratory."
    )
    return " ".join(said)


def _against(pair: Contrast | PairResult, results: Results) -> str:
    return f"{results.name(pair.a, pair.factor)} against {results.name(pair.b, pair.factor)}"


def _on_wordings(results: Results) -> str:
    """Say how far what is found reaches beyond the texts that were sent."""
    asked = results.scores[are_ranked(results.scores["provider"])]
    if asked.empty:
        return ""
    if n_stimuli := asked["stimulus"].nunique():
        return f"{_on_stimuli(results, n_stimuli)} {_ONE_TEXT}"
    n_wordings = asked.groupby("strategy", observed=True)["wording"].nunique()
    if n_wordings.min() >= FEWEST_CLUSTERS:
        more = " or more" if n_wordings.min() < n_wordings.max() else ""
        return (
            f"Each prompt was worded in {n_wordings.min():,} ways{more}, which stand for all that "
            "could have been used: standard errors are clustered by them."
        )
    return _ONE_TEXT


def _on_stimuli(results: Results, number: int) -> str:
    asked_about = f"Each prompt was asked about {counted(number, results.task.stimulus_name)}"
    if number < FEWEST_CLUSTERS:
        return f"{asked_about}, and results speak of no other: answers are compared within each."
    return (
        f"{asked_about}, which stand for all that could have been asked about: answers are "
        "compared within each, and standard errors are clustered by them."
    )


def _done(results: Results) -> str:
    """Say which of the planned contrasts could not be tested, and why."""
    if results.tests.empty:
        return (
            "As done: nothing was compared; every factor has a single level, or no test was asked "
            "for."
        )
    planned = counted(len(results.plan.primary), "planned contrast")
    if not results.plan.primary:
        return ""
    undone = [
        f"{_against(pair, results)}{in_brackets(caveat(pair.decision))}"
        for pair in results.planned
        if not pair.tested
    ]
    if not undone:
        pooled = sum(pair.pooled for pair in results.planned)
        beside = f"; {pooled:,} of them across conditions that differ (pooled)" if pooled else ""
        return f"As done: {planned}, none left out{beside}."
    return f"As done: {planned}, of which {len(undone):,} could not be tested: {'; '.join(undone)}."


def _conditions(results: Results) -> Iterator[str]:
    conditions = results.conditions
    labelled = conditions.assign(kind=kinds(conditions["provider"]))
    columns: dict[str, Cell] = {
        "provider": lambda row: markdown.escape(row["provider"]),
        "model": lambda row: in_table(row["model"], row["kind"]),
        "strategy": lambda row: markdown.escape(row["strategy"]),
        "temperature": lambda row: temperature_label(row["temperature"]),
        "n": "{n:,}",
        "scorable": "{n_scorable:,}",
        "different lists": "{n_unique_lists:,}",
        "mean [95 % CI]": mean_with_interval,
    }
    yield table(labelled.head(_MOST_CONDITIONS), columns, "lllrrrrr")
    yield more(len(conditions), _MOST_CONDITIONS, "conditions", "summary.csv")
