"""The semantic spaces of a config."""

from pathlib import Path

from divergent_bench.base.names import closest
from divergent_bench.config import Config, config_error
from divergent_bench.config.analysis import SpaceEntry
from divergent_bench.instrument.spaces.catalogue import space_names
from divergent_bench.instrument.spaces.encoder import PREFIX, is_encoder, space_name


def spaces(config: Config) -> dict[str, SpaceEntry | None]:
    """Return the semantic spaces of the config by name, the primary one first.

    The value is the entry of a space that is made from a file of the user's own or by an encoder,
    or None. It is a UserError when a space is named twice, or is not known and has no file.
    """
    found: dict[str, SpaceEntry | None] = {}
    for i, space in enumerate(config.analysis.spaces):
        name, entry = _named(space)
        if name in found:
            raise config_error(config, ("analysis", "spaces", i), f"names {name!r} twice; keep one")
        if entry is None and name not in space_names():
            raise config_error(
                config,
                ("analysis", "spaces", i),
                f"there is no semantic space {name!r}{closest(name, space_names())} "
                f"(known: {', '.join(space_names())}; "
                "for a file of your own write {name: my-space, path: FILE}; for an encoder "
                f"{PREFIX}MODEL)",
            )
        for file in files_of(entry).values():
            if not file.is_file():
                raise config_error(
                    config, ("analysis", "spaces", i), f"there is no file {file}; check the path"
                )
        found[name] = entry
    return found


def files_of(entry: SpaceEntry | None) -> dict[str, Path]:
    """Return the files that a space is made from, by what they are: source, dictionary."""
    if entry is None:
        return {}
    named = {"source": None if encoder_of(entry) else entry.path, "dictionary": entry.dictionary}
    return {what: Path(file).expanduser() for what, file in named.items() if file}


def encoder_of(entry: SpaceEntry | None) -> str | None:
    """Return the encoder that a space is made by, or None."""
    return entry.path if entry and is_encoder(entry.path) else None


def _named(space: str | SpaceEntry) -> tuple[str, SpaceEntry | None]:
    if isinstance(space, SpaceEntry):
        return space.name, space
    if is_encoder(space):
        name = space_name(space)
        return name, SpaceEntry(name=name, path=space, dictionary=None)
    return space, None
