"""Import and export, as a person types them."""

import json

from tests.helpers.commands import in_process as divergent_bench
from tests.helpers.commands import run_in_process


def test_an_import_says_what_comes_next(tmp_path):
    (tmp_path / "my answers.json").write_text(json.dumps({"0": "cat", "1": "dog"}))

    said = divergent_bench(
        "import", "my answers.json", "--model", "gpt-4o", "--temperature", "0.7", directory=tmp_path
    )

    assert said.splitlines() == [
        "2 answers in 1 condition: config/my-answers.jsonl",
        "Next: divergent-bench batch run config/my-answers.yaml",
    ]
    assert "valid; 202 samples in 3 conditions" in divergent_bench(
        "batch", "validate", "config/my-answers.yaml", directory=tmp_path
    )


def test_an_import_of_people_needs_no_model(tmp_path):
    (tmp_path / "lists.json").write_text(json.dumps([["cat", "dog"], ["sea", "sky"]]))

    said = divergent_bench("import", "lists.json", "--people", directory=tmp_path)

    assert said.startswith("2 answers in 1 condition: config/lists.jsonl")
    assert "provider: people" in (tmp_path / "config/lists.yaml").read_text(encoding="utf-8")


def test_what_is_missing_is_said(tmp_path):
    (tmp_path / "a.json").write_text('["cat"]')

    assert "have no model; " in divergent_bench("import", "a.json", code=2, directory=tmp_path)
    assert "nowhere: there is no such directory" in divergent_bench(
        "export", "nowhere", "out.csv", code=2, directory=tmp_path
    )


def test_an_import_says_how_it_read_the_file(tmp_path):
    words = ["Ozean", "Spiegel", "Feder", "Kupfer", "Zirkus", "Fenster", "Brot"]
    rows = [{"model": "m", "said": " ".join(f"{n}. {w}" for n, w in enumerate(words, 1)), "x": 1}]
    (tmp_path / "a.json").write_text(json.dumps(rows * 4))

    _, said, code = run_in_process(
        "import", "a.json", "--answer-column", "said", "--id-column", "x", directory=tmp_path
    )

    assert code == 0
    taken, *answers, language = said.splitlines()
    assert all(part in taken for part in ("answer: said", "model: model", "kept: x"))
    assert len(answers) == 3
    assert all("Ozean, Spiegel, Feder" in answer for answer in answers)
    assert "not in the dictionary" in language


def test_rows_that_are_not_used_are_told_before_a_run(tmp_path):
    rows = [{"t": t, "ans": "cat"} for t in (0.1, 0.9)] + [{"error": "half \x1b[2J"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    columns = {"response": "ans", "temperature": "t", "model": None, "strategy": None}
    entry = {"provider": "recorded", "model": "m", "file": "a.jsonl", "columns": columns}
    experiment = {"name": "e", "providers": [entry], "temperature": 0.1, "samples": "all"}
    (tmp_path / "a.yaml").write_text(json.dumps({"name": "a", "experiments": [experiment]}))

    _, validated, _ = run_in_process("batch", "validate", "a.yaml", directory=tmp_path)
    planned, _, _ = run_in_process("plan", "a.yaml", directory=tmp_path)
    for said in (validated, planned):
        said = " ".join(said.split())
        assert "1 of 2 answers are in no condition: temperature 0.9 (1)" in said
        assert "1 row left out, the request failed (line 3: half" in said
        assert "\x1b" not in said
    data = json.loads(divergent_bench("plan", "a.yaml", "--json", directory=tmp_path))
    assert len(data["unused_rows"]) == 2
