"""``parse`` and ``score``: the instrument by hand."""

import json
from pathlib import Path

import pytest

from tests.helpers.commands import in_process as divergent_bench

ANSWER = "Here:\n1. **Kettle** (a vessel)\n2. the glacier\n3. Façade\n4. kettle\n5. qzx\n"
SEVEN = ["cat", "law", "glacier", "music", "pepper", "anger", "number"]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("here")
    (directory / "answer.txt").write_text(ANSWER, encoding="utf-8")
    (directory / "latin.txt").write_bytes(b"fa\xe7ade")
    (directory / "words.txt").write_text("\n".join(SEVEN) + "\n\n", encoding="utf-8")
    return directory


def test_an_answer_is_explained(here: Path) -> None:
    said = divergent_bench("parse", "answer.txt", directory=here)
    assert said.startswith("layout: numbered (")
    assert "flag:   preamble (there is text before the list)" in said
    rows = [line.split() for line in said.splitlines() if line[:3].strip().isdigit()]
    assert rows[0] == ["1", "**Kettle**", "(a", "vessel)", "9-30", "Kettle", "accepted"]
    assert rows[1] == ["2", "the", "glacier", "34-45", "glacier", "accepted"]
    assert rows[3][-1] == "duplicate"
    assert rows[4][-3:] == ["not", "in", "dictionary"]


def test_an_answer_from_standard_input_as_json(here: Path) -> None:
    said = json.loads(
        divergent_bench("parse", "-", "--json", "--fold-diacritics", given=ANSWER, directory=here)
    )
    assert said["layout"] == "numbered"
    assert {"preamble", "glosses", "bold"} <= set(said["flags"])
    assert said["options"] == {"minimum": 7, "scored": 7, "fold_diacritics": True}
    assert said["words"][2] == {
        "raw": "Façade",
        "span": [49, 55],
        "candidate": "Façade",
        "word": "facade",
        "accepted": True,
        "reason": "",
    }


@pytest.mark.parametrize(("text", "layout"), [("", "none"), ("I cannot do that.", "prose")])
def test_an_answer_without_a_list(here: Path, text: str, layout: str) -> None:
    assert divergent_bench("parse", "-", given=text, directory=here).startswith(
        f"layout: {layout} "
    )


def test_an_answer_that_was_cut_off(here: Path) -> None:
    text = "1. cat\n2. sand"
    whole, cut = (
        json.loads(divergent_bench("parse", "-", "--json", *flags, given=text, directory=here))
        for flags in ([], ["--truncated"])
    )
    assert [word["candidate"] for word in whole["words"]] == ["cat", "sand"]
    assert [word["candidate"] for word in cut["words"]] == ["cat"]
    assert "cut-off" in cut["flags"]
    assert "cut-off" not in whole["flags"]


def test_words_are_scored(here: Path) -> None:
    said = divergent_bench("score", *SEVEN, directory=here)
    assert "space: glove-6b-100d\n" in said
    assert "not the space of the published scores" in said
    (score,) = [line for line in said.splitlines() if line.startswith("DAT score: ")]
    by_file = json.loads(divergent_bench("score", "--file", "words.txt", "--json", directory=here))
    assert by_file["score"] == pytest.approx(float(score.removeprefix("DAT score: ")), abs=0.005)
    assert by_file["scored_words"] == SEVEN
    assert 0 < by_file["score"] < 200


def test_too_few_words_have_no_score_and_that_is_no_error(here: Path) -> None:
    assert "DAT score: none, with 2 valid words where 7 are needed" in divergent_bench(
        "score", "cat", "cat", "law", "qzx", directory=here
    )
    said = json.loads(
        divergent_bench("score", "cat", "law", "--minimum", "2", "--json", directory=here)
    )
    assert said["options"]["minimum"] == 2
    assert said["score"] > 0
    assert json.loads(divergent_bench("score", "cat", "--json", directory=here))["score"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["parse", "nowhere.txt"], "nowhere.txt: cannot be read"),
        (["parse", "latin.txt"], "is not UTF-8"),
        (["parse", "answer.txt", "--space", "nowhere"], "There is no semantic space 'nowhere'"),
        (["score"], "There are no words to score"),
        (["score", "cat", "--file", "words.txt"], "not both"),
        (["score", "cat", "--scored", "1"], "give 2 or more"),
    ],
)
def test_wrong_use_is_said_and_exits_with_2(here: Path, arguments: list[str], said: str) -> None:
    assert said in divergent_bench(*arguments, code=2, directory=here)


NEAR = ["wave", "fish", "salt", "ships", "quickly", "whale", "storm", "harbor", "coral", "depth"]


def test_words_about_a_cue_are_scored(here: Path) -> None:
    asked = ("score", *NEAR, "--task", "cdat", "--cue", "Ship", "--space", "minilm-l6")
    said = divergent_bench(*asked, directory=here)
    verdicts = {line.split()[1]: line.split()[3:] for line in said.splitlines()[1:11]}
    assert verdicts["ships"] == ["cue"]
    assert verdicts["quickly"] == ["no", "noun"]
    assert verdicts["depth"] == ["accepted"]  # the eighth
    data = json.loads(divergent_bench(*asked, "--json", directory=here))
    assert data["scored_words"] == [w for w in NEAR if w not in ("ships", "quickly", "depth")]
    assert data["score"] == data["novelty"]
    assert data["published"]
    assert f"CDAT novelty score: {data['novelty']:.2f}\n" in said
    assert f"appropriateness: {data['appropriateness']:.2f}\n" in said
    assert "do not compare" not in said
    elsewhere = divergent_bench(*asked[:-1], "wordnet", directory=here)
    assert "do not compare" in elsewhere


def test_a_cue_that_the_space_does_not_know_leaves_appropriateness_open(here: Path) -> None:
    asked = ("score", *NEAR, "--task", "cdat", "--cue", "xqzzy")
    assert "\nappropriateness: none; the space does not know" in divergent_bench(
        *asked, directory=here
    )
    data = json.loads(divergent_bench(*asked, "--json", directory=here))
    assert data["appropriateness"] is None
    assert data["novelty"] > 0
    few = json.loads(divergent_bench("score", "wave", *asked[-4:], "--json", directory=here))
    assert few["score"] is few["novelty"] is few["appropriateness"] is None


def test_an_answer_about_a_cue_is_explained(here: Path) -> None:
    said = divergent_bench(
        *("parse", "-", "--task", "cdat", "--cue", "ocean"),
        given="1. wave\n2. oceans\n3. quickly\n",
        directory=here,
    )
    assert [line.split()[-1] for line in said.splitlines()[-3:]] == ["accepted", "cue", "noun"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--task", "cdat"], "--stimulus: name the cue that cdat asked about"),
        (["--cue", "ocean"], "--stimulus: the task dat has none; take it out"),
        (
            ["--task", "drat", "--stimulus", "gene"],
            "--stimulus: 'gene' has 1 word; a set of anchors is 2 to 4 words with commas between "
            "them: gene, valley",
        ),
    ],
)
def test_a_cue_is_needed_where_there_is_one_and_refused_where_not(
    here: Path, flags: list[str], said: str
) -> None:
    for command in (["score", "cat"], ["parse", "answer.txt"]):
        assert divergent_bench(*command, *flags, directory=here, code=2) == f"{said}\n"


def test_a_score_has_its_place_among_people_where_there_are_norms(here: Path) -> None:
    said = divergent_bench("score", "--file", "words.txt", directory=here)
    told = json.loads(divergent_bench("score", "--file", "words.txt", "--json", directory=here))
    (place,) = told["percentiles"].values()
    assert 0 < place < 100
    assert f"percentile: {place:.1f} among 8,551 people" in said
    elsewhere = divergent_bench(
        "score", "--file", "words.txt", "--space", "wordnet", directory=here
    )
    otherwise = divergent_bench("score", "--file", "words.txt", "--minimum", "5", directory=here)
    assert "percentile" not in elsewhere + otherwise
