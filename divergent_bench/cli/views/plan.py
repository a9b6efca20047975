"""A plan as a table."""

from collections.abc import Sequence
from datetime import timedelta

from rich.table import Table

from divergent_bench.base.names import counted
from divergent_bench.cli.views.tables import text_table
from divergent_bench.running.cost_plan import SDS, FactorPlan, ModelPlan, Plan


def plan_table(plan: Plan) -> Table:
    """Return a plan as a table, a row per model."""
    rows = [(f"{model.provider}/{model.model}", *_numbers(model)) for model in plan.models]
    columns = ["model", "samples", "due", "in ledger", "to ask", "tokens", "USD", "time"]
    return text_table(columns, rows, right=7, width=12)


def plan_notes(plan: Plan) -> list[str]:
    """Return what a plan amounts to, in sentences."""
    notes = [_summary(plan)]
    if plan.fresh:
        notes.append(
            "fresh: what is due is asked again, also where the ledger has an answer; once begun, "
            "it is finished by the same command without it."
        )
    if plan.budget_usd is not None:
        notes.append(_on_budget(plan, plan.budget_usd))
    reasoning = [f"{m.provider}/{m.model}" for m in plan.models if m.guessed_reasoning]
    if reasoning:
        notes.append(
            f"{', '.join(reasoning)} may think before answering, which is paid for: expect more "
            "than is said here, until the ledger has answers to judge by."
        )
    if plan.cost_usd and plan.most_usd and plan.most_usd > 20 * plan.cost_usd:
        notes.append("`max_tokens` in the config would lower the most that it could cost.")
    unknown = [f"{m.provider}/{m.model}" for m in plan.models if m.cost_usd is None]
    if unknown:
        notes.append(
            f"No price is known for {', '.join(unknown)}: "
            "give `price: {input: ..., output: ...}` in USD per million tokens."
        )
    if ending := [f"{m.provider}/{m.model} on {m.ends_on}" for m in plan.models if m.ends_on]:
        notes.append(f"Withdrawn by the provider, as litellm's table has it: {', '.join(ending)}.")
    return [*notes, *(f"note: {note}" for note in plan.notes)]


def power_table(factors: Sequence[FactorPlan]) -> Table:
    """Return how many answers comparisons would have, and how many they need, a row per factor."""
    rows = []
    for each in factors:
        numbers = (each.levels, each.comparisons, each.answers, *each.needed.values())
        rows.append((_called(each, factors), *(f"{number:,}" for number in numbers)))
    columns = ["factor", "levels", "comparisons", "answers", *(f"SD {sd}" for sd in SDS)]
    return text_table(columns, rows, right=len(columns) - 1)


def power_notes(factors: Sequence[FactorPlan]) -> list[str]:
    """Return what the table of `power_table` says, in sentences."""
    notes = [
        "answers: how many each level of the factor gets (each prompt, each model).",
        "SD: scorable answers that each level needs to show a difference of 1 point, by the "
        "standard deviation of the scores (80 % power, 5 % over all comparisons).",
    ]
    few = [_called(each, factors) for each in factors if each.answers < min(each.needed.values())]
    if few:
        notes.append(
            f"Too few to show a difference of 1 point at any of these SDs: {', '.join(few)}."
        )
    if hopeless := [_called(each, factors) for each in factors if not each.can_show]:
        notes.append(
            f"So few that a single pair that differs could not be shown: {', '.join(hopeless)}."
        )
    return notes


def _called(plan: FactorPlan, factors: Sequence[FactorPlan]) -> str:
    """Name a factor, with its task where there are several."""
    several = len({each.task for each in factors}) > 1
    return f"{plan.task}: {plan.factor}" if several else plan.factor


def _numbers(model: ModelPlan) -> list[str]:
    asked = [f"{model.samples:,}", f"{model.due:,}", f"{model.in_ledger:,}", f"{model.to_ask:,}"]
    if not model.to_ask:
        return [*asked, "", "", ""]
    tokens = model.prompt_tokens + model.answer_tokens
    return [*asked, f"{tokens:,}", usd(model.cost_usd), duration(model.minutes)]


def _summary(plan: Plan) -> str:
    if not plan.to_ask:
        return "Nothing is to be asked: every sample is there, in the ledger, or free of charge."
    cost = "at an unknown price" if plan.cost_usd is None else f"about {usd(plan.cost_usd)} USD"
    most = "not known" if plan.most_usd is None else f"{usd(plan.most_usd)} USD"
    return (
        f"{plan.to_ask:,} requests, {cost} (at most {most}), "
        f"about {duration(plan.minutes)} at the limits."
    )


def _on_budget(plan: Plan, budget_usd: float) -> str:
    left = budget_usd - plan.spent_usd - plan.in_doubt_usd
    doubt = f", {usd(plan.in_doubt_usd)} in doubt" if plan.in_doubt_usd else ""
    note = f"Budget: {budget_usd:g} USD, {usd(plan.spent_usd)} spent{doubt}"
    if plan.cost_usd is not None and plan.cost_usd > left:
        return f"{note}; that is not enough for this plan: the run will stop when it is reached."
    return f"{note}, {usd(left)} left."


def usd(amount: float | None) -> str:
    """Return an amount with as many digits as say something."""
    if amount is None:
        return "?"
    return f"{amount:.2f}" if amount == 0 or amount >= 1 else f"{amount:.2g}"


def spent(amount: float, unpriced: int) -> str:
    """Say what was spent, where the price of so many answers is not known."""
    if not unpriced:
        return f"{usd(amount)} USD spent"
    unknown = f"{counted(unpriced, 'answer')} at a price that is not known"
    return f"{usd(amount)} USD spent, and {unknown}" if amount else unknown


def duration(minutes: float) -> str:
    """Return a time as hours, minutes and seconds."""
    return str(timedelta(seconds=max(1, round(minutes * 60))))
