"""``divergent-bench list-models``, ``list-tasks``, ``list-strategies``: what there is to choose."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.cli.options import Json, complete_provider, complete_strategy
from divergent_bench.cli.views.tables import print_json, print_table, text_table

if TYPE_CHECKING:
    from divergent_bench.cli.models import KnownModel
    from divergent_bench.instrument.prompts import Strategy

_TAKEN = ("temperature", "seed", "structured")
_YES_OR_NO = {True: "yes", False: "no", None: "?"}


def list_models(
    provider: Annotated[
        str | None,
        typer.Argument(
            help="For example openai, anthropic, gemini, or baseline.",
            autocompletion=complete_provider,
        ),
    ] = None,
    search: Annotated[
        str | None, typer.Option(help="Only models with this text in their name.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the providers, or the models of one: what they cost and what they take.

    Prices are in USD per million tokens, from the table that comes with litellm. A provider may
    serve models that the table does not know: name them as the provider does. "ends" is the day on
    which a provider withdraws a model, where the table says so.
    """
    from divergent_bench.cli.models import models_of, providers

    if provider is None and search is None:
        _list_providers(as_json)
        return
    among = [each.name for each in providers()] if provider is None else [provider]
    sought = (search or "").casefold()
    found = [each for name in among for each in models_of(name) if sought in each.model.casefold()]
    names = ["provider", "model"] if provider is None else ["model"]
    takes = _TAKEN if provider and find_provider(provider).asks_models else ()
    rows = [asdict(model) | (_takes(model) if takes else {}) for model in found]
    if as_json:
        print_json(rows)
    elif provider and not rows:
        description = find_provider(provider).description
        known = f"{description}; config/README.md says how a config names it"
        unknown = "no model is known by name; name them as the provider does"
        print(f"{provider}: {known if description else unknown}")
    else:
        cells = [
            (
                *(row[name] for name in names),
                *(_price(row[usd]) for usd in ("input_usd", "output_usd")),
                *(_YES_OR_NO[row[name]] for name in takes),
                row["ends_on"] or "",
            )
            for row in rows
        ]
        columns = [*names, "input", "output", *takes, "ends"]
        print_table(text_table(columns, cells, right=3 + len(takes)))


def _list_providers(as_json: bool) -> None:
    from divergent_bench.cli.models import providers

    known = providers()
    if as_json:
        data = [{"provider": p.name, "models": p.models, "description": p.summary()} for p in known]
        print_json(data)
    else:
        rows = [(each.name, each.summary()) for each in known]
        print_table(text_table(["provider", "what is known"], rows))


def _takes(model: "KnownModel") -> dict[str, bool | None]:
    from divergent_bench.sampling.providers.llm.accepting import accepted

    found = accepted(model.provider, model.model)
    return asdict(found) if found else dict.fromkeys(_TAKEN)


def _price(usd: float | None) -> str:
    if usd is None:
        return "?"
    return f"{usd:.2f}" if round(usd, 2) == usd else f"{usd:.4g}"


def list_tasks(as_json: Json = False) -> None:
    """List the tasks: what is asked, how it is scored, and what it is asked about."""
    from divergent_bench.instrument.tasks import find_task, known_tasks

    tasks = [find_task(name) for name in known_tasks()]
    if as_json:
        fields = ("name", "title", "reference", "method", "score_name", "stimulus_slot")
        lists = ("prompts", "stimuli", "baselines", "norms")
        print_json(
            [
                {field: getattr(task, field) for field in fields}
                | {name: list(getattr(task, name)) for name in lists}
                | {"measures": [f"{m.column}: {m.meaning}" for m in task.measures]}
                for task in tasks
            ]
        )
        return
    rows = [
        (
            task.name,
            f"{len(task.stimuli)} x {task.stimulus_name}" if task.stimulus_slot else "-",
            str(len(task.prompts)),
            f"{task.title} ({task.reference})",
        )
        for task in tasks
    ]
    print_table(text_table(["task", "stimuli", "strategies", "what it is"], rows))


def list_strategies(
    name: Annotated[
        str | None, typer.Argument(help="Only this one, in full.", autocompletion=complete_strategy)
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="Print the prompts in full.")] = False,
    as_json: Json = False,
) -> None:
    """List the built-in strategies: named prompts.

    A strategy may have several wordings; a config says how many of them are asked.
    """
    from divergent_bench.base.errors import UserError
    from divergent_bench.base.names import closest
    from divergent_bench.instrument.tasks import known_strategies

    strategies = known_strategies()
    if name is not None:
        if name not in strategies:
            raise UserError(
                f"there is no strategy {name!r}{closest(name, strategies)}; "
                "`divergent-bench list-strategies` lists them"
            )
        strategies = {name: strategies[name]}
    if as_json:
        print_json([_as_json(each) for each in strategies.values()])
    elif text or name is not None:
        print("\n\n".join(map(_in_full, strategies.values())))
    else:
        rows = [(s.name, str(len(s.texts)), s.description) for s in strategies.values()]
        print_table(text_table(["strategy", "wordings", "what it does"], rows))


def _as_json(strategy: "Strategy") -> dict[str, object]:
    wordings = [strategy.messages(number) for number in range(len(strategy.texts))]
    return {
        "strategy": strategy.name,
        "task": strategy.task,
        "description": strategy.description,
        "messages": wordings[0],  # which is all that is asked where a config does not say more
        "wordings": wordings,
    }


def _in_full(strategy: "Strategy") -> str:
    """Return the description and every wording of a prompt, numbered where there are several."""
    parts = [f"{strategy.name}: {strategy.description}"]
    for number in range(len(strategy.texts)):
        if len(strategy.texts) > 1:
            parts.append(f"[wording {number}]")
        parts.append("\n".join(message["content"] for message in strategy.messages(number)))
    return "\n\n".join(parts)
