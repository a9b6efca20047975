"""Named prompts."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

RULES_PLACEHOLDER = "{rules}"


@dataclass(frozen=True, slots=True)
class Strategy:
    """A named prompt.

    Attributes
    ----------
    name
        How configs, paths and tables call it.
    text
        The user message; `{rules}` stands for the rules of the task.
    description
        One sentence for people.
    system
        The system message, where there is one.
    """

    name: str
    text: str
    description: str = ""
    system: str | None = None

    def messages(self) -> list[dict[str, str]]:
        """Return the chat messages that ask a model for one answer."""
        user = {"role": "user", "content": self.text.replace(RULES_PLACEHOLDER, task_rules())}
        return [{"role": "system", "content": self.system}, user] if self.system else [user]


@cache
def _packaged() -> Any:
    return yaml.safe_load(Path(__file__).with_name("strategies.yaml").read_text(encoding="utf-8"))


def task_rules() -> str:
    """Return the rules of the task, as the built-in strategies state them."""
    return str(_packaged()["rules"])


def builtin_strategies() -> dict[str, Strategy]:
    """Return the strategies that come with the package, by name."""
    return {
        name: Strategy(name=name, **fields) for name, fields in _packaged()["strategies"].items()
    }
