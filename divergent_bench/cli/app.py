"""``divergent-bench``: the command line of the package and of the workflow."""

import io
import os
import sys
from typing import Annotated

import typer

from divergent_bench import __version__
from divergent_bench.base.errors import UserError
from divergent_bench.base.names import printable
from divergent_bench.cli import batch, configuration, dat, ledger
from divergent_bench.cli.analysis import analyze_results, open_report
from divergent_bench.cli.catalogue import list_models, list_strategies
from divergent_bench.cli.data import export_results, import_answers
from divergent_bench.cli.words import parse_answer, score_by_hand, verify
from divergent_bench.running import environment

NAME = "divergent-bench"
app = typer.Typer(
    name=NAME,
    help="Measure the divergent thinking of language models with the Divergent Association Task.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(dat.app, name="dat")
app.add_typer(batch.app, name="batch")
app.add_typer(configuration.app, name="config")
app.add_typer(ledger.app, name="ledger")
app.command("plan")(batch.plan_run)
app.command("analyze")(analyze_results)
app.command("report")(open_report)
app.command("list-models")(list_models)
app.command("list-strategies")(list_strategies)
app.command("score")(score_by_hand)
app.command("parse")(parse_answer)
app.command("verify")(verify)
app.command("import")(import_answers)
app.command("export")(export_results)


@app.command()
def version() -> None:
    """Print the version."""
    print(f"{NAME} {__version__}")


def _print_version(asked: bool) -> None:
    if asked:
        version()
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; errors for people go to stderr, with exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names that a terminal cannot show
    try:
        if "_DIVERGENT_BENCH_COMPLETE" not in os.environ:  # the shell would show a warning
            environment.load()
        app()
    except UserError as error:
        print(printable(str(error)), file=sys.stderr)
        raise SystemExit(2) from error
