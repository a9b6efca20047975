"""``divergent-bench ledger``: look at what was paid for, take it out, forget it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import counted
from divergent_bench.cli.options import STANDARD_OUTPUT, Json, output
from divergent_bench.cli.views.tables import print_json, print_table, text_table

if TYPE_CHECKING:
    from divergent_bench.sampling.gateway.ledger import Ledger

app = typer.Typer(
    help="The store of every answer that was paid for, results/ledger/.", no_args_is_help=True
)
Provider = Annotated[str | None, typer.Option(help="Only those of this provider.")]
Model = Annotated[str | None, typer.Option(help="Only those of this model.")]
Batch = Annotated[
    str | None,
    typer.Option(
        callback=lambda path: path.rstrip("/") if path else None,
        help="Only those paid for by this results directory.",
    ),
]


@contextmanager
def _opened() -> Iterator["Ledger"]:
    from divergent_bench.sampling.gateway.ledger import LEDGER, reading

    with reading() as ledger:
        if ledger is None:
            raise UserError(
                f"{LEDGER}: there is no ledger here; go to the directory in which you ran the "
                "workflow"
            )
        yield ledger


@app.command()
def stats(as_json: Json = False) -> None:
    """Count the answers and what they cost, by model and by batch."""
    from divergent_bench.cli.views.plan import usd
    from divergent_bench.sampling.gateway import ledger_queries

    with _opened() as ledger:
        models, batches = ledger_queries.by_model(ledger), ledger_queries.by_batch(ledger)
    if as_json:
        print_json({"models": models, "batches": batches})
        return
    if not models and not batches:
        print("No answers: no provider has been asked yet.")
        return
    of_models = [
        (
            f"{row['provider']}/{row['model']}",
            f"{row['answers']:,}",
            f"{row['set_aside']:,}",
            usd(row["cost_usd"]) + (" + ?" if row["unpriced"] else ""),
            row["first"][:10],
            row["last"][:10],
        )
        for row in models
    ]
    columns = ["model", "answers", "set aside", "USD", "first", "last"]
    print_table(text_table(columns, of_models, right=5))
    print()
    of_batches = [
        (
            row["batch"] or "(before batches were noted)",
            usd(row["spent_usd"]),
            usd(row["in_doubt_usd"]),
        )
        for row in batches
    ]
    print_table(text_table(["batch", "USD spent", "USD in doubt"], of_batches, right=2))


@app.command()
def verify() -> None:
    """Check that the file is sound and that every answer belongs to its request."""
    from divergent_bench.sampling.gateway import ledger_queries

    with _opened() as ledger:
        found = list(ledger_queries.faults(ledger))
        answers = 0 if found else len(ledger)
    for fault in found:
        print(fault)
    if found:
        raise typer.Exit(1)
    print(f"{answers:,} answers, all sound")


@app.command()
def repair() -> None:
    """Correct costs and sums that cannot be right, and say what was done. No answer is changed.

    A provider that counts tokens in negative or impossible numbers may have spoilt them.
    """
    from divergent_bench.sampling.gateway import ledger_queries

    with _opened() as ledger:
        done = ledger_queries.repair(ledger)
        left = list(ledger_queries.faults(ledger))
    for line in [*done, *left]:
        print(line)
    print(f"{len(done):,} corrected" if done else "nothing to repair")
    if left:
        raise typer.Exit(1)


@app.command()
def export(
    file: Annotated[
        Path, typer.Argument(help="JSONL to write; - for standard output.", callback=output)
    ],
    provider: Provider = None,
    model: Model = None,
    batch: Batch = None,
) -> None:
    """Write the answers with their requests as JSONL, oldest first."""
    from divergent_bench.base.files import replacing
    from divergent_bench.sampling.gateway import ledger_queries

    selection = ledger_queries.Selection(provider=provider, model=model, batch=batch)
    with _opened() as ledger:
        found = ledger_queries.count(ledger, selection)
        lines = (json.dumps(entry) + "\n" for entry in ledger_queries.entries(ledger, selection))
        if str(file) == STANDARD_OUTPUT:
            sys.stdout.writelines(lines)
            return
        try:
            with replacing(file) as path, path.open("w", encoding="utf-8") as target:
                target.writelines(lines)
        except OSError as error:
            raise UserError(f"{file}: cannot be written ({error.strerror})") from error
    print(f"{file}: {counted(found, 'answer')}")


@app.command()
def forget(
    provider: Provider = None,
    model: Model = None,
    batch: Batch = None,
    digest: Annotated[str | None, typer.Option(help="Only the answers to this request.")] = None,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="Only those that a fresh run has replaced.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete answers for good; asking for them again will cost again."""
    from divergent_bench.sampling.gateway import ledger_queries

    selection = ledger_queries.Selection(provider, model, batch, digest, set_aside or None)
    if selection == ledger_queries.Selection():
        raise UserError(
            "say which answers to forget: --provider, --model, --batch, --digest or --set-aside"
        )
    with _opened() as ledger:
        if not (found := ledger_queries.count(ledger, selection)):
            raise UserError("no answer fits; `divergent-bench ledger stats` shows what there is")
        answers = counted(found, "answer")
        if not yes:
            typer.confirm(f"Delete {answers} for good?", abort=True)
        ledger_queries.forget(ledger, selection)
    print(f"{answers} forgotten")
