"""What the numbers say, in sentences that claim no more than the tests support."""

from collections.abc import Sequence

import pandas as pd

from divergent_bench.report import markdown
from divergent_bench.report.leaderboard import mean_with_interval
from divergent_bench.statistics.comparisons import ALPHA, DIFFERENCE, OMNIBUS, PAIRWISE
from divergent_bench.statistics.design import answers, confounded_with
from divergent_bench.tables import primary_scores

_MOST_NAMES = 5


def findings(scores: pd.DataFrame, ranking: pd.DataFrame, tests: pd.DataFrame) -> list[str]:
    """State the findings, the one on models first.

    Parameters
    ----------
    scores
        As `divergent_bench.tables.read_table` gives it.
    ranking
        As `divergent_bench.summaries.rank_models` gives it.
    tests
        As `divergent_bench.statistics.comparisons.compare` gives it.

    Returns
    -------
    list of str
        Paragraphs in Markdown.
    """
    models = ranking[~ranking["baseline"]]
    scorable = models[models["n_scorable"] > 0]
    if models.empty:
        return ["Only baselines were sampled; there is no model to say anything about."]
    if scorable.empty:
        return [f"None of the {models['n'].sum():,} answers could be scored."]
    compared = answers(primary_scores(scores))
    compared = compared[compared["score"].notna()]
    said = [_on_models(scorable, tests)]
    said += [
        _on_factor(tests, factor, plural)
        for factor, plural in (("strategy", "strategies"), ("temperature", "temperatures"))
        if not _omnibus(tests, factor).empty
    ]
    confounds = {
        factor: confounded_with(compared, factor)
        for factor in tests.loc[tests["test"] == OMNIBUS, "factor"]
    }
    told = [f"{factor} against {' and '.join(of)}" for factor, of in confounds.items() if of]
    if told:
        said.append(
            f"Caution: the scored answers are not balanced ({'; '.join(told)}), so a difference "
            "along one factor may be one along another."
        )
    share = models["n_scorable"] / models["n"]
    if share.min() < 1:
        by_model = f" ({share.min():.0%} to {share.max():.0%} by model)" if len(models) > 1 else ""
        said.append(
            "Scores are conditional on being scorable, as "
            f"{models['n_scorable'].sum() / models['n'].sum():.1%} of the answers were{by_model}."
        )
    return said


def on_baselines(ranking: pd.DataFrame) -> str:
    """Say how the baselines compare with the models, and what follows from it."""
    baselines = ranking[ranking["baseline"] & (ranking["n_scorable"] > 0)]
    models = ranking[~ranking["baseline"] & (ranking["n_scorable"] > 0)]
    if baselines.empty:
        return (
            "No baseline was scored. Without one, a score cannot be told from that of random "
            "words: add the provider `baseline` to the config."
        )
    lines = []
    beaten = 0
    for row in baselines.to_dict("records"):
        below = int((models["mean"] < row["mean"]).sum())
        beaten += below
        where = f", above the mean of {below} of {_count(len(models), 'model')}"
        lines.append(
            f"- *{markdown.escape(row['label'])}*: {mean_with_interval(row)}"
            f"{where if len(models) else ''}"
        )
    moral = (
        "Words that no language model chose reach these scores, so a high score alone does not "
        "show divergent thinking."
        if beaten
        else "No baseline has a mean above that of a model."
    )
    return (
        "\n".join(lines)
        + f"\n\n{moral if len(models) else ''}".rstrip()
        + (" These are comparisons of means, not tests." if len(models) else "")
    )


def on_repetition(ranking: pd.DataFrame) -> str:
    """Say how often the models repeat a whole list."""
    models = ranking[~ranking["baseline"] & (ranking["n_scorable"] > 0)]
    repeating = models[models["n_unique_lists"] < models["n_scorable"]]
    if repeating.empty:
        return "No model gave the same seven scored words twice."
    unique, total = models["n_unique_lists"].sum(), models["n_scorable"].sum()
    return (
        f"{len(repeating)} of {_count(len(models), 'model')} gave some list (the same seven scored "
        f"words, in any order) more than once: {unique:,} unique lists in {total:,} scorable "
        "answers. Repetitions are not independent observations: intervals resample unique lists, "
        "tests count each list of a group once. Effective n is Kish's, from the repetitions."
    )


def p_value(p: float) -> str:
    """Write a p value: ``p < 0.001`` or ``p = 0.012``."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def significant_pairs(tests: pd.DataFrame) -> pd.DataFrame:
    """Select the pairs that differ after adjustment, with their difference of means beside them.

    Returns
    -------
    DataFrame
        The Mann-Whitney rows with ``p_adjusted`` below 0.05, the most different first, and the
        columns ``points``, ``g``, ``g_low`` and ``g_high`` of the mean difference.
    """
    key = ["factor", "group_a", "group_b"]
    differences = tests[tests["test"] == DIFFERENCE].rename(
        columns={
            "statistic": "points",
            "effect": "g",
            "effect_low": "g_low",
            "effect_high": "g_high",
        }
    )
    pairs = tests[(tests["test"] == PAIRWISE) & (tests["p_adjusted"] < ALPHA)]
    pairs = pairs.merge(differences[[*key, "points", "g", "g_low", "g_high"]], on=key)
    return pairs.sort_values(
        ["effect", *key], key=lambda column: -column.abs() if column.name == "effect" else column
    )


def _on_models(scorable: pd.DataFrame, tests: pd.DataFrame) -> str:
    omnibus = _omnibus(tests, "model")
    testable = scorable[scorable["n_unique_lists"] > 1]
    left_out = len(scorable) - len(testable)
    if left_out and len(testable) > 1:
        aside = f"{_count(left_out, 'model')} with a single unique list could not be tested."
        return f"{_on_models(testable, tests)} {aside}"
    first = scorable.to_dict("records")[0]
    name = f"**{markdown.escape(first['label'])}**"
    mean = mean_with_interval(first)
    if len(scorable) == 1:
        return f"{name} scored {mean} on average; there is no second model to compare it with."
    if omnibus.empty:
        return f"{name} has the highest mean ({mean}); no test over the models was asked for."
    if omnibus["p_adjusted"].isna().all():
        return (
            f"{name} has the highest mean ({mean}), but the models could not be tested: too few "
            "unique lists."
        )
    row = omnibus.to_dict("records")[0]
    tested = f"Kruskal-Wallis H = {row['statistic']:.2f}, {p_value(row['p_adjusted'])} after Holm"
    if row["p_adjusted"] >= ALPHA:
        return (
            f"The data do not show a difference between the {len(scorable)} models ({tested}). "
            f"{name} has the highest mean ({mean}); that is not evidence that it scores higher."
        )
    if not ((tests["test"] == PAIRWISE) & (tests["factor"] == "model")).any():
        return (
            f"Scores differ between the models ({tested}). {name} has the highest mean ({mean}); "
            "no test of pairs was asked for, so it cannot be said to be set apart."
        )
    others = [str(label) for label in scorable["label"].iloc[1:]]
    lower = _lower_than(str(first["label"]), tests)
    level = [other for other in others if other not in lower]
    lead = f"Scores differ between the models ({tested}). {name} has the highest mean ({mean})"
    pairwise = "pairwise Mann-Whitney, Holm"
    if not level:
        rest = "the other model" if len(others) == 1 else f"each of the {len(others)} others"
        return f"{lead} and is set apart from {rest} ({pairwise})."
    if len(level) == len(others):
        return f"{lead}, but it is not set apart from any other model ({pairwise})."
    return (
        f"{lead} and is set apart from {len(others) - len(level)} of the {len(others)} others, "
        f"not from {_names(level)} ({pairwise})."
    )


def _lower_than(label: str, tests: pd.DataFrame) -> set[str]:
    """Find the models that score lower than `label` by the adjusted pairwise tests."""
    pairs = tests[
        (tests["test"] == PAIRWISE) & (tests["factor"] == "model") & (tests["p_adjusted"] < ALPHA)
    ]
    as_a = pairs[(pairs["group_a"] == label) & (pairs["effect"] > 0)]["group_b"]
    as_b = pairs[(pairs["group_b"] == label) & (pairs["effect"] < 0)]["group_a"]
    return {str(other) for other in [*as_a, *as_b]}


def _on_factor(tests: pd.DataFrame, factor: str, plural: str) -> str:
    row = _omnibus(tests, factor).to_dict("records")[0]
    if pd.isna(row["p_adjusted"]):
        return f"The {plural} could not be tested ({markdown.escape(row['note'])})."
    verdict = (
        f"Scores differ between the {plural}"
        if row["p_adjusted"] < ALPHA
        else f"The data do not show a difference between the {plural}"
    )
    return (
        f"{verdict} (Kruskal-Wallis H = {row['statistic']:.2f}, {p_value(row['p_adjusted'])} after "
        f"Holm, epsilon squared = {row['effect']:.2f})."
    )


def _omnibus(tests: pd.DataFrame, factor: str) -> pd.DataFrame:
    return tests[(tests["test"] == OMNIBUS) & (tests["factor"] == factor)]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _names(labels: Sequence[str]) -> str:
    shown = ", ".join(markdown.escape(label) for label in labels[:_MOST_NAMES])
    more = len(labels) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
