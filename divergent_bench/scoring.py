"""The Divergent Association Task: which words count, and what a list of them scores.

Follows Olson, J. A., Nahas, J., Chmoulevitch, D., Cropper, S. J., & Webb, M. E. (2021). Naming
unrelated words predicts creativity. PNAS, 118(25), e2022340118.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from divergent_bench.spaces.store import Space

SCORED_WORDS = 7
LISTS_AT_ONCE = 4096  # bounds the memory of `score_lists`

Reason = Literal["", "duplicate", "not in dictionary", "too short"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one word of an answer.

    Attributes
    ----------
    word
        Its form in the space, or None where it has none.
    reason
        Why it does not count; empty when it does.
    """

    word: str | None
    reason: Reason = ""

    @property
    def accepted(self) -> bool:
        """Whether the word is valid and new."""
        return not self.reason


def find_word(text: str, space: Space) -> str | None:
    """Return the form of `text` that the space knows, or None.

    Letters, hyphens and spaces are kept and lower-cased. A text of several words is tried
    hyphenated, then joined; a hyphenated one as it is, then joined.
    """
    return next((form for form in _forms(text) if form in space), None)


def judge_words(words: Sequence[str], space: Space) -> list[Verdict]:
    """Say for every word of a list whether it counts, and if not why."""
    seen: set[str] = set()
    verdicts = []
    for text in words:
        forms = _forms(text)
        word = next((form for form in forms if form in space), None)
        if word is None:
            verdicts.append(Verdict(None, "not in dictionary" if forms else "too short"))
        elif word in seen:
            verdicts.append(Verdict(word, "duplicate"))
        else:
            seen.add(word)
            verdicts.append(Verdict(word))
    return verdicts


def dat_score(words: Sequence[str], space: Space) -> float | None:
    """Return the DAT score of a list of words, or None when it cannot be scored.

    Parameters
    ----------
    words
        As they were answered; the first seven valid, different ones are scored.
    space
        The semantic space of the distances.

    Returns
    -------
    float or None
        100 times the mean cosine distance of all pairs: 0 (all the same) to 200. None with fewer
        than seven valid words, never 0.
    """
    valid = [verdict.word for verdict in judge_words(words, space) if verdict.accepted]
    rows = [space.rows[word] for word in valid[:SCORED_WORDS] if word]
    if len(rows) < SCORED_WORDS:
        return None
    return float(score_lists(np.array([rows]), space)[0])


def score_lists(rows: NDArray[np.integer], space: Space) -> NDArray[np.float64]:
    """Return the DAT scores of many lists at once.

    Parameters
    ----------
    rows
        Shape (lists, words): rows of `space.vectors`, at least two words per list.

    Returns
    -------
    ndarray
        Shape (lists,): 100 times the mean cosine distance of all pairs, 0 to 200.

    Notes
    -----
    For unit vectors the cosines of all ordered pairs sum to the squared length of the vectors' sum,
    less the squared lengths themselves, so that no pair needs to be formed.
    """
    n_words = rows.shape[1]
    scores = np.empty(len(rows))
    for start in range(0, len(rows), LISTS_AT_ONCE):
        vectors = space.vectors[rows[start : start + LISTS_AT_ONCE]].astype(np.float64)
        total = vectors.sum(axis=1)
        cosines = np.einsum("ld,ld->l", total, total) - np.einsum("lwd,lwd->l", vectors, vectors)
        scores[start : start + LISTS_AT_ONCE] = 100 * (1 - cosines / (n_words * (n_words - 1)))
    return scores


def _forms(text: str) -> list[str]:
    """Return the forms of `text` to look up, best first; none when one letter or less is left."""
    clean = re.sub(r"[^a-zA-Z\- ]+", "", text).strip().lower()
    if len(clean) <= 1:
        return []
    if " " in clean:
        return [re.sub(" +", "-", clean), re.sub(" +", "", clean)]
    if "-" in clean:
        return [clean, re.sub("-+", "", clean)]
    return [clean]
