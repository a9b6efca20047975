"""The tables of a run: their columns, what these mean, and how they are read and written."""

from divergent_bench.analysis.tables.columns import (
    CONDITION,
    DISTINCT_AT,
    EXPORT,
    MODEL,
    OUTCOMES,
    PER_SPACE,
    SAMPLE,
    SCORES,
    SETTINGS,
    SUMMARY,
    TABLES,
    WORDS,
    data_dictionary,
    measures_in,
)
from divergent_bench.analysis.tables.facts import table_of
from divergent_bench.analysis.tables.files import read_table, records, write_table
from divergent_bench.analysis.tables.kept import kept_columns
from divergent_bench.analysis.tables.labels import (
    are_compared,
    are_ranked,
    kinds,
    model_labels,
    of_task,
    primary_scores,
    task_of,
    tasks_in,
    temperature_label,
)

__all__ = [
    "CONDITION",
    "DISTINCT_AT",
    "EXPORT",
    "MODEL",
    "OUTCOMES",
    "PER_SPACE",
    "SAMPLE",
    "SCORES",
    "SETTINGS",
    "SUMMARY",
    "TABLES",
    "WORDS",
    "are_compared",
    "are_ranked",
    "data_dictionary",
    "kept_columns",
    "kinds",
    "measures_in",
    "model_labels",
    "of_task",
    "primary_scores",
    "read_table",
    "records",
    "table_of",
    "task_of",
    "tasks_in",
    "temperature_label",
    "write_table",
]
