"""Which parameters a model accepts, by litellm's own mapping."""

import logging
from dataclasses import dataclass

from divergent_bench.base.requests import Request
from divergent_bench.instrument.tasks import DEFAULT, find_task
from divergent_bench.sampling.providers.llm.faults import ModelRefusedError
from divergent_bench.sampling.providers.llm.sending import (
    _asked,
    _mapped,
    _new_leaf,
    _takes_format,
    _without,
)

_TEMPERATURE = 0.7  # some models take their own temperature only, which is 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """Whether a model is sent a temperature, a seed, and a schema of its answer."""

    temperature: bool
    seed: bool
    structured: bool


def accepted(provider: str, model: str) -> Accepted | None:
    """Return what really goes out to a model, whether or not its key is set; loads litellm.

    None where litellm cannot say.
    """
    request: Request = {
        "provider": provider,
        "model": model,
        "api_base": None,
        "messages": [],
        "temperature": _TEMPERATURE,
        "seed": 0,
        "max_tokens": None,
        "structured": find_task(DEFAULT).response_schema,
        "params": {},
    }
    logging.getLogger("LiteLLM").setLevel(logging.ERROR)  # it warns of models soon to be removed
    asked = _asked(request, seed=1)
    plain = _without(asked, "response_format")
    try:
        mapped = _mapped(request, plain)
        temperature, seed = (
            bool(_new_leaf(mapped, _mapped(request, _without(plain, name))))
            for name in ("temperature", "seed")
        )
        return Accepted(temperature, seed, _takes_format(request, asked))
    except ModelRefusedError:
        return None
