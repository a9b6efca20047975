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
