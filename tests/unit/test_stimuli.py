"""Stimuli: what the prompts of a task are asked about, from a config to paths, records, tables."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from divergent_bench.analysis.evaluation import evaluate
from divergent_bench.analysis.exporting import tidy_samples
from divergent_bench.analysis.statistics.agreement import compare_spaces
from divergent_bench.analysis.tables import read_table, write_table
from divergent_bench.base.answers import Answer
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text
from divergent_bench.base.names import unique_slug
from divergent_bench.base.records import digest_in, read_record, record_text
from divergent_bench.base.requests import digest
from divergent_bench.config import Config, load_config, parse_config
from divergent_bench.design.expansion import expand
from divergent_bench.design.grid import Grid
from divergent_bench.design.recorded_answers import answer
from divergent_bench.instrument.spaces import open_space
from divergent_bench.instrument.tasks.cdat import TASK
from divergent_bench.reporting.provenance import provenance
from tests.helpers.hostile import CONTROL, FORMULAS, MARKUP, SHELL

HOSTILE = (
    "ice cream",
    "and/or",
    "../../etc/passwd",
    "..",
    "~",
    'it\'s "quoted"',
    "naïve",
    "\N{CJK UNIFIED IDEOGRAPH-732B}",
    "\N{GRINNING FACE}" * 200,
    "w" * 200,
    "Ocean",
    "OCEAN",
    "ice-cream",
    "{rules}",
    "{cue}",
    *FORMULAS,
    *SHELL,
)


def config(stimuli: Any = ("ocean", "desk"), **settings: Any) -> Config:
    entry = {"provider": "openai", "model": "gpt-4o"}
    top = {key: settings.pop(key) for key in ("defaults",) if key in settings}
    experiment = {"name": "e", "providers": [entry], "strategies": ["cdat"], "samples": 2}
    given = {} if stimuli is None else {"stimuli": stimuli}
    if isinstance(stimuli, tuple):
        given["stimuli"] = list(stimuli)
    return parse_config({"name": "t", "experiments": [experiment | given | settings], **top})


def asked(grid: Grid) -> dict[str, str]:
    """Return what each sample is asked, by its path."""
    return {s.path: s.request["messages"][-1]["content"] for s in grid.samples()}


# Paths, requests, records


def test_a_stimulus_stands_in_the_path_behind_its_strategy_and_in_the_prompt() -> None:
    found = asked(expand(config()))
    assert list(found) == [
        f"results/t/samples/openai/gpt-4o/cdat~{cue}/t0.7/seed{seed}.json"
        for cue in ("ocean", "desk")
        for seed in (0, 1)
    ]
    for path, text in found.items():
        cue = "ocean" if "ocean" in path else "desk"
        assert text == TASK.strategy("cdat").messages(0, cue)[0]["content"]
        assert text.count(f'"{cue}"') == 2  # in the sentence, and in the rules
        assert "{" not in text


def test_one_stimulus_more_adds_its_samples_and_changes_no_other() -> None:
    few, more = (
        {sample.path: digest(sample.request) for sample in expand(config(cues)).samples()}
        for cues in (("ocean", "desk"), ("chair", "ocean", "desk"))
    )
    assert few.items() < more.items()
    assert all("~chair/" in path for path in more.keys() - few.keys())
    assert len(set(more.values())) == len(more) == 6


def test_the_seed_decides_the_wording_at_every_stimulus() -> None:
    grid = expand(config(samples=7, wordings=5))
    texts = list(asked(grid).values())
    strategy = TASK.strategy("cdat")
    assert texts == [
        strategy.messages(seed % 5, cue)[0]["content"]
        for cue in ("ocean", "desk")
        for seed in range(7)
    ]


def test_without_a_word_those_of_the_task_are_asked_each_once() -> None:
    grid = expand(config(None))
    assert [each.condition.stimulus for each in grid.conditions] == list(TASK.stimuli)
    assert len(expand(config(("ocean", "ocean ", "ocean"))).conditions) == 1


def test_stimuli_may_be_those_of_all_experiments() -> None:
    grid = expand(config(None, defaults={"stimuli": ["desk"]}))
    assert {each.condition.stimulus for each in grid.conditions} == {"desk"}


@pytest.mark.parametrize("stimulus", HOSTILE)
def test_any_stimulus_has_a_safe_path_and_stands_in_prompt_and_record_as_it_is(
    stimulus: str, tmp_path: Path
) -> None:
    (planned,) = expand(config((stimulus,), samples=1)).conditions
    part = Path(planned.directory).parent.name
    assert re.fullmatch(r"cdat~[A-Za-z0-9._+-]{1,64}", part)
    assert part not in ("cdat~.", "cdat~..")
    assert len(Path(planned.directory).parts) == 7
    assert json.loads(planned.condition_json())["stimulus"] == stimulus
    (sample,) = planned.samples()
    wanted = TASK.prompts["cdat"]["text"][0].replace("{rules}", TASK.slots["rules"])
    assert sample.request["messages"][0]["content"] == wanted.replace("{cue}", stimulus)
    key = planned.condition.key() | {"seed": 0}
    name = digest(sample.request)
    write_text(tmp_path / "s.json", record_text(key, name, sample.request, Answer("a").to_json()))
    assert read_record(str(tmp_path / "s.json"))["key"] == key
    assert digest_in(str(tmp_path / "s.json")) == name  # within the head that is read for it


def test_no_two_stimuli_share_a_path_also_where_case_is_not_told_apart() -> None:
    parts = [unique_slug(each).casefold() for each in HOSTILE]
    assert len(set(parts)) == len(parts)
    assert unique_slug("ocean") == "ocean"


def test_a_stimulus_that_is_named_as_another_s_path_is_refused() -> None:
    twin = unique_slug("ice cream")
    with pytest.raises(UserError, match=f"stimuli 'ice cream' and '{twin}' of openai"):
        expand(config(("ice cream", twin)))


def test_a_strategy_of_a_file_cannot_pass_for_a_stimulus(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_text("model,strategy,temperature,response\nm,cdat~ocean,0.7,cat\n", encoding="utf-8")
    entry = {"provider": "recorded", "model": "m", "file": str(file)}
    experiment = {"name": "e", "providers": [entry], "strategies": ["cdat~ocean"], "samples": 1}
    (path,) = expand(parse_config({"name": "t", "experiments": [experiment]})).paths()
    assert "~" not in path


def test_a_task_without_stimuli_has_none_anywhere() -> None:
    (planned,) = expand(dat()).conditions
    assert "stimulus" not in json.loads(planned.condition_json())
    assert "~" not in planned.directory


def dat(**settings: Any) -> Config:
    entry = {"provider": "openai", "model": "gpt-4o"}
    return parse_config(
        {"name": "t", "experiments": [{"name": "e", "providers": [entry], **settings}]}
    )


# Who reads no prompt


def test_baselines_have_the_stimulus_in_their_requests() -> None:
    entry = {"provider": "baseline", "models": ["random-nouns"]}
    raw = config().model_dump(exclude_unset=True)
    raw["experiments"].append({"name": "b", "providers": [entry], "stimuli": ["ocean"]})
    *_, planned = expand(parse_config(raw)).conditions
    assert planned.template["stimulus"] == "ocean"
    assert "/baseline/random-nouns/not-applicable~ocean/tdefault" in planned.directory


def test_baselines_alone_are_of_the_task_whose_prompts_are_named() -> None:
    entry = {"provider": "baseline", "model": "random-nouns"}
    grid = expand(config(providers=[entry]))
    assert grid.tasks == ["cdat"]
    assert [each.condition.stimulus for each in grid.conditions] == ["ocean", "desk"]


NOTHING_SAID = {"model": None, "strategy": None, "temperature": None}


def test_recorded_answers_are_found_by_their_stimulus(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("cue,response\nocean,a\ndesk,b\nocean,c\nice  cream,d\n", encoding="utf-8")
    columns = NOTHING_SAID | {"stimulus": "cue"}
    entry = {"provider": "people", "model": "students", "file": str(file), "columns": columns}
    grid = expand(config(("ocean", "moon", "ice cream"), providers=[entry], samples="all"))
    found = {s.path.split("~")[1]: answer(s.request).text for s in grid.samples()}
    slug = unique_slug("ice cream")
    assert found == {
        "ocean/tdefault/seed0.json": "a",
        "ocean/tdefault/seed1.json": "c",
        f"{slug}/tdefault/seed0.json": "d",
    }


# What is wrong with a config


WRONG = {
    "stimuli: []": "experiments[0].stimuli: is empty; give at least one",
    "stimuli: [1984]": "experiments[0].stimuli[0]: 1984 does not fit (expected: text",
    "stimuli: ['  ']": "experiments[0].stimuli[0]: is empty; give a word",
    f"stimuli: [{'w' * 201}]": "experiments[0].stimuli[0]: has 201 characters; 200 are the most",
    "stimuli: nowhere.txt": "experiments[0].stimuli: nowhere.txt: cannot be read (No such file or "
    "directory); name a file with a stimulus per line, or write them as a list: [nowhere.txt]",
}


@pytest.mark.parametrize(("line", "said"), WRONG.items())
def test_a_fault_is_named_with_file_line_and_fix(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "bench.yaml"
    file.write_text(
        "name: t\nexperiments:\n  - name: e\n    strategies: [cdat]\n"
        f"    providers: [{{provider: openai, model: m}}]\n    {line}\n",
        encoding="utf-8",
    )
    with pytest.raises(UserError) as caught:
        expand(load_config(file))
    assert f"{file}, line 6, " in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", [*CONTROL, *(t for t in MARKUP if re.search("</script|<!--", t))])
def test_what_would_do_something_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"stimuli.*take it out"):
        config((text,))


def test_a_task_without_stimuli_takes_none() -> None:
    with pytest.raises(UserError, match=r"experiments\[0\]\.stimuli: the prompts of the task dat"):
        expand(dat(stimuli=["ocean"]))


def test_people_have_to_say_which_column_holds_the_stimulus(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("response\na\n", encoding="utf-8")
    entry = {"provider": "people", "model": "p", "file": str(file), "columns": NOTHING_SAID}
    with pytest.raises(UserError, match="say in `stimulus` which column of the file holds the cue"):
        expand(config(providers=[entry], samples="all"))
    columns = NOTHING_SAID | {"stimulus": "cue"}
    with pytest.raises(UserError, match="the task dat has no stimuli"):
        expand(dat(providers=[entry | {"columns": columns}], samples="all"))


OWN = {"task": "cdat", "text": "Ten words for {cue}. {rules}"}


def test_a_prompt_of_ones_own_has_the_slot_of_the_stimulus() -> None:
    grid = expand(own(OWN))
    assert [text.split(".")[0] for text in asked(grid).values()] == ["Ten words for ocean"]
    with pytest.raises(UserError, match=r"lacks \{cue\}, for which the cue is filled in"):
        own(OWN | {"text": ["Ten words for {cue}.", "Ten words."]})
    with pytest.raises(UserError, match=r"\{cue\} stands for nothing; only \{rules\} does"):
        own(OWN | {"task": "dat"})


def own(strategy: dict[str, Any]) -> Config:
    experiment = {
        "name": "e",
        "providers": [{"provider": "openai", "model": "m"}],
        "strategies": ["mine"],
        "stimuli": ["ocean"],
        "samples": 1,
    }
    return parse_config(
        {"name": "t", "experiments": [experiment], "strategies": {"mine": strategy}}
    )


def test_a_file_has_a_stimulus_per_line_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "cues.txt"
    file.write_text("\ufeffocean\r\n\n ice  cream \nocean\n", encoding="utf-8")
    of_file = config(str(file))
    assert [e.condition.stimulus for e in expand(of_file).conditions] == ["ocean", "ice cream"]
    file.write_text("desk, with a drawer\n", encoding="utf-8")
    assert [e.condition.stimulus for e in expand(of_file).conditions] == ["desk, with a drawer"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty; write a stimulus per line"),
        (b"\xff\xfe", "is not a text file in UTF-8"),
        (b"ocean\n\x1b[2J\n", "line 2: holds '\\x1b', a control character; take it out"),
        (b"ocean</script>\n", "line 1: holds '</script', which would end a script"),
        (b"ocean\n" + b"w" * 201, "line 2: has 201 characters; 200 are the most"),
    ],
)
def test_a_file_that_holds_something_else_is_named(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "cues.txt"
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"stimuli: .*cues\.txt") as caught:
        expand(config(str(file)))
    assert said in str(caught.value)


# Tables


ANSWER = "wave, ship, salt, whale, storm, harbor, coral, depth, sand, tide"


def tables(directory: Path, checked: Config) -> tuple[Any, Any]:
    samples = list(expand(checked).samples())
    for sample in samples:
        key = sample.condition.key() | {"seed": sample.seed}
        said = Answer(ANSWER, sent={}).to_json()
        text = record_text(key, digest(sample.request), sample.request, said)
        write_text(directory / sample.path, text)
    listing = [(sample.path, digest(sample.request)) for sample in samples]
    spaces = [open_space("glove-6b-100d"), open_space("wordnet")]
    return evaluate(listing, spaces, TASK, copies=str(directory))


def test_tables_have_strategy_and_stimulus_in_columns_of_their_own(tmp_path: Path) -> None:
    written = tables(tmp_path, config(("ocean", "=1+1")))
    for name, table in zip(("scores", "words"), written, strict=True):
        write_table(table, tmp_path / f"{name}.csv")
    scores, words = (read_table(name, tmp_path / f"{name}.csv") for name in ("scores", "words"))
    assert set(scores["strategy"]) == {"cdat"}
    assert scores["stimulus"].tolist() == ["ocean", "ocean", "=1+1", "=1+1"] * 2
    assert set(words["stimulus"]) == {"ocean", "=1+1"}
    about_nothing = scores["stimulus"] == "=1+1"  # which no space knows
    assert scores["novelty"].equals(scores["score"])
    assert scores["appropriateness"].isna().equals(about_nothing)
    exported = tidy_samples(scores, words, tmp_path / "results" / "t")
    assert exported["stimulus"].tolist() == ["ocean", "ocean", "=1+1", "=1+1"]
    assert exported["words_wordnet"].notna().all()
    assert exported["appropriateness_glove-6b-100d"].notna().tolist() == [True, True, False, False]
    assert len(compare_spaces(scores)) == 2


def test_a_record_whose_stimulus_is_no_text_is_refused(tmp_path: Path) -> None:
    checked = config(("ocean",), samples=1)
    tables(tmp_path, checked)
    (sample,) = expand(checked).samples()
    file = tmp_path / sample.path
    file.write_text(file.read_text().replace('"stimulus": "ocean"', '"stimulus": 7'))
    listing = [(sample.path, digest(sample.request))]
    with pytest.raises(UserError, match=r"key\.stimulus is 7, no such value"):
        evaluate(listing, [open_space("wordnet")], TASK, copies=str(tmp_path))


def test_the_appendix_tells_the_prompt_once_and_all_stimuli() -> None:
    checked = config()
    told = provenance(checked, expand(checked), [])
    assert '"{cue}"' in told["Prompts"]["cdat"]
    assert told["Stimuli"] == {"cdat": "desk; ocean"}
    assert not provenance(dat(), expand(dat()), [])["Stimuli"]
