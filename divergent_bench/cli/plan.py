"""What a run would ask, cost and show."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from divergent_bench.base.errors import UserError
from divergent_bench.cli.options import Json
from divergent_bench.cli.views.tables import print_json, print_table

if TYPE_CHECKING:  # pydantic is slow to import, and --help does without
    from divergent_bench.config import Config


def plan_run(
    config: Annotated[Path, typer.Argument(help="A config file.")],
    fresh: Annotated[
        bool, typer.Option("--fresh", help="As if everything due were to be asked anew.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what a run would ask, cost and take, and what it could show. Sends nothing."""
    from divergent_bench.running.batches import load_to_start

    show_plan(load_to_start(config), fresh=fresh, as_json=as_json)


def show_plan(config: "Config", *, fresh: bool = False, as_json: bool = False) -> None:
    """Print it; then a UserError says what would stop the run before anything is sent, if so."""
    from dataclasses import asdict

    from divergent_bench.cli.views.plan import plan_notes, plan_table, power_notes, power_table
    from divergent_bench.design.checks import check_config
    from divergent_bench.running.cost_plan import make_plan, plan_factors
    from divergent_bench.running.environment.addresses import where_keys_go

    checked = check_config(config)
    made = make_plan(checked.grid, checked.policy, fresh=fresh or config.fresh)
    factors = plan_factors(checked.grid, checked.plan)
    if as_json:
        totals = {"to_ask": made.to_ask, "cost_usd": made.cost_usd, "most_usd": made.most_usd}
        compared = {"factors": [asdict(each) for each in factors]}
        print_json(asdict(made) | totals | compared)
    else:
        print_table(
            plan_table(made), [*plan_notes(made), *where_keys_go(checked.grid, checked.policy)]
        )
        if factors:
            print()
            print_table(power_table(factors), power_notes(factors))
    if made.problems:
        raise UserError("\n".join(made.problems))
