"""The score of one list, for verification and for whoever has words at hand."""

from collections.abc import Sequence

from divergent_bench.instrument.scoring import DistanceScorer, ScoringOptions
from divergent_bench.instrument.spaces.store import Space
from divergent_bench.instrument.tasks.dat import TASK

OLSON = TASK.options()


def find_word(text: str, space: Space, *, fold: bool = False) -> str | None:
    """Return the form of `text` that the space knows, or None.

    Letters, hyphens and spaces are kept and lower-cased. A text of several words is tried
    hyphenated, then joined; a hyphenated one as it is, then joined. With `fold`, letters lose their
    diacritics first instead of being dropped.
    """
    options = TASK.options(fold_diacritics=fold)
    return DistanceScorer(space, options).check([text])[0].word


def dat_score(words: Sequence[str], space: Space, options: ScoringOptions = OLSON) -> float | None:
    """Return the DAT score of a list of words as they were answered.

    It is 100 times the mean cosine distance of all pairs of the first seven valid, different words:
    0 (all the same) to 200. With fewer than seven it is None, never 0. The `options` may say other
    counts than seven.
    """
    scorer = DistanceScorer(space, options)
    scored = scorer.scored(scorer.check(words))
    return None if scored is None else float(scorer.scores([scored])[0])
