"""The questions of ``divergent-bench config init``; without a terminal, flags and defaults."""

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import typer

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text
from divergent_bench.base.names import closest, slug
from divergent_bench.base.provider_catalogue import find_provider, known_providers
from divergent_bench.cli.models import models_of, providers
from divergent_bench.cli.views.tables import say
from divergent_bench.config.strategy import ALL_STRATEGIES
from divergent_bench.instrument.spaces.catalogue import space_names
from divergent_bench.instrument.spaces.embedded import DEFAULT_SPACE
from divergent_bench.instrument.tasks import known_strategies
from divergent_bench.running.environment import ENV_FILE, git_would_add
from divergent_bench.running.environment.first_config import (
    FirstConfig,
    check_choice,
    checked_key,
    write_config,
    write_key,
)

_SPACE = "Semantic space (wordnet tells nothing of rare words)"


@dataclass(frozen=True)
class Wizard:
    """Writes a config and a key."""

    asks: bool  # whether to ask for what is not given
    env_file: Path  # where keys go
    force: bool  # whether to replace what is there

    def key_from_stdin(self, provider: str) -> None:
        """Read the key of a provider from standard input and write it."""
        check_choice("provider", provider, [known.name for known in providers()])
        name = find_provider(provider).key_variable
        if not name:
            raise UserError(f"{provider} needs no key of this kind; nothing is written")
        self._write_key(name, checked_key(sys.stdin.readline()))

    def config(
        self,
        file: Path,
        provider: str | None,
        models: Sequence[str] | None,
        strategies: Sequence[str] | None,
        samples: int | None,
        space: str | None,
    ) -> None:
        """Write a config; ask for what is None."""
        if file.exists() and not self.force:
            raise UserError(f"{file}: is there already; name another --config, or use --force")
        provider = self._choose(provider, "Provider", _usual_provider(), _check_provider)
        models = self._choose_models(provider, models)
        if find_provider(provider).takes_prompts:
            known = [*known_strategies(), ALL_STRATEGIES]
            check = partial(check_choice, "strategy", known=known)
            what = "Strategies (list-strategies)"
            strategies = self._choose_list(strategies, what, "none", check)
        samples = int(self._choose(samples, "Samples of each", "20", _check_count))
        check = partial(check_choice, "semantic space", known=space_names())
        space = self._choose(space, _SPACE, DEFAULT_SPACE, check)
        self._key_of(provider)
        name = slug(file.stem) or "first"
        first = FirstConfig(name, provider, models, list(strategies or ()), samples, space)
        write_config(file, first, overwrite=self.force)
        quoted = shlex.quote(str(file))
        print(f"{file}: written")
        print(f"Next: divergent-bench config validate {quoted}")
        print(f"      divergent-bench batch run {quoted}")

    def _choose_models(self, provider: str, given: Sequence[str] | None) -> list[str]:
        known = [each.model for each in models_of(provider)]

        def check(name: str) -> None:
            if find_provider(provider).models:
                check_choice(provider, name, known)
            elif known and name not in known:
                say(f"note: no {name!r} of {provider} is known by name{closest(name, known)}")

        usual = find_provider(provider).default_model or ""
        return self._choose_list(given, "Models (list-models)", usual, check)

    def _choose_list(
        self, given: Sequence[str] | None, what: str, usual: str, check: Callable[[str], None]
    ) -> list[str]:
        if given:
            for name in given:
                check(name)
            return list(given)

        def check_all(text: str) -> None:
            for name in _names(text):
                check(name)

        return _names(self._choose(None, what, usual, check_all))

    def _choose(self, given: object, what: str, usual: str, check: Callable[[str], None]) -> str:
        if given is None and self.asks:
            answer: str = typer.prompt(what, usual or None, value_proc=_proper(check))
            return answer
        if given is None and not usual:
            raise UserError(f"{what}: say which; there is no usual one")
        chosen = str(usual if given is None else given)
        check(chosen)
        return chosen

    def _key_of(self, provider: str) -> None:
        name = find_provider(provider).key_variable
        if not name:
            return
        if os.environ.get(name):
            print(f"{name}: is set already")
            return
        key = ""
        if self.asks:
            prompt = f"{name} (not shown; Enter to leave it out)"
            key = typer.prompt(prompt, "", hide_input=True, show_default=False)
        self._write_key(name, checked_key(key) if key else None)

    def _write_key(self, name: str, key: str | None) -> None:
        write_key(self.env_file, name, key, overwrite=self.force)
        if key is None:
            print(f"{name}: is not set; put it in {self.env_file}")
        else:
            print(f"{name}: is in {self.env_file}, which only you can read")
        if self.env_file.resolve() != ENV_FILE.resolve():
            say(f"note: commands read {ENV_FILE} where they are run, and no other file")
        self._ignore()

    def _ignore(self) -> None:
        if not git_would_add(self.env_file):
            return
        if self.asks and not typer.confirm(
            f"git would add {self.env_file}. Add it to .gitignore?", default=True
        ):
            return
        ignore = self.env_file.parent / ".gitignore"
        before = ignore.read_text(encoding="utf-8") if ignore.exists() else ""
        gap = "\n" if before and not before.endswith("\n") else ""
        write_text(ignore, f"{before}{gap}{self.env_file.name}\n")
        print(f"{ignore}: has {self.env_file.name} now, so that git does not add it")


def _usual_provider() -> str:
    keys = {name: provider.key_variable for name, provider in known_providers().items()}
    return next((name for name, key in keys.items() if key and os.environ.get(key)), "baseline")


def _check_provider(name: str) -> None:
    if find_provider(name).from_file:
        raise UserError(
            f"{name} are answers from a file: divergent-bench import makes a config of them"
        )
    to_ask = [each.name for each in providers() if not find_provider(each.name).from_file]
    check_choice("provider", name, to_ask)


def _check_count(text: str) -> None:
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"{text!r} is no number of samples; give a whole number from 1")


def _names(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _proper(check: Callable[[str], None]) -> Callable[[str], str]:
    """Return a check of an answer after which a prompt asks again."""

    def proper(text: str) -> str:
        try:
            check(text.strip())
        except UserError as error:
            raise typer.BadParameter(str(error)) from error
        return text.strip()

    return proper
