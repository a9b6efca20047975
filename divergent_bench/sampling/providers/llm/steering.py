"""Parameters that litellm takes as its own orders, and that are no part of a request.

Somebody else may have written a config, and these could send its prompts and keys elsewhere. The
list is ours: those of litellm's versions differ, and an older one would let through what it has
no name for but does all the same. tests/unit/test_llm.py compares it with the installed version.
"""

import re
from typing import Final

from divergent_bench.base.policy import Route
from divergent_bench.base.requests import Request

_NAMES: Final = frozenset(
    # How it connects, and in whose name.
    {"api_key", "azure", "client", "client_id", "client_secret", "headers", "shared_session"}
    | {"ssl_verify", "ssl_certificate", "tenant_id", "use_client", "use_xai_oauth"}
    | {"use_in_pass_through", "configurable_clientside_auth_params", "data_residency"}
    | {"provider_specific_header", "provider_affinity_header", "fireworks_forward_user_id"}
    | {"allowed_model_region", "custom_llm_provider", "keepalive_seconds", "secret_fields"}
    | {"allow_client_keepalive_override", "client_side_timeout", "proxy_server_request"}
    # Another model, another way to ask it, or another answer.
    | {"attempted_targets", "base_model", "complete_response", "deployment_id", "fastest_response"}
    | {"hf_model_name", "model_alias_map", "model_config", "model_file_id_mapping", "model_info"}
    | {"model_list", "order", "routing_strategy", "rust", "search_tool_name", "silent_model"}
    | {"text_completion", "weight", "max_agentic_loops", "allm_passthrough_route", "base_url"}
    | {"acompletion", "aembedding", "aimg_generation", "atext_completion", "async_call", "self"}
    # Changes of what is sent or came.
    | {"assistant_continue_message", "user_continue_message", "ensure_alternating_roles"}
    | {"bos_token", "eos_token", "roles", "custom_prompt_dict", "final_prompt_value", "guardrails"}
    | {"disable_add_transform_inline_image_block", "enable_json_schema_validation"}
    | {"enable_prompt_caching", "output_vector_size", "stream_response", "stream_chunk_size"}
    | {"prompt_environment", "prompt_id", "prompt_label", "prompt_variables", "prompt_version"}
    # Its cache, pace, budget, log.
    | {"cache", "cache_key", "caching", "caching_groups", "preset_cache_key", "ttl"}
    | {"budget_duration", "cooldown_time", "max_budget", "max_file_size_mb"}
    | {"default_api_key_rpm_limit", "default_api_key_tpm_limit", "itpm", "otpm", "rpm", "tpm"}
    | {"max_parallel_requests"}
    | {"bedrock_tags", "completion_call_id", "enable_tag_filtering", "id", "logger_fn", "no-log"}
    | {"log_client_error_tracebacks", "tag_regex", "tags", "tiered_pricing", "verbose"}
    | {"turn_off_message_logging"}
)
_FAMILIES: Final = re.compile(
    r"^_|^litellm_|_litellm_|fallback|_router_|interception|(^|_)(retry|retries)(_|$)"
    r"|(^|_)(url|endpoint|host|base|file|callbacks?|callback_vars)$|^mock_|_timeout(_|$)"
    r"|(^|_)cost_per_|_token_cost|_uplift_|^(s3|gcs|arize|dd|humanloop|langfuse|langsmith)_"
    r"|^(newrelic|posthog|signoz|wandb|weave)_|^azure_"
    r"|^(anthropic|openai)_(disable|federation|identity|issuer|keycloak|organization|service)_"
    r"|^aws_(batch|web_identity)_|^timeout_|^use_litellm|credential"
)


def steering(request: Request, route: Route | None) -> list[str]:
    """Return the parameters of a request that would tell litellm what to do."""
    names = [*request["params"]]
    if route:  # a proxy is a litellm as well, and reads this
        names += request["params"].get("extra_body") or {}
    return [name for name in names if name in _NAMES or _FAMILIES.search(name)]
