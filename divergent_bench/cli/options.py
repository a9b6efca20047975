"""Options that several commands share, and what the shell completes for them.

Nothing heavy is imported at the top: the shell asks again at every press of the tab key.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer


def complete_provider(incomplete: str) -> Iterator[tuple[str, str]]:
    """Return the providers that begin with what is typed, each with a word on it."""
    from divergent_bench.cli.models import providers

    for provider in providers():
        if provider.name.startswith(incomplete):
            yield provider.name, provider.summary()


def complete_model(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Return the models that begin with what is typed, of the providers typed before.

    Without one, what stands before a slash is the provider.
    """
    from divergent_bench.base.provider_catalogue import DEFAULT_PROVIDER
    from divergent_bench.cli.models import models_of, providers

    typed = ctx.params.get("provider") or ctx.params.get("providers") or []
    chosen = [typed] if isinstance(typed, str) else typed
    known = {provider.name for provider in providers()}
    whose, slash, _ = incomplete.partition("/")
    before = f"{whose}/" if slash and whose in known and not chosen else ""
    chosen = chosen or [whose if before else DEFAULT_PROVIDER]
    names = {
        before + known_model.model
        for provider in chosen
        if provider in known
        for known_model in models_of(provider)
    }
    return (name for name in sorted(names) if name.startswith(incomplete))


def complete_strategy(incomplete: str) -> Iterator[tuple[str, str]]:
    """Return the built-in strategies that begin with what is typed, each with what it does."""
    from divergent_bench.instrument.tasks import known_strategies

    for strategy in known_strategies().values():
        if strategy.name.startswith(incomplete):
            yield strategy.name, strategy.description


def output(context: typer.Context, path: Path | None) -> Path | None:
    """Return where to write; the callback of every option and argument that names a file to write.

    A UserError where something would be lost by it.
    """
    return _checked(context, path, source=False)


def source_output(context: typer.Context, path: Path | None) -> Path | None:
    """Return where to write a config or a file of keys, likewise."""
    return _checked(context, path, source=True)


def _checked(context: typer.Context, path: Path | None, *, source: bool) -> Path | None:
    # The shell, which completes a command, writes nothing.
    if path is not None and str(path) != STANDARD_OUTPUT and not context.resilient_parsing:
        from divergent_bench.running.outputs import check_output

        check_output(path, source=source)
    return path


STANDARD_OUTPUT = "-"
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more of what happens.")]
Parallel = Annotated[
    int, typer.Option("--parallel", min=1, help="How many jobs may run at the same time.")
]
