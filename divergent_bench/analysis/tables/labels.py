"""Choosing rows and naming what they are about."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import format_temperature
from divergent_bench.base.names import model_labels as labels_of
from divergent_bench.base.provider_catalogue import Provider, find_provider
from divergent_bench.instrument.tasks import Task, find_task


def primary_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of the primary space, the first one named; a `UserError` if there is no row."""
    if scores.empty:
        raise UserError(
            "the table of scores has no row, so there is nothing to analyse: "
            "let the config ask for at least one sample"
        )
    primary = str(scores["space"].iloc[0])
    return scores.loc[scores["space"].eq(primary)]


def tasks_in(scores: pd.DataFrame) -> list[str]:
    """Return the names of the tasks that scores are of, in their order; a `UserError` if none."""
    primary_scores(scores)
    return [str(task) for task in scores["task"].unique()]


def of_task(table: pd.DataFrame, task: str) -> pd.DataFrame:
    """Keep the rows of a table that are of a task, as if the run had no other."""
    kept = table[table["task"].eq(task)].reset_index(drop=True)
    categories = kept.select_dtypes("category").columns
    return kept.assign(**{name: kept[name].cat.remove_unused_categories() for name in categories})


def task_of(scores: pd.DataFrame) -> Task:
    """Return the task that scores are of."""
    return find_task(str(scores["task"].iloc[0]))


def kinds(providers: "pd.Series[str]") -> "pd.Series[str]":
    """Tell from its provider whose answer each row is: of a model, of people, of a baseline."""
    return _facts(providers, lambda provider: provider.kind)


def are_ranked(providers: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which rows are of models, which compete for ranks and are asked in conditions."""
    return _facts(providers, lambda provider: provider.is_ranked).astype(bool)


def are_compared(providers: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which rows take part in every comparison: all but baselines."""
    return _facts(providers, lambda provider: provider.is_compared).astype(bool)


def _facts(providers: "pd.Series[str]", fact: Callable[[Provider], Any]) -> "pd.Series[Any]":
    return by_value(providers, lambda name: fact(find_provider(str(name))))


def by_value(column: "pd.Series[Any]", say: Callable[[Any], Any]) -> "pd.Series[Any]":
    """Say something of each cell of a column, asking once for each value that it has."""
    places, values = pd.factorize(column, use_na_sentinel=False)
    return pd.Series([say(value) for value in values]).take(places).set_axis(column.index)


def model_labels(table: pd.DataFrame) -> "pd.Series[str]":
    """Name the model of each row: ``model``, or ``provider/model`` where providers share a name."""
    models = list(zip(table["provider"], table["model"], strict=True))
    labels = labels_of(models)
    return pd.Series([labels[each] for each in models], index=table.index, dtype="str")


def temperature_label(temperature: float) -> str:
    """Write a temperature as people do; ``default`` where it was left to the model."""
    return format_temperature(None if pd.isna(temperature) else temperature)
