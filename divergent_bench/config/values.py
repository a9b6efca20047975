"""Kinds of values that several parts of the config hold."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from divergent_bench.names import is_path_safe


def _path_safe(name: str) -> str:
    if not is_path_safe(name):
        raise ValueError(
            "takes letters, digits and . _ + - only, and starts with a letter or digit"
        )
    return name


def _positive_zero(temperature: float) -> float:
    return temperature + 0.0  # -0.0 and 0.0 are one condition


def _truth(value: object) -> object:
    # Snakemake hands over `--config fresh=true` as text.
    named = {"true": True, "false": False}
    return named.get(value.lower(), value) if isinstance(value, str) else value


PathSafeName = Annotated[str, AfterValidator(_path_safe)]
Switch = Annotated[bool, BeforeValidator(_truth)]
Temperature = Annotated[float, Field(ge=0, le=2), AfterValidator(_positive_zero)]
MaybeTemperature = Annotated[
    Temperature | None, Field(description="0 to 2, or null to leave it to the model")
]


class Strict(BaseModel):
    """Unknown keys are mistakes, and values are not bent into other types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
