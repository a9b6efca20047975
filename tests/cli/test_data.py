"""Import and export, as a person types them."""

import json

from tests.helpers.commands import in_process as divergent_bench


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
