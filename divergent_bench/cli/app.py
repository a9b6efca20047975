"""``divergent-bench``: commands that look through the package."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from divergent_bench import __version__
from divergent_bench.cli.data import export_results, import_answers
from divergent_bench.cli.instrument import parse_answer, score_by_hand
from divergent_bench.cli.ledger import app as ledger_app
from divergent_bench.cli.verify import verify_space
from divergent_bench.errors import UserError

app = typer.Typer(
    name="divergent-bench",
    help="Measure the divergent thinking of language models with the Divergent Association Task.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
batch = typer.Typer(help="Configs and the batches they describe.", no_args_is_help=True)
app.add_typer(batch, name="batch")
app.add_typer(ledger_app, name="ledger")
app.command("parse")(parse_answer)
app.command("score")(score_by_hand)
app.command("verify")(verify_space)
app.command("import")(import_answers)
app.command("export")(export_results)


@app.command()
def version() -> None:
    """Print the version."""
    print(f"divergent-bench {__version__}")


@app.command("list-strategies")
def list_strategies(
    text: Annotated[bool, typer.Option("--text", help="Print the prompts in full.")] = False,
) -> None:
    """List the built-in strategies: named prompts."""
    from rich.console import Console
    from rich.table import Table

    from divergent_bench.strategies import builtin_strategies

    strategies = builtin_strategies().values()
    console = Console()
    if text:
        for strategy in strategies:
            console.rule(strategy.name, align="left")
            for message in strategy.messages():
                print(message["content"])
        return
    table = Table("strategy", "what it does", box=None, header_style="bold")
    for strategy in strategies:
        table.add_row(strategy.name, strategy.description)
    console.print(table)


@app.command("list-models")
def list_models(
    provider: Annotated[
        str | None, typer.Argument(help="For example openai, anthropic, gemini, or baseline.")
    ] = None,
) -> None:
    """List the providers, or the models of one, with their prices in USD per million tokens."""
    from rich.console import Console
    from rich.table import Table

    from divergent_bench.cli.models import models_of, providers

    console = Console()
    if provider is None:
        table = Table("provider", "models known", box=None, header_style="bold")
        for name, count in providers().items():
            table.add_row(name, str(count))
        console.print(table)
        return
    table = Table("model", "input", "output", box=None, header_style="bold")
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.justify = "right"
    for model in models_of(provider):
        table.add_row(model.name, model.input_price(), model.output_price())
    console.print(table)


@app.command()
def plan(
    config: Annotated[Path, typer.Argument(help="A config file.")],
    fresh: Annotated[
        bool, typer.Option("--fresh", help="As if everything due were to be asked anew.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what a run would ask, cost and take, and what it could show. Sends nothing."""
    import json
    from dataclasses import asdict

    from rich.console import Console

    from divergent_bench.config import load_config
    from divergent_bench.contrasts import analysis_plan
    from divergent_bench.display.plan import plan_notes, plan_table, power_notes, power_table
    from divergent_bench.expansion import expand, terms
    from divergent_bench.planning import make_plan, plan_factors

    checked = load_config(config)
    grid = expand(checked)
    made = make_plan(grid, terms(checked), fresh=fresh or checked.fresh)
    factors = plan_factors(grid, analysis_plan(checked, grid))
    if as_json:
        totals = {"to_ask": made.to_ask, "cost_usd": made.cost_usd, "most_usd": made.most_usd}
        compared = {"factors": [asdict(each) for each in factors]}
        print(json.dumps(asdict(made) | totals | compared, indent=2))
    else:
        console = Console()
        console.print(plan_table(made))
        print("\n".join(plan_notes(made)))
        if factors:
            print()
            console.print(power_table(factors))
            print("\n".join(power_notes(factors)))
    if made.problems:
        raise UserError("\n".join(made.problems))


@batch.command("validate")
def validate(config: Annotated[Path, typer.Argument(help="A config file.")]) -> None:
    """Check a config and say what it asks for. Sends nothing."""
    from rich.console import Console
    from rich.table import Table

    from divergent_bench.config import load_config
    from divergent_bench.expansion import expand, terms

    checked = load_config(config)
    grid = expand(checked)
    terms(checked)
    table = Table("provider", "model", "conditions", "samples", box=None, header_style="bold")
    table.columns[1].overflow = "fold"
    for column in table.columns[2:]:
        column.justify = "right"
    totals: dict[tuple[str, str], tuple[int, int]] = {}
    for planned in grid.conditions:
        model = (planned.condition.provider, planned.condition.model)
        conditions, samples = totals.get(model, (0, 0))
        totals[model] = (conditions + 1, samples + len(planned.seeds))
    for (name, model_name), (conditions, samples) in totals.items():
        table.add_row(name, model_name, str(conditions), str(samples))
    Console().print(table)
    conditions = len(grid.conditions)
    plural = "s" if conditions > 1 else ""
    print(f"{config}: valid; {len(grid.paths()):,} samples in {conditions} condition{plural}")


def main() -> None:
    """Run the command line; errors for people go to stderr, with exit code 2."""
    try:
        app()
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
