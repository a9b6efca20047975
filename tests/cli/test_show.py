"""``show``: one answer, and all that is known of it."""

import csv
import json
import re
from itertools import combinations
from pathlib import Path

import pytest

from divergent_bench.base.answers import Answer
from divergent_bench.base.records import record_text
from divergent_bench.base.requests import digest
from divergent_bench.config import parse_config
from divergent_bench.design.expansion import expand
from divergent_bench.running.batches import write_config
from tests.helpers.commands import in_process as divergent_bench
from tests.helpers.hostile import ANSWERS
from tests.helpers.workflow import Workflow

LISTED = (
    "1. Arm\n2. cat\n3. house\n4. qzx\n5. arm\n6. law\n7. music\n8. pepper\n9. glacier\n10. dog\n"
)
TEXTS = [LISTED, "I am sorry.", *ANSWERS]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a run of which every sample is there, and nothing was scored."""
    directory = tmp_path_factory.mktemp("show")
    entry = {"provider": "openai", "models": ["gpt-4o"]}
    experiment = {"name": "e", "providers": [entry], "strategies": ["none"], "samples": len(TEXTS)}
    spaces = {"spaces": ["wordnet", "glove-6b-100d"], "scoring": {"minimum": 6}}
    config = parse_config({"name": "t", "experiments": [experiment], "analysis": spaces})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        write_config(config)
        for sample, text in zip(expand(config).samples(), TEXTS, strict=True):
            key = {"provider": "openai", "model": "gpt-4o", "strategy": "none"}
            key |= {"temperature": sample.condition.temperature, "seed": sample.seed}
            file = Path(sample.path)
            file.parent.mkdir(parents=True, exist_ok=True)
            answer = Answer.of_text(text).to_json()
            content = record_text(key, digest(sample.request), sample.request, answer)
            file.write_text(content, encoding="utf-8")
    return directory


def file_of(run: Path, seed: int) -> str:
    (found,) = run.glob(f"results/t/samples/**/seed{seed}.json")
    return str(found.relative_to(run))


def test_all_that_is_known_of_an_answer_is_told(run: Path) -> None:
    said = divergent_bench("show", file_of(run, 0), directory=run)

    assert said.startswith("openai/gpt-4o, none, temperature")
    table = said.partition("Distances")[0].splitlines()
    rows = {cells[0]: cells[1:] for cells in map(str.split, table) if cells}
    assert rows["1"][-2:] == ["scored", "scored"]
    assert rows["4"] == ["qzx", "not", "in", "dictionary", "not", "in", "dictionary"]
    assert rows["5"] == ["arm", "arm", "duplicate", "duplicate"]
    assert rows["10"] == ["dog", "dog", "accepted", "accepted"]
    assert "1. Arm" in said.partition("The answer")[2]
    request = said.partition("The request")[2]
    assert "user:\n  Name 10 words" in request
    assert re.search(r"request: [0-9a-f]{64}", said)
    assert max(map(len, said.partition("The request")[0].splitlines())) <= 80


def test_the_mean_of_the_distances_is_the_score(run: Path) -> None:
    said = json.loads(divergent_bench("show", file_of(run, 0), "--json", directory=run))

    assert [found["space"] for found in said["scored"]] == ["wordnet", "glove-6b-100d"]
    for found in said["scored"]:
        words, between = found["scored_words"], found["distances"]
        assert words == ["arm", "cat", "house", "law", "music", "pepper", "glacier"]
        pairs = [between[a][b] for a, b in combinations(range(len(words)), 2)]
        assert sum(pairs) / 21 == pytest.approx(found["score"], abs=1e-3)
        assert [between[place][place] for place in range(7)] == [0] * 7


def test_an_answer_without_a_score_says_why(run: Path) -> None:
    said = divergent_bench("show", file_of(run, 1), directory=run)

    assert "none: 0 of 0 words are valid" in said
    assert "Distances" not in said
    assert "I am sorry." in said


def test_what_an_answer_holds_does_nothing_to_a_terminal(run: Path) -> None:
    for seed, text in enumerate(TEXTS):
        said = divergent_bench("show", file_of(run, seed), directory=run)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said), text


def test_an_answer_is_found_by_the_digest_of_its_request(finished_demo: Workflow) -> None:
    with (finished_demo.results() / "scores.csv").open(encoding="utf-8", newline="") as file:
        *_, last = csv.DictReader(file)
    assert last["score"] == "" or float(last["score"])

    for digits in (12, 64):
        said = divergent_bench(
            "show", last["digest"][:digits], "--json", directory=finished_demo.directory
        )
        found = json.loads(said)
        assert found["sample"] == last["sample"]
        (score,) = [each["score"] for each in found["scored"]]
        assert score == (pytest.approx(float(last["score"])) if last["score"] else None)


@pytest.mark.parametrize(
    ("named", "complaint"),
    [
        ("nothing", "is no sample file"),
        ("abc", "8 to 64 hexadecimal digits"),
        ("a" * 64, "no sample that was scored below results"),
        ("results/t/config.yaml", "is not a sample record"),
    ],
)
def test_what_is_no_answer_is_told(run: Path, named: str, complaint: str) -> None:
    assert complaint in divergent_bench("show", named, code=2, directory=run)


def test_a_sample_that_is_in_no_run_cannot_be_scored(run: Path, tmp_path: Path) -> None:
    alone = tmp_path / "seed0.json"
    alone.write_bytes((run / file_of(run, 0)).read_bytes())

    assert "divergent-bench parse" in divergent_bench("show", str(alone), code=2, directory=run)


def test_digits_that_two_requests_share_are_not_enough(run: Path) -> None:
    listing = run / "results/t/partial/samples.csv"
    listing.parent.mkdir(exist_ok=True)
    listing.write_text(f"sample,digest\na,{'1' * 60}2222\nb,{'1' * 64}\n", encoding="utf-8")

    assert "2 requests" in divergent_bench("show", "1" * 20, code=2, directory=run)
