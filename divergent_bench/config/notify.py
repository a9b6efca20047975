"""The part of the config on who is told how a run ended, as a pydantic model."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from divergent_bench.config.values import Strict

Event = Literal["complete", "failed", "budget"]
VARIABLE = "APPRISE_URLS"  # what the command `apprise` reads, too


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):  # perhaps a token: it is not quoted
        raise ValueError(f"is no name of an environment variable, such as {VARIABLE}")
    return name


class Notify(Strict):
    """Who is told how a run ended: e-mail, Slack and whatever else apprise knows."""

    # Not `on`, which YAML reads as true.
    events: list[Event] = Field(
        default=["complete", "failed", "budget"],
        min_length=1,
        description="what is worth a notification: every sample is there, samples or results are "
        "missing, or nothing but the budget stopped it",
    )
    variables: list[Annotated[str, AfterValidator(_variable)]] = Field(
        default=[VARIABLE],
        min_length=1,
        description="names of environment variables that hold apprise's URLs "
        "(https://github.com/caronc/apprise/wiki), each one or several",
    )

    @model_validator(mode="before")
    @classmethod
    def _no_urls(cls, given: Any) -> Any:
        # Before any other check, whose complaint would quote it.
        if "://" in str(given):
            raise ValueError(
                "holds a URL, which is a secret, and secrets live in the environment only; put it "
                f"into {VARIABLE} there. `variables` names others than that one"
            )
        return given
