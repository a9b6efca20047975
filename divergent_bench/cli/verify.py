"""``divergent-bench verify``: whether a semantic space gives what is published."""

from dataclasses import asdict
from typing import Annotated

import typer

from divergent_bench.cli.options import Json
from divergent_bench.cli.views.tables import print_json, print_table, text_table
from divergent_bench.instrument.tasks import DEFAULT


def verify_space(
    space: Annotated[
        str, typer.Argument(help="A semantic space: wordnet, glove-840b-300d, or a path.")
    ] = "wordnet",
    task: Annotated[str, typer.Option(help="Whose published scores.")] = DEFAULT,
    as_json: Json = False,
) -> None:
    """Recompute published distances and scores in a space; exit code 1 where one fails."""
    from divergent_bench.instrument.spaces import open_space
    from divergent_bench.instrument.tasks import find_task

    checks = find_task(task).verify(open_space(space))
    failed = [check for check in checks if check.outcome == "failed"]
    if as_json:
        print_json([asdict(check) for check in checks])
        raise typer.Exit(bool(failed))
    rows = [
        (check.what, _text(check.expected), _text(check.found), check.outcome) for check in checks
    ]
    print_table(text_table(["check", "expected", "found", "outcome"], rows))
    passed = sum(check.outcome == "passed" for check in checks)
    aside = len(checks) - passed - len(failed)
    print(f"{space}: {passed} passed, {len(failed)} failed, {aside} not applicable")
    raise typer.Exit(bool(failed))


def _text(value: float | str | None) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value if value is not None else "-")
