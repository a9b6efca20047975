"""``divergent-bench dat``: the task on one model, or on several side by side."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from divergent_bench.base.errors import UserError
from divergent_bench.cli.options import (
    Json,
    Parallel,
    complete_model,
    complete_provider,
    complete_strategy,
)
from divergent_bench.cli.options import output as checked_output
from divergent_bench.cli.sampling import make_samples, outcome_of, pairs_of
from divergent_bench.cli.views.tables import print_table, say
from divergent_bench.instrument.spaces.embedded import DEFAULT_SPACE

if TYPE_CHECKING:  # numpy is slow to import, and --help does without
    from divergent_bench.running.config_from_flags import Setup, Treatment
    from divergent_bench.running.snakemake import Exit

app = typer.Typer(
    help="Ask one model, or several side by side, without a config.", no_args_is_help=True
)

_CORES: Final = 4
_FILE_FORMATS: Final = (".json", ".csv")


OutputFormat = Literal["table", "json", "csv"]
Strategy = Annotated[
    str,
    typer.Option(
        "--strategy", "-s", help="The prompt (list-strategies).", autocompletion=complete_strategy
    ),
]
Temperature = Annotated[
    str,
    typer.Option("--temperature", "-t", help="0 to 2, or `default` to leave it to the model."),
]
Samples = Annotated[
    int, typer.Option("--samples", "-n", min=1, help="Answers per model, seeds 0 to N - 1.")
]
OutputFile = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Write a file too: .json or .csv.", callback=checked_output
    ),
]
Structured = Annotated[
    bool,
    typer.Option(
        "--structured/--no-structured",
        help="Ask for JSON. Free text is the default: it is how people take the test, and what "
        "shape is asked for changes what a model answers.",
    ),
]
ApiBase = Annotated[
    str | None,
    typer.Option(
        "--api-base",
        help="Ask a server of your own, such as http://localhost:8080/v1, for whatever --model it "
        "serves, in the format of the provider.",
    ),
]
StrategiesFile = Annotated[
    Path | None,
    typer.Option(
        "--strategies", help="Prompts of your own: a YAML file with `strategies:` of a config."
    ),
]
SpaceName = Annotated[
    str, typer.Option("--space", help="A semantic space: glove-6b-100d, glove-840b-300d, ...")
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show what Snakemake says instead of the answers.")
]


@app.command("run")
def run_dat(
    provider: Annotated[
        str | None,
        typer.Option(
            "--provider",
            "-p",
            help="Who answers: openai, anthropic, ollama, ... (list-models), or baseline. "
            "(default: what --model says, else openai)",
            autocompletion=complete_provider,
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="A model of the provider (list-models), or PROVIDER/MODEL without --provider; "
            "else a cheap one.",
            autocompletion=complete_model,
        ),
    ] = None,
    strategy: Strategy = "none",
    temperature: Temperature = "0.7",
    samples: Samples = 10,
    output: OutputFile = None,
    structured: Structured = False,
    api_base: ApiBase = None,
    strategies: StrategiesFile = None,
    space: SpaceName = DEFAULT_SPACE,
    parallel: Parallel = _CORES,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Ask one model, and score its answers.

    The same flags have the same results directory, results/dat-...: what is there is not asked for
    again, and an interrupted run goes on.
    """
    from divergent_bench.running.config_from_flags import pair_models, run_setup

    _check_output(output)
    treatment = _treatment(strategy, temperature, samples, structured, space, api_base, strategies)
    chosen = [provider] if provider else []
    ((whose, named),) = pair_models(chosen, [model] if model else [], api_base)
    asked = run_setup(whose, named, treatment)
    setup, code = _ask(asked, parallel, verbose)
    _show(setup, output, "json" if as_json else "table", tested=code == 0)
    raise typer.Exit(code)


@app.command("compare")
def compare_models(
    providers: Annotated[
        list[str] | None,
        typer.Option(
            "--providers",
            "--provider",
            "-p",
            help="Who answers; once for each model.",
            autocompletion=complete_provider,
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            help="Models of the --providers, in their order; PROVIDER/MODEL without them.",
            autocompletion=complete_model,
        ),
    ] = None,
    strategy: Strategy = "none",
    temperature: Temperature = "0.7",
    samples: Samples = 10,
    output_format: Annotated[
        OutputFormat, typer.Option("--output-format", help="What is printed.")
    ] = "table",
    output: OutputFile = None,
    baselines: Annotated[
        bool,
        typer.Option("--baselines/--no-baselines", help="Put random and common nouns beside them."),
    ] = True,
    structured: Structured = False,
    api_base: ApiBase = None,
    strategies: StrategiesFile = None,
    space: SpaceName = DEFAULT_SPACE,
    parallel: Parallel = _CORES,
    verbose: Verbose = False,
) -> None:
    """Ask several models the same, and say which of them differ.

    With intervals, tests and effect sizes; random nouns are the baseline.
    """
    from divergent_bench.running.config_from_flags import comparison_setup, models_to_compare

    _check_output(output)
    treatment = _treatment(strategy, temperature, samples, structured, space, api_base, strategies)
    named = models_to_compare(providers or [], models or [], api_base)
    asked = comparison_setup(named, treatment, baselines=baselines)
    setup, code = _ask(asked, parallel, verbose)
    _show(setup, output, output_format, tested=code == 0)
    raise typer.Exit(code)


@app.command("resume")
def resume_run(
    results: Annotated[
        Path, typer.Argument(help="results/NAME, its config.yaml, or a JSON file of --output.")
    ],
    additional: Annotated[
        int,
        typer.Option(
            "--additional-samples", min=0, help="More per condition; 0: only what is missing."
        ),
    ] = 10,
    output: OutputFile = None,
    parallel: Parallel = _CORES,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Ask for more samples of what is there; nothing is asked twice."""
    from divergent_bench.running.config_from_flags import with_more

    _check_output(output)
    setup = with_more(_results_directory(results), additional)
    say(f"{setup.directory}: {additional:,} more to each condition makes {setup.samples:,}")
    code = make_samples(setup, parallel, verbose)
    _show(setup, output, "json" if as_json else "table", tested=code == 0)
    raise typer.Exit(code)


def _treatment(
    strategy: str,
    temperature: str,
    samples: int,
    structured: bool,
    space: str,
    api_base: str | None,
    strategies: Path | None,
) -> "Treatment":
    from divergent_bench.running.config_from_flags import (
        Treatment,
        read_strategies,
        read_temperature,
    )

    return Treatment(
        strategy,
        read_temperature(temperature),
        samples,
        structured,
        space,
        api_base,
        read_strategies(strategies) if strategies else {},
    )


def _results_directory(named: Path) -> Path:
    """Return the results directory that a path stands for."""
    if named.suffix != ".json":
        return named if named.is_dir() or not named.is_file() else named.parent
    try:
        return Path(json.loads(named.read_text(encoding="utf-8"))["results"])
    except OSError as error:
        raise UserError(f"{named}: cannot be read ({error.strerror}); check the path") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{named}: is no JSON file of `dat run --output`; name the results directory instead"
        ) from error


def _check_output(output: Path | None) -> None:
    if output is not None and output.suffix not in _FILE_FORMATS:
        raise UserError(f"--output: {output} ends neither in .json nor in .csv; choose one of them")
    if output is not None and not output.absolute().parent.is_dir():
        raise UserError(f"--output: there is no directory {output.parent}; make it first")


def _ask(asked: "Setup", parallel: int, verbose: bool) -> "tuple[Setup, Exit]":
    """Ask for what is not there; refuse models that nobody has heard of before."""
    from divergent_bench.cli.models import unheard_of
    from divergent_bench.running.config_from_flags import with_what_is_there

    setup = with_what_is_there(asked)
    if setup.samples > asked.samples:
        say(f"{setup.directory} has {setup.samples:,} samples already; they stay")
    for found in unheard_of(setup.grid):
        raise UserError(
            f"--model: {found}; one that is newer can be asked with a config: "
            "`divergent-bench batch run CONFIG`"
        )
    return setup, make_samples(setup, parallel, verbose)


def _show(setup: "Setup", output: Path | None, shown: OutputFormat, *, tested: bool) -> None:
    """Show one condition, or several side by side; and write them, if that is asked for."""
    from divergent_bench.cli.views import outcomes

    outcome = outcome_of(setup)
    if outcome is None:
        return
    alone = len(setup.grid.conditions) == 1
    pairs = pairs_of(setup) if tested and not alone else []

    def text(form: str) -> str:
        if form == "csv":
            table = outcome.samples if alone else outcome.ranking
            return table.to_csv(index=False, lineterminator="\n")
        if alone:
            document = outcomes.run_document(outcome)
        else:
            document = outcomes.comparison_document(outcome, pairs)
        return json.dumps(document, indent=2) + "\n"

    if output is not None:
        _write(output, text(output.suffix.removeprefix(".")))
    if shown != "table":
        print(text(shown), end="")
    elif alone:
        print_table(outcomes.run_table(outcome), outcomes.notes_on_run(outcome))
    else:
        table = outcomes.leaderboard_table(outcome.ranking, sd=True)
        print_table(table, outcomes.notes_on_models(outcome))
        if pairs:
            print()
            print_table(outcomes.pairs_table(pairs), outcomes.notes_on_pairs(pairs))
        elif not tested:
            print("Samples are missing, so nothing was tested.")
        else:
            print("Nothing was tested: that takes two models; baselines are not tested.")
        print(f"results: {outcome.results}")


def _write(output: Path, text: str) -> None:
    from divergent_bench.base.files import write_text

    try:
        write_text(output, text)
    except OSError as error:
        raise UserError(f"{output}: cannot be written ({error.strerror})") from error
    say(f"{output}: written")
