"""The parts of the config on what is asked, as pydantic models."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt, model_validator

from divergent_bench.config.provider_entry import ProviderEntry
from divergent_bench.config.values import InputFile, MaybeTemperature, Stimulus, Strict

Stimuli = Annotated[list[Stimulus], Field(min_length=1)] | InputFile
ForTasks = Stimuli | Annotated[dict[str, Stimuli], Field(min_length=1)]  # for one, or by name
MOST_SAMPLES = 1_000_000  # of a config; each is a file, and a job of Snakemake looks at it
Samples = Annotated[int, Field(ge=1, le=MOST_SAMPLES)]
Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]


class SampleSettings(Strict):
    """What an experiment may set and `defaults` may set for all of them."""

    samples: Samples | Literal["all"] | None = Field(
        None,
        description="answers per condition (and stimulus), seeds 0 to samples - 1; "
        "'all' takes every recorded answer there is",
    )
    temperature: MaybeTemperature = None
    max_tokens: PositiveInt | None = Field(None, description="longest answer, in tokens")
    structured: bool | None = Field(None, description="ask for JSON instead of free text")
    wordings: PositiveInt | None = Field(
        None,
        description="in how many of its wordings each strategy is asked; which one a sample gets "
        "follows from its seed (seed mod wordings), so that all models get the same ones",
    )
    stimuli: ForTasks | None = Field(
        None,
        description="what the prompts are asked about, where their task has stimuli, such as cue "
        "words: a list, or a text file with one per line (default: those that come with the task); "
        "each gets `samples` answers. Where several tasks have stimuli, those of each by its name",
    )


class Defaults(SampleSettings):
    """Settings for every experiment that does not set its own."""

    samples: Samples | Literal["all"] = 10
    temperature: MaybeTemperature = 0.7
    structured: bool = False
    wordings: PositiveInt = 1
    output_format: Literal["json"] = Field("json", description="of a sample: always JSON")
    save_intermediate: Literal[True] = Field(
        True, description="every sample is kept in a file of its own; this cannot be turned off"
    )


class Experiment(SampleSettings):
    """A block of the grid: every model with every strategy at every temperature."""

    name: str = Field(min_length=1, description="for people; conditions are shared across blocks")
    description: str = ""
    providers: list[ProviderEntry] = Field(min_length=1)
    strategies: list[str] = Field(
        default=["none"], min_length=1, description="names of strategies, or [all]"
    )
    temperatures: list[MaybeTemperature] | None = Field(None, min_length=1)
    seeds: Seeds | None = Field(None, description="these seeds instead of 0 to samples - 1")

    @model_validator(mode="after")
    def _check(self) -> "Experiment":
        if self.temperatures is not None and "temperature" in self.model_fields_set:
            raise ValueError("has both `temperature` and `temperatures`; keep one")
        if self.seeds is not None and self.samples is not None:
            raise ValueError("has both `samples` and `seeds`; keep one")
        return self
