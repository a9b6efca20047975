"""How different the lists of a model are from each other, and how often one is repeated."""

from collections.abc import Iterator
from typing import Final

import pandas as pd

from divergent_bench.analysis.tables import (
    DISTINCT_AT,
    are_compared,
    are_ranked,
    kinds,
    model_labels,
    rows_of,
)
from divergent_bench.base.names import counted, percent
from divergent_bench.instrument.norms import human_diversity
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import (
    MISSING,
    Cell,
    Row,
    listed,
    missing,
    more,
    number,
    table,
    who,
)

_SHOWN_WORDS: Final = 3
_SHOWN_PAIRS: Final = 10
_SHOWN_SIZES: Final = 3


def diversity(results: Results) -> Iterator[str]:
    """Write the section on diversity and repetition."""
    yield "## Diversity and repetition"
    yield on_repetition(results)
    yield _repetition(results)
    found = results.diversity
    models = found[(found["space"] == results.space) & (found["level"] == "model")]
    if models.empty:
        return
    said = (
        "Diversity looks at all valid words of the lists. Numbers of different words grow with the "
        "number of lists, so compare them at the same number (exact expectation)."
    )
    if people := human_diversity(results.task, results.space):
        said += (
            f" For comparison: {people.n_lists} people used {people.n_distinct_words:,} different "
            f"words, and two of their lists shared {percent(people.mean_jaccard, 1)} % of the "
            f"words in either on average ({people.source})."
        )
    yield said
    kind = kinds(models["provider"])
    last = ~are_compared(models["provider"])
    labelled = models.assign(label=model_labels(models), kind=kind, last=last)
    sizes = _compared_at(models)
    rows = [
        [
            who(row),
            f"{row['n_lists']:,}",
            f"{row['n_distinct_words']:,}",
            *(number(row[f"distinct_at_{size}"], 0) for size in sizes),
            number(row["mean_jaccard"], 3),
            MISSING if missing(row["top_words"]) else _most_used(row["top_words"]),
        ]
        for row in rows_of(labelled.sort_values(["last", "label"]))
    ]
    header = ["model", "lists", "different words", *(f"in {size} lists" for size in sizes)]
    header += ["mean Jaccard", "most used words (share of lists)"]
    yield markdown.table(header, rows, "l" + "r" * (len(header) - 2) + "l")
    yield from _likeness(results)
    yield (
        "Conditions are in diversity.csv, curves in rarefaction.csv, the words that two models "
        "share in overlap.csv."
    )


def _compared_at(models: pd.DataFrame) -> list[int]:
    """Return the numbers of lists to compare at, the largest that two of the models have."""
    ranked = models[are_ranked(models["provider"])]
    least = min(2, len(ranked))
    there = [n for n in DISTINCT_AT if ranked[f"distinct_at_{n}"].notna().sum() >= least]
    return there[-_SHOWN_SIZES:]


def _likeness(results: Results) -> Iterator[str]:
    """Say how alike the lists of each model are, and those of models with each other."""
    found = results.homogeneity[results.homogeneity["mean_similarity"].notna()]
    alone = found["model_a"].eq(found["model_b"])
    if found[~alone].empty:
        return
    yield (
        "How alike two lists are: the cosine of their vectors, the means of those of their words. "
        "Where lists of two models are as alike as those of one, both give the same kind of answer."
    )
    measures: dict[str, Cell] = {
        "similarity [95 % CI]": lambda row: _interval(row, "mean_similarity"),
        "words in common (Jaccard) [95 % CI]": lambda row: _interval(row, "mean_jaccard"),
    }

    def names(row: Row) -> str:
        return listed(
            [results.name(each) for each in dict.fromkeys([row["model_a"], row["model_b"]])]
        )

    for head, rows in (("within the lists of", found[alone]), ("between those of", found[~alone])):
        most_alike = rows.sort_values("mean_similarity", ascending=False, kind="stable")
        yield table(most_alike.head(_SHOWN_PAIRS), {head: names, **measures}, "lrr")
        yield more(len(rows), _SHOWN_PAIRS, "rows, the most alike first", "homogeneity.csv")


def _interval(row: Row, measure: str) -> str:
    low, high = row[f"{measure}_low"], row[f"{measure}_high"]
    interval = "" if missing(low) else f" [{low:.3f}, {high:.3f}]"
    return f"{number(row[measure], 3)}{interval}"


def on_repetition(results: Results) -> str:
    """Say how often a whole list is repeated."""
    groups = results.compared
    groups = groups[groups["n_scorable"] > 0]
    if groups.empty:
        return "There is no scorable answer of a model."
    repeating = groups[groups["n_unique_lists"] < groups["n_scorable"]]
    total = int(groups["n_scorable"].sum())
    if repeating.empty:
        said = f"No scored words were given twice in {counted(total, 'scorable answer')}."
    else:
        names = [results.name(str(label)) for label in repeating["label"]]
        said = (
            f"{listed(names)} gave some list (the same scored words, in any order) more than once: "
            f"{counted(int(groups['n_unique_lists'].sum()), 'different list')} in "
            f"{counted(total, 'scorable answer')} over all. That says how varied answers are; in "
            "means and tests every answer counts."
        )
    asked = results.compared
    if repeated := int(asked["n_repeated"].sum()):
        said += (
            f" Word for word, {repeated:,} of all {counted(int(asked['n'].sum()), 'answer')} "
            "repeat an earlier one of the same source."
        )
    return said


def _repetition(results: Results) -> str:
    ranking = results.ranking
    repeating = ranking[
        (ranking["n_unique_lists"] < ranking["n_scorable"]) | (ranking["n_repeated"] > 0)
    ]
    if repeating.empty:
        return ""
    share = repeating["n_unique_lists"] / repeating["n_scorable"]
    columns: dict[str, Cell] = {"model": who, "answers": "{n:,}", "scorable": "{n_scorable:,}"}
    columns |= {"different lists": "{n_unique_lists:,}", "repeated texts": "{n_repeated:,}"}
    return table(repeating.assign(share=share).sort_values(["share", "label"]), columns, "lrrrr")


def _most_used(top_words: str) -> str:
    pairs = (entry.rsplit(" ", 1) for entry in top_words.split("|")[:_SHOWN_WORDS])
    return ", ".join(f"{markdown.escape(word)} ({percent(float(share))}%)" for word, share in pairs)
