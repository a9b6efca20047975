"""Which columns the tables of a run have, of which types, and what they hold: ``tables.yaml``."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

import pandas as pd
import yaml

try:  # written in C, it takes a seventh of the time; not every installation has it
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

from divergent_bench.base.answers import Outcome
from divergent_bench.base.records import STIMULUS
from divergent_bench.instrument.tasks import Measure, known_measures

MODEL: Final = ["provider", "model"]
CONDITION: Final = [*MODEL, "strategy", "temperature"]
SAMPLE: Final = [*CONDITION, STIMULUS, "seed"]
OUTCOMES: Final[tuple[str, ...]] = get_args(Outcome)
SETTINGS: Final = ("temperature", "seed", "structured")  # requested; not every model takes them
# Numbers of lists at which vocabularies are compared.
DISTINCT_AT: Final = (10, 20, 30, 50, 100, 500)
# Joined by |, which none of their members can hold: words are letters, hyphens and spaces, the rest
# are names of this program.
LISTS: Final = {"flags", "requested", "sent", "words", "scored_words", "confounded_with"}

_FILE: Final = Path(__file__).with_name("tables.yaml")
_CONTENT: Final = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=SafeLoader)
_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = _CONTENT["columns"]
ROWS: Final = {name: str(table["rows"]) for name, table in _CONTENT["tables"].items()}
_TYPES: Final[Mapping[str, str]] = {
    "category": "text",
    "str": "text",
    "float64": "number",
    "int64": "integer",
    "Int64": "integer",
    "bool": "True or False",
    "boolean": "True or False",
}


def _types(table: Mapping[str, Any]) -> dict[str, str]:
    """Return the types of the columns of a table, in their order."""
    types = {column: _COLUMNS[column].get("type", "str") for column in table["columns"]}
    return types | dict.fromkeys(table.get("categories", ()), "category")


TABLES: Final = {name: _types(table) for name, table in _CONTENT["tables"].items()}
SCORES, WORDS, SUMMARY = (TABLES[name] for name in ("scores", "words", "summary"))
EXPORT: Final = _types(_CONTENT["export"])
PER_SPACE: Final = tuple(_CONTENT["export"]["per_space"])


@cache
def measures_in(table: str) -> dict[str, Measure]:
    """Return what tasks measure that a table may have columns of, beside those of `TABLES`."""
    if table not in ("scores", "words"):
        return {}
    return known_measures(of_words=table == "words")


def data_dictionary(
    columns: Mapping[str, str], spaces: Sequence[str] = (), kept: Sequence[str] = ()
) -> pd.DataFrame:
    """Describe the columns of a table, given by their types, which `TABLES` and `EXPORT` hold.

    One row per column: ``column``, ``type`` (text, number, integer, True or False), ``unit``,
    ``meaning``. The `PER_SPACE` columns of an export stand once for each of its semantic spaces;
    `kept` are columns of the file of answers.
    """
    rows = []
    for column, dtype in columns.items():
        unit, meaning = _told(column)
        described = [(column, meaning)]
        if spaces and (column in PER_SPACE or column in measures_in("scores")):
            described = [(f"{column}_{s}", f"{meaning} (in {s})") for s in spaces]
        rows += [(name, _TYPES[dtype], unit, meaning) for name, meaning in described]
    rows += [(name, "text", "", "as in the file of answers (`keep`)") for name in kept]
    return pd.DataFrame(rows, columns=["column", "type", "unit", "meaning"])


def _told(column: str) -> tuple[str, str]:
    """Return the unit of a column and what it means."""
    if told := _COLUMNS.get(column):
        return told.get("unit", ""), told["meaning"]
    measure = known_measures().get(column) or known_measures(of_words=True)[column]
    return measure.unit, measure.meaning
