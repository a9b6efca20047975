"""The catalogue of providers: all that is known of each by name, in one place.

A provider gives answers. Most are language models that litellm asks; three are ours: generators
(`baseline`), and answers that somebody has already, of models (`recorded`) or of humans (`people`).
Whoever adds one writes an entry here or, in a package of their own, an entry point of the group
`GROUP` that loads a `Provider`. docs/how-to/own-task.md shows it.

Standard library only: the gateway imports this, and so does every command.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, Final, Literal

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import closest

GROUP: Final = "divergent_bench.providers"  # of entry points
DEFAULT_PROVIDER: Final = "openai"  # of models that flags name without one
LANGUAGE_MODELS: Final = "divergent_bench.sampling.providers.llm"

# Whose answers they are. Models compete for ranks; people are compared with them and have no rank;
# baselines are reference lines, which take part in planned contrasts only.
Kind = Literal["model", "people", "baseline"]


def _as_variable(name: str) -> str:
    return name.upper().replace("-", "_")


@dataclass(frozen=True)
class Provider:
    """What is known of a provider.

    Attributes
    ----------
    name
        As configs, paths and tables have it.
    description
        For people; empty for providers that litellm asks.
    kind
        Whose answers it gives.
    module
        Where its function ``answer(request) -> Answer`` is. That of `LANGUAGE_MODELS` has more.
    asks_models
        Whether its answers come from a language model over a network, cost money and time, and so
        belong in the ledger.
    takes_prompts
        Whether strategies and temperatures apply to it.
    from_file
        Whether its answers stand in a file that the config names.
    asked_as
        The provider in its requests, where that is another name than its own.
    models
        All models there are; empty where any name may be one.
    models_in_a_space
        Those of them whose answers depend on a semantic space.
    takes_spaces
        Whether its answers are words that all semantic spaces of the run know.
    default_model
        What is asked where no model is named: a cheap one that takes a temperature.
    has_key
        Whether it has a key of its own, rather than that of a cloud account, or none.
    key_variable
        The environment variable that holds its key, as litellm reads it; empty where it has none.
    max_parallel
        How many requests may be in flight at once where the config does not say.
    first_limits
        ``rpm`` and ``tpm`` that a new, paying account has for one model, at the provider's own
        address. See docs/decisions/0007-pace-and-budget.md.
    litellm_name
        What litellm calls its chat endpoint, where that is another name.
    is_free
        Whether asking it costs nothing: a machine of one's own.
    takes_schema
        Whether its API takes a JSON schema of the answer.
    in_price_table
        Whether litellm can look its models up without asking a server.
    sends_longest_answer
        Whether litellm sends the longest answer of the model where a request names none.
    models_are_known
        Whether litellm's table has all its models, so that another name is a mistake.
    """

    name: str
    description: str = ""
    kind: Kind = "model"
    module: str = LANGUAGE_MODELS
    asks_models: bool = True
    takes_prompts: bool = True
    from_file: bool = False
    asked_as: str = ""
    models: tuple[str, ...] = ()
    models_in_a_space: frozenset[str] = frozenset()
    takes_spaces: bool = False
    default_model: str | None = None
    has_key: bool = True
    key_variable: str = ""
    max_parallel: int = 8
    first_limits: Mapping[str, int] = field(default_factory=dict)
    litellm_name: str = ""
    is_free: bool = False
    takes_schema: bool = True
    in_price_table: bool = True
    sends_longest_answer: bool = False
    models_are_known: bool = False

    def __post_init__(self) -> None:
        variable = self.key_variable or f"{_as_variable(self.name)}_API_KEY"
        for key, value in (
            ("asked_as", self.asked_as or self.name),
            ("litellm_name", self.litellm_name or self.name),
            ("key_variable", variable if self.asks_models and self.has_key else ""),
        ):
            object.__setattr__(self, key, value)

    @property
    def is_ranked(self) -> bool:
        """Whether its models compete for ranks."""
        return self.kind == "model"

    @property
    def is_compared(self) -> bool:
        """Whether tests compare its answers with others, also where no contrast was planned."""
        return self.kind != "baseline"

    def endpoint_variables(self) -> tuple[str, str]:
        """Return the variables that may name another address for it; the first that is set wins."""
        name = _as_variable(self.name)
        return f"{name}_BASE_URL", f"{name}_API_BASE"

    def endpoint(self) -> str | None:
        """Return the address that the environment names for it, as litellm reads it."""
        return next(filter(None, map(os.environ.get, self.endpoint_variables())), None)

    def load(self) -> Any:
        """Import the module that answers for it."""
        return import_module(self.module)


_KNOWN: Final = (
    Provider(
        "baseline",
        description="generators without a language model",
        kind="baseline",
        module="divergent_bench.sampling.providers.baseline",
        asks_models=False,
        takes_prompts=False,
        models=(
            *("random-nouns", "random-nouns-frequent", "random-nouns-medium", "random-nouns-rare"),
            *("random-words", "common-nouns", "nearest", "oracle"),
        ),
        models_in_a_space=frozenset({"random-words", "nearest", "oracle"}),
        takes_spaces=True,
        default_model="random-nouns",
    ),
    Provider(
        "recorded",
        description="answers of models that you already have, from a file",
        module="divergent_bench.design.recorded_answers",
        asks_models=False,
        from_file=True,
    ),
    Provider(
        "people",
        description="lists of humans, from a file",
        kind="people",
        module="divergent_bench.design.recorded_answers",
        asks_models=False,
        from_file=True,
        asked_as="recorded",
    ),
    # Those that litellm asks.
    Provider(
        "openai",
        default_model="gpt-4o-mini",
        first_limits={"rpm": 500, "tpm": 30_000},
        models_are_known=True,
    ),
    Provider(
        "anthropic",
        default_model="claude-haiku-4-5",
        first_limits={"rpm": 50, "tpm": 30_000},
        sends_longest_answer=True,
        models_are_known=True,
    ),
    Provider(
        "gemini",
        default_model="gemini-2.5-flash-lite",
        first_limits={"rpm": 150, "tpm": 1_000_000},
        models_are_known=True,
    ),
    # Its API documents JSON only as {"type": "json_object"}, whatever litellm's table says:
    # https://api-docs.deepseek.com/guides/json_mode
    Provider(
        "deepseek",
        default_model="deepseek-v4-flash",
        takes_schema=False,
        models_are_known=True,
    ),
    Provider(
        "ollama",
        default_model="llama3.1",
        has_key=False,
        max_parallel=2,  # a machine of one's own answers few at a time
        litellm_name="ollama_chat",
        is_free=True,
        in_price_table=False,
    ),
    Provider("azure"),
    Provider("groq"),
    Provider("mistral", default_model="mistral-small-latest", models_are_known=True),
    Provider("openrouter"),
    Provider("together_ai", key_variable="TOGETHERAI_API_KEY"),
    Provider("xai", models_are_known=True),
    # Their keys are those of a cloud account or of a server of one's own.
    Provider("bedrock", has_key=False),
    Provider("hosted_vllm", has_key=False),
    Provider("vertex_ai", has_key=False),
    Provider("huggingface", in_price_table=False),
    Provider("lemonade", has_key=False, in_price_table=False),
)
CATALOGUE: Final = {provider.name: provider for provider in _KNOWN}


def find_provider(name: str) -> Provider:
    """Return a provider by its name.

    A name that is in no catalogue stands for a provider that litellm may know;
    `check_provider` says whether it does.
    """
    return CATALOGUE.get(name) or _plug_ins().get(name) or Provider(name)


def known_providers() -> dict[str, Provider]:
    """Return the providers of the catalogue and those that other packages bring, by name."""
    return CATALOGUE | _plug_ins()


def check_provider(name: str) -> None:
    """Make sure that the catalogue or litellm knows a provider; a UserError names the closest."""
    if name in CATALOGUE or name in _plug_ins() or name in (others := _names_in_litellm()):
        return
    raise UserError(
        f"there is no provider {name!r}{closest(name, [*known_providers(), *others])} "
        "(`divergent-bench list-models` lists them; for a server of your own that speaks "
        "OpenAI's format write provider: openai with an api_base)"
    )


def source_of_litellm(file: str) -> str:
    """Return the text of a file of litellm's, by its path there; to import litellm is slow."""
    from importlib.util import find_spec
    from pathlib import Path

    litellm = find_spec("litellm")
    if litellm is None or litellm.origin is None:
        raise UserError("litellm is missing; install divergent-bench with its dependencies")
    return (Path(litellm.origin).parent / file).read_text(encoding="utf-8")


@cache
def _plug_ins() -> dict[str, Provider]:
    from importlib.metadata import entry_points  # slow, and seldom needed

    return {found.name: found.load() for found in entry_points(group=GROUP)}


@cache
def _names_in_litellm() -> list[str]:
    """Return the providers that litellm lists; its source is read, because to import it is slow."""
    source = source_of_litellm("types/utils.py")
    _, _, rest = source.partition("\nclass LlmProviders(")
    members, *_ = re.split(r"\n(?=\S)", rest, maxsplit=1)
    return sorted(re.findall(r'^    \w+ = "(.+?)"', members, re.MULTILINE))
