"""The README: what it promises, and where its numbers come from."""

import csv
import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml

from divergent_bench import __version__
from tests.helpers.pages import Reader, blocks
from tests.helpers.workflow import ROOT

PUBLISHED = "docs/how-to/published-data.md"
FINDING = "docs/explanation/finding.md"


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def test_the_set_up_commands_are_tasks_of_bootstrap():
    set_up = [block.text for block in blocks("README.md") if block.kind == "bash"]
    tasks = set(re.findall(r"^python3 bootstrap\.py (\w+)$", "".join(set_up), re.MULTILINE))
    help_text = subprocess.run(
        ["python3", "bootstrap.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert tasks == {"demo", "test"}
    assert all(task in help_text for task in tasks)


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_the_environment_is_active_before_a_command_of_it_is_given(page):
    given = [block.text for block in blocks(page) if block.kind in {"bash", "console"}]
    (active,) = [n for n, text in enumerate(given) if "source .venv/bin/activate" in text]
    (first, *_) = [n for n, text in enumerate(given) if "divergent-bench " in text]
    assert active < first


def test_the_citation_is_of_this_version_and_names_the_task():
    citation = yaml.safe_load(text_of("CITATION.cff"))
    assert citation["version"] == __version__
    dois = {reference.get("doi") for reference in citation["references"]}
    assert "10.1073/pnas.2022340118" in dois
    assert all(doi in text_of("docs/citing.md") for doi in dois - {None})


def public_answers(shared: Path, directory: Path) -> None:
    """Lay out the part of the public data that is at hand as its repositories have it."""
    found: dict[str, dict[str, str]] = {}
    for line in (shared / "llm_responses.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["file"], {})[row["index"]] = row["response"]
    answers = directory / "DAT_GPT/machine_data_dat"
    answers.mkdir(parents=True)
    for file, of_file in found.items():
        (answers / Path(file).name).write_text(json.dumps(of_file), encoding="utf-8")
    shutil.copy(shared / "human_lists.tsv", directory / "study2.tsv")


@pytest.mark.slow
def test_the_finding_is_made_by_the_commands_of_its_page(shared_data, tmp_path):
    public_answers(shared_data, tmp_path)
    Reader(tmp_path, addresses={}, environment={}).follow(PUBLISHED)

    results = tmp_path / "results/finding"
    words = {
        row["model"]: round(float(row["expected_distinct_words"]))
        for row in rows(results / "rarefaction.csv")
        if row["level"] == "model" and row["n_lists"] == "20"
    }
    leaders = re.findall(
        r"^\| [^|]* \| (\S+).* \| ([\d.]+) (\[\d.*?\]) \| [\d.]+ \| [\d.]+ \| (\S+).*\| (\S+) \|$",
        (results / "leaderboard.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert len(leaders) == 13
    table = [line for line in text_of(FINDING).splitlines() if re.search(r"\[\d.*\d\] \|", line)]
    assert [re.sub(r" \(baseline\)", "", line) for line in table] == [
        f"| {label} | {mean} {interval} | {place} | {scorable} | {words[label.strip('*')]} |"
        for label, mean, interval, scorable, place in leaders
    ]

    said = " ".join(text_of("README.md").split())
    means = {label.strip("*"): float(mean) for label, mean, *_ in leaders}
    of_models = [mean for label, mean in means.items() if label[0].isupper()]
    assert f"Nouns drawn at random score {means['random-nouns']:.1f}, above all ten models" in said
    assert f"({min(of_models):.1f} to {max(of_models):.1f}) and above people" in said
    assert f"people ({means['people']:.1f})" in said
    assert f"that people use most score {means['common-nouns']:.1f}" in said
    scored = [row for row in rows(results / "scores.csv") if row["score"]]
    of_chance, of_people = (
        np.array([float(row["score"]) for row in scored if row["model"] == model])
        for model in ("random-nouns", "people")
    )
    share = (of_chance[:, None] > of_people).mean()
    assert f"a random list outscores that of a person in {share:.0%}" in said.replace(
        " of 100 pairs", "%"
    )
    used = [words[label] for label in means if label[0].isupper()]
    assert f"20 lists of 20 people hold {words['people']} different words" in said
    assert f"20 lists of one model {min(used)} to {max(used)} (" in said
    seas = {
        row["seed"]
        for row in rows(results / "words.csv")
        if (row["model"], row["word"]) == ("GPT-4-Turbo", "ocean")
    }
    assert f"{len(seas)} of the 30 lists of GPT-4-Turbo name the ocean" in said
    verdicts = Counter(
        "none" if float(row["p_adjusted"]) >= 0.05 else higher(row)
        for row in rows(results / "tests.csv")
        if row["test"] == "mean_difference" and "people" in (row["group_a"], row["group_b"])
    )
    assert verdicts == {"model": 5, "people": 2, "none": 3}
    pairs = [row for row in rows(results / "tests.csv") if row["test"] == "mean_difference"]
    alike = [row for row in pairs if float(row["p_adjusted"]) >= 0.05]
    assert (
        "Five models scored higher than people, two lower, three were not shown to differ" in said
    )
    assert f"of all {len(pairs)} pairs of models and people, {len(alike)} were not" in said


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def higher(row: dict[str, str]) -> str:
    return "people" if (row["group_a"] == "people") == (float(row["effect"]) > 0) else "model"
