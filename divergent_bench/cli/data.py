"""``divergent-bench import`` and ``export``: answers from elsewhere, and results for elsewhere."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from divergent_bench.base.names import counted, slug
from divergent_bench.base.records import STIMULUS
from divergent_bench.cli.options import output
from divergent_bench.instrument.tasks import DEFAULT


def import_answers(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSONL, JSON, CSV, TSV, .xlsx, .ods or .eval; or a folder of .txt and .md files."
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(help="A name for the config and its results (default: that of FILE)."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model that gave all answers.")] = None,
    strategy: Annotated[
        str | None, typer.Option(help="The name of the prompt of all answers.")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=2, help="The temperature of all answers.")
    ] = None,
    response: Annotated[
        str | None, typer.Option("--response", "--answer-column", help="The column of the answers.")
    ] = None,
    words: Annotated[
        str | None, typer.Option(help="Pattern of columns of one word each, as 'word*'.")
    ] = None,
    model_column: Annotated[str | None, typer.Option(help="The column of the model.")] = None,
    strategy_column: Annotated[
        str | None, typer.Option(help="The column of the prompt's name.")
    ] = None,
    temperature_column: Annotated[
        str | None, typer.Option(help="The column of the temperature.")
    ] = None,
    task: Annotated[str, typer.Option(help="The task that was asked (list-tasks).")] = DEFAULT,
    stimulus_column: Annotated[
        str | None,
        typer.Option(help="The column of what is asked about, where the task has stimuli."),
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(help="A column that goes into scores.csv and exports.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="Another such column, as age; may be repeated.")
    ] = None,
    people: Annotated[bool, typer.Option("--people", help="Humans gave the answers.")] = False,
    directory: Annotated[
        Path, typer.Option(help="Where config and answers go.", callback=output)
    ] = Path("config"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite an earlier import.")] = False,
) -> None:
    """Make a config of answers that you already have. Asks no model.

    Columns called model, strategy and temperature say whose answer a row holds; other columns can
    be named, and options say it for all rows. People (--people) have neither strategy nor
    temperature; their column model, or --model, names the group. A column finish_reason or
    stop_reason says which answers were cut off; a row with an error is no answer. Says which column
    was taken for what, and how three of the answers are read, before it writes.
    """
    from divergent_bench.cli.views.imports import show_reading
    from divergent_bench.running.importing import Naming, import_answers

    named = {"model": model_column, "strategy": strategy_column, "temperature": temperature_column}
    named |= {STIMULUS: stimulus_column}
    naming = Naming(
        model,
        strategy,
        temperature,
        response,
        words,
        people,
        columns={key: column for key, column in named.items() if column},
        keep=list(dict.fromkeys(filter(None, [id_column, *(keep or [])]))),
        task=task,
    )
    made = import_answers(
        file,
        slug(file.stem) if name is None else name,
        naming,
        directory,
        overwrite=force,
        show=show_reading,
    )
    conditions = counted(made.n_conditions, "condition")
    print(f"{counted(made.n_answers, 'answer')} in {conditions}: {made.answers}")
    print(f"Next: divergent-bench batch run {shlex.quote(str(made.config))}")


def export_results(
    directory: Annotated[Path, typer.Argument(help="The results of a run: results/NAME.")],
    target: Annotated[
        Path,
        typer.Argument(
            help="A .csv, .jsonl, .json, .parquet or .xlsx file, or a directory.", callback=output
        ),
    ],
) -> None:
    """Write a run as one table, a row per sample, and a dictionary of its columns."""
    from divergent_bench.analysis.exporting import export_results

    table, dictionary = export_results(directory, target)
    print(f"{table}: written; {dictionary} says what its columns mean")
