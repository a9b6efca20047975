"""Results for other programs: one tidy table of samples, and what its columns mean."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pandas as pd

from divergent_bench.analysis.tables import (
    EXPORT,
    MODEL,
    PER_SPACE,
    SAMPLE,
    SCORES,
    data_dictionary,
    kept_columns,
    measures_in,
    read_table,
    records,
    write_table,
)
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import replacing, write_text
from divergent_bench.base.records import read_record

_ANSWER: Final = ["task", *SAMPLE]  # what a row of an export is about
FORMATS: Final = (".csv", ".jsonl", ".json", ".parquet", ".xlsx")
# By format, what writes it, and the extra of this package that brings it.
_LIBRARIES: Final = {".parquet": ("pyarrow", "parquet"), ".xlsx": ("xlsxwriter", "spreadsheets")}
_MOST_ROWS, _LONGEST_CELL = 1_048_576, 32_767  # of a sheet, in rows, and of a cell, in characters
_SAMPLE_PARTS: Final = 6  # samples/provider/model/strategy/temperature/seed


def export_results(results: Path, target: Path) -> tuple[Path, Path]:
    """Write the samples of a run as one table, a data dictionary beside it; return their paths.

    The target is a file that ends in one of `FORMATS`, else a directory for ``samples.csv``. In
    JSON, what CSV separates by | is a list, and missing values are null. The dictionary is CSV and
    ends in ``.dictionary.csv``.

    Raises
    ------
    UserError
        When the run has no such tables or samples, the target cannot be written, or its format
        takes a library that is not installed.
    """
    if not results.is_dir():
        raise UserError(f"{results}: there is no such directory; name that of a run: results/NAME")
    is_directory = target.is_dir() or not target.suffix
    if not is_directory and target.suffix not in FORMATS:
        raise UserError(
            f"{target}: an export ends in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, or is a "
            "directory"
        )
    file = target / "samples.csv" if is_directory else target
    _check_library(file)
    scores, words = (read_table(name, results / f"{name}.csv") for name in ("scores", "words"))
    spaces = [str(space) for space in scores["space"].unique()]
    table = tidy_samples(scores, words, results)
    dictionary = file.with_name(f"{file.stem}.dictionary.csv")
    columns = _exported([column for column in measures_in("scores") if column in scores])
    described = data_dictionary(columns, spaces)
    kept = [str(name) for name in table.columns if name not in set(described["column"])]
    try:
        _write(table, file, [f"words_{space}" for space in spaces])
        write_table(data_dictionary(columns, spaces, kept), dictionary)
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror})") from error
    return file, dictionary


def _check_library(file: Path) -> None:
    module, extra = _LIBRARIES.get(file.suffix, ("", ""))
    if module and find_spec(module) is None:
        raise UserError(
            f"{file}: {file.suffix} takes {module}, which is not installed; "
            f"`pip install 'divergent-bench[{extra}]'`, or export to .csv"
        )


def _write(table: pd.DataFrame, file: Path, lists: Sequence[str]) -> None:
    """Write a table in the format that the name of its file says; `lists` are joined by |."""
    match file.suffix:
        case ".csv":
            write_table(table, file)
        case ".json":
            write_text(file, f"{json.dumps(records(table, lists), ensure_ascii=False, indent=1)}\n")
        case ".jsonl":
            lines = (json.dumps(row, ensure_ascii=False) for row in records(table, lists))
            write_text(file, "".join(f"{line}\n" for line in lines))
        case ".parquet":
            with replacing(file) as temporary:
                table.to_parquet(temporary, engine="pyarrow", index=False)
        case ".xlsx":
            with replacing(file) as temporary:
                _write_sheet(table, temporary)


def _write_sheet(table: pd.DataFrame, file: Path) -> None:
    if len(table) >= _MOST_ROWS:
        raise UserError(f"{file}: a sheet has no place for {len(table):,} rows; export to .csv")
    # Text is text: no answer becomes a formula or a link.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    texts = table.select_dtypes(["object", "str", "category"]).columns
    cut = {name: table[name].astype(object).map(_for_a_cell, na_action="ignore") for name in texts}
    with pd.ExcelWriter(file, "xlsxwriter", engine_kwargs={"options": options}) as writer:
        # Else it would hold the time, and no two files would be the same.
        writer.book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        table.assign(**cut).to_excel(writer, sheet_name="samples", index=False)


def _for_a_cell(value: Any) -> Any:
    """Cut a text that is longer than a cell of a sheet may be."""
    return value[:_LONGEST_CELL] if isinstance(value, str) else value


def tidy_samples(scores: pd.DataFrame, words: pd.DataFrame, results: Path) -> pd.DataFrame:
    """Return one row per sample, in the order of `scores`: the columns of `analysis.tables.EXPORT`.

    A sample that answers several tasks has a row for each. What tasks measure follows the score.
    These and those of `PER_SPACE` are there once for each semantic space; columns that the config
    keeps come last. The answers are read from `results`, the directory of the run.

    Raises
    ------
    UserError
        When a sample is missing or damaged.
    """
    names = dict.fromkeys(["task", *MODEL, "strategy", "stimulus"], "str")
    scores, valid = scores.astype(names), words[words["accepted"]].astype(names)
    spaces = list(scores["space"].unique())
    table = scores[scores["space"] == spaces[0]] if spaces else scores
    measures = [column for column in measures_in("scores") if column in scores]
    per_space = [column for column in (*PER_SPACE, *measures) if column in scores]
    table = table.drop(columns=["space", "scored_words", *per_space])
    for space in spaces:
        here = scores[scores["space"] == space]
        table = table.merge(
            here[["task", "sample", *per_space]].rename(
                columns={column: f"{column}_{space}" for column in per_space}
            ),
            on=["task", "sample"],
            validate="one_to_one",
        ).merge(_joined_words(valid[valid["space"] == space], f"words_{space}"), "left", _ANSWER)
    # The table says where the samples were; the directory may have been moved since.
    paths = [results.joinpath(*PurePosixPath(p).parts[-_SAMPLE_PARTS:]) for p in table["sample"]]
    found = [read_record(str(path)) for path in paths]
    texts = (str(record["answer"]["text"]) for record in found)
    table["response"] = [text.encode(errors="replace").decode() for text in texts]
    spread = {*PER_SPACE, *measures}
    columns = [
        name
        for column in _exported(measures)
        for name in ([f"{column}_{s}" for s in spaces] if column in spread else [column])
    ]
    for name, cells in kept_columns(found, {*columns, *SCORES}).items():
        table[name] = cells.to_numpy()
        columns.append(str(name))
    return table[columns]


def _exported(measures: Sequence[str]) -> dict[str, str]:
    """Return the columns of an export by their types: measures stand behind the score."""
    measured = {column: measures_in("scores")[column].dtype for column in measures}
    columns: dict[str, str] = {}
    for column, dtype in EXPORT.items():
        columns |= {column: dtype} | (measured if column == "score" else {})
    return columns


def _joined_words(valid: pd.DataFrame, name: str) -> pd.DataFrame:
    ordered = valid.sort_values("position", kind="stable")
    by_sample = ordered.groupby(_ANSWER, dropna=False, observed=True)["word"]
    return by_sample.agg("|".join).rename(name).reset_index()
