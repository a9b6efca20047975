"""The tables of a run: their columns, what these mean, and how they are read and written."""

from divergent_bench.analysis.tables.columns import (
    AGREEMENT,
    CONDITION,
    DISTINCT_AT,
    DIVERSITY,
    EXPORT,
    MODEL,
    OUTCOMES,
    OVERLAP,
    PER_SPACE,
    POWER,
    RAREFACTION,
    SCORES,
    SETTINGS,
    SUMMARY,
    TABLES,
    TESTS,
    VARIANCE,
    WORD_MAP,
    WORDS,
)
from divergent_bench.analysis.tables.facts import table_of
from divergent_bench.analysis.tables.files import read_table, records, write_table
from divergent_bench.analysis.tables.labels import model_labels, primary_scores, temperature_label
from divergent_bench.analysis.tables.meanings import MEANINGS, Meaning, data_dictionary
from divergent_bench.base.requests import BASELINE, PEOPLE

__all__ = [
    "AGREEMENT",
    "BASELINE",
    "CONDITION",
    "DISTINCT_AT",
    "DIVERSITY",
    "EXPORT",
    "MEANINGS",
    "MODEL",
    "OUTCOMES",
    "OVERLAP",
    "PEOPLE",
    "PER_SPACE",
    "POWER",
    "RAREFACTION",
    "SCORES",
    "SETTINGS",
    "SUMMARY",
    "TABLES",
    "TESTS",
    "VARIANCE",
    "WORDS",
    "WORD_MAP",
    "Meaning",
    "data_dictionary",
    "model_labels",
    "primary_scores",
    "read_table",
    "records",
    "table_of",
    "temperature_label",
    "write_table",
]
