"""Makes ``docs/cli.md`` from the commands: ``python -m tools.cli_reference FILE``."""

import sys
from typing import Final

import typer.main
from typer.cli import get_docs_for_click

from divergent_bench.base.files import write_text
from divergent_bench.cli.app import NAME, app
from divergent_bench.running.snakemake import Exit

# Run by a test, in this order, in a directory that holds answers.jsonl and answer.txt.
EXAMPLES: Final = (
    "version",
    "list-models",
    "list-models baseline",
    "list-strategies --text",
    "config init --no-interactive --provider baseline --model random-nouns --samples 5",
    "config show",
    "config validate config/first.yaml",
    "batch validate config/first.yaml",
    "plan config/first.yaml",
    "batch run config/first.yaml --dry-run",
    "batch run config/first.yaml",
    "batch list",
    "batch monitor results/first --once",
    "analyze results/first",
    "analyze results/first --format markdown",
    "report results/first --no-open",
    "dat resume results/first --additional-samples 5",
    "dat run --provider baseline --model oracle --samples 5 --output five.csv",
    "dat compare --providers baseline --model common-nouns --providers baseline --model oracle "
    "--samples 5 --output-format json",
    "export results/first first.csv",
    "import answers.jsonl --name mine",
    "score hippo jumper machinery prickle tickets tomato violin",
    "parse answer.txt",
    "verify wordnet",
    "ledger stats",
)
MEANINGS: Final = {
    Exit.OK: "done",
    Exit.SAMPLES_MISSING: "samples are missing, or a check failed; the same command goes on",
    Exit.WRONG_USE: "wrong use; nothing was sent",
    Exit.BUDGET_REACHED: "the budget is reached; raise it and run the same command",
    Exit.INTERRUPTED: "interrupted; what was answered is kept, the same command goes on",
}


def reference() -> str:
    """Write the reference of all commands as Markdown."""
    command = typer.main.get_command(app)
    generated = get_docs_for_click(
        obj=command, ctx=typer.Context(command, info_name=NAME), name=NAME, title="The command line"
    )
    title, _, commands = generated.partition("\n\n")
    codes = "\n".join(f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items())
    examples = "\n".join(f"$ {NAME} {line}" for line in EXAMPLES)
    return (
        f"{title}\n\n"
        f"| exit code | means |\n| ---: | :--- |\n{codes}\n\n"
        f"Examples, from a first config to its report:\n\n```console\n{examples}\n```\n\n"
        f"{commands.strip()}\n"
    )


if __name__ == "__main__":
    write_text(sys.argv[1], reference())
