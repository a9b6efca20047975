"""The semantic spaces of a config."""

from pathlib import Path

from divergent_bench.base.names import closest
from divergent_bench.config import Config, config_error
from divergent_bench.config.analysis import SpaceEntry
from divergent_bench.instrument.spaces.catalogue import space_names


def spaces(config: Config) -> dict[str, SpaceEntry | None]:
    """Return the semantic spaces of the config by name, the primary one first.

    The value is the entry of a space that is made from a file of the user's own, or None. It is a
    UserError when a space is named twice, or is not known and has no file.
    """
    found: dict[str, SpaceEntry | None] = {}
    for i, space in enumerate(config.analysis.spaces):
        name, entry = (space.name, space) if isinstance(space, SpaceEntry) else (space, None)
        if name in found:
            raise config_error(config, ("analysis", "spaces", i), f"names {name!r} twice; keep one")
        if entry is None and name not in space_names():
            raise config_error(
                config,
                ("analysis", "spaces", i),
                f"there is no semantic space {name!r}{closest(name, space_names())} "
                f"(known: {', '.join(space_names())}; "
                "for a file of your own write {name: my-space, path: FILE})",
            )
        for file in filter(None, (entry.path, entry.dictionary) if entry else ()):
            if not Path(file).expanduser().is_file():
                raise config_error(
                    config, ("analysis", "spaces", i), f"there is no file {file}; check the path"
                )
        found[name] = entry
    return found
