"""Names: what may stand in a path, how they are shown and written, what was probably meant."""

import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Iterable

NOT_APPLICABLE = "not-applicable"  # the strategy of generators that read no prompt
_LONGEST_PART = 64  # characters of a part of a path, well below what file systems take
_MARK = 8
PATH_SAFE = r"[A-Za-z0-9][A-Za-z0-9._+-]*"
# What a terminal obeys, but for tabs and line breaks, and what turns the direction of a text.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\N{LEFT-TO-RIGHT EMBEDDING}-\N{RIGHT-TO-LEFT OVERRIDE}"
    "\N{LEFT-TO-RIGHT ISOLATE}-\N{POP DIRECTIONAL ISOLATE}]"
)


def is_path_safe(name: str) -> bool:
    """Say whether `name` can stand in a path as it is."""
    return re.fullmatch(PATH_SAFE, name) is not None


def slug(name: str) -> str:
    """Return `name` as it stands in paths: ``openai/gpt-4o`` becomes ``openai-gpt-4o``.

    Two names may share a slug; whoever makes paths must check for that. The result is empty when
    nothing of the name can stand in a path.
    """
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", name).lstrip("._+-").rstrip("-")


def unique_slug(name: str) -> str:
    """Return `name` as it stands in paths where it may be any text, and no two names share it.

    A short name of small letters, digits, hyphens and the like stands as it is. Any other is a slug
    that ends in eight digits of its hash: two may differ in what a slug, or a file system that does
    not tell upper from lower case, has no place for.
    """
    plain = slug(name)
    if plain == name == name.casefold() and len(name) <= _LONGEST_PART:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:_MARK]
    return f"{plain[: _LONGEST_PART - _MARK - 1]}-{mark}".lstrip("-")


def in_one_line(text: str) -> str:
    """Return `text` with one space for whatever stands between its words, and none around them."""
    return " ".join(text.split())


def printable(text: str) -> str:
    r"""Return `text` with what would change a terminal or hide other text spelt out: ``\x1b``."""
    return _OBEYED.sub(lambda found: ascii(found.group())[1:-1], text)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Write a number of things: ``1 model``, ``2 models``, ``1,000 strategies``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def percent(share: float, digits: int = 0) -> str:
    """Write a share, 0 to 1, in per cent: ``57``. Only none is ``0`` and only all is ``100``."""
    written, least = f"{100 * share:.{digits}f}", 10.0**-digits
    if share > 0 and float(written) == 0:
        return f"<{least:g}"
    return f">{100 - least:g}" if share < 1 and float(written) == 100 else written


def format_temperature(temperature: float | None) -> str:
    """Return the one way to write a temperature: 0.7, 1, or ``default`` for the model's own."""
    return "default" if temperature is None else f"{temperature:.12g}"


def model_labels(models: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Name each (provider, model): ``model``, with its provider where two share the name.

    Two never have the same label: a model that is called ``openai/x`` gets its provider too where
    ``openai/x`` is the label of the model ``x`` of openai.
    """
    distinct = set(models)
    owners = Counter(model for _, model in distinct)
    taken = {f"{p}/{m}" for p, m in distinct if owners[m] > 1}
    return {(p, m): f"{p}/{m}" if owners[m] > 1 or m in taken else m for p, m in distinct}


def closest(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known name nearest to `name`, or an empty string."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {matches[0]!r}?" if matches else ""
