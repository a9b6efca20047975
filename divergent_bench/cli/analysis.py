"""``divergent-bench analyze`` and ``report``: what a batch amounts to, and a page of all of it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from divergent_bench.cli.options import Parallel, Verbose
from divergent_bench.cli.options import output as checked_output
from divergent_bench.cli.views.tables import fitting, print_json, say

if TYPE_CHECKING:  # pandas is slow to import, and --help does without
    from divergent_bench.running.batches import Batch

PAGE: Final = "full-report.html"  # report.html is the report in words
_OPTIONAL: Final = ("summary", "diversity", "variance")
_STYLE: Final = "workflow/report/page.css"

Format = Literal["table", "json", "csv", "markdown", "latex", "html"]
Directory = Annotated[Path, typer.Argument(help="Of a batch: results/NAME.")]


def analyze_results(
    directory: Directory,
    output_format: Annotated[Format, typer.Option("--format", help="How to print it.")] = "table",
    partial: Annotated[
        bool, typer.Option("--partial", help="Analyse an unfinished batch, as far as it is.")
    ] = False,
    parallel: Parallel = 4,
    verbose: Verbose = False,
) -> None:
    """Make the tables and figures of a batch that are due; print who leads and what the tests say.

    The analysis of an unfinished batch asks no model, goes to DIRECTORY/partial, and says so.
    """
    from divergent_bench.base.files import read_text
    from divergent_bench.running.batches import PARTIAL, open_batch

    batch = open_batch(directory)
    there = batch.done()
    unfinished = there < batch.samples
    if unfinished and not partial:
        raise _unfinished(batch, "or analyse what is there with --partial")
    if partial and not unfinished:
        say(f"All {there:,} samples are there: this is the analysis of the complete batch.")
    home = batch.directory / PARTIAL if unfinished else batch.directory
    # Nothing is sampled, so a run that samples need not be waited for.
    options = ["--nolock"] if unfinished else []
    _make(batch, home, _targets(batch, home), options, parallel, verbose)
    note = read_text(home / "note.txt") if unfinished else ""
    if unfinished:
        say(note)
    _print(batch, home, output_format, note, partial=unfinished)


def open_report(
    directory: Directory,
    show: Annotated[
        bool, typer.Option("--open/--no-open", help="Show it in a browser, from a terminal.")
    ] = True,
    output: Annotated[
        Path | None,
        typer.Option(help=f"Where it goes (default: DIRECTORY/{PAGE}).", callback=checked_output),
    ] = None,
    parallel: Parallel = 4,
    verbose: Verbose = False,
) -> None:
    """Make one page of everything: figures, tables, how each was made, and the report in words."""
    import webbrowser

    from divergent_bench.running.batches import open_batch
    from divergent_bench.running.snakemake import workflow_directory

    batch = open_batch(directory)
    if batch.done() < batch.samples:
        otherwise = f"`divergent-bench analyze --partial {directory}`"
        raise _unfinished(batch, f"or see what is there with {otherwise}")
    home = batch.directory
    _make(batch, home, [], [], parallel, verbose)
    page = home / PAGE if output is None else output
    style = workflow_directory() / _STYLE
    options = ["--report", str(page), "--report-stylesheet", str(style)]
    _make(batch, home, [], options, parallel, verbose)
    print(page)
    if show and sys.stdout.isatty():
        webbrowser.open(page.resolve().as_uri())


def _unfinished(batch: "Batch", otherwise: str) -> typer.Exit:
    from divergent_bench.running.snakemake import Exit

    say(
        f"{batch.directory}: {batch.done():,} of {batch.samples:,} samples are there; go on with "
        f"`divergent-bench batch run --resume {batch.directory}`, {otherwise}"
    )
    return typer.Exit(Exit.SAMPLES_MISSING)


def _targets(batch: "Batch", home: Path) -> list[str]:
    """Return what to make: all that the config asks for, and what is printed beside it."""
    if batch.config.output.generate_summary or batch.config.analysis.generate_report:
        return []  # all includes what is printed
    return ["all", *(f"{home.as_posix()}/{table}.csv" for table in _OPTIONAL)]


def _make(
    batch: "Batch", home: Path, targets: list[str], options: list[str], parallel: int, verbose: bool
) -> None:
    from divergent_bench.running.batches import CONFIG_FILE
    from divergent_bench.running.snakemake import make

    log = None if verbose else home / "logs" / "analyze.log"
    config = batch.directory / CONFIG_FILE
    # What is there is analysed: not even a stale sample is asked for again.
    options = [*options, "--config", "partial=true"]
    if code := make(config, targets, cores=parallel, options=options, quiet_log=log):
        raise typer.Exit(code)


def _print(batch: "Batch", home: Path, output_format: Format, note: str, *, partial: bool) -> None:
    import pandas as pd

    from divergent_bench.analysis.tables import records
    from divergent_bench.cli.views import results as display
    from divergent_bench.reporting.report import markdown
    from divergent_bench.reporting.report.descriptives import paper_table
    from divergent_bench.reporting.report.finding import finding
    from divergent_bench.reporting.report.wording import banner

    of_tasks = display.read_results(batch, home)
    match output_format:
        case "json":
            print_json(
                {
                    "partial": partial,
                    "directory": home.as_posix(),
                    # Each is in every space.
                    "samples": len({s for each in of_tasks for s in each.scores["sample"]}),
                    "asked": batch.samples,
                    "models": [row for each in of_tasks for row in records(each.ranking)],
                    "comparisons": [row for each in of_tasks for row in records(each.tests)],
                }
            )
        case "csv":
            table = pd.concat([each.ranking for each in of_tasks]).assign(partial=partial)
            for place, column in enumerate(
                ("task", "rank", "label", "kind")
            ):  # what names a row first
                table.insert(place, column, table.pop(column))
            print(table.to_csv(index=False, lineterminator="\n"), end="")
        case "markdown":
            if note:
                print(f"{banner(note)}\n")
            print(f"# {markdown.escape(batch.config.name)}\n")
            for each in of_tasks:
                which = f": {each.task.title}" if len(of_tasks) > 1 else ""
                if which:
                    print(f"## Models{which}\n")
                print(paper_table(each.ranking, "markdown"))
                print(f"## Finding{which}\n\n{finding(each)}")
        case "latex" | "html":
            for each in of_tasks:
                print(paper_table(each.ranking, output_format), end="")
        case "table":
            from rich.console import Console
            from rich.table import Table

            console = Console(highlight=False, markup=False)
            if partial:
                console.print(f"{note}; every number may change with the others.\n")
            for each in of_tasks:
                if len(of_tasks) > 1:
                    console.print(f"\n{each.task.title}\n")
                for part in display.in_short(each):
                    whole = fitting(part, console.width) if isinstance(part, Table) else part
                    console.print(whole)
            console.print(f"\nTables and figures: {home.as_posix()}", soft_wrap=True)
