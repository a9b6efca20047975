"""What a run would ask, what that costs and how long it takes, before anything is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import comb
from operator import attrgetter
from typing import Any, Final

from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.requests import digest
from divergent_bench.design.analysis_plan import ALPHA
from divergent_bench.design.analysis_plan import Plan as AnalysisPlan
from divergent_bench.design.contrasts import answers_by_level
from divergent_bench.design.grid import Grid, PlannedCondition, Sample
from divergent_bench.sampling.gateway.budget import own_price
from divergent_bench.sampling.gateway.ledger import ModelHistory, Spending, reading
from divergent_bench.sampling.gateway.prefetch import notes_on_ledger, unanswered
from divergent_bench.sampling.gateway.preflight import problems
from divergent_bench.sampling.gateway.rate_limits import configured_limits
from divergent_bench.sampling.providers import llm

USUAL = ModelHistory(answer_tokens=60.0, latency_s=2.0)  # of a short list; nothing is known yet
SDS: Final = (2, 3, 5)  # of the scores of one condition, in points: few models lie outside


@dataclass
class ModelPlan:
    """What is to be asked of one model.

    Answers are taken to be as long and as quick as those in the ledger were, else as `USUAL` says.
    """

    provider: str
    model: str
    samples: int = 0  # all that the config asks for
    due: int = 0  # those that no sample file has
    in_ledger: int = 0  # those of them that were paid for already
    to_ask: int = 0  # requests that will be sent
    prompt_tokens: int = 0  # of all those requests
    answer_tokens: int = 0
    cost_usd: float | None = 0.0  # expected; None where a price is not known
    most_usd: float | None = 0.0  # that it could cost; None where that is not known
    minutes: float = 0.0  # at the limits
    # Whether it is a reasoning model of which the ledger has no answer: what it thinks is paid for
    # as part of the answer, and nobody knows how long that is.
    guessed_reasoning: bool = False
    ends_on: str | None = None  # the day on which its provider withdraws it, where that is known


@dataclass
class Plan:
    """What a run would do."""

    batch: str
    fresh: bool
    budget_usd: float | None
    spent_usd: float
    in_doubt_usd: float
    models: list[ModelPlan]
    problems: list[str] = field(default_factory=list)  # would stop it before anything is sent
    minutes: float = 0.0  # of the slowest provider, because all are asked at the same time
    notes: list[str] = field(default_factory=list)  # on the ledger

    @property
    def to_ask(self) -> int:
        """Requests that will be sent."""
        return sum(model.to_ask for model in self.models)

    @property
    def cost_usd(self) -> float | None:
        """Expected price of what can be priced; None where nothing of what is asked can."""
        asked = [model.cost_usd for model in self.models if model.to_ask]
        known = [cost for cost in asked if cost is not None]
        return sum(known) if known or not asked else None

    @property
    def most_usd(self) -> float | None:
        """The most it could cost, None where that is not known."""
        bounds = [model.most_usd for model in self.models]
        return None if None in bounds else sum(bound for bound in bounds if bound is not None)


@dataclass(frozen=True)
class FactorPlan:
    """What a factor with several levels would be compared by."""

    task: str
    factor: str
    levels: int
    comparisons: int  # the planned contrasts of the factor, else all pairs of its levels
    answers: int  # at the level with the fewest
    # For each of `SDS`, the scorable answers per level that show a difference of 1 point with 80 %
    # power at 5 % divided by the number of comparisons.
    needed: dict[int, int]
    can_show: bool  # whether a pair with so many answers could differ at all, no other doing so


def plan_factors(grid: Grid, analyses: Mapping[str, AnalysisPlan]) -> list[FactorPlan]:
    """Return what the factors of each task would be compared by, those with several levels.

    Baselines take no part, nor is it a strategy that none applies.
    """
    # Loads scipy, which nothing else of a plan needs.
    from divergent_bench.analysis.statistics.power import can_reject, n_per_group

    plans = []
    by_task = [(task, analysis, f) for task, analysis in analyses.items() for f in analysis.factors]
    for task, analysis, factor in by_task:
        answers = answers_by_level(grid.of_task(task))[factor]
        if len(answers) < 2:
            continue
        planned = sum(contrast.factor == factor for contrast in analysis.primary)
        comparisons = planned or comb(len(answers), 2)
        alpha, fewest = ALPHA / comparisons, min(answers.values())
        plans.append(
            FactorPlan(
                task=task,
                factor=factor,
                levels=len(answers),
                comparisons=comparisons,
                answers=fewest,
                needed={sd: n_per_group(sd, alpha) for sd in SDS},
                can_show=can_reject([(fewest, fewest)], alpha),
            )
        )
    return plans


def make_plan(grid: Grid, policy: RunPolicy, *, fresh: bool = False) -> Plan:
    """Return what running a grid now would do. Sends nothing; loads litellm if a model is asked.

    With `fresh`, what the ledger has an answer to is asked again.
    """
    with reading() as ledger:
        paid = ledger.digests() if ledger and not fresh else frozenset()
        spending = ledger.spending(policy.batch) if ledger else Spending(0.0, 0.0)
        models: dict[tuple[str, str], ModelPlan] = {}
        asked: list[PlannedCondition] = []
        times = _Times(policy)
        for planned in grid.conditions:
            provider, name = planned.condition.provider, planned.condition.model
            model = models.setdefault((provider, name), ModelPlan(provider, name))
            due = unanswered(planned.samples())
            to_ask = [sample for sample in due if digest(sample.request) not in paid]
            model.samples += len(planned.seeds)
            model.due += len(due)
            if not find_provider(provider).asks_models:
                continue
            model.in_ledger += len(due) - len(to_ask)
            if to_ask:
                asked.append(planned)
                model.ends_on = llm.ends_on(planned.template)
                known = ledger.model_history(planned.template) if ledger else None
                model.guessed_reasoning |= known is None and llm.reasons(planned.template)
                by_wording = attrgetter("wording")  # whose lengths differ
                for _, same in groupby(sorted(to_ask, key=by_wording), by_wording):
                    _add(model, list(same), policy, known or USUAL, times)
    return Plan(
        batch=policy.batch,
        fresh=fresh,
        budget_usd=policy.budget_usd,
        spent_usd=spending.spent_usd,
        in_doubt_usd=spending.reserved_usd,
        models=list(models.values()),
        problems=[
            failure.message
            for failure in problems([planned.template for planned in asked], policy, spending)
        ],
        minutes=times.minutes(),
        notes=notes_on_ledger(grid.samples()) if asked else [],
    )


def _add(
    model: ModelPlan,
    samples: Sequence[Sample],
    policy: RunPolicy,
    known: ModelHistory,
    times: "_Times",
) -> None:
    request, count = samples[0].request, len(samples)
    prompt, answer = llm.prompt_tokens(request), known.answer_tokens
    price = own_price(request, policy) or llm.price_of(request)
    bound = llm.upper_bound_usd(request, price)
    cost = None if price is None else prompt * price.input + answer * price.output
    model.to_ask += count
    model.prompt_tokens += prompt * count
    model.answer_tokens += round(answer * count)
    model.cost_usd = _sum(model.cost_usd, cost, count)
    model.most_usd = _sum(model.most_usd, bound, count)
    model.minutes += times.add(request, count, prompt + answer, known.latency_s)


def _sum(total: float | None, each: float | None, count: int) -> float | None:
    return None if total is None or each is None else total + each * count


class _Times:
    """How long lanes are busy, in minutes, by what limits them."""

    def __init__(self, policy: RunPolicy) -> None:
        self._policy = policy
        self._busy: dict[tuple[object, str], float] = {}

    def add(self, request: dict[str, Any], count: int, tokens: float, latency_s: float) -> float:
        """Add requests; return the minutes that they take on their own."""
        of_model, of_provider = configured_limits(request, self._policy.limits, self._policy.proxy)
        provider = (request["provider"], request["api_base"])
        longest = 0.0
        needed = {"rpm": count, "tpm": count * tokens, "max_parallel": count * latency_s / 60}
        lanes = [(provider, of_provider), ((*provider, request["model"]), of_model)]
        for lane, limits in lanes:
            for limit in needed.keys() & limits:
                minutes = needed[limit] / limits[limit]
                self._busy[lane, limit] = self._busy.get((lane, limit), 0.0) + minutes
                longest = max(longest, minutes)
        return longest

    def minutes(self) -> float:
        """Return how long everything takes."""
        return max(self._busy.values(), default=0.0)
