"""Cost and score: what an answer costs, and how high it scores."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from divergent_bench.analysis.tables import MODEL, are_ranked, primary_scores, task_of
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import marks, style
from divergent_bench.reporting.figures.references import draw_lines, draw_norm, score_limits
from divergent_bench.reporting.figures.row_layout import mean_statement, ranked_names

_LOG_FROM: Final = 20  # times the lowest cost
_ANSWERS: Final = 1_000


@style.styled
def draw_cost(scores: pd.DataFrame) -> Figure:
    """Draw the mean score of each model against the price of 1,000 answers.

    The price is the mean of the answers whose price is known, scorable or not. Filled marks are
    the best choices: no model as cheap or cheaper has a higher mean.
    """
    primary = primary_scores(scores)
    space, task = str(primary["space"].iloc[0]), task_of(primary)
    title = f"Cost and {task.score_name} by model"
    table = ranked_names(primary).merge(_prices(primary), on=MODEL)
    ranked = are_ranked(table["provider"])
    models = table[ranked]
    priced = models[models["price"].notna() & (models["n_scorable"] > 0)]
    priced = priced.reset_index(drop=True)
    notes = [f"{space_statement(space)}.", *_left_out(models)]
    if priced.empty:
        return style.page(title, [*notes, "Nothing to draw: the price of no answer is known."])
    others = table[~ranked & (table["n_scorable"] > 0)]
    values = priced[["mean", "mean_low", "mean_high"]].to_numpy().ravel()
    bottom, top, near, off_the_scale = score_limits(
        values[~np.isnan(values)].tolist(), others, task
    )
    notes += [
        *off_the_scale,
        f"{mean_statement(priced, primary)} Horizontal: the mean price of an answer.",
    ]
    names = [
        f"{style.fit(label, 44, 1)} (n = {n:,})"
        for label, n in zip(priced["label"], priced["n_scorable"], strict=True)
    ]
    figure = marks.new_figure(len(priced), title, notes)
    axes = figure.subplots()
    legend = _draw_models(axes, priced)
    axes.set_ylim(bottom, top)
    axes.grid()
    _scale(axes, priced["price"], task.score_axis)
    legend += draw_lines([axes], near)
    legend += draw_norm(axes, task, space, across="y")
    points = priced[["price", "mean"]].to_numpy()
    marks.name_points(figure, axes, points, names, _lines(axes, priced, near), legend)
    return figure


def _prices(samples: pd.DataFrame) -> pd.DataFrame:
    """Give the price of 1,000 answers of each model, and how many of its prices are known."""
    ordered = samples.sort_values("cost_usd")  # a sum depends on its order, if very little
    costs = ordered.groupby(MODEL, observed=True)["cost_usd"]
    prices = costs.agg(price="mean", n_priced="count").reset_index()
    return prices.assign(price=_ANSWERS * prices["price"])


def _left_out(models: pd.DataFrame) -> list[str]:
    """Name the models that are missing from the drawing, and why."""
    unknown = models.loc[models["price"].isna(), "label"]
    unscored = models.loc[models["price"].notna() & (models["n_scorable"] == 0), "label"]
    partly = models.loc[models["price"].notna() & (models["n_priced"] < models["n"]), "label"]
    return [
        f"{why}: {', '.join(style.fit(name, 40, 1) for name in names)}."
        for why, names in (
            ("Price not known", unknown),
            ("No scorable answer", unscored),
            ("Price of some answers only", partly),
        )
        if len(names)
    ]


def _draw_models(axes: Axes, priced: pd.DataFrame) -> list[Artist]:
    model, best = style.KINDS["model"], priced.index.isin(_best_choices(priced).index)
    axes.vlines(
        priced["price"], priced["mean_low"], priced["mean_high"], color=model.colour, linewidth=1.0
    )
    legend: list[Artist] = []
    for part, fill, name in (
        (priced[best], model.fill, "best choice: no cheaper model has a higher mean"),
        (priced[~best], "white", "another, as cheap or cheaper, has a higher mean"),
    ):
        if len(part):
            look: dict[str, Any] = {"color": model.colour, "mfc": fill, "ms": model.size}
            axes.plot(part["price"], part["mean"], model.marker, zorder=3, **look)
            legend.append(style.key(name, model.marker, model.colour, fill=fill))
    return legend if len(priced) > 1 else []


def _lines(axes: Axes, priced: pd.DataFrame, references: pd.DataFrame) -> NDArray[np.float64]:
    """List the lines that a label should not lie on, as x, y, x, y."""
    left, right = axes.get_xlim()
    return np.array(
        [
            *priced[["price", "mean_low", "price", "mean_high"]].dropna().to_numpy(),
            *((left, mean, right, mean) for mean in references["mean"]),
        ]
    ).reshape(-1, 4)


def _best_choices(priced: pd.DataFrame) -> pd.DataFrame:
    """Keep the models that no cheaper or equally cheap one exceeds, cheapest first."""
    ordered = priced.sort_values(["price", "mean"], ascending=[True, False], kind="stable")
    before = ordered["mean"].cummax().shift(fill_value=-np.inf)
    return ordered[ordered["mean"] > before]


def _scale(axes: Axes, prices: "pd.Series[float]", score: str) -> None:
    """Make the axis of prices logarithmic where they differ much; what is free stays on it."""
    paid = prices[prices > 0]
    free = bool((prices == 0).any())
    wide = len(paid) > 0 and paid.max() / paid.min() >= _LOG_FROM
    if wide:
        axes.set_xscale("symlog", linthresh=paid.min()) if free else axes.set_xscale("log")
        axes.set_xlim(-0.3 * paid.min() if free else paid.min() / 2, paid.max() * 2)
    else:
        axes.set_xlim(0 if len(paid) and not free else -0.05 * max(prices.max(), 1e-6), None)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda price, _: f"{price:,.6g}"))
    price = f"USD per {_ANSWERS:,} answers" + (" (logarithmic)" if wide else "")
    style.label_axes(axes, price, score)
