"""The part of the config on the files of figures, as a pydantic model."""

from typing import Annotated, Literal

from pydantic import Field

from divergent_bench.config.values import Strict

FigureFormat = Literal["pdf", "png", "svg"]
FigureWidth = Literal["single", "double"]


class Figures(Strict):
    """The files of figures: for a screen by default, or for a paper."""

    formats: list[FigureFormat] = Field(
        default=["png", "svg"],
        description="each figure is made in these; PNG and SVG always, because the reports show "
        "them",
    )
    titles: bool = Field(
        True,
        description="whether a heading stands above a figure; a paper has it in the caption",
    )
    width: FigureWidth = Field(
        "double",
        description="for one column of a journal (`single`, 89 mm) or for two (`double`, 183 mm). "
        "What does not fit one column is made for two: a matrix of pairs (five models or more), a "
        "table of means with more than four columns, words of more than 16 models, a scatter or "
        "curves of more than 30. A matrix or table that needs more than 183 mm is wider",
    )
    dpi: Annotated[int, Field(ge=72, le=1200)] = Field(
        200, description="pixels per inch of PNG; 600 for print"
    )
