"""Keys and endpoints: in the environment, and nowhere else.

Standard library only: the sampling hot path imports this.
"""

import os

PROXY_KEY = "LITELLM_PROXY_API_KEY"  # litellm's own name for it
_CREDENTIAL_ENDINGS = tuple(
    f"{word}{plural}"
    for word in ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "_API_BASE", "_BASE_URL")
    for plural in ("", "S")
)


def credentials() -> dict[str, str]:
    """Return the environment variables that hold keys and endpoints, by name."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.endswith(_CREDENTIAL_ENDINGS) and value
    }


def redact(text: str) -> str:
    """Return `text` without any key of the environment in it."""
    for name, value in credentials().items():
        if len(value) >= 8 and "://" not in value:
            text = text.replace(value, f"[{name}]")
    return text
