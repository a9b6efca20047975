"""Score the people of Olson et al. 2021, study 2, in embedded spaces, and add their percentiles.

    python -m tools.human_norms published_lists.jsonl human_norms.csv  # in divergent_bench/

Percentiles are interpolated linearly between the sorted scores (numpy's default), of the people
whose lists have a score in the space; so were those of the published scores, which this checks.
The column of a space is replaced if it is there. The lists are those of `tools.space_validity`.
"""

import argparse
import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text
from divergent_bench.instrument.norms import NORMS, PUBLISHED_SPACE, find_norm
from tools.space_validity import read_lists, scores_in, unpacked

SAMPLE = "olson2021_study2"


def column(scores: NDArray[np.float64], percentiles: NDArray[np.float64]) -> list[str]:
    """Return the scores at percentiles as the table has them; missing scores are left out."""
    return [f"{score:.3f}" for score in np.nanpercentile(scores, percentiles)]


def with_spaces(table: str, lists: pd.DataFrame) -> str:
    """Return the table of norms with the people scored in each embedded space that has a norm."""
    people = lists[lists["population"] == "people"]
    norms = pd.read_csv(io.StringIO(table), dtype=str)
    percentiles = norms["percentile"].to_numpy(dtype=float)
    published = column(people["published_glove_840b"].to_numpy(), percentiles)
    if published != norms[find_norm(SAMPLE, PUBLISHED_SPACE).column].tolist():
        raise UserError("the published scores of the lists do not give the published percentiles")
    scored_anew = [n for n in NORMS if n.name == SAMPLE and n.space != PUBLISHED_SPACE]
    with tempfile.TemporaryDirectory() as directory:
        spaces = unpacked([norm.space for norm in scored_anew], Path(directory))
        for norm, space in zip(scored_anew, spaces, strict=True):
            scores = scores_in(space, people)
            if (n := int(np.isfinite(scores).sum())) != norm.n:
                raise UserError(
                    f"{n:,} people have a score in {norm.space}; its norm says {norm.n:,}"
                )
            norms[norm.column] = column(scores, percentiles)
    return norms.to_csv(index=False)


def main() -> None:
    """Command line: the lists, the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lists", type=Path, help="published_lists.jsonl")
    parser.add_argument("table", type=Path, help="human_norms.csv, which is written anew")
    arguments = parser.parse_args()
    try:
        table = arguments.table.read_text(encoding="utf-8")
        write_text(arguments.table, with_spaces(table, read_lists(arguments.lists)))
    except UserError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
