"""What is set, and where it comes from; keys are never part of it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from divergent_bench.base.credentials import without_password
from divergent_bench.base.environment import GATEWAY_IDLE, LEDGER_WAIT
from divergent_bench.base.provider_catalogue import known_providers
from divergent_bench.running.environment import ENV_FILE, origin


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that can be set."""

    name: str
    value: str  # for people; of a key only whether it is set
    origin: str  # environment, .env, default, or where it was found; empty for what is not set


def settings() -> Iterator[Setting]:
    """Yield what is set for commands that run here: keys, endpoints, tuning, files."""
    from divergent_bench.instrument.spaces import STORES
    from divergent_bench.running.snakemake import workflow_directory
    from divergent_bench.sampling.gateway.ledger import LEDGER, LOCKED_SECONDS
    from divergent_bench.sampling.gateway.server import IDLE_SECONDS

    for name in filter(None, (provider.key_variable for provider in known_providers().values())):
        yield Setting(name, "set" if os.environ.get(name) else "not set", origin(name) or "")

    for _, provider in sorted(known_providers().items()):
        if url := provider.endpoint():
            name = next(filter(os.environ.get, provider.endpoint_variables()))
            yield Setting(name, without_password(url), origin(name) or "")

    for name, default in ((GATEWAY_IDLE, IDLE_SECONDS), (LEDGER_WAIT, LOCKED_SECONDS)):
        value = os.environ.get(name, f"{default:g}")
        yield Setting(name, f"{value} s", origin(name) or "default")

    here = Path.cwd()
    yield Setting(".env", "read" if ENV_FILE.exists() else "not there", str(here / ENV_FILE))
    yield Setting("ledger", "there" if os.path.lexists(LEDGER) else "none yet", str(here / LEDGER))
    stores = sorted(path.name for path in STORES.glob("*") if path.is_dir())
    yield Setting("semantic spaces", ", ".join(stores) or "none made yet", str(here / STORES))
    configs = sorted(str(path) for path in Path("config").glob("*.y*ml"))
    yield Setting("configs", ", ".join(configs) or "none found", str(here / "config"))
    yield Setting("workflow", "Snakefile", str(workflow_directory()))
