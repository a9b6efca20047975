"""Which proxy requests go to, where several machines share one."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from divergent_bench.base.credentials import PROXY_KEY
from divergent_bench.config.values import Strict


def _address_of_a_proxy(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is no address of a proxy; write it like http://proxy:4000")
    if "@" in parts.netloc:
        raise ValueError(
            "holds a name or a password; take it out: the key of the proxy lives in the "
            f"environment only, as {PROXY_KEY}"
        )
    if parts.query or parts.fragment:
        raise ValueError("has something after ? or #; write the address of the proxy alone")
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


class ProxyEntry(Strict):
    """A LiteLLM proxy between this machine's gateway and the providers."""

    url: Annotated[str, AfterValidator(_address_of_a_proxy)] = Field(
        description="of a LiteLLM proxy that every request to a language model goes to, for limits "
        f"and budgets over several machines; its key is read from {PROXY_KEY}"
    )
    models: dict[str, str] = Field(
        default_factory=dict,
        description="what the proxy calls a model, where that is not provider/model: "
        "{openai/gpt-4o: our-gpt}",
    )
