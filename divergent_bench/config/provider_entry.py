"""The part of the config on whom to ask, as pydantic models."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, PositiveInt, field_validator, model_validator

from divergent_bench.base.names import closest
from divergent_bench.base.provider_catalogue import find_provider, known_providers
from divergent_bench.config.values import SECRET, Address, InputFile, PathSafeName, Strict

OWN_PLACE = frozenset({"temperature", "seed", "max_tokens", "api_base", "model", "messages"})
KEPT_BY_US = frozenset(
    {"stream", "num_retries", "max_retries", "drop_params", "custom_llm_provider", "base_url"}
    | {"mock_response", "n"}
)
# Names of texts that providers take: prompt_cache_key, stop_tokens.
_NO_SECRET = re.compile(
    r"(^|_)(cache_key|(bos|eos|pad|stop|start|end|mask|special|suppress|bad_words?)_tokens?)$",
    re.IGNORECASE,
)


def _named_secrets(data: object) -> Iterator[str]:
    """Yield the keys, at any depth, that stand for texts and are named like a secret."""
    if isinstance(data, dict):
        for key, value in data.items():
            # Numbers under such names are none: budget_tokens, max_completion_tokens.
            is_named = SECRET.search(str(key)) and not _NO_SECRET.search(str(key))
            if isinstance(value, str | list) and is_named:
                yield str(key)
        data = list(data.values())
    if isinstance(data, list):
        for value in data:
            yield from _named_secrets(value)


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
    stimulus: str | None = Field(
        None, min_length=1, description="rows must be about its stimulus, where the task has any"
    )

    def selection(self) -> dict[str, str | None]:
        """Return the columns as a request names them; `words`, `stimulus` only where there are."""
        later = {"words", "stimulus"}  # than the first requests
        return {k: v for k, v in self.model_dump().items() if v is not None or k not in later}


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
        None, description="ask for the words as JSON instead of free text"
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
        for key in _named_secrets(params):
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
    file: InputFile | None = Field(
        None,
        description="recorded and people: JSONL, JSON, CSV, TSV or a spreadsheet with one answer "
        "(or list) per row, a log of Inspect, or a folder with a text file per answer; "
        "or smollm2-135m, answers that come with the package",
    )
    columns: RecordedColumns = Field(
        default_factory=RecordedColumns, description="recorded and people: which column holds what"
    )
    keep: list[str] = Field(
        default_factory=list,
        description="recorded and people: further columns of the file, as [id, age], that go into "
        "scores.csv and exports",
    )

    @model_validator(mode="after")
    def _check(self) -> "ProviderEntry":
        if (self.model is None) == (self.models is None):
            raise ValueError("needs either `model: NAME` or `models: [NAME, ...]`")
        if self.models and len(self.models) > 1 and self.name:
            raise ValueError("`name` names one model; write it beside each model under `models`")
        provider = find_provider(self.provider)
        if provider.from_file and self.file is None:
            raise ValueError(f"provider {self.provider!r} needs `file:`, a file of answers")
        given = [key for key in ("file", "keep") if getattr(self, key)]
        if given and not provider.from_file:
            with_files = [name for name, other in known_providers().items() if other.from_file]
            raise ValueError(
                f"`{given[0]}` is for the providers {' and '.join(with_files)}, "
                f"not for {self.provider!r}{closest(self.provider, with_files)}"
            )
        for model in (entry.model for entry in self.entries()):
            if provider.models and model not in provider.models:
                raise ValueError(
                    f"there is no {self.provider} {model!r}{closest(model, provider.models)} "
                    f"(known: {', '.join(provider.models)})"
                )
        return self

    def entries(self) -> list[ModelEntry]:
        """Return the models, one entry each."""
        return [
            entry if isinstance(entry, ModelEntry) else ModelEntry(model=entry)
            for entry in self.models or [self.model or ""]
        ]
