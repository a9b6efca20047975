"""What the columns of the tables hold, in words and units."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import pandas as pd

from divergent_bench.analysis.tables.columns import (
    DISTINCT_AT,
    OUTCOMES,
    PER_SPACE,
    SETTINGS,
)
from divergent_bench.analysis.tables.facts import Computation, Omission, Unit
from divergent_bench.instrument.norms import NORMS

_COMPUTATIONS: Final = ", ".join(Computation)


class Meaning(NamedTuple):
    """What a column holds: its unit (empty where it has none), and in words."""

    unit: str
    text: str


# One name means the same in all tables.
MEANINGS: Final[Mapping[str, Meaning]] = {
    "task": Meaning("", "name of the task that was asked"),
    "space": Meaning("", "semantic space that words were looked up and scored in"),
    "provider": Meaning("", "who was asked; baseline: no model; recorded, people: from a file"),
    "model": Meaning("", "name of the model, as the config labels it"),
    "strategy": Meaning("", "name of the prompt; not-applicable where none was read or is known"),
    "temperature": Meaning("0 to 2", "of the request; missing: left to the model, or unknown"),
    "seed": Meaning("", "index of the replicate within its condition, from 0"),
    "outcome": Meaning("", f"how the answer ended: {', '.join(OUTCOMES)}"),
    "score": Meaning(
        "points, 0 to 200",
        "DAT score: 100 x mean cosine distance of the first seven valid words; missing where there "
        "are fewer",
    ),
    "n_words": Meaning("words", "words found in the answer"),
    "n_valid": Meaning("words", "of these, different and known to the dictionary and the space"),
    "scored_words": Meaning("", "the seven words that were scored, separated by |"),
    "words": Meaning("", "all valid words, in the order of the answer, separated by |"),
    "response": Meaning("", "the answer as it came"),
    "layout": Meaning("", "how the list was written: numbered, lines, commas, ..."),
    "flags": Meaning("", "what the parser noticed, separated by |"),
    "requested": Meaning("", f"which of {', '.join(SETTINGS)} were asked for, separated by |"),
    "sent": Meaning("", "which of these really were sent to the provider, separated by |"),
    "served_model": Meaning("", "the model that says it answered"),
    "cost_usd": Meaning("USD", "price of the answers, where it is known"),
    "latency_s": Meaning("s", "from sending the request to its answer"),
    "digest": Meaning("", "sha256 of the request, as hexadecimal digits"),
    "sample": Meaning("", "file with the request and the raw answer"),
    "position": Meaning("", "place of the word in the answer, from 0"),
    "raw": Meaning("", "the word as it stands in the answer"),
    "word": Meaning("", "the form that the dictionary and the space know; missing: none"),
    "accepted": Meaning("", "whether the word is valid and new in its list"),
    "scored": Meaning("", "whether it is one of the seven that were scored"),
    "reason": Meaning(
        "",
        "why a word was not accepted, or why nothing was tested or estimated: "
        f"{', '.join(sorted(Omission))}",
    ),
    "n": Meaning("samples", "all answers"),
    **{f"n_{key}": Meaning("samples", f"answers that ended as {key}") for key in OUTCOMES},
    "n_scorable": Meaning("samples", "answers with at least seven valid words"),
    "scorable_share": Meaning("0 to 1", "scorable answers of all"),
    "scorable_low": Meaning("0 to 1", "lower end of its 95 % Wilson interval"),
    "scorable_high": Meaning("0 to 1", "upper end of its 95 % Wilson interval"),
    "n_unique_lists": Meaning("lists", "different sets of seven scored words"),
    "effective_n": Meaning("lists", "Kish's effective number of them, 1 to n_scorable"),
    "mean": Meaning("points, 0 to 200", "mean score of the scorable answers"),
    "mean_low": Meaning("points, 0 to 200", "lower end of its 95 % bootstrap interval"),
    "mean_high": Meaning("points, 0 to 200", "upper end of its 95 % bootstrap interval"),
    "sd": Meaning(
        "points",
        "standard deviation of the scores (n - 1); in power.csv of unique lists within conditions",
    ),
    "median": Meaning("points, 0 to 200", "median score"),
    "min": Meaning("points, 0 to 200", "lowest score"),
    "max": Meaning("points, 0 to 200", "highest score"),
    **{
        f"percentile_{norm.name}": Meaning(
            "0.1 to 99.9",
            f"percentage of the {norm.n:,} people of {norm.label} who score at most the mean; "
            "missing outside the published space, or where the config does not choose this norm",
        )
        for norm in NORMS.values()
    },
    "median_latency_s": Meaning("s", "median time from sending a request to its answer"),
    "test": Meaning("", "which test or difference the row holds"),
    "factor": Meaning("", "what is compared: model, strategy or temperature"),
    "group_a": Meaning("", "first level of a pair; missing for a test over all levels"),
    "group_b": Meaning("", "second level of a pair"),
    "n_a": Meaning(
        "samples",
        "answers of group_a that entered, or of all groups: scorable ones; for scorability and "
        "worst_case all",
    ),
    "n_b": Meaning("samples", "answers of group_b that entered, likewise"),
    "n_unique_a": Meaning("lists", "different scored lists of group_a, the unit of the tests"),
    "n_unique_b": Meaning("lists", "different scored lists of group_b"),
    "role": Meaning("", "confirmatory (planned), exploratory, or descriptive (no p)"),
    "n_strata": Meaning("strata", "combinations of the other factors within which was compared"),
    "statistic_name": Meaning("", "H, U, Z, t or odds_ratio"),
    "statistic": Meaning(
        "", "of the test; an odds ratio is infinite where only group_b has failures"
    ),
    "effect_name": Meaning(
        "",
        "epsilon_squared, cliffs_delta, hedges_g, mean_difference (points) or risk_difference",
    ),
    "effect": Meaning("", "effect size, positive where group_a is higher"),
    "effect_low": Meaning("", "lower end of its 95 % interval (equivalence: 90 %)"),
    "effect_high": Meaning("", "upper end of its 95 % interval (equivalence: 90 %)"),
    "p": Meaning("0 to 1", "p value; missing where nothing was tested"),
    "p_adjusted": Meaning("0 to 1", "p value adjusted by `adjusted_by`"),
    "adjusted_by": Meaning("", "holm or benjamini-hochberg; missing where there is no p"),
    "adjusted_over": Meaning("tests", "number of tests in the family that p is adjusted over"),
    "adjustment": Meaning("", "`adjusted_by` and `adjusted_over` in words, for people"),
    "unit": Meaning("", f"what counts as one observation: {', '.join(Unit)}"),
    "computation": Meaning("", f"how the p of a permutation test was computed: {_COMPUTATIONS}"),
    "margin": Meaning("points", "difference within which two means count as equivalent"),
    "assumed_low": Meaning("points, 0 to 200", "lowest score that a missing one may have"),
    "assumed_high": Meaning("points, 0 to 200", "highest score that a missing one may have"),
    "n_groups": Meaning("levels", "levels that a test over all levels compares"),
    "n_unmatched_a": Meaning(
        "samples", "answers of group_a left out, as group_b has none in the same stratum"
    ),
    "n_unmatched_b": Meaning("samples", "answers of group_b left out, likewise"),
    "pooled": Meaning("", "whether levels without a common stratum were compared across strata"),
    "confounded_with": Meaning(
        "", "factors that may then explain the difference, separated by |; missing: not pooled"
    ),
    "left_out": Meaning(
        "",
        "levels that take no part, as JSON: a list of objects with factor, level and reason "
        "(one of those of `reason`); missing: none",
    ),
    "n_single_list": Meaning(
        "conditions", "conditions with a single list, taken to have no variance within"
    ),
    "note": Meaning("", "what to know of the row, in words, for people: see the other columns"),
    "n_comparisons": Meaning("pairs", "planned contrasts of the factor, else pairs of its levels"),
    "alpha": Meaning("0 to 1", "5 % divided by the number of comparisons (Bonferroni)"),
    "smallest_difference": Meaning(
        "points", "true difference that a pair would show with 80 % power at `alpha`"
    ),
    "smallest_difference_alone": Meaning("points", "the same for one comparison at 5 %"),
    "n_for_one_point": Meaning(
        "lists", "different lists that each level needs to show 1 point with 80 % power at `alpha`"
    ),
    "component": Meaning("", "factor, interaction (factors joined by :), or within: of the lists"),
    "n_levels": Meaning("", "levels of each factor that took part, joined by x"),
    "variance": Meaning("points^2", "variance that the component explains; can be below 0"),
    "share": Meaning("0 to 1", "of the sum of all components"),
    "share_low": Meaning("0 to 1", "lower end of its 95 % bootstrap interval"),
    "share_high": Meaning("0 to 1", "upper end of its 95 % bootstrap interval"),
    "x": Meaning("", "place on the map; only nearness has a meaning"),
    "y": Meaning("", "place on the map; only nearness has a meaning"),
    "share_of_models": Meaning("0 to 1", "lists of language models that hold the word"),
    "share_of_people": Meaning("0 to 1", "lists of people that hold the word; missing: no people"),
    "share_of_baselines": Meaning("0 to 1", "lists of baselines that hold the word; missing: none"),
    "n_models_using": Meaning("models", "language models with the word in a list"),
    "level": Meaning("", "model: over all its conditions; condition: one of them"),
    "n_lists": Meaning("lists", "lists with at least one valid word, or a number of them"),
    "n_different_lists": Meaning("lists", "different sets of valid words among them"),
    "effective_lists": Meaning("lists", "Kish's effective number of lists, 1 to n_lists"),
    "n_distinct_words": Meaning("words", "different valid words in all the lists"),
    "mean_list_length": Meaning("words", "valid words per list"),
    "mean_shared_words": Meaning("words", "words that two lists share, mean over all pairs"),
    "mean_jaccard": Meaning(
        "0 to 1", "words that two lists share of those in either, mean over pairs (1: all alike)"
    ),
    **{
        f"distinct_at_{size}": Meaning(
            "words", f"different words expected in {size} of the lists; missing with fewer"
        )
        for size in DISTINCT_AT
    },
    "top_words": Meaning("", "most used words, each with the share of lists it is in"),
    "expected_distinct_words": Meaning("words", "different words expected in n_lists lists"),
    "model_a": Meaning("", "first model of a pair"),
    "model_b": Meaning("", "second model of a pair"),
    "n_distinct_a": Meaning("words", "different valid words in all lists of model_a"),
    "n_distinct_b": Meaning("words", "different valid words in all lists of model_b"),
    "n_shared": Meaning("words", "words that both models use"),
    "vocabulary_jaccard": Meaning("0 to 1", "words that both models use of those of either"),
    "shared_of_a": Meaning("0 to 1", "words that both models use of those of model_a"),
    "shared_of_b": Meaning("0 to 1", "words that both models use of those of model_b"),
    "space_a": Meaning("", "first space of a pair; all: over all spaces"),
    "space_b": Meaning("", "second space of a pair"),
    "measure": Meaning("", "kendall_tau_b (-1 to 1) or kendall_w (0 to 1)"),
    "n_models": Meaning("models", "ranked in every space; baselines take no part"),
    "value": Meaning("", "of the measure; 1: the same order of models"),
}
_TYPES: Final[Mapping[str, str]] = {
    "category": "text",
    "str": "text",
    "float64": "number",
    "int64": "integer",
    "Int64": "integer",
    "bool": "True or False",
}


def data_dictionary(columns: Mapping[str, str], spaces: Sequence[str] = ()) -> pd.DataFrame:
    """Describe the columns of a table.

    Parameters
    ----------
    columns
        One of the tables above: types by column.
    spaces
        For `EXPORT`: the semantic spaces in which its `PER_SPACE` columns stand.

    Returns
    -------
    DataFrame
        One row per column: ``column``, ``type`` (text, number, integer, True or False), ``unit``,
        ``meaning``.
    """
    rows = []
    for column, dtype in columns.items():
        unit, text = MEANINGS[column]
        described = [(column, text)]
        if spaces and column in PER_SPACE:
            described = [(f"{column}_{space}", f"{text} (in {space})") for space in spaces]
        rows += [(name, _TYPES[dtype], unit, meaning) for name, meaning in described]
    return pd.DataFrame(rows, columns=["column", "type", "unit", "meaning"])
