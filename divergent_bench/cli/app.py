"""``divergent-bench``: the command line of the package and of the workflow."""

import errno
import io
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Final

import typer

from divergent_bench import __version__
from divergent_bench.base.credentials import redact
from divergent_bench.base.errors import UserError
from divergent_bench.base.names import printable
from divergent_bench.cli import batch, configuration, dat, ledger
from divergent_bench.cli.analysis import analyze_results, open_report
from divergent_bench.cli.catalogue import list_models, list_strategies, list_tasks
from divergent_bench.cli.data import export_results, import_answers
from divergent_bench.cli.show import show_answer
from divergent_bench.cli.streams import writing_to_whoever_reads
from divergent_bench.cli.words import parse_answer, score_by_hand, verify
from divergent_bench.running import environment

NAME = "divergent-bench"
_NARROWEST, _USUAL = 60, 80  # columns
_ELSEWHERE = "go to a directory of your own that can be written to"
_FIXES = {
    errno.ENOSPC: "make room on the disk and run again; nothing that was paid for is lost",
    errno.EDQUOT: "your quota is used up; make room and run again",
    errno.EACCES: f"change its permissions, or {_ELSEWHERE}",
    errno.EPERM: f"change its permissions, or {_ELSEWHERE}",
    errno.EROFS: f"the file system is read-only; {_ELSEWHERE}",
    errno.ENAMETOOLONG: "work in a directory nearer the root, with shorter names",
}
app = typer.Typer(
    name=NAME,
    help="Measure the divergent thinking of language models with the Divergent Association Task.",
    epilog="Begin with a list of your own: divergent-bench score lamp justice volcano mitten "
    "algebra otter trumpet. Or with a config: divergent-bench config init",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def version() -> None:
    """Print the version."""
    print(f"{NAME} {__version__}")


# In the order of --help: first what one begins with.
_COMMANDS: Final[dict[str, dict[str, typer.Typer | Callable[..., None]]]] = {
    "Ask models": {
        "plan": batch.plan_run,
        "dat": dat.app,
        "batch": batch.app,
        "config": configuration.app,
    },
    "Score what you have": {
        "score": score_by_hand,
        "parse": parse_answer,
        "import": import_answers,
    },
    "Look at results": {
        "analyze": analyze_results,
        "report": open_report,
        "show": show_answer,
        "export": export_results,
    },
    "What there is": {
        "list-models": list_models,
        "list-tasks": list_tasks,
        "list-strategies": list_strategies,
    },
    "Upkeep": {"verify": verify, "ledger": ledger.app, "version": version},
}
for _panel, _members in _COMMANDS.items():
    for _name, _member in _members.items():
        if isinstance(_member, typer.Typer):
            app.add_typer(_member, name=_name, rich_help_panel=_panel)
        else:
            app.command(_name, rich_help_panel=_panel)(_member)


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
    _keep_lines_readable()
    with writing_to_whoever_reads():
        try:
            _run()
        except UserError as error:
            raise SystemExit(_complain(redact(str(error)))) from error
        except OSError as error:
            raise SystemExit(_complain(_told(error))) from error


def _run() -> None:
    try:
        if "_DIVERGENT_BENCH_COMPLETE" not in os.environ:  # the shell would show a warning
            environment.load()
        app()
    finally:
        sys.stdout.flush()  # else what cannot be written would be found out after all is done


def _keep_lines_readable() -> None:
    """Let no words be cut by what the environment says of columns, which may be no number."""
    if "COLUMNS" in os.environ:
        columns = shutil.get_terminal_size((_USUAL, 24)).columns
        os.environ["COLUMNS"] = str(columns if columns >= _NARROWEST else _USUAL)


def _told(error: OSError) -> str:
    fix = _FIXES.get(error.errno or 0, "check the path")
    if error.filename is None:
        return f"the output cannot be written ({error.strerror or error}); {fix}"
    return f"{os.fsdecode(error.filename)}: {error.strerror}; {fix}"


def _complain(message: str) -> int:
    with suppress(OSError):
        print(printable(message), file=sys.stderr)
    return 2
