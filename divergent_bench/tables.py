"""The tables of a run: which columns they have, and how they are read and written.

Missing values are empty fields and nothing else, so that a strategy called ``none`` or a model
called ``NA`` stays what it is.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from divergent_bench.errors import UserError
from divergent_bench.files import replacing
from divergent_bench.names import format_temperature
from divergent_bench.norms import NORMS

MODEL: Final = ["provider", "model"]
CONDITION: Final = [*MODEL, "strategy", "temperature"]
OUTCOMES: Final = ("ok", "refused", "filtered", "truncated", "empty")
SETTINGS: Final = ("temperature", "seed", "structured")  # requested; not every model takes them
BASELINE: Final = "baseline"  # the provider of the generators that are no language model

# Few distinct values become categories; free text and keys stay strings.
SCORES: Final[Mapping[str, str]] = {
    "space": "category",
    "provider": "category",
    "model": "category",
    "strategy": "category",
    "temperature": "float64",
    "seed": "int64",
    "outcome": "category",
    "score": "float64",
    "n_words": "int64",
    "n_valid": "int64",
    "scored_words": "str",
    "layout": "category",
    "flags": "str",
    "requested": "category",
    "sent": "category",
    "served_model": "category",
    "cost_usd": "float64",
    "latency_s": "float64",
    "digest": "str",
    "sample": "str",
}
WORDS: Final[Mapping[str, str]] = {
    "space": "category",
    "provider": "category",
    "model": "category",
    "strategy": "category",
    "temperature": "float64",
    "seed": "int64",
    "position": "int64",
    "raw": "str",
    "word": "str",
    "accepted": "bool",
    "scored": "bool",
    "reason": "category",
}
SUMMARY: Final[Mapping[str, str]] = {
    "space": "str",
    "provider": "str",
    "model": "str",
    "strategy": "str",
    "temperature": "float64",
    "n": "int64",
    **{f"n_{outcome}": "int64" for outcome in OUTCOMES},
    "n_scorable": "int64",
    "scorable_share": "float64",
    "scorable_low": "float64",
    "scorable_high": "float64",
    "n_unique_lists": "int64",
    "effective_n": "float64",
    "mean": "float64",
    "mean_low": "float64",
    "mean_high": "float64",
    "sd": "float64",
    "median": "float64",
    "min": "float64",
    "max": "float64",
    **{f"percentile_{norm}": "float64" for norm in NORMS},
    "cost_usd": "float64",
    "median_latency_s": "float64",
}
TESTS: Final[Mapping[str, str]] = {
    "space": "str",
    "test": "str",
    "factor": "str",
    "group_a": "str",
    "group_b": "str",
    "n_a": "Int64",
    "n_b": "Int64",
    "n_unique_a": "Int64",
    "n_unique_b": "Int64",
    "statistic": "float64",
    "effect_name": "str",
    "effect": "float64",
    "effect_low": "float64",
    "effect_high": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "adjustment": "str",
    "note": "str",
}
# Of a model over all its conditions (`level` model) or of one condition (`level` condition).
_GROUP: Final[Mapping[str, str]] = {
    "space": "str",
    "level": "str",
    "provider": "str",
    "model": "str",
    "strategy": "str",
    "temperature": "float64",
}
DISTINCT_AT: Final = (10, 50, 100, 500)  # numbers of lists at which vocabularies are compared
DIVERSITY: Final[Mapping[str, str]] = {
    **_GROUP,
    "n_lists": "int64",
    "n_different_lists": "int64",
    "effective_lists": "float64",
    "n_distinct_words": "int64",
    "mean_list_length": "float64",
    "mean_shared_words": "float64",
    "mean_jaccard": "float64",
    **{f"distinct_at_{size}": "float64" for size in DISTINCT_AT},
    "top_words": "str",
}
RAREFACTION: Final[Mapping[str, str]] = {
    **_GROUP,
    "n_lists": "int64",
    "expected_distinct_words": "float64",
}
OVERLAP: Final[Mapping[str, str]] = {
    "space": "str",
    "model_a": "str",
    "model_b": "str",
    "n_distinct_a": "int64",
    "n_distinct_b": "int64",
    "n_shared": "int64",
    "vocabulary_jaccard": "float64",
    "shared_of_a": "float64",
    "shared_of_b": "float64",
}
AGREEMENT: Final[Mapping[str, str]] = {
    "space_a": "str",
    "space_b": "str",
    "measure": "str",
    "n_models": "int64",
    "value": "float64",
}
# What `divergent-bench export` writes: a row per sample; `score`, `n_valid` and `words` once for
# each semantic space, whose name follows theirs (score_wordnet).
EXPORT: Final[Mapping[str, str]] = {
    **{key: SCORES[key] for key in (*CONDITION, "seed", "outcome")},
    "score": "float64",
    "n_valid": "int64",
    "words": "str",
    "response": "str",
    **{key: SCORES[key] for key in ("n_words", "layout", "flags", "requested", "sent")},
    **{key: SCORES[key] for key in ("served_model", "cost_usd", "latency_s", "digest", "sample")},
}
PER_SPACE: Final = ("score", "n_valid", "words")


class Meaning(NamedTuple):
    """What a column holds: its unit (empty where it has none), and in words."""

    unit: str
    text: str


# One name means the same in all tables.
MEANINGS: Final[Mapping[str, Meaning]] = {
    "space": Meaning("", "semantic space that words were looked up and scored in"),
    "provider": Meaning("", "who was asked; baseline: no language model; recorded: from a file"),
    "model": Meaning("", "name of the model, as the config labels it"),
    "strategy": Meaning("", "name of the prompt; not-applicable where none was read or is known"),
    "temperature": Meaning("0 to 2", "of the request; missing: left to the model, or unknown"),
    "seed": Meaning("", "index of the replicate within its condition, from 0"),
    "outcome": Meaning("", f"how the answer ended: {', '.join(OUTCOMES)}"),
    "score": Meaning(
        "points, 0 to 200",
        "DAT score: 100 x mean cosine distance of the first seven valid words; missing where there "
        "are fewer",
    ),
    "n_words": Meaning("words", "words found in the answer"),
    "n_valid": Meaning("words", "of these, different and known to the dictionary and the space"),
    "scored_words": Meaning("", "the seven words that were scored, separated by |"),
    "words": Meaning("", "all valid words, in the order of the answer, separated by |"),
    "response": Meaning("", "the answer as it came"),
    "layout": Meaning("", "how the list was written: numbered, lines, commas, ..."),
    "flags": Meaning("", "what the parser noticed, separated by |"),
    "requested": Meaning("", f"which of {', '.join(SETTINGS)} were asked for, separated by |"),
    "sent": Meaning("", "which of these really were sent to the provider, separated by |"),
    "served_model": Meaning("", "the model that says it answered"),
    "cost_usd": Meaning("USD", "price of the answers, where it is known"),
    "latency_s": Meaning("s", "from sending the request to its answer"),
    "digest": Meaning("", "sha256 of the request, as hexadecimal digits"),
    "sample": Meaning("", "file with the request and the raw answer"),
    "position": Meaning("", "place of the word in the answer, from 0"),
    "raw": Meaning("", "the word as it stands in the answer"),
    "word": Meaning("", "the form that the dictionary and the space know; missing: none"),
    "accepted": Meaning("", "whether the word is valid and new in its list"),
    "scored": Meaning("", "whether it is one of the seven that were scored"),
    "reason": Meaning("", "why a word was not accepted"),
    "n": Meaning("samples", "all answers"),
    **{f"n_{key}": Meaning("samples", f"answers that ended as {key}") for key in OUTCOMES},
    "n_scorable": Meaning("samples", "answers with at least seven valid words"),
    "scorable_share": Meaning("0 to 1", "scorable answers of all"),
    "scorable_low": Meaning("0 to 1", "lower end of its 95 % Wilson interval"),
    "scorable_high": Meaning("0 to 1", "upper end of its 95 % Wilson interval"),
    "n_unique_lists": Meaning("lists", "different sets of seven scored words"),
    "effective_n": Meaning("lists", "Kish's effective number of them, 1 to n_scorable"),
    "mean": Meaning("points, 0 to 200", "mean score of the scorable answers"),
    "mean_low": Meaning("points, 0 to 200", "lower end of its 95 % bootstrap interval"),
    "mean_high": Meaning("points, 0 to 200", "upper end of its 95 % bootstrap interval"),
    "sd": Meaning("points", "standard deviation of the scores (n - 1)"),
    "median": Meaning("points, 0 to 200", "median score"),
    "min": Meaning("points, 0 to 200", "lowest score"),
    "max": Meaning("points, 0 to 200", "highest score"),
    **{
        f"percentile_{norm.name}": Meaning(
            "0.1 to 99.9",
            f"percentage of the {norm.n:,} people of {norm.label} who score at most the mean; "
            "missing outside the published space, or where the config does not choose this norm",
        )
        for norm in NORMS.values()
    },
    "median_latency_s": Meaning("s", "median time from sending a request to its answer"),
    "test": Meaning("", "which test or difference the row holds"),
    "factor": Meaning("", "what is compared: model, strategy or temperature"),
    "group_a": Meaning("", "first level of a pair; missing for a test over all levels"),
    "group_b": Meaning("", "second level of a pair"),
    "n_a": Meaning("samples", "scorable answers of group_a, or of all groups"),
    "n_b": Meaning("samples", "scorable answers of group_b"),
    "n_unique_a": Meaning("lists", "different scored lists of group_a, the unit of the tests"),
    "n_unique_b": Meaning("lists", "different scored lists of group_b"),
    "statistic": Meaning("", "of the test: H, U, or the difference of means in points, a - b"),
    "effect_name": Meaning("", "which effect size: epsilon_squared, cliffs_delta, hedges_g"),
    "effect": Meaning("", "effect size, positive where group_a is higher"),
    "effect_low": Meaning("", "lower end of its 95 % interval"),
    "effect_high": Meaning("", "upper end of its 95 % interval"),
    "p": Meaning("0 to 1", "p value; missing where nothing was tested"),
    "p_adjusted": Meaning("0 to 1", "p value adjusted as `adjustment` says"),
    "adjustment": Meaning("", "method, and how many tests its family has"),
    "note": Meaning("", "the unit, why a row has no p, or why it must be read with care"),
    "level": Meaning("", "model: over all its conditions; condition: one of them"),
    "n_lists": Meaning("lists", "lists with at least one valid word, or a number of them"),
    "n_different_lists": Meaning("lists", "different sets of valid words among them"),
    "effective_lists": Meaning("lists", "Kish's effective number of lists, 1 to n_lists"),
    "n_distinct_words": Meaning("words", "different valid words in all the lists"),
    "mean_list_length": Meaning("words", "valid words per list"),
    "mean_shared_words": Meaning("words", "words that two lists share, mean over all pairs"),
    "mean_jaccard": Meaning(
        "0 to 1", "words that two lists share of those in either, mean over pairs (1: all alike)"
    ),
    **{
        f"distinct_at_{size}": Meaning(
            "words", f"different words expected in {size} of the lists; missing with fewer"
        )
        for size in DISTINCT_AT
    },
    "top_words": Meaning("", "most used words, each with the share of lists it is in"),
    "expected_distinct_words": Meaning("words", "different words expected in n_lists lists"),
    "model_a": Meaning("", "first model of a pair"),
    "model_b": Meaning("", "second model of a pair"),
    "n_distinct_a": Meaning("words", "different valid words in all lists of model_a"),
    "n_distinct_b": Meaning("words", "different valid words in all lists of model_b"),
    "n_shared": Meaning("words", "words that both models use"),
    "vocabulary_jaccard": Meaning("0 to 1", "words that both models use of those of either"),
    "shared_of_a": Meaning("0 to 1", "words that both models use of those of model_a"),
    "shared_of_b": Meaning("0 to 1", "words that both models use of those of model_b"),
    "space_a": Meaning("", "first space of a pair; all: over all spaces"),
    "space_b": Meaning("", "second space of a pair"),
    "measure": Meaning("", "kendall_tau_b (-1 to 1) or kendall_w (0 to 1)"),
    "n_models": Meaning("models", "ranked in every space; baselines take no part"),
    "value": Meaning("", "of the measure; 1: the same order of models"),
}
_TYPES: Final[Mapping[str, str]] = {
    "category": "text",
    "str": "text",
    "float64": "number",
    "int64": "integer",
    "Int64": "integer",
    "bool": "True or False",
}


def data_dictionary(columns: Mapping[str, str], spaces: Sequence[str] = ()) -> pd.DataFrame:
    """Describe the columns of a table.

    Parameters
    ----------
    columns
        One of the tables above: types by column.
    spaces
        For `EXPORT`: the semantic spaces in which its `PER_SPACE` columns stand.

    Returns
    -------
    DataFrame
        One row per column: ``column``, ``type`` (text, number, integer, True or False), ``unit``,
        ``meaning``.
    """
    rows = []
    for column, dtype in columns.items():
        unit, text = MEANINGS[column]
        described = [(column, text)]
        if spaces and column in PER_SPACE:
            described = [(f"{column}_{space}", f"{text} (in {space})") for space in spaces]
        rows += [(name, _TYPES[dtype], unit, meaning) for name, meaning in described]
    return pd.DataFrame(rows, columns=["column", "type", "unit", "meaning"])


def read_scores(path: str | Path) -> pd.DataFrame:
    """Read ``scores.csv``: one row per sample and semantic space.

    Returns
    -------
    DataFrame
        The columns of `SCORES`, in that order; an unscorable sample has the score NaN.

    Raises
    ------
    UserError
        If the file is absent, lacks a column, or holds a value that cannot be read as its type.
    """
    return _read(Path(path), SCORES)


def read_words(path: str | Path) -> pd.DataFrame:
    """Read ``words.csv``: one row per word and semantic space, the columns of `WORDS`.

    Raises
    ------
    UserError
        As `read_scores`.
    """
    return _read(Path(path), WORDS)


def read_summary(path: str | Path) -> pd.DataFrame:
    """Read ``summary.csv``: one row per condition and semantic space, the columns of `SUMMARY`.

    Raises
    ------
    UserError
        As `read_scores`.
    """
    return _read(Path(path), SUMMARY)


def read_tests(path: str | Path) -> pd.DataFrame:
    """Read ``tests.csv``: one row per test or effect size, the columns of `TESTS`.

    Raises
    ------
    UserError
        As `read_scores`.
    """
    return _read(Path(path), TESTS)


def read_diversity(path: str | Path) -> pd.DataFrame:
    """Read ``diversity.csv``: one row per model and per condition, the columns of `DIVERSITY`.

    Raises
    ------
    UserError
        As `read_scores`.
    """
    return _read(Path(path), DIVERSITY)


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write `table` as CSV, whole or not at all; the same table gives the same bytes."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")


def primary_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of the primary space, which is the first one named in the table.

    Raises
    ------
    UserError
        If the table has no row.
    """
    if scores.empty:
        raise UserError(
            "the table of scores has no row, so there is nothing to analyse: "
            "let the config ask for at least one sample"
        )
    primary = str(scores["space"].iloc[0])
    return scores.loc[scores["space"].eq(primary)]


def model_labels(table: pd.DataFrame) -> "pd.Series[str]":
    """Name the model of each row: ``model``, or ``provider/model`` where providers share a name."""
    models = table[MODEL].drop_duplicates().astype(str)
    shared = set(models.loc[models["model"].duplicated(keep=False), "model"])
    provider, model = table["provider"].astype(str), table["model"].astype(str)
    return model.where(~model.isin(shared), provider + "/" + model)


def temperature_label(temperature: float) -> str:
    """Write a temperature as people do; ``default`` where it was left to the model."""
    return format_temperature(None if pd.isna(temperature) else temperature)


def _read(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    try:
        present = pd.read_csv(path, nrows=0, encoding="utf-8").columns
        absent = [name for name in columns if name not in present]
        if absent:
            raise UserError(
                f"{path}: column {', '.join(absent)} is missing; "
                "delete the file and run the workflow again to make it anew"
            )
        table = pd.read_csv(
            path,
            usecols=list(columns),
            dtype=dict(columns),
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8",
        )
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; run the workflow to make it") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path}: cannot be read as a table of this program ({error}); "
            "delete the file and run the workflow again to make it anew"
        ) from error
    return table.loc[:, list(columns)]
