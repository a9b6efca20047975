"""From lists of people, one word per column, to tables, report and export."""

import csv
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.helpers.workflow import BIN, Workflow

pytestmark = pytest.mark.slow

LISTS = (
    ("cat", "stone", "music", "river", "anger", "pencil", "doctor", "cloud", "bread", "engine"),
    ("dog", "moon", "idea", "carpet", "lemon", "justice", "needle", "ocean", "virus", "hat"),
    ("cat", "moon", "music", "carpet", "anger", "justice", "doctor", "ocean", "bread", "hat"),
)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_people_are_imported_measured_and_exported(tmp_path):
    with (tmp_path / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["age", *(f"word{i}" for i in range(1, 11))])
        writer.writerows([30, *words] for words in LISTS)

    def run(*arguments: str) -> None:
        subprocess.run([str(BIN / "divergent-bench"), *arguments], cwd=tmp_path, check=True)

    run("import", "people.csv", "--people")
    config = yaml.safe_load((tmp_path / "config/people.yaml").read_text(encoding="utf-8"))
    config["experiments"][1] = {
        "name": "baselines",
        "providers": [{"provider": "baseline", "models": ["nearest", "random-words"]}],
        "samples": 2,
    }
    config["analysis"] = {"include_visualizations": False}
    flow = Workflow(tmp_path, config)
    flow.run()
    results = flow.results()

    diversity = {r["model"]: r for r in rows(results / "diversity.csv") if r["level"] == "model"}
    people = diversity["people"]
    assert (people["n_lists"], people["n_distinct_words"]) == ("3", "20")
    # The third list shares five words with either of the others, which share none: 10 of 3 pairs.
    assert float(people["mean_shared_words"]) == pytest.approx(10 / 3)
    assert float(people["mean_jaccard"]) == pytest.approx(2 / 3 * 5 / 15)
    curve = [r for r in rows(results / "rarefaction.csv") if r["model"] == "people"]
    assert [r["n_lists"] for r in curve] == ["1", "2", "3"] * 2  # the model and its condition
    assert len(rows(results / "overlap.csv")) == 3
    assert not (results / "agreement.csv").exists()  # there is one space

    run("export", str(results), "out.csv")
    exported = {(r["model"], r["seed"]): r for r in rows(tmp_path / "out.csv")}
    assert exported["people", "0"]["response"] == "\n".join(LISTS[0])
    assert exported["people", "0"]["words_glove-6b-100d"] == "|".join(LISTS[0])
    assert len(exported) == 7
