"""Files of answers: how they are encoded and laid out, and what an answer is wrapped in.

``data/answer_files/`` has small examples of what tools and providers write, made by hand. Each has
the same two answers of one model, the second of which was cut off.
"""

import json
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from divergent_bench.base.errors import UserError
from divergent_bench.design.answer_files import formats
from divergent_bench.design.answer_files.columns import word_columns
from divergent_bench.design.answer_files.formats import read_table
from divergent_bench.design.answer_files.shapes import NoAnswerError, replies
from divergent_bench.running.importing import Naming, read_answers

DATA = Path(__file__).parent / "data" / "answer_files"
FIRST, SECOND = "1. Giraffe\n2. Volcano\n3. Justice", "1. Lamp\n2. Ocean\n3. San"
LENGTH = {"length", "max_tokens", "MAX_TOKENS", "max_output_tokens"}


def read(file: Path, **naming):
    return read_answers(file, Naming(**naming))


def texts(file: Path, **naming) -> list[str]:
    return [row["response"] for row in read(file, **naming).rows]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("file", sorted(DATA.iterdir()), ids=lambda file: file.stem)
def test_what_tools_write_is_read(file):
    rows = read(file).rows

    assert [(row["model"], row["response"]) for row in rows] == [
        ("acme-1", FIRST),
        ("acme-1", SECOND),
    ]
    if "lm_eval" not in file.stem:  # which does not say
        assert rows[0].get("finish_reason") not in LENGTH
        assert rows[1]["finish_reason"] in LENGTH


@pytest.mark.parametrize(
    ("file", "failed"),
    [
        ("openai_batch.jsonl", 2),
        ("anthropic_batch.jsonl", 2),
        ("litellm_logs.jsonl", 1),
        ("promptfoo.json", 1),
        ("inspect_log.json", 1),
    ],
)
def test_failed_requests_are_counted_and_no_answers(file, failed):
    (note,) = (note for note in read(DATA / file).notes if "failed" in note)
    assert note.startswith(f"{failed} row")


@pytest.mark.parametrize("file", ["litellm_logs.jsonl", "llm_logs.json", "inspect_log.json"])
def test_temperatures_are_found_where_tools_keep_them(file):
    assert {row["temperature"] for row in read(DATA / file).rows} == {0.5}


def test_a_zipped_log_of_inspect_is_read_in_the_order_of_its_samples(tmp_path):
    log = json.loads((DATA / "inspect_log.json").read_text(encoding="utf-8"))
    samples = log.pop("samples")
    with zipfile.ZipFile(tmp_path / "a.eval", "w") as file:
        file.writestr("header.json", json.dumps(log))
        for number, sample in ((10, samples[2]), (9, samples[0])):
            file.writestr(f"samples/{number}_epoch_1.json", json.dumps(sample))
        file.writestr("summaries.json", "[]")

    assert texts(tmp_path / "a.eval") == [FIRST, SECOND]
    write(tmp_path / "b.eval", "no zip")
    with pytest.raises(UserError, match=r"b\.eval: is no log of Inspect"):
        read(tmp_path / "b.eval")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (3, "a number, 3"),
        (True, "a truth value"),
        ({"score": 3}, "an object with the fields 'score'"),
        ([{"score": 3}], "an object with the fields 'score'"),
        (["cat", 3], "a list of number, text"),
        ([{"role": "user", "content": "Name nouns."}], "a conversation whose last turn"),
        ({"content": [{"type": "text", "text": 3}]}, "a number, 3"),
    ],
)
def test_a_cell_that_is_no_text_is_refused_with_what_was_found(cell, said):
    with pytest.raises(NoAnswerError, match=said):
        replies(cell)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (None, [""]),
        (["Ocean", None, " ", "NA", "ice\n cream"], ["Ocean\nice cream"]),
        ([["Ocean", "Lamp"], ["Sea", "Tree"]], ["Ocean\nLamp", "Sea\nTree"]),
        ([FIRST, SECOND], [FIRST, SECOND]),
        ({"choices": [{"text": "a"}, {"text": "b"}]}, ["a", "b"]),
        ({"words": ["Ocean", "Lamp"]}, ["Ocean\nLamp"]),
        ([{"type": "thinking", "thinking": "cat"}], [""]),
        ([{"type": "reasoning", "text": "cat"}, {"type": "prose", "text": "dog"}], ["dog"]),
        ([{"role": "user", "content": "?"}, {"role": "assistant", "content": "cat"}], ["cat"]),
        (json.dumps([{"type": "text", "text": FIRST}]), [FIRST]),
        (str([{"type": "text", "text": FIRST}]), [FIRST]),
        (json.dumps(["Ocean", "Lamp"]), ['["Ocean", "Lamp"]']),  # an answer in JSON
    ],
)
def test_answers_are_found_in_cells(cell, found):
    assert [reply.text for reply in replies(cell)] == found


def test_a_refusal_is_an_answer_that_was_refused():
    (reply,) = replies({"message": {"content": None, "refusal": "I cannot."}})
    assert (reply.text, reply.end) == ("I cannot.", "refusal")


@pytest.mark.parametrize(
    ("error", "n_answers"),
    [
        ("429", 1),
        ("0.05", 1),
        ("None", 1),
        ("", 1),
        (0, 1),
        (None, 1),
        ({}, 1),
        ("timeout", 0),
        ({"message": "timeout"}, 0),
        (True, 0),
    ],
)
def test_a_column_of_errors_says_which_rows_are_no_answers(tmp_path, error, n_answers):
    rows = [{"model": "m", "response": "cat"}, {"model": "m", "response": "cat", "error": error}]
    file = write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    assert len(texts(file)) == 1 + n_answers


# Tables of text

TABLE = 'model;temperature;response\r\nm;0,7;"cat, dog"\r\nm;0,7;"Zoë\r\nsea"\r\n'


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("cp1252"),
        f"sep=;\r\n{TABLE}".encode(),
        f"sep=;\r\n{TABLE}".encode("utf-16"),
        TABLE.replace(";", "\t").encode("utf-16"),
        TABLE.replace(";", "\t").encode("utf-16-be"),
        TABLE.replace(";", "|").encode("utf-32"),
        TABLE.replace(";", ",").replace("0,7", "0.7").encode(),
    ],
    ids=[
        "semicolons",
        "BOM",
        "Windows-1252",
        "sep",
        "sep UTF-16",
        "UTF-16",
        "big-endian",
        "UTF-32",
        "commas",
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_tables_of_any_spreadsheet_are_read(tmp_path, name, content):
    rows = read(write(tmp_path / name, content)).rows

    assert [(row["temperature"], row["response"]) for row in rows] == [
        (0.7, "cat, dog"),
        (0.7, "Zoë\r\nsea"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("model,response\nm,cat\nm,cat, dog\n", "line 3: has 3 fields, and the header has 2"),
        ('model,response\nm,"cat\ndog"\nm\n', "line 4: has 1 fields, and the header has 2"),
        ("model,response,response\nm,cat,dog\n", "line 1: several columns are called 'response'"),
        ('model,response\nm,cat\nm,"dog\nm,cow\n', "line 3: a quotation mark opens here"),
    ],
)
def test_a_table_that_cannot_be_right_is_an_error_with_its_line(tmp_path, content, said):
    with pytest.raises(UserError, match=said):
        read_table(write(tmp_path / "a.csv", content))


def test_what_is_not_ambiguous_is_read(tmp_path):
    one_column = "response\nOcean, Mirror, Lamp\n"
    assert texts(write(tmp_path / "a.csv", one_column), model="m") == ["Ocean, Mirror, Lamp"]
    empty_ends = "model,response,,\nm,cat,,\nm,dog\n"
    assert texts(write(tmp_path / "b.csv", empty_ends)) == ["cat", "dog"]


def test_rows_without_an_answer_are_left_out_and_counted(tmp_path):
    content = "model,response\nm,cat\n,\n\n,,\nmodel,response\nm,dog\nm,\n"
    reading = read(write(tmp_path / "a.csv", content))

    assert [row["response"] for row in reading.rows] == ["cat", "dog", ""]  # it said nothing
    assert reading.notes == [
        "2 rows left out, empty (line 3, line 5)",
        "1 row left out, the header once more (line 6)",
    ]


def test_header_rows_of_qualtrics_are_no_people(tmp_path):
    content = (
        "ResponseId,Q_1,Q_2\nResponse ID,Word 1,Word 2\n"
        '"{""ImportId"":""_recordId""}","{""ImportId"":""QID_1""}","{""ImportId"":""QID_2""}"\n'
        "R_1,cat,dog\nR_2,,\nR_3,sea,NA\n"
    )
    file = write(tmp_path / "a.csv", content)
    reading = read(file, words="Q_*", people=True, keep=("ResponseId",))

    assert [(row["ResponseId"], row["response"]) for row in reading.rows] == [
        ("R_1", "cat\ndog"),
        ("R_3", "sea"),
    ]
    assert reading.ignored == []
    assert any("Qualtrics" in note for note in reading.notes)
    assert any("empty (line 5)" in note for note in reading.notes)


def test_columns_of_words_come_in_the_order_of_their_numbers():
    assert word_columns(["w10", "w2", "w1", "x"], "w*") == ["w1", "w2", "w10"]
    assert word_columns(["last", "first"], "*") == ["last", "first"]
    assert word_columns(["b2", "a1"], "*") == ["b2", "a1"]


# JSON


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"model": "m", "prompt": "Ten nouns", "answer": "a"}, [("m", "a")]),
        (
            {"m": ["a, b, c", "d, e, f"], "n": ["g\nh\ni"]},
            [("m", "a, b, c"), ("m", "d, e, f"), ("n", "g\nh\ni")],
        ),
        ({"m": {"1": "b", "0": "a"}, "n": {"0": "c"}}, [("m", "a"), ("m", "b"), ("n", "c")]),
        ({"m": [["a", "b"], ["c"]]}, [("m", "a\nb"), ("m", "c")]),
        ({"m": [{"text": "a"}], "n": [{"text": "b"}]}, [("m", "a"), ("n", "b")]),
        ({"model": "m", "answer": "a", "tags": [{"text": "b"}]}, [("m", "a")]),
        ({"rows": [{"model": "m", "text": "a"}], "n": 1}, [("m", "a")]),
        ({"model": "m", "answers": ["a", "b"]}, [("m", "a"), ("m", "b")]),
        ({"model": "m", "samples": [{"text": "a"}, {"text": "b"}]}, [("m", "a"), ("m", "b")]),
        ({"model": ["m", "n"], "response": ["a", "b"]}, [("m", "a"), ("n", "b")]),
        (
            {"model": {"0": "m", "1": "n"}, "response": {"0": "a", "1": "b"}},
            [("m", "a"), ("n", "b")],
        ),
    ],
    ids=[
        "one record",
        "by model",
        "by model and index",
        "lists by model",
        "rows by model",
        "lists in a record",
        "rows in an object",
        "answers of a record",
        "rows of a record",
        "columns",
        "pandas",
    ],
)
def test_json_of_other_forms(tmp_path, content, found):
    rows = read(write(tmp_path / "a.json", json.dumps(content))).rows

    assert [(row["model"], row["response"]) for row in rows] == found


def test_not_a_number_is_null(tmp_path):
    content = '{"model": "m", "response": ["cat", NaN]}\n{"model": "m", "response": NaN}'
    assert texts(write(tmp_path / "a.jsonl", content)) == ["cat", ""]


def test_a_code_of_http_says_that_a_request_failed(tmp_path):
    table = "model,status_code,response\nm,200,cat\nm,429,slow down\n"
    assert texts(write(tmp_path / "a.csv", table)) == ["cat"]


def test_json_is_read_whatever_its_name_says(tmp_path):
    rows = [
        {"model": "m", "prompt": "?", "ans": "cat"},
        {"model": "m", "prompt": "?", "ans": "dog"},
    ]
    lines = write(tmp_path / "lines.json", "\n".join(map(json.dumps, rows)))
    one = write(tmp_path / "one.json", json.dumps(rows[0]))
    listed = write(tmp_path / "list.jsonl", json.dumps(rows, indent=1))

    assert texts(lines, response="ans") == texts(listed, response="ans") == ["cat", "dog"]
    assert texts(one, response="ans") == ["cat"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", '{"a": 1}\n{"a": \n', r"line 2: "),
        ("a.json", '{"response": "a"}\n{"response": \n', r"line 2: "),
        ("a.json", '{"m": "a", "m": "b"}', "'m' is there twice"),
        ("a.csv", b"model,response\nm,\x81\xff\n", "line 2: is in an unknown encoding"),
    ],
)
def test_broken_files_are_errors_with_their_place(tmp_path, name, content, said):
    with pytest.raises(UserError, match=said):
        read_table(write(tmp_path / name, content))


# Folders and spreadsheets


def test_a_folder_has_an_answer_per_file_and_a_model_per_subfolder(tmp_path):
    for name, text in {"m/a10.txt": "b", "m/a9.md": "a", "n/x.txt": "c", "n/notes.pdf": ""}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, text)
    reading = read(tmp_path, keep=("id",))

    found = [(row["model"], row["id"], row["response"]) for row in reading.rows]
    assert found == [("m", "a9", "a"), ("m", "a10", "b"), ("n", "x", "c")]
    assert reading.notes == ["1 row left out, neither .txt nor .md (notes.pdf)"]


def workbook(path: Path, rows: list[list[str | float]]) -> Path:
    """Write the smallest workbook of Excel."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    cells = "".join(
        f'<row r="{y}">'
        + "".join(
            f'<c r="{"ABC"[x]}{y}"><v>{cell}</v></c>'
            if isinstance(cell, float)
            else f'<c r="{"ABC"[x]}{y}" t="inlineStr"><is><t>{cell}</t></is></c>'
            for x, cell in enumerate(row)
        )
        + "</row>"
        for y, row in enumerate(rows, start=1)
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/s.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="answers" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/s.xml"/>'
        "</Relationships>",
        "xl/worksheets/s.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData>'
        "</worksheet>",
    }
    with zipfile.ZipFile(path, "w") as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return path


def test_a_spreadsheet_is_read(tmp_path):
    pytest.importorskip("python_calamine")
    rows = [["model", "temperature", "response"], ["m", 0.7, "cat"], ["m", 1.0, "dog"]]
    found = read(workbook(tmp_path / "a.xlsx", rows)).rows

    assert [(row["temperature"], row["response"]) for row in found] == [(0.7, "cat"), (1.0, "dog")]
    with pytest.raises(UserError, match=r"b\.xlsx: is no spreadsheet"):
        read(write(tmp_path / "b.xlsx", "cat"))


def test_without_the_package_for_spreadsheets_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)  # importing it fails
    with pytest.raises(UserError, match=r"pip install 'divergent-bench\[spreadsheets\]'"):
        read(write(tmp_path / "a.xlsx", "cat"))


# Whatever a file holds

NAMES = (
    "model response answer text output content message choices result resps messages error status "
    "type eval samples results provider vars response_json options_json body role 0 1 words parts"
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 500)
    | st.sampled_from(
        [
            "",
            "cat",
            "a, b, c",
            "1. x\n2. y",
            '{"choices": [1]}',
            "[{'type': 'text', 'text': 3}]",
            "\ud800",
        ]
    )
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=5)
    ),
    max_leaves=12,
)
MESSY = st.binary(max_size=60) | st.text('ab,;"\n\r\t=ß\ufeff\x00', max_size=60).map(str.encode)
SHARED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SHARED
@given(VALUES, st.sampled_from(["a.json", "a.jsonl"]))
def test_any_json_has_texts_or_is_an_error_for_people(tmp_path, value, name):
    try:
        found = texts(write(tmp_path / name, json.dumps(value)), model="m")
    except UserError:
        return
    assert all(isinstance(text, str) for text in found)


@SHARED
@given(VALUES, VALUES, st.integers(0, 400))
@example({"eval": {"model_generate_config": 3}}, {}, 0)
@example({"eval": {}, "plan": {"config": 3}}, {}, 0)
@example({}, 1, 0)
def test_any_log_of_inspect_has_texts_or_is_an_error_for_people(tmp_path, header, sample, cut):
    file = tmp_path / "a.eval"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as log:
        log.writestr("header.json", json.dumps(header))
        log.writestr("samples/1.json", json.dumps(sample))
    content = bytearray(file.read_bytes())
    if cut < len(content) and cut:
        content[cut] ^= 0xFF
    try:
        found = texts(write(file, bytes(content)), model="m")
    except UserError:
        return
    assert all(isinstance(text, str) for text in found)


def test_a_log_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "_MOST_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "a.eval", "w", zipfile.ZIP_DEFLATED) as log:
        log.writestr("header.json", " " * 2000 + "{}")
    with pytest.raises(UserError, match="unpacked, it has more than 1,000 bytes"):
        texts(tmp_path / "a.eval", model="m")


@SHARED
@given(MESSY, st.sampled_from(["a.csv", "a.tsv", "a.json", "a.eval"]))
def test_any_bytes_are_texts_or_an_error_for_people(tmp_path, content, name):
    try:
        found = texts(write(tmp_path / name, content), model="m")
    except UserError:
        return
    assert all(isinstance(text, str) for text in found)
