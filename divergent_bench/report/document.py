"""The report of a run as Markdown: what was asked, what was found, how it was done."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from divergent_bench.norms import HUMAN_DIVERSITY, has_norms, space_statement
from divergent_bench.report import findings, markdown
from divergent_bench.report.leaderboard import mean_with_interval, ranking_table
from divergent_bench.report.sending import on_mixed_output, sending_table
from divergent_bench.statistics.agreement import TAU, compare_spaces
from divergent_bench.statistics.comparisons import ALPHA, OMNIBUS, PAIRWISE
from divergent_bench.statistics.intervals import REPLICATES
from divergent_bench.summaries import chosen_norms, rank_models
from divergent_bench.tables import BASELINE, MODEL, OUTCOMES, model_labels, temperature_label

FIGURES: Final[Mapping[str, str]] = {
    "Means and their intervals": "figures/ranking.png",
    "Distributions": "figures/distributions.png",
    "Strategy and temperature": "figures/strategy_temperature.png",
}
_MOST_CONDITIONS: Final = 40
_MOST_PAIRS: Final = 30
_SHOWN_WORDS: Final = 3


def write_report(
    scores: pd.DataFrame,
    summary: pd.DataFrame,
    tests: pd.DataFrame,
    diversity: pd.DataFrame | None = None,
    *,
    name: str,
    description: str = "",
    scoring: str = "",
    provenance: Mapping[str, Any] | None = None,
    verification: Mapping[str, str] | None = None,
    figures: Mapping[str, str] = FIGURES,
) -> str:
    """Write ``report.md``. The same input gives the same text.

    Parameters
    ----------
    scores, summary, tests
        As `divergent_bench.tables.read_scores`, `divergent_bench.summaries.summarize_conditions`
        and `divergent_bench.statistics.comparisons.compare` give them.
    diversity
        As `divergent_bench.statistics.diversity.measure_diversity` gives it.
    name, description
        From the config.
    scoring
        What differs from the published scoring; empty where nothing does.
    provenance
        What the appendix tells beyond the method: versions, checksums, prompts. Values are shown as
        they are, mappings as a table of their own.
    verification
        By space, a Markdown table of what was verified in it.
    figures
        Paths of the pictures, relative to the report, by their titles.

    Raises
    ------
    UserError
        If there is no score to report on.
    """
    ranking = rank_models(scores, [norm.name for norm in chosen_norms(summary)])
    space = str(ranking["space"].iloc[0])
    others = [str(other) for other in scores["space"].unique() if str(other) != space]
    primary = summary[summary["space"] == space]
    parts = [
        f"# {markdown.escape(name)}",
        markdown.escape(description),
        f"> {markdown.escape(_on_space(space, others))}",
        _on_scoring(scoring),
        "## Finding",
        *findings.findings(scores, ranking, tests),
        on_mixed_output(scores),
        "## What was run",
        *_conditions(primary),
        "## Leaderboard",
        ranking_table(ranking),
        *_pictures(figures),
        "## Scorability",
        _scorability(ranking),
        "## Tests",
        *_tests(tests),
        "## Baselines",
        findings.on_baselines(ranking),
        "## Repeated lists",
        findings.on_repetition(ranking),
        _repetition(ranking),
        *_diversity(diversity, space),
        *_agreement(scores),
        "## Methods",
        *_methods(ranking),
        *_sending(scores),
        *_provenance(provenance or {}),
        *_verification(verification or {}),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _on_space(space: str, others: list[str]) -> str:
    lines = [f"{space_statement(space)}. All figures and tests are made in it."]
    if not has_norms(space):
        lines.append("Its absolute values cannot be compared with published scores or human norms.")
    if others:
        lines.append(f"Also scored in {', '.join(others)}: see summary.csv.")
    return " ".join(lines)


def _conditions(summary: pd.DataFrame) -> list[str]:
    asked = summary[summary["provider"] != BASELINE]
    counts = (
        f"{summary['n'].sum():,} samples in {len(summary):,} conditions (models: "
        f"{len(asked[MODEL].drop_duplicates())}, strategies: {len(asked['strategy'].unique())}, "
        f"temperatures: {len(asked['temperature'].unique())}, baselines: "
        f"{len(summary) - len(asked)})."
    )
    cost = summary["cost_usd"].sum(min_count=1)
    if not pd.isna(cost):
        counts += f" Known cost: {cost:.4f} USD."
    rows = [
        [
            *(markdown.escape(row[key]) for key in ("provider", "model", "strategy")),
            temperature_label(row["temperature"]),
            f"{row['n']:,}",
            f"{row['n_scorable']:,}",
            f"{row['n_unique_lists']:,}",
            mean_with_interval(row),
        ]
        for row in summary.head(_MOST_CONDITIONS).to_dict("records")
    ]
    header = ["provider", "model", "strategy", "temperature", "n", "scorable", "unique lists"]
    table = markdown.table([*header, "mean [95 % CI]"], rows, "lllrrrrr")
    return [counts, table, _more(len(summary), _MOST_CONDITIONS, "conditions", "summary.csv")]


def _pictures(figures: Mapping[str, str]) -> list[str]:
    return [
        "## Figures",
        *(f"![{markdown.escape(title)}](<{path}>)" for title, path in figures.items()),
    ]


def _scorability(ranking: pd.DataFrame) -> str:
    rows = [
        [
            _model(row),
            f"{row['n']:,}",
            *(f"{row[f'n_{outcome}']:,}" for outcome in OUTCOMES),
            f"{row['n_scorable']:,}",
            f"{row['scorable_share']:.1%} [{row['scorable_low']:.1%}, {row['scorable_high']:.1%}]",
        ]
        for row in ranking.sort_values(["baseline", "label"]).to_dict("records")
    ]
    header = ["model", "n", *OUTCOMES, "scorable", "share [95 % Wilson interval]"]
    return markdown.table(header, rows, "l" + "r" * (len(header) - 1))


def _tests(tests: pd.DataFrame) -> list[str]:
    if tests.empty:
        return ["Nothing was compared: every factor has a single level, or no test was asked for."]
    omnibus, pairs = tests[tests["test"] == OMNIBUS], tests[tests["test"] == PAIRWISE]
    return [*(_omnibus(omnibus) if len(omnibus) else []), *(_pairs(tests) if len(pairs) else [])]


def _omnibus(omnibus: pd.DataFrame) -> list[str]:
    rows = [
        [
            row["factor"],
            f"{row['n_unique_a']:,}",
            *(_number(row[key]) for key in ("statistic", "effect")),
            *(_p(row[key]) for key in ("p", "p_adjusted")),
            markdown.escape(row["note"]),
        ]
        for row in omnibus.to_dict("records")
    ]
    header = ["factor", "unique lists", "H", "epsilon squared", "p", "p (Holm)", "note"]
    return [markdown.table(header, rows, "lrrrrrl")]


def _pairs(tests: pd.DataFrame) -> list[str]:
    pairs = tests[tests["test"] == PAIRWISE]
    different = findings.significant_pairs(tests)
    untested = int(pairs["p"].isna().sum())
    aside = f"; {untested:,} could not be tested (see the notes in tests.csv)" if untested else ""
    verdict = (
        f"{len(different):,} of {len(pairs):,} pairs differ at {ALPHA:.0%} after Holm's adjustment "
        f"within their factor{aside}."
    )
    rows = [
        [
            row["factor"],
            markdown.escape(row["group_a"]),
            markdown.escape(row["group_b"]),
            f"{row['n_unique_a']:,} / {row['n_unique_b']:,}",
            f"{row['points']:+.2f}",
            _effect(row["effect"], row["effect_low"], row["effect_high"]),
            _effect(row["g"], row["g_low"], row["g_high"]),
            _p(row["p_adjusted"]),
        ]
        for row in different.head(_MOST_PAIRS).to_dict("records")
    ]
    header = ["factor", "a", "b", "lists a / b", "points a - b", "Cliff's delta", "Hedges' g"]
    table = markdown.table([*header, "p (Holm)"], rows, "lllrrrrr") if rows else ""
    return [verdict, table, _more(len(different), _MOST_PAIRS, "pairs", "tests.csv")]


def _repetition(ranking: pd.DataFrame) -> str:
    repeating = ranking[ranking["n_unique_lists"] < ranking["n_scorable"]]
    if repeating.empty:
        return ""
    share = repeating["n_unique_lists"] / repeating["n_scorable"]
    rows = [
        [
            _model(row),
            f"{row['n_scorable']:,}",
            f"{row['n_unique_lists']:,}",
            f"{row['effective_n']:.1f}",
        ]
        for row in repeating.assign(share=share).sort_values(["share", "label"]).to_dict("records")
    ]
    return markdown.table(["model", "scorable", "unique lists", "effective n"], rows, "lrrr")


def _diversity(diversity: pd.DataFrame | None, space: str) -> Iterable[str]:
    if diversity is None:
        return
    models = diversity[(diversity["space"] == space) & (diversity["level"] == "model")]
    if models.empty:
        return
    labelled = models.assign(label=model_labels(models), baseline=models["provider"].eq(BASELINE))
    people = HUMAN_DIVERSITY
    yield "## Diversity across lists"
    yield (
        "How much a model varies from list to list, by all valid words. Numbers of distinct words "
        "grow with the number of lists, so compare them at the same number (exact expectation). "
        f"For comparison: {people.n_lists} people used {people.n_distinct_words:,} distinct words, "
        f"and two of their lists shared {people.mean_jaccard:.1%} of the words in either on "
        f"average ({people.source})."
    )
    rows = [
        [
            _model(row),
            f"{row['n_lists']:,}",
            f"{row['n_distinct_words']:,}",
            *(_count(row[f"distinct_at_{size}"]) for size in (10, 100, people.n_lists)),
            "n/a" if pd.isna(row["mean_jaccard"]) else f"{row['mean_jaccard']:.3f}",
            _most_used(row["top_words"]),
        ]
        for row in labelled.sort_values(["baseline", "label"]).to_dict("records")
    ]
    header = ["model", "lists", "distinct words", "in 10 lists", "in 100"]
    header += [f"in {people.n_lists}", "mean Jaccard", "most used words (share of lists)"]
    yield markdown.table(header, rows, "lrrrrrrl")
    yield (
        "Conditions are in diversity.csv, curves in rarefaction.csv, the words that two models "
        "share in overlap.csv."
    )


def _most_used(top_words: str) -> str:
    pairs = (entry.rsplit(" ", 1) for entry in top_words.split("|")[:_SHOWN_WORDS])
    return ", ".join(f"{markdown.escape(word)} ({float(share):.0%})" for word, share in pairs)


def _agreement(scores: pd.DataFrame) -> Iterable[str]:
    agreement = compare_spaces(scores)
    if agreement.empty:
        return
    yield "## Agreement of the spaces"
    if agreement["value"].isna().all():
        yield "Fewer than two models were scored in every space, so there is no order to compare."
        return
    over_all = agreement.to_dict("records")[-1]
    yield (
        f"Does the order of the {over_all['n_models']:,} models by their means depend on the "
        "semantic space? Kendall's tau of a pair of spaces is 1 for the same order and -1 for the "
        "reverse one; Kendall's W over all of them is 1 for the same order and 0 for none in "
        "common. With few models either is coarse."
    )
    rows = [
        [
            *(
                ("tau-b", f"{markdown.escape(row['space_a'])}, {markdown.escape(row['space_b'])}")
                if row["measure"] == TAU
                else ("W", "all")
            ),
            _number(row["value"]),
        ]
        for row in agreement.to_dict("records")
    ]
    yield markdown.table(["Kendall's", "spaces", "value"], rows, "llr")


def _methods(ranking: pd.DataFrame) -> Iterable[str]:
    yield (
        "The score of an answer is 100 times the mean cosine distance between all pairs of its "
        "first seven valid words (Divergent Association Task; Olson et al. 2021, PNAS 118(25)); an "
        "answer with fewer is unscorable, which is reported as a proportion with a Wilson interval "
        "and never filled in. No outlier is deleted."
    )
    yield (
        f"Intervals of means: 95 %, {REPLICATES:,} bootstrap replicates over unique lists (a list "
        "comes with all its repetitions), percentiles expanded for few lists (with fewer than five "
        "still too narrow), seed 0. Tests: Kruskal-Wallis per factor and Mann-Whitney per pair, "
        "groups pooled over the other factors, one unit per unique list in a group; Holm over the "
        "omnibus tests and over the pairs of each factor. A group with one unique list is "
        "degenerate and not tested. Baselines take no part."
    )
    if norms := chosen_norms(ranking):
        cited = " and ".join(f"{norm.label} (n = {norm.n:,})" for norm in norms)
        yield f"Percentiles: where the mean stands among the people of {cited}."


def _sending(scores: pd.DataFrame) -> Iterable[str]:
    if table := sending_table(scores):
        yield "### Requested and sent"
        yield (
            "Answers in which a setting was really sent, of those in which it was requested; not "
            "every model takes every setting."
        )
        yield table


def _on_scoring(differs: str) -> str:
    if not differs:
        return ""
    return (
        f"> Scoring differs from Olson et al. ({markdown.escape(differs.replace('|', ', '))}): "
        "compare these scores with none that were made otherwise."
    )


def _verification(tables: Mapping[str, str]) -> Iterable[str]:
    for space, table in tables.items():
        yield f"### Verification of {markdown.escape(space)}"
        yield table


def _provenance(provenance: Mapping[str, Any]) -> Iterable[str]:
    texts = {key: value for key, value in provenance.items() if not isinstance(value, Mapping)}
    single = {key: value for key, value in texts.items() if "\n" not in str(value)}
    if single:
        yield _told(single)
    for title in texts.keys() - single.keys():
        yield f"### {markdown.escape(title)}"
        yield markdown.block(str(texts[title]))
    for title, values in provenance.items():
        if isinstance(values, Mapping) and values:
            yield f"### {markdown.escape(title)}"
            yield _told(values)


def _told(values: Mapping[str, Any]) -> str:
    def shown(value: object) -> str:
        if isinstance(value, list | tuple):
            return ", ".join(map(markdown.escape, value))
        return markdown.lines(value)

    rows = [[markdown.escape(key), shown(value)] for key, value in values.items()]
    return markdown.table(["what", "value"], rows, "ll")


def _model(row: Mapping[Any, Any]) -> str:
    label = markdown.escape(row["label"])
    return f"*{label}* (baseline)" if row["baseline"] else label


def _more(count: int, shown: int, what: str, file: str) -> str:
    return f"The first {shown} of {count:,} {what}; all are in {file}." if count > shown else ""


def _effect(value: float, low: float, high: float) -> str:
    return "n/a" if pd.isna(value) else f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"


def _count(value: float) -> str:
    return "n/a" if pd.isna(value) else f"{value:,.0f}"


def _number(value: float) -> str:
    return "n/a" if pd.isna(value) else f"{value:.2f}"


def _p(value: float) -> str:
    return (
        "n/a" if pd.isna(value) else findings.p_value(value).removeprefix("p = ").removeprefix("p ")
    )
