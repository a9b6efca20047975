"""The part of the config on prompts of one's own, as a pydantic model."""

import re
from typing import Annotated

from pydantic import Field, model_validator

from divergent_bench.base.errors import UserError
from divergent_bench.config.values import Strict
from divergent_bench.instrument.prompts import Strategy
from divergent_bench.instrument.tasks import DEFAULT, find_task

ALL_STRATEGIES = "all"

Text = Annotated[str, Field(min_length=1)]


class OwnStrategy(Strict):
    """A prompt of your own."""

    text: Text | Annotated[list[Text], Field(min_length=1)] = Field(
        description="the user message, or a list of wordings of it, of which `wordings` says how "
        "many are asked; {rules} stands for the rules, and where the task has stimuli, their slot "
        "({cue}) for that of the sample"
    )
    description: str = ""
    system: str | None = Field(None, description="the system message")
    task: str = Field(DEFAULT, description="the task that it asks for")

    @model_validator(mode="after")
    def _check(self) -> "OwnStrategy":
        try:
            task = find_task(self.task)
        except UserError as error:
            raise ValueError(str(error)) from error
        stimulus = [task.stimulus_slot] if task.stimulus_slot else []
        slots = [f"{{{name}}}" for name in [*task.slots, *stimulus]]
        texts = [self.text] if isinstance(self.text, str) else self.text
        if len(set(texts)) < len(texts):
            raise ValueError("has the same text twice; keep one")
        for slot in re.findall(r"\{[A-Za-z_]+\}", "\n".join(texts)):
            if slot not in slots:
                known = f"only {', '.join(slots)} does" if slots else "its task has no slots"
                raise ValueError(f"{slot} stands for nothing; {known}")
        for slot in (f"{{{name}}}" for name in stimulus):
            if not all(slot in text for text in texts):
                raise ValueError(f"lacks {slot}, for which the {task.stimulus_slot} is filled in")
        return self

    def strategy(self, name: str) -> Strategy:
        """Return the prompt under its name."""
        return find_task(self.task).strategy(name, **self.model_dump(exclude={"task"}))
