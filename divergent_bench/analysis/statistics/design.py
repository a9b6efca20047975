"""What is compared with what, and whether the grid lets the factors be told apart."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.analysis.statistics.intervals import FEWEST_CLUSTERS
from divergent_bench.analysis.tables import (
    CONDITION,
    are_compared,
    are_ranked,
    by_value,
    model_labels,
    temperature_label,
)
from divergent_bench.base.names import NOT_APPLICABLE
from divergent_bench.base.records import STIMULUS
from divergent_bench.design.analysis_plan import FACTORS

COMPARED: Final = [*CONDITION, STIMULUS, "wording", "score"]  # all that comparisons look at


def answers(scores: pd.DataFrame, baselines: Collection[str] = ()) -> pd.DataFrame:
    """Keep the samples (or conditions) that are compared, with every factor as a label.

    ``asked`` tells which are of models, who were asked in prompts. Baselines are reference lines,
    except those whose labels are in `baselines`.
    """
    labels = model_labels(scores)
    compared = are_compared(scores["provider"]) | labels.isin(baselines)
    kept = scores[compared]
    return kept.assign(
        model=labels[compared],
        strategy=kept["strategy"].astype(str),
        temperature=by_value(kept["temperature"], temperature_label).astype(str),
        asked=are_ranked(kept["provider"]),
    )


def taking_part(compared: pd.DataFrame, factor: str) -> pd.DataFrame:
    """Keep of `answers` those that have a level of a factor.

    Neither people nor baselines have a strategy or a temperature, and the strategy of recorded
    answers may be unknown.
    """
    if factor == "model":
        return compared
    unsettled = ~are_ranked(compared["provider"])
    if factor == "strategy":
        unsettled |= compared["strategy"] == NOT_APPLICABLE
    return compared[~unsettled]


def levels(compared: pd.DataFrame, factor: str) -> list[str]:
    """List the levels of a factor: names in order, temperatures by value, ``default`` last.

    That no strategy applies (recorded answers) is not a level of strategy.
    """
    found = set(compared[factor].unique())
    if factor == "strategy":
        found -= {NOT_APPLICABLE}
    if factor == "temperature":
        default = found & {temperature_label(float("nan"))}
        return [*sorted(found - default, key=float), *default]
    return sorted(found)


def drawn_stimuli(scores: pd.DataFrame | Mapping[str, NDArray[Any]]) -> NDArray[np.int64] | None:
    """Give each row the number of its stimulus, shape (n,); None with fewer than five of these.

    So many are a sample of all that could have been asked about, and the answers to one of them are
    a cluster: some are harder than others, and all models are asked about the same ones.
    """
    numbers, known = pd.factorize(scores[STIMULUS], sort=True)
    return numbers.astype(np.int64) if len(known) >= FEWEST_CLUSTERS else None


def confounded_with(compared: pd.DataFrame, factor: str) -> list[str]:
    """List the other factors that do not vary in the same way at every level of this one.

    A difference along `factor` may then be a difference along those. Where each other factor alone
    is crossed with it but their combinations are not, all that vary are listed.
    """
    among = compared[compared[factor].isin(levels(compared, factor))]
    others = [other for other in FACTORS if other != factor]
    alone = [other for other in others if not _crossed(among, factor, [other])]
    if alone or _crossed(among, factor, others):
        return alone
    return [other for other in others if len(among[other].unique()) > 1]


def _crossed(among: pd.DataFrame, factor: str, others: list[str]) -> bool:
    """Tell whether the same combinations of `others` are present at every level of `factor`."""
    combinations = len(among[others].drop_duplicates())
    return len(among[[factor, *others]].drop_duplicates()) == among[factor].nunique() * combinations
