"""``divergent-bench config``: what is set, a first config, whether everything is there."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from divergent_bench.base.names import printable
from divergent_bench.cli.options import (
    Json,
    complete_model,
    complete_provider,
    complete_strategy,
    source_output,
)
from divergent_bench.cli.views.tables import print_json, print_table, say, text_table

app = typer.Typer(
    help="Make a first config, check this machine, and see what is set.", no_args_is_help=True
)
_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


@app.command()
def show(as_json: Json = False) -> None:
    """Say what is set and where it comes from. Of keys, only whether they are set."""
    from divergent_bench.running.environment.settings import settings

    found = list(settings())
    if as_json:
        print_json([asdict(setting) for setting in found])
        return
    rows = [(setting.name, setting.value, setting.origin) for setting in found]
    print_table(text_table(["setting", "value", "where from"], rows))


@app.command()
def validate(
    configs: Annotated[
        list[Path] | None, typer.Argument(help="Configs; with none, only what is around them.")
    ] = None,
    online: Annotated[
        bool,
        typer.Option(
            "--online", help="Ask each provider one short question, and send a test notification."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Check configs, keys, versions, space, disk and ledger. Exit code 2 if there is a problem.

    Sends nothing without --online; with it, says before what that costs at most.
    """
    from divergent_bench.base.errors import UserError
    from divergent_bench.running.environment.checks import checks
    from divergent_bench.running.snakemake import Exit

    if online and not configs:
        raise UserError("--online asks the models of a config: name one")
    found = list(checks(configs or [], online=online, announce=lambda text: say(printable(text))))
    problems = sum(finding.status == "problem" for finding in found)
    warnings = sum(finding.status == "warning" for finding in found)
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        from rich.text import Text

        rows = [
            (
                Text(finding.status, _STYLES[finding.status]),
                finding.what,
                printable("\n".join(filter(None, (finding.message, finding.fix)))),
            )
            for finding in found
        ]
        print_table(text_table(["", "what", "found"], rows))
        print(f"{_counted(problems, 'problem')}, {_counted(warnings, 'warning')}")
    if problems:
        raise typer.Exit(Exit.WRONG_USE)


@app.command()
def init(
    config: Annotated[
        Path, typer.Option(help="The config to write.", callback=source_output)
    ] = Path("config/first.yaml"),
    output: Annotated[Path, typer.Option(help="Where keys go.", callback=source_output)] = Path(
        ".env"
    ),
    provider: Annotated[
        str | None, typer.Option(help="Who answers.", autocompletion=complete_provider)
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="A model of the provider; may be repeated.", autocompletion=complete_model
        ),
    ] = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(help="A prompt, or all; may be repeated.", autocompletion=complete_strategy),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="Answers to each combination (default: 20).")
    ] = None,
    space: Annotated[
        str | None, typer.Option(help="Semantic space to score in (default: glove-6b-100d).")
    ] = None,
    key_from_stdin: Annotated[
        str | None,
        typer.Option(
            metavar="PROVIDER",
            help="Read the key of this provider from standard input. "
            "Without --provider, only the key is written.",
            autocompletion=complete_provider,
        ),
    ] = None,
    interactive: Annotated[
        bool | None,
        typer.Option(
            "--interactive/--no-interactive",
            help="Ask for what is not given (default: at a terminal).",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
) -> None:
    """Write a first config, and a .env for the key, which only you can read.

    A key is asked for without showing it, or read from standard input; it is never part of a
    command. A key that the environment has is not written down.
    """
    from divergent_bench.cli.wizard import Wizard

    asks = interactive if interactive is not None else sys.stdin.isatty() and not key_from_stdin
    wizard = Wizard(asks, output, force)
    if key_from_stdin is not None:
        wizard.key_from_stdin(key_from_stdin)
        if provider is None:
            return
    wizard.config(config, provider, model, strategy, samples, space)


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'s' * (number != 1)}"
