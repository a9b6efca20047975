"""Compare the scores of embedded spaces with published ones, of GloVe 840B 300d.

    python -m tools.space_validity published_lists.jsonl [--exact SOURCE]

Prints ``validity.csv`` of the task `dat`: for each space and population how many of the lists have
a score in the space, Pearson's r between these and the published scores, and the mean and the
standard deviation of the differences (space minus published), in points. The lists are no part of
the repository: a JSON object per line with ``population``, ``source``, ``words``, ``scored_words``
(``first 7`` or ``up to 12``, after which the list was scored) and ``published_glove_840b``.

With SOURCE, what `tools.build_glove` reads but for the npm package, it tells how far scores by the
8-bit vectors are from those by all digits.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.instrument.scoring import score_words
from divergent_bench.instrument.spaces import embedded
from divergent_bench.instrument.spaces.store import Space, open_space, write_space
from divergent_bench.instrument.spaces.vectors import compact_vectors
from divergent_bench.instrument.tasks.dat import TASK
from tools.build_glove import DIMENSIONS, MEMBER

SCORED = {"first 7": TASK.n_scored, "up to 12": 12}


def read_lists(path: Path) -> pd.DataFrame:
    """Return the lists in the order of the file, a row each."""
    with path.open(encoding="utf-8") as stream:
        return pd.DataFrame(map(json.loads, stream))


def scores_in(space: Space, lists: pd.DataFrame) -> NDArray[np.float64]:
    """Return the scores of lists in a space, in points; NaN where too few words are valid."""
    scorers = {how: TASK.scorer(space, TASK.options(scored=n)) for how, n in SCORED.items()}
    asked = zip(lists["words"], lists["scored_words"], strict=True)
    return score_words(
        [scorers[how].scored(scorers[how].check(words)) or [] for words, how in asked], space
    )


def validity(space: Space, lists: pd.DataFrame) -> pd.DataFrame:
    """Return how scores of a space agree with the published ones, a row for each population."""
    table = lists.assign(score=scores_in(space, lists))
    rows = []
    for (population, source), group in table.groupby(["population", "source"], sort=False):
        scored = group.dropna(subset="score")
        difference = scored["score"] - scored["published_glove_840b"]
        rows.append(
            {
                "space": space.name,
                "population": population,
                "source": source,
                "n": len(group),
                "n_scorable": len(scored),
                "r": scored["score"].corr(scored["published_glove_840b"]),
                "mean_difference": difference.mean(),
                "sd_difference": difference.std(),
            }
        )
    return pd.DataFrame(rows)


def unpacked(names: Sequence[str], directory: Path) -> list[Space]:
    """Make the stores of embedded spaces and open them."""
    for name in names:
        embedded.unpack(name, directory / name)
    return [open_space(directory / name) for name in names]


def exact(source: Path, rounded: Space, directory: Path) -> Space:
    """Return the space of all digits, with the words of the rounded one."""
    found = compact_vectors(source, list(rounded.rows), dimensions=DIMENSIONS, member=MEMBER)
    write_space(
        directory,
        vectors=found.vectors,
        rows=found.rows,
        name="exact",
        source=str(source),
        source_checksum="",
        notes="",
        published=False,
    )
    return open_space(directory)


def main() -> None:
    """Command line: the lists, and the full vectors if they are here."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lists", type=Path, help="published_lists.jsonl")
    parser.add_argument("--exact", type=Path, help="glove.6B.zip or glove.6B.100d.txt")
    arguments = parser.parse_args()
    lists = read_lists(arguments.lists)
    with tempfile.TemporaryDirectory() as directory:
        spaces = unpacked(embedded.NAMES, Path(directory))
        found = pd.concat([validity(space, lists) for space in spaces])
        print(found.round(3).to_csv(index=False), end="")
        if arguments.exact:
            full = exact(arguments.exact, spaces[0], Path(directory, "exact"))
            off = np.abs(scores_in(spaces[0], lists) - scores_in(full, lists))
            most, mean = np.nanmax(off), np.nanmean(off)
            print(f"8 bits: {most:.3f} points off at most, {mean:.3f} on average")


if __name__ == "__main__":
    main()
