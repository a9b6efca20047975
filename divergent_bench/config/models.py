"""The config as pydantic models: the one source of its keys, defaults, checks and descriptions."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    PositiveInt,
    PrivateAttr,
    field_validator,
    model_validator,
)

from divergent_bench.base.names import (
    BASELINE_MODELS,
    NOT_APPLICABLE,
    closest,
    slug,
)
from divergent_bench.base.requests import RECORDED
from divergent_bench.config.analysis import Analysis, Output
from divergent_bench.config.notify import Notify
from divergent_bench.config.proxy_entry import ProxyEntry
from divergent_bench.config.values import (
    Address,
    MaybeTemperature,
    PathSafeName,
    Strict,
    Switch,
)
from divergent_bench.instrument.prompts import RULES_PLACEHOLDER, Strategy, builtin_strategies

ALL_STRATEGIES = "all"
# See docs/decisions/0006-jobs-and-seeds.md for the measurements behind it.
SMALL_GRID = 200  # samples
SAMPLES_PER_JOB = (1, 10, 100)

OWN_PLACE = frozenset({"temperature", "seed", "max_tokens", "api_base", "model", "messages"})
KEPT_BY_US = frozenset(
    {"stream", "num_retries", "max_retries", "drop_params", "custom_llm_provider", "base_url"}
    | {"mock_response", "n"}
)


SECRET = re.compile(
    r"(^|[_-])(key|token|secret|password|authorization|credential)s?$", re.IGNORECASE
)


def _nested_keys(data: object) -> Iterator[object]:
    if isinstance(data, dict):
        yield from data
        data = list(data.values())
    if isinstance(data, list):
        for value in data:
            yield from _nested_keys(value)


Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]


class RecordedColumns(Strict):
    """Which columns of a file of recorded answers hold what; null: do not select by it."""

    response: str = Field("response", description="the answer as it was given")
    words: str | None = Field(
        None,
        min_length=1,
        description="instead of `response`, columns of one word each, as a pattern: word*",
    )
    model: str | None = Field("model", description="rows must name the model of the condition")
    strategy: str | None = Field("strategy", description="rows must name its strategy")
    temperature: str | None = Field("temperature", description="rows must have its temperature")

    def selection(self) -> dict[str, str | None]:
        """Return the columns as a request names them; `words` only where there are such."""
        columns = self.model_dump()
        return columns if self.words else {k: v for k, v in columns.items() if k != "words"}


class Price(Strict):
    """The price of a model."""

    input: Annotated[float, Field(ge=0)] = Field(description="USD per million tokens of prompt")
    output: Annotated[float, Field(ge=0)] = Field(description="USD per million tokens of answer")


class ModelSettings(Strict):
    """What may be set for all models of a provider entry or for one of them."""

    name: PathSafeName | None = Field(
        None, description="how paths, tables and figures call the model (default: its own name)"
    )
    api_base: Address | None = Field(None, description="base URL of an endpoint of your own")
    max_parallel: PositiveInt | None = Field(
        None, description="requests in flight at once: to the provider, or to one model of it"
    )
    rpm: PositiveInt | None = Field(None, description="requests per minute, likewise")
    tpm: PositiveInt | None = Field(
        None, description="tokens per minute, of prompts and answers, likewise"
    )
    price: Price | None = Field(
        None, description="what tokens cost, where litellm's table does not say or is wrong"
    )
    max_tokens: PositiveInt | None = Field(None, description="longest answer, in tokens")
    structured: bool | None = Field(
        None, description="ask for the ten words as JSON instead of free text"
    )
    params: dict[str, Any] = Field(
        default_factory=dict, description="further parameters of the request, as litellm takes them"
    )

    @field_validator("params")
    @classmethod
    def _only_of_the_request(cls, params: dict[str, Any]) -> dict[str, Any]:
        for key in params:
            if key in OWN_PLACE:
                raise ValueError(f"{key!r} has a place of its own in the config; take it out here")
            if key in KEPT_BY_US:
                raise ValueError(f"{key!r} is not for configs: the gateway sets it; take it out")
        for key in map(str, _nested_keys(params)):
            if SECRET.search(key):
                raise ValueError(f"{key!r} looks like a secret; keys live in the environment only")
        return params


class ModelEntry(ModelSettings):
    """One model with settings of its own."""

    model: str = Field(min_length=1, description="the name the provider knows it by")


class ProviderEntry(ModelSettings):
    """A provider and the models to ask there."""

    provider: PathSafeName = Field(
        description="openai, anthropic, gemini, ollama, deepseek, openrouter, any other that "
        "litellm knows; or baseline (generators without a language model), "
        "or recorded (answers of models that you already have), or people (lists of humans)"
    )
    model: str | None = Field(None, min_length=1, description="one model")
    models: list[str | ModelEntry] | None = Field(None, min_length=1, description="several models")
    file: str | None = Field(
        None, description="recorded and people: JSONL, CSV or TSV with one answer (or list) per row"
    )
    columns: RecordedColumns = Field(
        default_factory=RecordedColumns, description="recorded and people: which column holds what"
    )

    @model_validator(mode="after")
    def _check(self) -> "ProviderEntry":
        if (self.model is None) == (self.models is None):
            raise ValueError("needs either `model: NAME` or `models: [NAME, ...]`")
        if self.models and len(self.models) > 1 and self.name:
            raise ValueError("`name` names one model; write it beside each model under `models`")
        if self.provider in RECORDED and self.file is None:
            raise ValueError(f"provider {self.provider!r} needs `file:`, a file of answers")
        if self.provider not in RECORDED and self.file is not None:
            hint = closest(self.provider, RECORDED)
            raise ValueError(
                f"`file` is for the providers recorded and people, not for {self.provider!r}{hint}"
            )
        if self.provider == "baseline":
            for entry in self.entries():
                if entry.model not in BASELINE_MODELS:
                    hint = closest(entry.model, BASELINE_MODELS)
                    raise ValueError(
                        f"there is no baseline {entry.model!r}{hint} "
                        f"(known: {', '.join(BASELINE_MODELS)})"
                    )
        return self

    def entries(self) -> list[ModelEntry]:
        """Return the models, one entry each."""
        return [
            entry if isinstance(entry, ModelEntry) else ModelEntry(model=entry)
            for entry in self.models or [self.model or ""]
        ]


class SampleSettings(Strict):
    """What an experiment may set and `defaults` may set for all of them."""

    samples: PositiveInt | Literal["all"] | None = Field(
        None,
        description="answers per condition, seeds 0 to samples - 1; "
        "'all' takes every recorded answer there is",
    )
    temperature: MaybeTemperature = None
    max_tokens: PositiveInt | None = Field(None, description="longest answer, in tokens")
    structured: bool | None = Field(None, description="ask for JSON instead of free text")


class Defaults(SampleSettings):
    """Settings for every experiment that does not set its own."""

    samples: PositiveInt | Literal["all"] = 10
    temperature: MaybeTemperature = 0.7
    structured: bool = False
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


class OwnStrategy(Strict):
    """A prompt of your own."""

    text: str = Field(min_length=1, description="the user message; {rules} stands for the rules")
    description: str = ""
    system: str | None = Field(None, description="the system message")

    @field_validator("text")
    @classmethod
    def _known_placeholders(cls, text: str) -> str:
        for placeholder in re.findall(r"\{[A-Za-z_]+\}", text):
            if placeholder != RULES_PLACEHOLDER:
                raise ValueError(f"{placeholder} stands for nothing; only {RULES_PLACEHOLDER} does")
        return text


class Config(Strict):
    """A benchmark of divergent thinking."""

    name: str = Field(min_length=1, description="names the results: results/{name}")
    description: str = ""
    defaults: Defaults = Field(default_factory=Defaults)
    experiments: list[Experiment] = Field(min_length=1)
    strategies: dict[PathSafeName, OwnStrategy] = Field(
        default_factory=dict, description="prompts of your own, by name"
    )
    budget_usd: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="what this config may spend, in all its runs: no request is sent that could "
        "pass it; null for no limit",
    )
    fresh: Switch = Field(
        False,
        exclude=True,
        description="ask again for whatever is due, also where the ledger has an answer; meant for "
        "one run: --config fresh=true",
    )
    partial: Switch = Field(
        False,
        exclude=True,
        description="ask nobody and analyse the samples that are there; where some are missing, "
        "into a directory of its own (partial); meant for one run: --config partial=true",
    )
    gateway: ProxyEntry | None = Field(
        None, description="a proxy between this machine and the providers; null for none"
    )
    seeds_per_job: PositiveInt | Literal["auto"] = Field(
        "auto",
        description="the most samples that a job collects, each into its own file: 1, 10 or 100, "
        "and of another number the nearest of these; auto is 1 up to "
        f"{SMALL_GRID:,} samples and 100 above",
    )
    analysis: Analysis = Field(default_factory=Analysis)
    output: Output = Field(default_factory=Output)
    notify: Notify | None = Field(
        None, description="who is told how a run ended; {} for the defaults, null for nobody"
    )
    _sources: tuple[Path, ...] = PrivateAttr(())

    @field_validator("name")
    @classmethod
    def _names_a_directory(cls, name: str) -> str:
        if not slug(name):
            raise ValueError("needs at least one letter or digit (A-Z, 0-9): it names a directory")
        if slug(name).casefold() == "ledger":
            raise ValueError("'ledger' is where paid answers are kept; choose another name")
        return name

    @field_validator("strategies")
    @classmethod
    def _free_names(cls, own: dict[str, OwnStrategy]) -> dict[str, OwnStrategy]:
        for name in own:
            if name in {*builtin_strategies(), ALL_STRATEGIES, NOT_APPLICABLE}:
                raise ValueError(f"{name!r} is the name of a built-in; choose another")
        return own

    def all_strategies(self) -> dict[str, Strategy]:
        """Return the built-in strategies and those of the config, by name."""
        own = {
            name: Strategy(name=name, **strategy.model_dump())
            for name, strategy in self.strategies.items()
        }
        return builtin_strategies() | own

    def sampling_json(self) -> str:
        """Return, as JSON, the part of the config that decides what is sampled, and where."""
        shared = {"name", "defaults", "experiments", "strategies"}
        part = self.model_dump(mode="json", include=shared, exclude_unset=True) | {
            "output": self.output.model_dump(include={"directory"}),
            "analysis": self.analysis.model_dump(include={"spaces"}),  # the oracle looks at one
        }
        return json.dumps(part, ensure_ascii=False)

    def table_suffixes(self) -> list[str]:
        """Return the suffixes of the copies of the tables, beside CSV."""
        chosen = self.output.format
        formats = [chosen] if isinstance(chosen, str) else chosen
        return [{"json": "json", "markdown": "md"}[name] for name in formats if name != "csv"]

    def job_size(self, samples: int) -> int:
        """Return how many samples a job collects at most, where the config has so many in all."""
        if self.seeds_per_job == "auto":
            return SAMPLES_PER_JOB[0 if samples <= SMALL_GRID else -1]
        wanted = self.seeds_per_job
        return min(SAMPLES_PER_JOB, key=lambda size: abs(size - wanted))

    def results(self) -> Path:
        """Return the directory of the results."""
        return Path(self.output.directory.replace("{name}", slug(self.name)))
