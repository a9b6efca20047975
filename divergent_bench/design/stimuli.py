"""What the prompts of an experiment are asked about."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_input
from divergent_bench.base.names import closest
from divergent_bench.config import Config, config_error
from divergent_bench.config.experiment import Experiment, ForTasks, Stimuli
from divergent_bench.config.values import Location, stimulus
from divergent_bench.config.yaml_files import MOST_BYTES
from divergent_bench.instrument.tasks import Task


def stimuli_of(
    config: Config,
    place: Location,
    experiment: Experiment,
    tasks: Sequence[Task],
    everywhere: Sequence[Task],
    task: Task,
) -> Sequence[str | None]:
    """Return the stimuli of a task in an experiment, each once; a single None where it has none.

    The `place` is that of the experiment in the config, `tasks` are those that it asks, and
    `everywhere` those that any experiment does. It is a UserError when stimuli are given that no
    task has a slot for, or that the task does not take, or in a file that cannot be read, or when
    it is not said which of several tasks they are for.
    """
    where, given = (*place, "stimuli"), experiment.stimuli
    if given is None:
        where, given, tasks = ("defaults", "stimuli"), config.defaults.stimuli, everywhere
    if given:
        where, given = _given_to(config, where, given, tasks, task)
    if not task.stimulus_slot:
        return [None]
    try:
        read = _read(Path(given)) if isinstance(given, str) else given or task.stimuli
        return list(dict.fromkeys(map(task.stimulus, read)))
    except (UserError, ValueError) as error:
        raise config_error(config, where, str(error)) from error


def _given_to(
    config: Config, where: Location, given: ForTasks, tasks: Sequence[Task], task: Task
) -> tuple[Location, Stimuli | None]:
    """Return what of the stimuli is for a task, and where it stands."""
    asking = [each.name for each in tasks if each.stimulus_slot]
    if not asking:
        raise config_error(
            config,
            where,
            f"the prompts of the task {task.name} are not asked about anything; "
            "take this out, or name prompts of a task with stimuli under `strategies`",
        )
    if isinstance(given, dict):
        for name in given:
            if name not in asking:
                raise config_error(
                    config,
                    (*where, name),
                    f"no prompt of a task {name!r} with stimuli is asked here"
                    f"{closest(name, asking)} (there are: {', '.join(asking)})",
                )
        return (*where, task.name), given.get(task.name)
    if len(asking) > 1:
        raise config_error(
            config,
            where,
            f"say for which task each is ({' and '.join(asking)}): "
            f"`stimuli: {{{asking[0]}: [...], {asking[1]}: [...]}}`",
        )
    return where, given


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
