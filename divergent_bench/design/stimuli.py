"""What the prompts of an experiment are asked about."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_input
from divergent_bench.config import Config, config_error
from divergent_bench.config.experiment import Experiment
from divergent_bench.config.values import Location, stimulus
from divergent_bench.config.yaml_files import MOST_BYTES
from divergent_bench.instrument.tasks import Task


def stimuli_of(
    config: Config, place: Location, experiment: Experiment, task: Task
) -> Sequence[str | None]:
    """Return the stimuli of an experiment, each once; a single None where its task has none.

    The `place` is that of the experiment in the config. It is a UserError when stimuli are given
    that the task has no slot for, or in a file that cannot be read.
    """
    given = experiment.stimuli or config.defaults.stimuli
    where = (*(place if experiment.stimuli else ("defaults",)), "stimuli")
    if not task.stimulus_slot:
        if given:
            raise config_error(
                config,
                where,
                f"the prompts of the task {task.name} are not asked about anything; "
                "take this out, or name prompts of a task with stimuli under `strategies`",
            )
        return [None]
    if not isinstance(given, str):
        return list(dict.fromkeys(given or task.stimuli))
    try:
        return _read(Path(given))
    except UserError as error:
        raise config_error(config, where, str(error)) from error


def _read(file: Path) -> list[str]:
    try:
        return list(_lines(file, file.stat().st_mtime_ns))
    except OSError as error:
        raise UserError(
            f"{file}: cannot be read ({error.strerror}); name a file with a stimulus per line, or "
            f"write them as a list: [{file}]"
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file}: is not a text file in UTF-8; save it as UTF-8") from error


@lru_cache(maxsize=8)
def _lines(file: Path, stamp: int) -> tuple[str, ...]:  # noqa: ARG001  a changed file is read again
    text = read_input(file, MOST_BYTES).decode("utf-8-sig")
    found: dict[str, None] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found[stimulus(line)] = None
        except ValueError as error:
            raise UserError(f"{file}, line {number}: {error}") from error
    if not found:
        raise UserError(f"{file}: is empty; write a stimulus per line")
    return tuple(found)
