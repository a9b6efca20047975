"""The first config and the first ``.env``."""

import math
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import replacing
from divergent_bench.base.names import closest
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.config import load_config
from divergent_bench.design.checks import check_config
from divergent_bench.instrument.spaces.embedded import DEFAULT_SPACE
from divergent_bench.instrument.tasks import DEFAULT, find_task
from divergent_bench.running.environment import bindings, read_text

_BUDGET = """
# No request is sent that could pass this.
# budget_usd: 5
"""
_TREATMENTS = """\
    strategies: {strategies} # divergent-bench list-strategies
    temperatures: [0.7] # 0 to 2; null leaves it to the model
"""
_BASELINES = """
  # Lists that no language model made, to compare with. They cost nothing.
  - name: baselines
    providers:
      - provider: baseline
        models: {models}
"""
_TEXT = """\
# What is asked, and how answers are scored. config/README.md describes every key.
#
#   divergent-bench config validate {file}    checks it; sends nothing
#   divergent-bench plan {file}               says what it costs; sends nothing
#   divergent-bench batch run {file}          runs what is missing

name: {name} # names the results: results/NAME/

defaults:
  samples: {samples} # answers to each combination of model, strategy and temperature
{budget}
experiments:
  - name: first
    providers:
      - provider: {provider}
        models: {models} # divergent-bench list-models {provider}
{treatments}{baselines}
analysis:
  # glove-6b-100d is built in. The published scores are of glove-840b-300d, a download of 2 GB.
  spaces: [{space}]
"""
_HEADING = """\
# Keys for divergent-bench. The environment wins over this file. Keep it to yourself.
"""
_FEW = 20
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")


@dataclass(frozen=True)
class FirstConfig:
    """What a first config asks."""

    name: str
    provider: str
    models: list[str]
    strategies: list[str] = field(default_factory=lambda: ["none"])
    samples: int = 20
    space: str = DEFAULT_SPACE

    def text(self, file: Path) -> str:
        """Return it as commented YAML; `file` stands in the comments."""
        provider = find_provider(self.provider)
        baselines = _BASELINES.format(models=_list(find_task(DEFAULT).baselines))
        treatments = _TREATMENTS.format(strategies=_list(self.strategies))
        return _TEXT.format(
            file=file,
            name=_list([self.name])[1:-1],
            samples=self.samples,
            budget=_BUDGET if provider.asks_models else "",
            provider=_list([self.provider])[1:-1],
            models=_list(self.models),
            treatments=treatments if provider.takes_prompts else "",
            space=_list([self.space])[1:-1],
            baselines=baselines if provider.is_compared else "",
        )


def check_choice(what: str, name: str, known: Iterable[str]) -> None:
    """Make sure that a name that people chose is known; a UserError names the closest."""
    known = list(known)
    if name not in known:
        few = f" (known: {', '.join(known)})" if len(known) <= _FEW else ""
        raise UserError(f"there is no {what} {name!r}{closest(name, known)}{few}")


def write_config(file: Path, first: FirstConfig, *, overwrite: bool) -> None:
    """Write a first config; it appears only when nothing is wrong with it."""
    if file.exists() and not overwrite:
        raise UserError(f"{file}: is there already; give another name, or --force to replace it")
    try:
        with replacing(file) as path:
            path.write_text(first.text(file), encoding="utf-8")
            try:
                check_config(load_config(path))
            except UserError as error:
                raise UserError(str(error).replace(str(path), str(file))) from error
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {error.strerror or error}") from error


def write_key(file: Path, name: str, key: str | None, *, overwrite: bool) -> None:
    """Put a key into a file of variables that nobody else can read, at any moment.

    Everything else in the file stays as it is. Without a key it gets a comment, to be filled in.
    It is a UserError when the file has another value of it already.
    """
    found = list(bindings(file, read_text(file) if file.exists() else _HEADING))
    present = {binding.key: binding.value for binding in found}
    if name in present:
        if key is None or present[name] == key:
            return
        if not overwrite:
            raise UserError(f"{file}: has {name} already; --force replaces it")
    blank = f"# {name}="
    kept = [each.original.string for each in found if each.key != name]
    lines = [line for line in "".join(kept).splitlines() if line != blank]
    lines.append(blank if key is None else f"{name}={_in_quotes(key)}")
    text = "\n".join(lines) + "\n"
    try:
        with replacing(file) as path:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8") as target:  # noqa: PTH123  a descriptor
                target.write(text)
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {error.strerror or error}") from error


def checked_key(key: str) -> str:
    """Return a key without the white space around it; a UserError says what is no key."""
    key = key.strip()
    if not key:
        raise UserError("there is no key; nothing is written")
    if not key.isprintable() or " " in key:
        raise UserError("a key is one word without spaces; nothing is written")
    return key


def _in_quotes(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _list(names: Iterable[str]) -> str:
    """Return texts as YAML, in one line; in quotes are those that it would take for more."""
    return yaml.safe_dump(
        list(names), default_flow_style=True, allow_unicode=True, width=math.inf
    ).strip()
