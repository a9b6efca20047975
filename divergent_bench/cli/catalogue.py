"""``divergent-bench list-models`` and ``list-strategies``: what there is to choose from."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.cli.options import Json, complete_provider, complete_strategy

if TYPE_CHECKING:
    from rich.table import Table

    from divergent_bench.cli.models import KnownModel

_PIPE_WIDTH = 200


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
        _print_json(
            [
                {"provider": each.name, "models": each.models, "description": each.summary()}
                for each in providers()
            ]
        )
        return
    table = _table("provider", "what is known", right=0)
    for each in providers():
        table.add_row(each.name, each.summary())
    _print_table(table)


def _list_found(models: "list[KnownModel]", as_json: bool) -> None:
    if as_json:
        _print_json([model.as_json() for model in models])
        return
    table = _table("provider", "model", "input", "output", right=2)
    for model in models:
        data = model.as_json()
        table.add_row(
            model.provider, model.name, _price(data["input_usd"]), _price(data["output_usd"])
        )
    _print_table(table)


def _list_models_of(provider: str, models: "list[KnownModel]", as_json: bool) -> None:
    asks_models = find_provider(provider).asks_models
    rows = [model.as_json() | _takes(model) for model in models]
    if as_json:
        _print_json(rows)
        return
    takes = ("temperature", "seed", "structured") if asks_models else ()
    if rows:
        table = _table("model", "input", "output", *takes, right=2 + len(takes))
        for row in rows:
            prices = (_price(row["input_usd"]), _price(row["output_usd"]))
            table.add_row(row["model"], *prices, *(_yes_or_no(row[name]) for name in takes))
        _print_table(table)
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
        _print_json(
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
        table = _table("strategy", "what it does", right=0)
        for each in strategies.values():
            table.add_row(each.name, each.description)
        _print_table(table)


def _table(*columns: str, right: int) -> "Table":
    """Return an empty table of which the last `right` columns are short."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        if number >= len(columns) - right:
            table.add_column(column, justify="right", no_wrap=True)
        else:
            table.add_column(column, overflow="fold")
    return table


def _print_table(table: "Table") -> None:
    from rich.console import Console

    # What reads from a pipe wants names in one piece.
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        console = Console(markup=False)
    else:
        console = Console(markup=False, width=_PIPE_WIDTH, height=1)  # rich heeds both or neither
    console.print(table)


def _print_json(content: list[dict[str, Any]]) -> None:
    print(json.dumps(content, indent=2))
