"""The tables that are made from the scores and the words of a run, which are read once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from divergent_bench.analysis.tables import read_table
from divergent_bench.base.errors import UserError
from divergent_bench.design.analysis_plan import Plan

if TYPE_CHECKING:
    from divergent_bench.instrument.spaces.store import Space

# By table: module and function that make it, and what of `Analysis` it is made from.
_MAKERS: Final[Mapping[str, tuple[str, ...]]] = {
    "ranking": ("summaries", "rank_models", "scores", "norms"),
    "summary": ("summaries", "summarize_conditions", "scores", "norms"),
    "tests": ("statistics.comparisons", "compare", "scores", "plan"),
    "power": ("statistics.power", "estimate_power", "scores", "plan"),
    "variance": ("statistics.variance", "decompose_variance", "scores"),
    "agreement": ("statistics.agreement", "compare_spaces", "scores"),
    "diversity": ("statistics.diversity", "measure_diversity", "words"),
    "rarefaction": ("statistics.diversity", "rarefy", "words"),
    "overlap": ("statistics.diversity", "compare_vocabularies", "words"),
    "word_map": ("statistics.word_map", "map_words", "words", "vectors"),
}


@dataclass(frozen=True)
class Analysis:
    """What the tables of a run are made from."""

    scores_file: Path  # as `analysis.evaluation` makes it
    words_file: Path  # likewise
    space: Path  # directory of the store of the primary semantic space
    plan: Plan
    norms: Collection[str]  # names in `instrument.norms.NORMS`, to give percentiles of

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The scores, read when they are first needed."""
        return read_table("scores", self.scores_file)

    @cached_property
    def words(self) -> pd.DataFrame:
        """The words, likewise."""
        return read_table("words", self.words_file)

    @property
    def vectors(self) -> "Space":
        """The semantic space."""
        from divergent_bench.instrument.spaces.store import open_space

        return open_space(self.space)

    def table(self, name: str) -> pd.DataFrame:
        """Make the leaderboard's ``ranking``, or a table by its name in `analysis.tables.TABLES`.

        What a table needs is imported when it is made: scikit-learn, for one, takes longer to load
        than most tables take to make.
        """
        if name not in _MAKERS:
            raise UserError(f"{name}: there is no such table")
        module, function, *given = _MAKERS[name]
        make = getattr(import_module(f"divergent_bench.analysis.{module}"), function)
        made: pd.DataFrame = make(*(getattr(self, each) for each in given))
        return made
