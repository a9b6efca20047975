import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.statistics.power import estimate_power
from divergent_bench.analysis.statistics.variance import decompose_variance
from divergent_bench.analysis.summaries import summarize_conditions
from divergent_bench.analysis.tables import (
    EXPORT,
    OUTCOMES,
    TABLES,
    WORDS,
    data_dictionary,
    model_labels,
    primary_scores,
    read_table,
    rows_of,
    temperature_label,
    write_table,
)
from divergent_bench.analysis.tables.facts import Computation, Omission, Unit
from divergent_bench.base.errors import UserError
from divergent_bench.design.analysis_plan import Plan
from divergent_bench.instrument.norms import SAMPLES
from tests.helpers.results import around
from tests.helpers.scores import grid, scores_table

NAME = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@given(names=st.lists(NAME, min_size=1, max_size=5))
def test_scores_come_back_as_they_were_whatever_the_names(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("tables") / "scores.csv"
    written = scores_table(
        {"model": name, "strategy": strategy, "score": 80 / 3, "temperature": temperature}
        for name in [*names, "NA", "nan", "1.0"]
        for strategy, temperature in (("none", 0.1 + 0.2), ("null", None))
    )

    write_table(written, path)

    pd.testing.assert_frame_equal(read_table("scores", path), written, check_categorical=False)


def test_rows_hold_values_of_python_and_none_where_a_type_has_its_own_missing_value():
    table = pd.DataFrame(
        {
            "name": pd.array(["a", None], "str"),
            "kind": pd.Categorical(["x", None]),
            "n": pd.array([1, None], "Int64"),
            "whole": [1, 2],
            "mean": [0.5, np.nan],
            "pooled": [True, False],
        }
    )

    first, second = rows_of(table)

    assert first == {"name": "a", "kind": "x", "n": 1, "whole": 1, "mean": 0.5, "pooled": True}
    assert [type(value) for value in first.values()] == [str, str, int, int, float, bool]
    assert second["n"] is None
    assert all(isinstance(second[name], float) for name in ("name", "kind", "mean"))  # NaN
    assert rows_of(table[:0]) == []
    for each, expected in zip((first, second), table.to_dict("records"), strict=True):
        assert list(map(repr, each.items())) == list(map(repr, expected.items()))


def test_a_strategy_called_none_is_no_missing_value(tmp_path):
    write_table(scores_table([{"score": 80.0}]), tmp_path / "scores.csv")

    assert read_table("scores", tmp_path / "scores.csv")["strategy"].tolist() == ["none"]


def test_words_are_read_with_their_types(tmp_path):
    header = ",".join(WORDS)
    (tmp_path / "words.csv").write_text(
        f"{header}\ndat,wordnet,openai,a,none,,,0,0,Null.,null,True,False,\n"
        "dat,wordnet,openai,a,none,,0.5,0,1,xq,,False,False,not in dictionary\n",
        encoding="utf-8",
    )

    words = read_table("words", tmp_path / "words.csv")

    assert words["word"].tolist()[0] == "null"
    assert words["word"].isna().tolist() == [False, True]
    assert words["accepted"].tolist() == [True, False]
    assert words["reason"].isna().tolist() == [True, False]


def test_derived_tables_come_back_as_they_were(tmp_path):
    means = {("a", "x"): 90, ("b", "x"): 80, ("a", "y"): 70, ("b", "y"): 80}
    scores = scores_table(
        row
        for (model, strategy), mean in means.items()
        for row in around(mean, model=model, strategy=strategy)
    )
    scores = pd.concat([scores, grid(["c"], temperatures=[0, 1], unscorable="c")])
    made = {
        "summary": summarize_conditions(scores),
        "tests": compare(scores),
        "power": estimate_power(scores, Plan()),
        "variance": decompose_variance(scores),
    }

    for name, table in made.items():
        write_table(table, tmp_path / f"{name}.csv")

    assert {"simple_effect", "crossing"} <= set(made["tests"]["test"])
    for name, table in made.items():
        pd.testing.assert_frame_equal(read_table(name, tmp_path / f"{name}.csv"), table)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("task,space,model\ndat,wordnet,a\n", "column provider, strategy"),
        ("", "cannot be read"),
    ],
)
def test_a_broken_table_is_told_with_its_path(tmp_path, content, said):
    path = tmp_path / "scores.csv"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(UserError, match=said) as error:
        read_table("scores", path)

    assert str(path) in str(error.value)


def test_a_value_of_the_wrong_type_is_told_with_the_path(tmp_path):
    path = tmp_path / "scores.csv"
    write_table(scores_table([{"score": 80.0}]).astype({"score": object}).assign(score="?"), path)

    with pytest.raises(UserError, match=r"scores\.csv"):
        read_table("scores", path)


def test_an_absent_table_is_told(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        read_table("scores", tmp_path / "scores.csv")


def test_the_primary_space_is_the_first_one():
    scores = scores_table([{"space": "wordnet"}, {"space": "glove-840b-300d"}])

    assert primary_scores(scores)["space"].tolist() == ["wordnet"]


def test_no_row_is_an_error():
    with pytest.raises(UserError, match="no row"):
        primary_scores(scores_table([]))


def test_a_model_is_named_with_its_provider_only_where_needed():
    scores = scores_table(
        [
            {"provider": "openai", "model": "x"},
            {"provider": "ollama", "model": "x"},
            {"provider": "ollama", "model": "y"},
        ]
    )

    assert model_labels(scores).tolist() == ["openai/x", "ollama/x", "y"]


def test_no_two_models_have_the_same_label():
    models = [("openai", "x"), ("azure", "x"), ("openrouter", "openai/x"), ("groq", "meta/y")]
    scores = scores_table({"provider": provider, "model": model} for provider, model in models)

    labels = ["openai/x", "azure/x", "openrouter/openai/x", "meta/y"]
    assert model_labels(scores).tolist() == labels


@pytest.mark.parametrize(
    ("temperature", "label"), [(0.0, "0"), (1.0, "1"), (0.7, "0.7"), (np.nan, "default")]
)
def test_temperatures_are_written_one_way(temperature, label):
    assert temperature_label(temperature) == label


DESCRIBED = TABLES | {"export": EXPORT}


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_column_of_every_table_is_described(name):
    told = data_dictionary(DESCRIBED[name])

    assert told["column"].tolist() == list(DESCRIBED[name])
    assert told["meaning"].str.len().min() > 0


def test_columns_that_stand_once_per_space_are_told_apart():
    told = data_dictionary({"seed": "int64", "score": "float64"}, ["wordnet", "own"])

    assert told["column"].tolist() == ["seed", "score_wordnet", "score_own"]
    assert told["type"].tolist() == ["integer", "number", "number"]


@pytest.mark.parametrize(
    ("column", "codes"), [("reason", Omission), ("unit", Unit), ("computation", Computation)]
)
def test_what_a_column_means_names_every_code_that_it_holds(column, codes):
    (meaning,) = data_dictionary({column: "str"})["meaning"]

    assert [code for code in codes if not re.search(rf"\b{code}\b", meaning)] == []


def test_the_summary_has_a_column_for_each_outcome_and_each_human_sample():
    expected = {f"n_{outcome}" for outcome in OUTCOMES} | {f"percentile_{each}" for each in SAMPLES}

    assert expected - set(TABLES["summary"]) == set()
