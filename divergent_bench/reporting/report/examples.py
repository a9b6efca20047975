"""Single answers: examples of each model, and links to the page that has all of them."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlencode

import pandas as pd

from divergent_bench.analysis.tables import model_labels, primary_scores, rows_of
from divergent_bench.base.names import counted
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import in_table, missing, number

ANSWERS: Final = "answers.html"  # beside the report
_MOST_MODELS: Final = 12
_TOLD: Final = ["score", "scored_words", "n_valid", "n_words", "outcome", "digest"]
_DIGITS: Final = 16  # of a digest; enough to tell it from all others


def to_answers(text: str, **chosen: str) -> str:
    """Return a link, in Markdown, to the answers that are `chosen`, as answers.js does it."""
    return f"[{text}]({ANSWERS}#{urlencode(chosen, quote_via=quote)})"


def linked(label: str, kind: str) -> str:
    """Name a level in a table, as a link to its answers."""
    return to_answers(in_table(label, kind), model=label)


def examples(results: Results) -> Iterator[str]:
    """Show of each model its best, median and worst answer, and one that could not be scored."""
    yield "## Examples"
    yield (
        "Single answers of each: the highest, the middle and the lowest score, and the first "
        f"answer that could not be scored. [The page of answers]({ANSWERS}) has all of them, to "
        "search and sort, with what became of each word."
    )
    scores = primary_scores(results.scores)
    answers = scores[_TOLD].assign(label=model_labels(scores))
    shown = results.ranking.head(_MOST_MODELS)
    rows = [
        [linked(label, kind) if first else "", *cells]
        for label, kind in zip(shown["label"], shown["kind"], strict=True)
        for first, cells in _of_model(answers[answers["label"] == label])
    ]
    yield markdown.table(["model", "example", "score", "words"], rows, "llrl")
    if rest := len(results.ranking) - len(shown):
        yield f"And {counted(rest, 'more', 'more')}: [all answers]({ANSWERS})."


def _of_model(answers: pd.DataFrame) -> Iterator[tuple[bool, list[str]]]:
    """Yield the cells of each example, and whether it is the first of its model."""
    scored = answers[answers["score"].notna()].sort_values("score", kind="stable")
    last = len(scored) - 1
    # Where an answer is several of these, it is the first of them.
    names = {0: "worst", len(scored) // 2: "median", last: "best"} if len(scored) else {}
    places = sorted(names, reverse=True)
    unscorable = answers[answers["score"].isna()].head(1)
    found = [*rows_of(scored.iloc[places]), *rows_of(unscorable)]
    called = [*(names[place] for place in places), "unscorable"]
    for place, (name, row) in enumerate(zip(called, found, strict=False)):
        words = f"{row['n_valid']:,} valid of {counted(row['n_words'], 'word')}"
        told = f"{words}; outcome: {row['outcome']}"
        if not missing(row["score"]) and not missing(row["scored_words"]):
            told = markdown.escape(row["scored_words"].replace("|", ", "))
        link = to_answers(name, digest=row["digest"][:_DIGITS])
        yield place == 0, [link, number(row["score"]), told]
