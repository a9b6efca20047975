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
        "What does not fit one column is made for two, and what does not fit two is wider: "
        "config/README.md has the list",
    )
    dpi: Annotated[int, Field(ge=72, le=1200)] = Field(
        200, description="pixels per inch of PNG; 600 for print"
    )
