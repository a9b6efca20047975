"""Tasks: what is asked, and how an answer is scored.

A task is a folder here and a line of `_MODULES`, or comes with another package as an entry point of
the group `GROUP` that loads a `Task`. docs/how-to/own-task.md shows one. Nothing outside the folder
of a task knows how many words it asks for, or what its scores mean.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import closest
from divergent_bench.instrument.prompts import Strategy

if TYPE_CHECKING:  # numpy is slow to import, and configs are read without it
    import numpy as np
    from numpy.typing import NDArray

    from divergent_bench.instrument.parsing import ParsedResponse
    from divergent_bench.instrument.scoring import ScoringOptions, WordCheck
    from divergent_bench.instrument.spaces.lexicon import WordFacts
    from divergent_bench.instrument.spaces.store import Space
    from divergent_bench.instrument.verification import Check

GROUP: Final = "divergent_bench.tasks"  # of entry points
DEFAULT: Final = "dat"  # the task of prompts of one's own that name none
RULES: Final = ("no_noun", "proper_noun", "very_rare")
"""What a word may be against the rules of a task; tables have columns of these names."""
_MODULES: Final = {
    "dat": "divergent_bench.instrument.tasks.dat",
    "cdat": "divergent_bench.instrument.tasks.cdat",
    "drat": "divergent_bench.instrument.tasks.drat",
}


class Rule(NamedTuple):
    """What a word must not be."""

    told: str  # of a word that breaks it, as part of a sentence
    is_broken: "Callable[[WordFacts], bool]"


class Measure(NamedTuple):
    """What a task measures beside the score: of an answer, or of each of its words."""

    column: str  # its name in tables, which no other task uses for something else
    title: str  # in a sentence or above a column
    axis: str  # the label of an axis, with what it measures
    unit: str  # as the data dictionary has it
    meaning: str  # likewise
    dtype: str = "float64"  # of the column, a type of pandas


class Gate(NamedTuple):
    """What the answers of a model have to be above before their scores count."""

    measure: str  # the column of a measure of answers, of which more is better
    chance: str  # the baseline that knows nothing of the stimulus: what is to be surpassed
    alpha: float  # the adjusted p of Welch's one-sided test may be this at most
    failing: str  # what is not shown of those that do not pass, as part of a sentence


class Scorer(Protocol):
    """Checks and scores lists of words in one semantic space."""

    def check(self, words: Sequence[str], stimulus: str | None = None) -> "list[WordCheck]":
        """Say of each word of an answer (to a stimulus) whether it counts, and if not why."""

    def scored(
        self, checks: "Sequence[WordCheck]", stimulus: str | None = None
    ) -> list[str] | None:
        """Return the words that are scored; None where the answer is unscorable."""

    def scores(self, lists: Sequence[Sequence[str]]) -> "NDArray[np.float64]":
        """Return the scores, shape (lists,), of what `scored` gave for scorable answers."""

    def measures(
        self, lists: Sequence[Sequence[str]], stimuli: Sequence[str | None]
    ) -> "Mapping[str, NDArray[np.float64]]":
        """Return the `Task.measures` of such lists and their stimuli, each of shape (lists,).

        NaN where one cannot be told.
        """

    def word_measures(
        self, checks: "Sequence[WordCheck]", stimulus: str | None
    ) -> Mapping[str, Sequence[Any]]:
        """Return the `Task.word_measures` of an answer, a value (or None) for each word."""


class Task(ABC):
    """A task.

    Attributes
    ----------
    name
        As configs and tables have it; it begins the names of what is made for it.
    title, reference
        Its full name, and where it was published.
    score_name
        What one score is called: "DAT score".
    score_axis
        The same as the label of an axis, with what it measures.
    score_range
        The lowest and the highest score there can be, in points.
    n_asked
        How many words an answer should have.
    n_needed, n_scored
        How many words that count a list needs, and how many of the first valid ones are looked at,
        unless a config says otherwise.
    unscorable
        What makes an answer unscorable, as part of a sentence: "fewer than seven valid words".
    method
        How a score is made, as a sentence of the report.
    slots
        Texts that may stand in its prompts as ``{name}``, by name.
    stimulus_slot, stimulus_name
        What its prompts are asked about: the slot of these that it fills, and what one is called
        in a sentence, by default as the slot. Empty where every sample of a prompt asks the same.
    stimuli
        The stimuli that come with it, which are asked where a config names none.
    prompts
        The fields of its strategies (`Strategy`: text, which may be a list of wordings,
        description, system), by name.
    plain
        The strategy that asks as people are asked; what people answer is compared with it.
    response_schema
        What ``structured: true`` asks for. It is part of the request.
    baselines
        Generators that make sense beside its answers.
    measures, word_measures
        What is measured beside the score, of an answer and of each word. Tables have a column each.
    gate
        What answers have to be above before their scores count, where that is asked of them.
    published_spaces
        Semantic spaces that published scores of it are in, beside the one that is published for all
        (`SpaceInfo.published`).
    norms
        Samples of people that took it, names in `divergent_bench.instrument.norms.SAMPLES`.
    rules
        By a name of `RULES`, those that it has. Words that break them are counted and told; no
        score depends on it.
    """

    name: str
    title: str
    reference: str
    score_name: str
    score_axis: str
    score_range: tuple[float, float]
    n_asked: int
    n_needed: int
    n_scored: int
    unscorable: str
    method: str
    slots: Mapping[str, str]
    prompts: Mapping[str, Mapping[str, Any]]
    plain: str
    response_schema: Mapping[str, Any]
    stimulus_slot: str = ""
    stimulus_name: str = ""
    stimuli: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    word_measures: tuple[Measure, ...] = ()
    gate: Gate | None = None
    published_spaces: tuple[str, ...] = ()
    norms: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.stimulus_name = cls.stimulus_name or cls.stimulus_slot

    def strategy(self, name: str, **fields: Any) -> Strategy:
        """Return a prompt of this task: one of its own, or one with the fields of `Strategy`."""
        return Strategy(
            name,
            self.name,
            slots=self.slots,
            stimulus_slot=self.stimulus_slot,
            **(fields or self.prompts[name]),
        )

    def measure(self, column: str) -> Measure:
        """Return a measure of answers by its column."""
        return next(measure for measure in self.measures if measure.column == column)

    def stimulus(self, text: str) -> str:
        """Return a stimulus as it is asked about and called in tables; a ValueError says why not.

        The text is in one line and not empty.
        """
        return text

    def options(
        self, minimum: int | None = None, scored: int | None = None, fold_diacritics: bool = False
    ) -> "ScoringOptions":
        """Return how its answers are scored: as published, but for what is given."""
        from divergent_bench.instrument.scoring import ScoringOptions

        return ScoringOptions(
            self.n_needed if minimum is None else minimum,
            self.n_scored if scored is None else scored,
            fold_diacritics,
        )

    def differences(self, options: "ScoringOptions") -> str:
        """Name what differs from the published scoring: ``minimum=5|fold-diacritics``, or empty."""
        counts = (
            ("minimum", options.minimum, self.n_needed),
            ("scored", options.scored, self.n_scored),
        )
        differing = [f"{name}={count}" for name, count, usual in counts if count != usual]
        return "|".join([*differing, *["fold-diacritics"] * options.fold_diacritics])

    def parse(self, text: str, *, truncated: bool = False) -> "ParsedResponse":
        """Find the words that an answer lists, which may have been cut off. Never raises."""
        from divergent_bench.instrument.parsing import Length, parse_response

        return parse_response(text, Length(self.n_asked, self.n_needed), truncated=truncated)

    @abstractmethod
    def scorer(self, space: "Space", options: "ScoringOptions") -> Scorer:
        """Return what checks and scores lists in a space."""

    def verify(self, space: "Space") -> "list[Check]":  # noqa: ARG002  a task may have none
        """Recompute in a space what is published of the task, and check what must hold there."""
        return []


def find_task(name: str) -> Task:
    """Return a task by its name; where there is none, a UserError names the closest."""
    if name in _MODULES:
        found: Task = import_module(_MODULES[name]).TASK
        return found
    if name in _plug_ins():
        return _plug_ins()[name]
    known = known_tasks()
    raise UserError(f"there is no task {name!r}{closest(name, known)} (known: {', '.join(known)})")


def known_tasks() -> list[str]:
    """Return the names of all tasks."""
    return [*_MODULES, *_plug_ins()]


def known_measures(*, of_words: bool = False) -> dict[str, Measure]:
    """Return what any task measures of answers, or of their words, by column."""
    tasks = list(map(find_task, known_tasks()))
    found = (task.word_measures if of_words else task.measures for task in tasks)
    return {measure.column: measure for of_task in found for measure in of_task}


def known_strategies() -> dict[str, Strategy]:
    """Return the prompts of all tasks, by name; a UserError where two tasks share one."""
    found: dict[str, Strategy] = {}
    for task in map(find_task, known_tasks()):
        for name in task.prompts:
            if name in found:
                raise UserError(
                    f"the tasks {found[name].task} and {task.name} both have a prompt {name!r}; "
                    "rename that of the package that you installed"
                )
            found[name] = task.strategy(name)
    return found


@cache
def _plug_ins() -> dict[str, Task]:
    from importlib.metadata import entry_points

    return {found.name: found.load() for found in entry_points(group=GROUP)}
