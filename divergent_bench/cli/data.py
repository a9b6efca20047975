"""``divergent-bench import`` and ``export``: answers from elsewhere, and results for elsewhere."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from divergent_bench.cli.options import output


def import_answers(
    file: Annotated[Path, typer.Argument(help="JSONL, CSV or TSV, or JSON from index to answer.")],
    name: Annotated[
        str | None, typer.Option(help="Of the config and its results (default: that of FILE).")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Whose answers all of them are.")] = None,
    strategy: Annotated[str | None, typer.Option(help="Name of the prompt of all.")] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=2, help="Temperature of all.")
    ] = None,
    response: Annotated[str | None, typer.Option(help="The column of the answers.")] = None,
    words: Annotated[
        str | None, typer.Option(help="Pattern of columns of one word each, as 'word*'.")
    ] = None,
    people: Annotated[bool, typer.Option("--people", help="Humans gave the answers.")] = False,
    directory: Annotated[
        Path, typer.Option(help="Where config and answers go.", callback=output)
    ] = Path("config"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite an earlier import.")] = False,
) -> None:
    """Make a config of answers that you already have. Asks no model.

    Columns called model, strategy and temperature say whose answer a row holds; options say it for
    all rows. People (--people) have neither strategy nor temperature; their column model, or
    --model, names the group. A column finish_reason or stop_reason says which answers were cut off.
    """
    from divergent_bench.base.names import slug
    from divergent_bench.running.importing import Naming, import_answers

    naming = Naming(model, strategy, temperature, response, words, people)
    made = import_answers(
        file, slug(file.stem) if name is None else name, naming, directory, overwrite=force
    )
    plural = "" if made.n_conditions == 1 else "s"
    print(f"{made.n_answers:,} answers in {made.n_conditions:,} condition{plural}: {made.answers}")
    print(f"Next: divergent-bench batch run {shlex.quote(str(made.config))}")


def export_results(
    directory: Annotated[Path, typer.Argument(help="Of a run: results/NAME.")],
    target: Annotated[
        Path, typer.Argument(help="A .csv or .jsonl file, or a directory.", callback=output)
    ],
) -> None:
    """Write a run as one table, a row per sample, and a dictionary of its columns."""
    from divergent_bench.analysis.exporting import export_results

    table, dictionary = export_results(directory, target)
    print(f"{table}: written; {dictionary} says what its columns mean")
