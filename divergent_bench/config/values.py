"""Kinds of values that several parts of the config hold."""

import re
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from divergent_bench.base.names import in_one_line, is_path_safe, printable


def _path_safe(name: str) -> str:
    if not is_path_safe(name):
        raise ValueError(
            "takes letters, digits and . _ + - only, and starts with a letter or digit"
        )
    return name


def _positive_zero(temperature: float) -> float:
    return temperature + 0.0  # -0.0 and 0.0 are one condition


# Names of what is a secret, in params, headers and addresses.
SECRET = re.compile(
    r"(^|[_-])(api)?(key|token|secret|password|passwd|authorization|auth|credential|cookie)s?$",
    re.IGNORECASE,
)

# Names come into the page of `snakemake --report`, within a script.
_OF_A_SCRIPT = re.compile(r"</script|<!--", re.IGNORECASE)

Location = tuple[str | int, ...]  # of a value in the config: its keys and indices
PathSafeName = Annotated[str, AfterValidator(_path_safe)]
Temperature = Annotated[float, Field(ge=0, le=2), AfterValidator(_positive_zero)]
MaybeTemperature = Annotated[
    Temperature | None, Field(description="0 to 2, or null to leave it to the model")
]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts([*value, *value.values()])
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def address_without_secrets(url: str) -> str:
    """Return an address as it is; a ValueError where it is none, or holds what may be a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if not parts.hostname:
        raise ValueError("is no address; write it like http://localhost:8000/v1")
    if "@" in parts.netloc:
        raise ValueError(
            "holds a name or a password; take it out: keys live in the environment only"
        )
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if SECRET.search(name):
            raise ValueError(
                f"holds {name}=... after ?, which looks like a secret; take it out: keys live in "
                "the environment only"
            )
    return url


def _no_wildcard(path: str) -> str:
    if found := re.search(r"[{}]", path):
        raise ValueError(
            f"holds {found.group()!r}, which Snakemake takes for a wildcard; rename it, or name it "
            "as seen from the directory of the run"
        )
    return path


def _check_text(text: str) -> None:
    """Raise a ValueError where a text would do something if anybody took it for more than that."""
    if control := [letter for letter in text if printable(letter) != letter]:
        raise ValueError(f"holds {control[0]!a}, a control character; take it out")
    if markup := _OF_A_SCRIPT.search(text):
        raise ValueError(f"holds {markup.group()!r}, which would end a script; take it out")


def stimulus(text: str) -> str:
    """Return what prompts can be asked about, in one line; a ValueError where it is nothing."""
    _check_text(text)
    joined = in_one_line(text)
    if not joined:
        raise ValueError("is empty; give a word")
    if len(joined) > LONGEST_STIMULUS:
        raise ValueError(f"has {len(joined):,} characters; {LONGEST_STIMULUS} are the most")
    return joined


LONGEST_STIMULUS = 200  # characters: the head of a record has to hold it
Stimulus = Annotated[str, AfterValidator(stimulus)]
InputFile = Annotated[str, AfterValidator(_no_wildcard)]
Address = Annotated[str, AfterValidator(address_without_secrets)]


class Strict(BaseModel):
    """Unknown keys are mistakes, and values are not bent into other types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @field_validator("*")
    @classmethod
    def _is_text_alone(cls, value: Any) -> Any:
        for text in _texts(value):
            _check_text(text)
        return value
