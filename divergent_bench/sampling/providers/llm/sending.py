"""The parameters that are really sent for a request, after litellm's mapping for the provider."""

import json
import os
from dataclasses import dataclass, replace
from typing import Any

from divergent_bench.base.credentials import is_on_this_machine
from divergent_bench.base.policy import Route
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.requests import Request, label
from divergent_bench.sampling.providers.llm import proxy
from divergent_bench.sampling.providers.llm.faults import ModelRefusedError, message_of
from divergent_bench.sampling.providers.llm.loading import (
    litellm_provider,
    load_litellm,
    table_entry,
)
from divergent_bench.sampling.providers.llm.steering import steering

# What litellm's mapping says to litellm itself, or fills in without sending it.
_NOT_SENT = frozenset({"stream", "fake_stream", "json_mode"})
NAMES_OF_MOST_TOKENS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict")
_SEED_PROBE = 123_456_789


@dataclass(frozen=True)
class Outgoing:
    """What really goes out for a request."""

    # temperature, seed and max_tokens, None where they are not sent, and whether structured output
    # is asked for; behind a proxy its address and the name of the model there, too.
    sent: dict[str, Any]
    parameters: dict[str, Any]  # all, as litellm maps them for the provider; a proxy does the same
    keyless: bool = False  # asked without a key: what listens on this machine may need none


# What goes out for all requests that differ in the seed alone, and the path to the seed in its
# parameters, which is empty where no seed is sent.
_templates: dict[object, tuple[Outgoing, tuple[str, ...]]] = {}


def check(request: Request, route: Route | None = None) -> Outgoing:
    """Return what will really be sent, after litellm's own mapping.

    A missing key (a proxy has it), or something that the model does not take, is a
    ModelRefusedError. A seed or a schema that it cannot take is not: that is left out, and the
    sample's record says so.
    """
    key = _template_key(request, route)
    if key not in _templates:
        _templates[key] = _template(request, route)
    template, seed_path = _templates[key]
    if not seed_path:
        return template
    seed = request["seed"]
    return replace(
        template,
        sent={**template.sent, "seed": seed},
        parameters=_with_leaf(template.parameters, seed_path, seed),
    )


def arguments(request: Request, outgoing: Outgoing, route: Route | None) -> dict[str, Any]:
    """Return what litellm is asked for, unmapped, so that `outgoing` goes out."""
    asked = _asked(request, request["seed"])
    if not outgoing.sent["structured"]:
        asked = _without(asked, "response_format")
    if route:
        return proxy.addressed(route, asked)
    return {
        **asked,
        "model": request["model"],
        "custom_llm_provider": litellm_provider(request),
        "api_base": request["api_base"],
        **({"api_key": proxy.NO_KEY} if outgoing.keyless else {}),
    }


def _template_key(request: Request, route: Route | None) -> object:
    provider, params, structured = request["provider"], request["params"], request["structured"]
    return (
        provider,
        request["model"],
        request["api_base"],
        request["temperature"],
        request["seed"] is None,
        request["max_tokens"],
        json.dumps(structured) if structured else None,
        json.dumps(params) if params else None,
        route or find_provider(provider).key_variable in os.environ,
    )


def _template(request: Request, route: Route | None) -> tuple[Outgoing, tuple[str, ...]]:
    keys = [] if route else _missing_keys(request)
    if keys and not is_on_this_machine(request["api_base"]):
        raise ModelRefusedError(
            f"{label(request)} needs a key: set {' or '.join(keys)} in the environment "
            f"(export {keys[0]}=...)",
            whole_model=True,
            cause="no_key",
        )
    if orders := steering(request, route):
        raise ModelRefusedError(
            f"{label(request)}: {', '.join(orders)} would tell litellm where to send a request, "
            "or to do something else with it; take it out of `params` (a parameter of that name "
            "that the provider has goes below `extra_body`)"
        )
    asked = _asked(request, _SEED_PROBE)
    structured = "response_format" in asked and _takes_format(request, asked)
    if not structured:
        asked = _without(asked, "response_format")
    mapped = _mapped(request, asked)
    sent: dict[str, Any] = {
        "temperature": _sent_temperature(
            request, mapped, _mapped(request, _without(asked, "temperature"))
        ),
        "seed": None,
        "structured": structured,
        "max_tokens": _sent_max_tokens(request, mapped),
    }
    if route:
        sent["proxy"] = route._asdict()
    seed_path = _new_leaf(mapped, _mapped(request, _without(asked, "seed")))
    return Outgoing(sent, mapped, keyless=bool(keys)), seed_path


def _asked(request: Request, seed: int | None = None) -> dict[str, Any]:
    optional = {
        "temperature": request["temperature"],
        "seed": None if request["seed"] is None else seed,
        "max_tokens": request["max_tokens"],
        "response_format": request["structured"] or None,
    }
    given = {k: v for k, v in optional.items() if v is not None}
    return given | _without(request["params"], "timeout")


def _mapped(request: Request, asked: dict[str, Any]) -> dict[str, Any]:
    litellm = load_litellm()
    try:
        mapped: dict[str, Any] = litellm.utils.get_optional_params(
            model=request["model"],
            custom_llm_provider=litellm_provider(request),
            drop_params=True,
            **asked,
        )
    except Exception as error:
        raise ModelRefusedError(f"{label(request)}: {message_of(error)}") from error
    return {k: v for k, v in mapped.items() if k not in _NOT_SENT and v != {}}


def _takes_format(request: Request, asked: dict[str, Any]) -> bool:
    schema = asked["response_format"]
    is_schema = isinstance(schema, dict) and schema.get("type") == "json_schema"
    provider, model = find_provider(request["provider"]), request["model"]
    if is_schema and not provider.takes_schema:
        return False
    known = table_entry(provider.name, model)
    if known and not load_litellm().supports_response_schema(model, provider.litellm_name):
        return False
    return _mapped(request, asked) != _mapped(request, _without(asked, "response_format"))


def _sent_temperature(
    request: Request, mapped: dict[str, Any], bare: dict[str, Any]
) -> float | None:
    # Where litellm sends a temperature of its own, as for some Gemini models, both have one.
    path = _new_leaf(mapped, bare) or ("temperature",)
    sent: float | None = _leaf(mapped, path)
    temperature = request["temperature"]
    if temperature is not None and sent is None:
        raise ModelRefusedError(
            f"{label(request)} takes no temperature of {temperature:g}; "
            "write `temperature: null` for it, in an experiment of its own",
            cause="temperature",
        )
    return sent


def _sent_max_tokens(request: Request, mapped: dict[str, Any]) -> int | None:
    for name in NAMES_OF_MOST_TOKENS:
        if name in mapped:
            return int(mapped[name])
    return default_max_tokens(request)


def default_max_tokens(request: Request) -> int | None:
    """Return the longest answer that litellm asks for where the request says nothing of it."""
    if not find_provider(request["provider"]).sends_longest_answer:
        return None
    most: int = load_litellm().AnthropicConfig.get_max_tokens_for_model(request["model"])
    return most


def _without(asked: dict[str, Any], name: str) -> dict[str, Any]:
    return {k: v for k, v in asked.items() if k != name}


def _new_leaf(mapped: dict[str, Any], bare: dict[str, Any]) -> tuple[str, ...]:
    """Return the path to a value in `mapped` that `bare` lacks, or () where there is none."""
    for key, value in mapped.items():
        if isinstance(value, dict):
            if path := _new_leaf(value, bare.get(key) or {}):
                return (key, *path)
        elif key not in bare or bare[key] != value:
            return (key,)
    return ()


def _leaf(mapped: dict[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = mapped
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _with_leaf(mapped: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    key, *rest = path
    return {**mapped, key: _with_leaf(mapped[key], tuple(rest), value) if rest else value}


def _missing_keys(request: Request) -> list[str]:
    found = load_litellm().validate_environment(
        f"{litellm_provider(request)}/{request['model']}", api_base=request["api_base"]
    )
    # Other credentials, as those of a cloud account, may come from elsewhere than the environment.
    return [name for name in found["missing_keys"] if name.endswith("_API_KEY")]
