"""What the first edition asked, named and wrote: later code must read and answer all of it.

``data/first_edition/`` was made with the code of version 0.1.0: the grids of several configs, and
one run with its records, its ledger (as SQL) and its tables.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from divergent_bench.analysis.evaluation import evaluate
from divergent_bench.analysis.tables import write_table
from divergent_bench.base.records import digest_in, read_record
from divergent_bench.base.requests import digest
from divergent_bench.config import parse_config
from divergent_bench.design.contrasts import analysis_plans
from divergent_bench.design.expansion import expand
from divergent_bench.design.policy import run_policy
from divergent_bench.instrument.spaces import open_space
from divergent_bench.instrument.tasks.dat import TASK

DATA = Path(__file__).parent / "data" / "first_edition"
GRIDS: dict[str, Any] = json.loads((DATA / "grids.json").read_text(encoding="utf-8"))
RECORDS: dict[str, str] = json.loads((DATA / "records.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def prompts_of_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no later prompts: `all` stands for those that there are."""
    asked = [
        each["condition"]["strategy"] for grid in GRIDS.values() for each in grid["conditions"]
    ]
    prompts = {name: prompt for name, prompt in TASK.prompts.items() if name in asked}
    monkeypatch.setattr(TASK, "prompts", prompts)


def in_spaces_of_then(config: dict[str, Any]) -> dict[str, Any]:
    """Name the space that was the default."""
    analysis = {"spaces": ["wordnet"]} | config.get("analysis", {})
    return config | {"analysis": analysis}


def as_then(request: dict[str, Any]) -> dict[str, Any]:
    """Have baselines draw from the words of then, which some spaces of a run did not know."""
    is_baseline = request["provider"] == "baseline"
    return {key: request[key] for key in request if not is_baseline or key != "spaces"}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work where the records of the run are."""
    monkeypatch.chdir(tmp_path)
    Path("answers.csv").write_bytes((DATA / "answers.csv").read_bytes())
    for path, text in RECORDS.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", GRIDS)
def test_the_grid_of_a_config_is_the_same(files: Path, name: str) -> None:
    known = GRIDS[name]
    config = parse_config(in_spaces_of_then(known["config"]))
    grid = expand(config)
    found = [
        {
            "directory": planned.directory,
            "condition": json.loads(planned.condition_json()),
            "seeds": list(planned.seeds),
            "digests": {
                sample.path: digest(as_then(sample.request))
                for sample in planned.samples()
                if sample.seed in (planned.seeds[0], planned.seeds[-1])
            },
        }
        for planned in grid.conditions
    ]
    assert found == known["conditions"]
    assert config.results().as_posix() == known["results"]
    assert json.loads(run_policy(config).to_json()) == known["terms"]
    plan = json.loads(analysis_plans(config, grid)["dat"].to_json())
    assert {key: plan[key] for key in known["plan"]} == known["plan"]


def test_every_sample_of_the_run_is_found_where_it_was_and_answers_its_request(files: Path) -> None:
    run = json.loads((DATA / "run.json").read_text(encoding="utf-8"))
    grid = expand(parse_config(in_spaces_of_then(run)))
    assert sorted(grid.paths()) == sorted(RECORDS)
    for sample in grid.samples():
        name = digest(sample.request)
        assert digest_in(sample.path) == name
        record = read_record(sample.path)
        assert record["digest"] == name
        assert record["request"] == sample.request


def _known_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scores and words of then, but for what is told otherwise on purpose now."""
    scores, words = (
        pd.read_csv(DATA / f"{name}.csv", keep_default_na=False, na_values=[""])
        for name in ("scores", "words")
    )
    # Other tasks ask for other numbers of words.
    scores["flags"] = scores["flags"].str.replace("than-10", "than-asked")
    # The tenth word of these truncated answers ends where they were cut off: it may be half a word.
    cut = scores["outcome"] == "truncated"
    scores.loc[cut, ["n_words", "n_valid"]] -= 1
    scores.loc[cut, "flags"] = "cut-off|fewer-than-asked"
    sample = ["provider", "model", "strategy", "temperature", "seed"]
    of_cut = words.merge(scores[cut], on=sample, how="left", indicator=True)["_merge"] == "both"
    return scores, words[~(of_cut & (words["position"] == 9))].reset_index(drop=True)


def test_the_records_give_the_same_scores_and_words(files: Path) -> None:
    run = json.loads((DATA / "run.json").read_text(encoding="utf-8"))
    grid = expand(parse_config(in_spaces_of_then(run)))
    listing = [(sample.path, digest(sample.request)) for sample in grid.samples()]
    tables = evaluate(listing, [open_space("wordnet")], TASK)
    for table, known in zip(tables, _known_tables(), strict=True):
        write_table(table, "table.csv")
        found = pd.read_csv("table.csv", keep_default_na=False, na_values=[""])
        # A later edition may tell more.
        pd.testing.assert_frame_equal(found[list(known.columns)], known)
