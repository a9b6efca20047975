"""``divergent-bench list-models`` and ``list-strategies``: what there is to choose from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.cli.options import Json, complete_provider, complete_strategy
from divergent_bench.cli.views.tables import print_json, print_table, text_table

if TYPE_CHECKING:
    from divergent_bench.cli.models import KnownModel


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
    serve models that the table does not know: name them as the provider does.
    """
    from divergent_bench.cli.models import find_models, models_of

    if provider is not None:
        chosen = [m for m in models_of(provider) if (search or "").casefold() in m.name.casefold()]
        _list_models_of(provider, chosen, as_json)
    elif search is not None:
        _list_found(find_models(search), as_json)
    else:
        _list_providers(as_json)


def _list_providers(as_json: bool) -> None:
    from divergent_bench.cli.models import providers

    if as_json:
        print_json(
            [
                {"provider": each.name, "models": each.models, "description": each.summary()}
                for each in providers()
            ]
        )
        return
    rows = [(each.name, each.summary()) for each in providers()]
    print_table(text_table(["provider", "what is known"], rows))


def _list_found(models: "list[KnownModel]", as_json: bool) -> None:
    if as_json:
        print_json([model.as_json() for model in models])
        return
    rows = [(model.provider, model.name, *_prices(model.as_json())) for model in models]
    print_table(text_table(["provider", "model", "input", "output"], rows, right=2))


def _list_models_of(provider: str, models: "list[KnownModel]", as_json: bool) -> None:
    asks_models = find_provider(provider).asks_models
    rows = [model.as_json() | _takes(model) for model in models]
    if as_json:
        print_json(rows)
        return
    takes = ("temperature", "seed", "structured") if asks_models else ()
    if rows:
        cells = [
            (row["model"], *_prices(row), *(_yes_or_no(row[name]) for name in takes))
            for row in rows
        ]
        columns = ["model", "input", "output", *takes]
        print_table(text_table(columns, cells, right=len(columns) - 1))
    else:
        print(_nothing_known_of(provider))


def _takes(model: "KnownModel") -> dict[str, bool | None]:
    if not find_provider(model.provider).asks_models:
        return {}
    from dataclasses import asdict

    from divergent_bench.sampling.providers.llm.accepting import accepted

    found = accepted(model.provider, model.name)
    if found is None:
        return dict.fromkeys(("temperature", "seed", "structured"))
    return asdict(found)


def _nothing_known_of(provider: str) -> str:
    if description := find_provider(provider).description:
        return f"{provider}: {description}; config/README.md says how a config names it"
    return f"{provider}: no model is known by name; name them as the provider does"


def _prices(model: Mapping[str, Any]) -> list[str]:
    return [_price(model["input_usd"]), _price(model["output_usd"])]


def _price(usd: float | None) -> str:
    if usd is None:
        return "?"
    return f"{usd:.2f}" if round(usd, 2) == usd else f"{usd:.4g}"


def _yes_or_no(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "?"}[value]


def list_strategies(
    name: Annotated[
        str | None,
        typer.Argument(help="Only this one, in full.", autocompletion=complete_strategy),
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="Print the prompts in full.")] = False,
    as_json: Json = False,
) -> None:
    """List the built-in strategies: named prompts."""
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
        print_json(
            [
                {
                    "strategy": each.name,
                    "description": each.description,
                    "messages": each.messages(),
                }
                for each in strategies.values()
            ]
        )
    elif text or name is not None:
        for number, each in enumerate(strategies.values()):
            if number:
                print()
            print(f"{each.name}: {each.description}\n")
            for message in each.messages():
                print(message["content"])
    else:
        rows = [(each.name, each.description) for each in strategies.values()]
        print_table(text_table(["strategy", "what it does"], rows))
