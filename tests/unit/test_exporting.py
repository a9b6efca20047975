"""Results for other programs."""

import json
import zipfile

import pandas as pd
import pytest

from divergent_bench.analysis.exporting import export_results
from divergent_bench.analysis.tables import write_table
from divergent_bench.base.errors import UserError
from divergent_bench.base.records import record_text
from tests.helpers.scores import scores_table
from tests.helpers.words import words_table

KEY = "samples/openai/a/none/t0.7/seed{}.json"


@pytest.fixture
def results(tmp_path):
    directory = tmp_path / "moved"
    rows = [
        {"seed": 0, "score": 80.5, "flags": "bold|glosses", "sample": f"results/x/{KEY.format(0)}"},
        {"seed": 1, "outcome": "refused", "sample": f"results/x/{KEY.format(1)}"},
    ]
    both = [{**row, "space": space} for space in ("wordnet", "own") for row in rows]
    write_table(scores_table(both), directory / "scores.csv")
    words = [words_table(["tree -qqq sea"]), words_table(["tree"], space="own")]
    write_table(pd.concat(words), directory / "words.csv")
    for seed, text in enumerate(["Tree, qqq\nsea", "No \ud800"]):
        file = directory / KEY.format(seed)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(record_text({}, "0", {}, json.dumps({"text": text})), encoding="utf-8")
    return directory


def test_a_row_per_sample_with_every_space_and_the_answer(results, tmp_path):
    table, dictionary = export_results(results, tmp_path / "out")

    assert (table.name, dictionary.name) == ("samples.csv", "samples.dictionary.csv")
    exported = pd.read_csv(table, keep_default_na=False)
    assert exported["score_wordnet"].tolist() == ["80.5", ""]
    assert exported["words_wordnet"].tolist() == ["tree|sea", ""]
    assert exported["words_own"].tolist() == ["tree", ""]
    assert exported["n_very_rare_own"].tolist() == [0, 0]
    assert exported["response"].tolist() == ["Tree, qqq\nsea", "No ?"]
    assert exported[["strategy", "seed", "outcome"]].to_numpy().tolist() == [
        ["none", 0, "ok"],
        ["none", 1, "refused"],
    ]


def test_the_dictionary_tells_every_column(results, tmp_path):
    table, dictionary = export_results(results, tmp_path / "out.csv")

    told = pd.read_csv(dictionary, keep_default_na=False)
    assert told["column"].tolist() == list(pd.read_csv(table, nrows=0).columns)
    row = told.set_index("column").loc["score_own"]
    assert row[["type", "unit"]].tolist() == ["number", "points"]
    assert row["meaning"].endswith("(in own)")
    assert told["meaning"].all()


def test_json_lines_have_lists_and_nulls(results, tmp_path):
    table, _ = export_results(results, tmp_path / "out.jsonl")

    first, second = map(json.loads, table.read_text(encoding="utf-8").splitlines())
    assert (first["score_wordnet"], second["score_wordnet"]) == (80.5, None)
    assert (first["words_wordnet"], second["words_wordnet"]) == (["tree", "sea"], [])
    assert first["flags"] == ["bold", "glosses"]
    assert first["seed"] == 0


def test_json_is_a_list_of_the_same_rows(results, tmp_path):
    lines, _ = export_results(results, tmp_path / "out.jsonl")
    file, dictionary = export_results(results, tmp_path / "out.json")

    rows = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert json.loads(file.read_text(encoding="utf-8")) == rows
    assert dictionary.name == "out.dictionary.csv"


def test_a_sheet_has_text_where_answers_look_like_formulas(results, tmp_path):
    pytest.importorskip("xlsxwriter")
    hostile = ["=cmd|' /C calc'!A0", "http://evil.example/" + "x" * 40_000]
    for seed, text in enumerate(hostile):
        record = record_text({}, "0", {}, json.dumps({"text": text}))
        (results / KEY.format(seed)).write_text(record, encoding="utf-8")

    file, _ = export_results(results, tmp_path / "out.xlsx")

    sheet = pd.read_excel(file, engine="calamine", keep_default_na=False)
    table = pd.read_csv(export_results(results, tmp_path / "out.csv")[0], keep_default_na=False)
    assert list(sheet.columns) == list(table.columns)
    assert sheet["score_wordnet"].tolist() == [80.5, ""]
    assert sheet["response"].tolist() == [hostile[0], hostile[1][:32_767]]
    with zipfile.ZipFile(file) as parts:
        content = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in content
    assert "hyperlink" not in content
    again, _ = export_results(results, tmp_path / "again.xlsx")
    assert again.read_bytes() == file.read_bytes()


def test_parquet_has_the_types_of_the_columns(results, tmp_path):
    pytest.importorskip("pyarrow")

    file, _ = export_results(results, tmp_path / "out.parquet")

    table = pd.read_parquet(file)
    assert table["score_wordnet"].iloc[0] == 80.5
    assert table["score_wordnet"].isna().tolist() == [False, True]
    assert table["seed"].tolist() == [0, 1]


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_a_format_whose_library_is_not_there_says_how_to_get_it(
    results, tmp_path, monkeypatch, suffix
):
    monkeypatch.setattr("divergent_bench.analysis.exporting.find_spec", lambda name: None)

    with pytest.raises(UserError, match=r"not installed; `pip install 'divergent-bench\[\w+\]'"):
        export_results(results, tmp_path / f"out{suffix}")
    assert not list(tmp_path.glob("out*"))


def test_what_cannot_be_written_is_told(results, tmp_path):
    with pytest.raises(UserError, match=r"out\.sav: an export ends in \.csv, .* or \.xlsx"):
        export_results(results, tmp_path / "out.sav")


def test_what_is_no_run_is_told(tmp_path):
    with pytest.raises(UserError, match="there is no such directory; name that of a run"):
        export_results(tmp_path / "nowhere", tmp_path)
    with pytest.raises(UserError, match=r"scores\.csv: no such file; run the workflow"):
        export_results(tmp_path, tmp_path)


def test_columns_that_are_kept_are_exported_and_told(results, tmp_path):
    file = results / KEY.format(0)
    answer = json.dumps({"text": "Tree", "raw": {"id": "p1", "model": "of the file"}})
    record = record_text({}, "0", {"keep": ["id", "model"]}, answer)
    file.write_text(record, encoding="utf-8")

    table, dictionary = export_results(results, tmp_path / "out.csv")

    exported = pd.read_csv(table, keep_default_na=False)
    assert exported["id"].tolist() == ["p1", ""]
    assert exported["file_model"].tolist() == ["of the file", ""]
    told = pd.read_csv(dictionary, keep_default_na=False)
    assert told["column"].tolist() == list(exported.columns)
