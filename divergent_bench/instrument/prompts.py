"""Strategies: the named prompts of a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Strategy:
    """A named prompt, which may have several wordings that mean the same."""

    name: str  # as configs, paths and tables have it
    task: str  # the name of the task that it asks for
    # The user message, in which {slot} stands for the text of a slot; a list where there are
    # several wordings of it.
    text: str | Sequence[str]
    slots: Mapping[str, str] = field(default_factory=dict)  # shared by all prompts of the task
    description: str = ""  # one sentence for people
    system: str | None = None  # the system message, where there is one
    stimulus_slot: str = ""  # the slot that the stimulus of a sample fills, where the task has any

    @property
    def texts(self) -> Sequence[str]:
        """The wordings of the user message."""
        return [self.text] if isinstance(self.text, str) else self.text

    def messages(self, wording: int = 0, stimulus: str | None = None) -> list[dict[str, str]]:
        """Return the chat messages that ask a model for one answer, in one of the wordings.

        Without a `stimulus` its slot stays as it is.
        """
        text = self.texts[wording]
        for name, content in self.slots.items():
            text = text.replace(f"{{{name}}}", content)
        if stimulus is not None:  # last, as what it holds is nobody's slot
            text = text.replace(f"{{{self.stimulus_slot}}}", stimulus)
        user = {"role": "user", "content": text}
        return [{"role": "system", "content": self.system}, user] if self.system else [user]


def word_list_schema(name: str) -> dict[str, Any]:
    """Return what asks a provider for JSON that has a list of ``words``; `name` is for people."""
    return {
        "type": "json_schema",
        "json_schema": {
            "name": name,
            "strict": True,
            "schema": {
                "type": "object",
                "properties": {"words": {"type": "array", "items": {"type": "string"}}},
                "required": ["words"],
                "additionalProperties": False,
            },
        },
    }


def read_prompts(file: Path) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Read the prompts of a task from YAML: its ``slots``, and its ``strategies`` by name."""
    import yaml  # slow, and not needed to show help

    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content["slots"], content["strategies"]
