"""Keys and endpoints: in the environment, and nowhere else.

Standard library only: the sampling hot path imports this.
"""

import os
from functools import cache

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    import re
    from typing import Any

PROXY_KEY = "LITELLM_PROXY_API_KEY"  # litellm's own name for it
_CREDENTIAL_ENDINGS = tuple(
    f"{word}{plural}"
    for word in ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "_API_BASE", "_BASE_URL")
    for plural in ("", "S")
)
_SHORTEST_KEY = 8  # characters; what is shorter may be a word of any text
# As providers make them. Digits, or a length that no word has, tell them from words like sk-learn.
_DIGIT = r"(?=[\w-]*\d)"
_KEYS = (
    r"sk-(?:ant|proj|svcacct|admin|or|live|test)-[\w-]{12,}",  # Anthropic, OpenAI, OpenRouter
    rf"sk-{_DIGIT}[\w-]{{16,}}",  # OpenAI, DeepSeek, LiteLLM
    r"sk-[A-Za-z]{20,}",
    r"AIza[\w-]{20,}",  # Google
    r"(?:gsk|hf|r8)_[A-Za-z0-9]{16,}",  # Groq, Hugging Face, Replicate
    r"(?:xai|pplx)-[A-Za-z0-9]{16,}",
    r"(?:ghp|gho|ghs|github_pat)_\w{20,}",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",  # AWS
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}",  # a web token (JWT)
    r"[Bb]earer\s+(?=[^\s\"',;]*\d)[\w.~+/=-]{16,}",
)


def credentials() -> dict[str, str]:
    """Return the environment variables that hold keys and endpoints, by name."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.endswith(_CREDENTIAL_ENDINGS) and value
    }


def redact(text: str) -> str:
    """Return `text` without any key of the environment, or what looks like one of a provider."""
    by_length = sorted(credentials().items(), key=lambda each: -len(each[1]))
    for name, value in by_length:  # one may begin with another
        if len(value) >= _SHORTEST_KEY and "://" not in value:
            text = text.replace(value, f"[{name}]")
    return _looks_like_a_key().sub("[key]", text)


def holds_a_key(text: str) -> bool:
    """Say whether a text holds a key of the environment, or what looks like one of a provider."""
    return redact(text) != text


def redacted(data: "Any") -> "Any":
    """Return JSON data with every text of it as `redact` returns it."""
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, list):
        return [redacted(value) for value in data]
    if isinstance(data, dict):
        return {redact(key): redacted(value) for key, value in data.items()}
    return data


def is_on_this_machine(url: str | None) -> bool:
    """Say whether an address is on loopback: what listens there is the user's own."""
    from ipaddress import ip_address  # slow to import, and not needed by the jobs
    from urllib.parse import urlsplit

    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def without_password(url: str) -> str:
    """Return an address as it may be shown: without a name, a password and what stands after ?."""
    from urllib.parse import urlsplit  # slow to import, and not needed by the jobs

    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "not a URL"
    whole = parts.scheme and parts.hostname
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}" if whole else "not a URL"


@cache
def _looks_like_a_key() -> "re.Pattern[str]":
    import re  # slow to import, and not needed by the jobs

    # Whole words alone: a text in base64 may hold any of these somewhere.
    return re.compile(rf"(?<![\w+-])(?:{'|'.join(_KEYS)})(?!\w)", re.ASCII)
