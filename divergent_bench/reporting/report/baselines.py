"""What the models are measured against: people and baselines."""

from collections.abc import Iterator

from divergent_bench.analysis.people import UPPER
from divergent_bench.analysis.summaries import chosen_norms
from divergent_bench.analysis.tables import rows_of
from divergent_bench.base.names import counted, percent
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.comparisons import on_pooled
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import (
    Cell,
    Row,
    effect,
    in_table,
    mean_with_interval,
    number,
    p_cell,
    signed,
    table,
)


def baselines(results: Results) -> Iterator[str]:
    """Write the section on people and baselines."""
    yield "## People and baselines"
    for row in rows_of(results.of_kind("people")):
        yield _on_people(row, results)
        yield _against_people(results, str(row["label"]))
    yield from _on_norms(results)
    yield on_baselines(results)


def on_baselines(results: Results) -> str:
    """Say how the baselines compare with the models, and what follows from it."""
    found = results.of_kind("baseline", scorable=True)
    models = results.of_kind("model", scorable=True)
    if found.empty:
        return (
            "No baseline was scored. Without one, a score cannot be told from that of random "
            "words: add the provider `baseline` to the config."
        )
    lines, beaten = [], 0
    for row in rows_of(found):
        below = int((models["mean"] < row["mean"]).sum())
        beaten += below
        where = f", above the mean of {below:,} of {counted(len(models), 'model')}"
        lines.append(
            f"- {in_table(row['label'], row['kind'])}: {mean_with_interval(row)}"
            f"{where if len(models) else ''}"
        )
    means = "\n".join(lines)
    if models.empty:
        return means
    moral = (
        "Words that no language model chose reach these scores, so a high score alone does not "
        "show divergent thinking."
        if beaten
        else "No baseline has a mean above that of a model."
    )
    return f"{means}\n\n{moral} These are comparisons of means, not tests."


def _on_people(row: Row, results: Results) -> str:
    name = results.subject(row["label"])
    if not row["n_scorable"]:
        return f"{name}: none of {counted(row['n'], 'list')} could be scored."
    said = [
        f"{name} scored {mean_with_interval(row)} points "
        f"({row['n_scorable']:,} of {counted(row['n'], 'list')} scorable)."
    ]
    label = row["label"]
    tested = [
        pair
        for pair in results.pairs_with(label)
        if results.is_model(pair.other(label)) and pair.tested
    ]
    higher = [pair for pair in tested if pair.differs and pair.lower == label]
    lower = [pair for pair in tested if pair.differs and pair.higher == label]
    groups = (("higher", higher), ("lower", lower))
    told = [f"{results.others(pairs, label)} scored {how}" for how, pairs in groups if pairs]
    if level := [pair for pair in tested if not pair.differs]:
        verb = "was" if len(level) == 1 else "were"
        told.append(f"{results.others(level, label)} {verb} not shown to differ")
    if told:
        said += [f"Of the models tested against them, {'; '.join(told)}.", on_pooled(tested)]
    return " ".join(filter(None, said))


def _against_people(results: Results, cohort: str) -> str:
    """Set each model, the highest first, against people and against the best of them."""
    rows = results.people[results.people["people"].eq(cohort)].sort_values(
        ["mean", "model"], ascending=[False, True]
    )
    if rows.empty:
        return ""
    columns: dict[str, Cell] = {
        "model": lambda row: markdown.escape(row["model"]),
        "n": "{n_scorable:,}",
        "mean": "{mean:.2f}",
        "minus mean of people": lambda row: effect(
            row["difference"], row["difference_low"], row["difference_high"]
        ),
        "p": lambda row: p_cell(row["p_adjusted"]),
        "people above its median": lambda row: f"{percent(row['share_of_people_above_median'])}%",
    }
    for part in UPPER:
        rows[part] = rows[f"difference_upper_{part}"].map(signed)
        columns[f"minus upper {part}"] = f"{{{part}}}"
    told = (
        "Answers to the plain prompt alone, in points. Intervals and p values are those of the "
        "tests below, adjusted as they are; differences from the mean of the upper part of people "
        "have no test."
    )
    return f"{told}\n\n{table(rows, columns, 'l' + 'r' * (len(columns) - 1))}"


def _on_norms(results: Results) -> Iterator[str]:
    models = results.of_kind("model", scorable=True)
    for norm in chosen_norms(models):
        percentiles = models[f"percentile_{norm.name}"]
        low, high = number(percentiles.min(), 0), number(percentiles.max(), 0)
        where = f"percentile {low}" if low == high else f"percentiles {low} to {high}"
        yield f"Among the {norm.n:,} people of {norm.label}, the models' means stand at {where}."
