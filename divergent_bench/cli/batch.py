"""``divergent-bench plan`` and ``batch``: run configs, and look at what they become."""

import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import counted, printable
from divergent_bench.cli.options import Json
from divergent_bench.cli.views.tables import print_json, print_table, say, text_table

if TYPE_CHECKING:  # slow to import, and --help does without
    from divergent_bench.config import Config
    from divergent_bench.running.batches import Batch
    from divergent_bench.running.snakemake import Exit

app = typer.Typer(help="Run a config, check it, and see how far it is.", no_args_is_help=True)
LOOK_SECONDS = 2.0
ConfigFile = Annotated[Path, typer.Argument(help="A config file.")]


@app.command("run")
def run(
    config: Annotated[Path | None, typer.Argument(help="A config file.")] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on with a results directory instead, by its config.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="A trial: only the first samples of each condition, so many. A run without it "
            "goes on from them.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would ask, cost and take; ask nobody.")
    ] = False,
    parallel: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Jobs at once on this machine; the config limits requests. "
            "(default: 4, or what --profile says)",
            show_default=False,
        ),
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option(help="A profile of Snakemake: profiles/slurm, ...")
    ] = None,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Show what Snakemake says, instead of the steps."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Run a config: ask for what is missing, score, analyse, report.

    Exit code 0: everything is there; 1: samples are missing; 2: wrong use; 3: the budget is
    reached; 130: interrupted. The same command goes on where the last one ended.
    """
    from divergent_bench.config import load_config
    from divergent_bench.running import batches
    from divergent_bench.running.snakemake import CORES, Exit, make
    from divergent_bench.sampling.gateway import prefetch

    if resume and not config:
        config = batches.open_batch(resume).directory / batches.CONFIG_FILE
    elif resume or not config:
        raise UserError("give either a config file or --resume with a results directory")
    if dry_run:
        whole = batches.load_to_start(config)
        _show_plan(whole.model_copy(update={"limit": limit}), as_json=as_json)
        return
    file = batches.start_batch(config)
    batch = batches.Batch.of(load_config(file).model_copy(update={"limit": limit}))
    before = _spent(batch)
    options = [word for name in profile or () for word in ("--profile", name)]
    if not profile and batch.grid.asks_models() and batch.done() < batch.samples:
        prefetch.warm_up()  # while Snakemake starts, because it takes longer than that
    cores = parallel or (None if profile else CORES)
    code = make(file, cores=cores, options=options, limit=limit, steps=not verbose)
    if code not in (Exit.WRONG_USE, Exit.INTERRUPTED):
        now = _spent(batch)
        spent = now[0] - before[0], now[1] - before[1]
        _summarize(batch, code, spent, as_json=as_json)
    raise typer.Exit(code)


def plan_run(
    config: ConfigFile,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="As if everything due were to be asked anew.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what a run would ask, cost and take, and what it could show. Sends nothing."""
    from divergent_bench.running.batches import load_to_start

    _show_plan(load_to_start(config), fresh=fresh, as_json=as_json)


def _show_plan(config: "Config", *, fresh: bool = False, as_json: bool) -> None:
    from divergent_bench.cli.views.plan import plan_notes, plan_table, power_notes, power_table
    from divergent_bench.design.checks import check_config
    from divergent_bench.design.recorded_answers import unused_rows
    from divergent_bench.running.cost_plan import make_plan, plan_factors
    from divergent_bench.running.environment.addresses import where_keys_go

    checked = check_config(config)
    made = make_plan(checked.grid, checked.policy, fresh=fresh or config.fresh)
    factors = plan_factors(checked.grid, checked.plans)
    unused = unused_rows(checked.grid)
    if as_json:
        totals = {"to_ask": made.to_ask, "cost_usd": made.cost_usd, "most_usd": made.most_usd}
        compared = {"factors": [asdict(each) for each in factors]}
        print_json(asdict(made) | totals | compared | {"unused_rows": unused})
    else:
        notes = [*plan_notes(made), *where_keys_go(checked.grid, checked.policy)]
        notes += map(printable, unused)
        print_table(plan_table(made), notes)
        if factors:
            print()
            print_table(power_table(factors), power_notes(factors))
    if made.problems:  # which would stop the run before anything is sent
        raise UserError("\n".join(made.problems))


def _spent(batch: "Batch") -> tuple[float, int]:
    """Return what a batch has spent so far, and at how many answers the price is not known."""
    spending = batch.spending()
    return spending.spent_usd if spending else 0.0, batch.unpriced()


def _summarize(
    batch: "Batch", code: "Exit", spent_now: tuple[float, int], *, as_json: bool
) -> None:
    from divergent_bench.base.provider_catalogue import find_provider
    from divergent_bench.cli.views.batches import ranking_tables
    from divergent_bench.cli.views.plan import spent
    from divergent_bench.running.snakemake import Exit

    done, report = batch.done(), batch.analysis / "report.html"
    if as_json:
        print_json(
            {
                "directory": str(batch.directory),
                "exit": code.name.lower(),
                "done": done,
                "samples": batch.samples,
                "spent_usd": spent_now[0],
                "unpriced": spent_now[1],
                "report": str(report) if report.exists() else None,
            }
        )
        return
    for ranking in ranking_tables(batch) if done == batch.samples else ():
        print_table(*ranking)
        print()
    asks = any(find_provider(c.condition.provider).asks_models for c in batch.grid.conditions)
    money = f"; {spent(*spent_now)} in this run" if asks else ""
    print(f"{done:,} of {counted(batch.samples, 'sample')} are there{money}")
    if batch.grid is not batch.asked:
        print(
            f"This was a trial; the whole run asks for {len(batch.asked.paths()):,} samples and "
            "goes on from these."
        )
    if code == Exit.OK and report.exists():
        print(f"Report: {report}")


@app.command("validate")
def validate(config: ConfigFile, as_json: Json = False) -> None:
    """Check a config and say what it asks for. Sends nothing."""
    from divergent_bench.cli.models import unheard_of
    from divergent_bench.design.checks import check_config
    from divergent_bench.design.recorded_answers import unused_rows
    from divergent_bench.running.batches import load_to_start

    checked = check_config(load_to_start(config))
    grid = checked.grid
    unused = unused_rows(grid)
    for note in (*unheard_of(grid), *unused):
        say(f"note: {printable(note)}")
    by_model: dict[tuple[str, str], dict[str, Any]] = {}
    for planned in grid.conditions:
        provider, model = planned.condition.provider, planned.condition.model
        new = {"provider": provider, "model": model, "conditions": 0, "samples": 0}
        row = by_model.setdefault((provider, model), new)
        row["conditions"] += 1
        row["samples"] += len(planned.seeds)
    models = list(by_model.values())
    if as_json:
        print_json(
            {
                "config": str(config),
                "name": checked.config.name,
                "directory": str(checked.config.results()),
                "conditions": len(grid.conditions),
                "samples": len(grid.paths()),
                "models": models,
                "unused_rows": unused,
            }
        )
        return
    rows = [
        (row["provider"], row["model"], f"{row['conditions']:,}", f"{row['samples']:,}")
        for row in models
    ]
    print_table(text_table(["provider", "model", "conditions", "samples"], rows, right=2))
    print(f"{config}: {checked}")


@app.command("list")
def list_batches(
    results: Annotated[
        Path, typer.Option("--results-dir", help="Where results directories are.")
    ] = Path("results"),
    as_json: Json = False,
) -> None:
    """List the batches here, how far each is, and what it has cost."""
    from divergent_bench.cli.views.batches import batches_table, entry, notes_on_batches
    from divergent_bench.running.batches import find_batches
    from divergent_bench.sampling.gateway.ledger import reading

    with reading():  # else its fault would stand beside each batch
        entries = [entry(directory) for directory in find_batches(results)]
    if as_json:
        print_json([each.to_json() for each in entries])
    elif entries:
        print_table(batches_table(entries), notes_on_batches(entries))
    else:
        print(f"{results}: there is no batch yet; `divergent-bench batch run CONFIG` makes one")


@app.command("monitor")
def monitor(
    directory: Annotated[
        Path | None,
        typer.Argument(help="A results directory (default: the batch that runs, or the only one)."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Show the state and leave.")] = False,
    as_json: Json = False,
) -> None:
    """Watch a batch until its run ends. Ctrl-C stops the watching, not the run."""
    from rich.console import Console
    from rich.live import Live

    from divergent_bench.cli.views.batches import Watch, run_status_view
    from divergent_bench.running.batches import open_batch

    watch = Watch(open_batch(directory or _the_one_batch()))
    run_status = watch.look()
    if as_json:
        print_json(run_status.to_json())
        return
    console = Console()
    if once or not run_status.pid or not console.is_terminal:
        console.print(run_status_view(run_status))
        return
    try:
        with Live(run_status_view(run_status), console=console, auto_refresh=False) as live:
            while run_status.pid:
                time.sleep(LOOK_SECONDS)
                run_status = watch.look()
                live.update(run_status_view(run_status), refresh=True)
    except KeyboardInterrupt:
        print("The run goes on.", file=sys.stderr)


def _the_one_batch() -> Path:
    from divergent_bench.running.batches import find_batches
    from divergent_bench.running.locks import live_runs

    there = find_batches(Path("results"))
    running = [Path(mark.results) for mark in live_runs()]
    for found in (running, there):
        if len(found) == 1:
            return found[0]
    names = ", ".join(map(str, running or there))
    raise UserError(
        f"say which batch to watch: {names}"
        if names
        else "there is no batch below results/; `divergent-bench batch run CONFIG` makes one"
    )
