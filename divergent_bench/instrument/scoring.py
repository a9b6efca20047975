"""The Divergent Association Task: which words count, and what a list of them scores.

Follows Olson, J. A., Nahas, J., Chmoulevitch, D., Cropper, S. J., & Webb, M. E. (2021). Naming
unrelated words predicts creativity. PNAS, 118(25), e2022340118.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces.store import Space

SCORED_WORDS = 7
_LISTS_AT_ONCE = 512  # so many vectors fit in a processor's cache, and in any memory

Reason = Literal["", "duplicate", "not in dictionary", "too short"]

_DISCARDED = re.compile(r"[^a-zA-Z\- ]+")
_UNDECOMPOSED = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "\u0131": "i"}
)


@dataclass(frozen=True, slots=True)
class ScoringOptions:
    """How a list is validated and scored; the defaults are those of Olson et al.

    Attributes
    ----------
    minimum
        Valid, different words a list needs to be scored; at least 2.
    scored
        How many of the first valid words are scored (all of them where there are fewer); at
        least 2.
    fold_diacritics
        Whether façade is looked up as facade. Olson et al. drop the letter: faade.

    Raises
    ------
    UserError
        When a count is below 2: one word has no distance.
    """

    minimum: int = SCORED_WORDS
    scored: int = SCORED_WORDS
    fold_diacritics: bool = False

    def __post_init__(self) -> None:
        for name, count in (("minimum", self.minimum), ("scored", self.scored)):
            if count < 2:
                raise UserError(
                    f"scoring: {name} is {count}; a distance needs two words, so give 2 or more"
                )

    @property
    def label(self) -> str:
        """What differs from Olson et al., as ``minimum=5|fold-diacritics``; empty by default."""
        counts = [("minimum", self.minimum), ("scored", self.scored)]
        differing = [f"{name}={count}" for name, count in counts if count != SCORED_WORDS]
        return "|".join([*differing, *["fold-diacritics"] * self.fold_diacritics])


OLSON = ScoringOptions()


@dataclass(frozen=True, slots=True)
class WordCheck:
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


class WordValidator:
    """Says which words of an answer count in a space, and which of them are scored.

    It remembers every text it has looked up, since models repeat themselves.
    """

    def __init__(self, space: Space, options: ScoringOptions = OLSON) -> None:
        self.space = space
        self.options = options
        self._known: dict[str, WordCheck] = {}

    def check(self, words: Sequence[str]) -> list[WordCheck]:
        """Say for every word of a list whether it counts, and if not why."""
        seen: set[str] = set()
        checks = []
        for text in words:
            check = self._known.get(text) or self._look_up(text)
            word = check.word
            if word is not None and word in seen:
                check = WordCheck(word, "duplicate")
            elif word is not None:
                seen.add(word)
            checks.append(check)
        return checks

    def scored(self, checks: Sequence[WordCheck]) -> list[str]:
        """Return the words that are scored; none when the list cannot be."""
        valid = [v.word for v in checks if v.word is not None and not v.reason]
        return valid[: self.options.scored] if len(valid) >= self.options.minimum else []

    def _look_up(self, text: str) -> WordCheck:
        forms = _forms(fold_diacritics(text) if self.options.fold_diacritics else text)
        word = next((form for form in forms if form in self.space), None)
        if word is None:
            check = WordCheck(None, "not in dictionary" if forms else "too short")
        else:
            check = WordCheck(word)
        self._known[text] = check
        return check


def find_word(text: str, space: Space, *, fold: bool = False) -> str | None:
    """Return the form of `text` that the space knows, or None.

    Letters, hyphens and spaces are kept and lower-cased. A text of several words is tried
    hyphenated, then joined; a hyphenated one as it is, then joined. With `fold`, letters lose their
    diacritics first instead of being dropped.
    """
    return check_words([text], space, ScoringOptions(fold_diacritics=fold))[0].word


def check_words(
    words: Sequence[str], space: Space, options: ScoringOptions = OLSON
) -> list[WordCheck]:
    """Say for every word of a list whether it counts, and if not why."""
    return WordValidator(space, options).check(words)


def dat_score(words: Sequence[str], space: Space, options: ScoringOptions = OLSON) -> float | None:
    """Return the DAT score of a list of words, or None when it cannot be scored.

    Parameters
    ----------
    words
        As they were answered; the first seven valid, different ones are scored.
    space
        The semantic space of the distances.
    options
        Other counts than seven, or folding of diacritics.

    Returns
    -------
    float or None
        100 times the mean cosine distance of all pairs: 0 (all the same) to 200. None with fewer
        than seven valid words, never 0.
    """
    validator = WordValidator(space, options)
    scored = validator.scored(validator.check(words))
    if not scored:
        return None
    return float(score_lists(np.array([[space.rows[word] for word in scored]]), space)[0])


def score_words(lists: Sequence[Sequence[str]], space: Space) -> NDArray[np.float64]:
    """Return the DAT scores, shape (lists,), of lists of words of the space; NaN for an empty one.

    Lists may differ in length.
    """
    rows: dict[str, int] = {}
    by_length: dict[int, list[int]] = {}
    for index, words in enumerate(lists):
        by_length.setdefault(len(words), []).append(index)
        for word in words:
            if word not in rows:
                rows[word] = space.rows[word]
    scores = np.full(len(lists), np.nan)
    for length, indices in by_length.items():
        if length:
            table = np.array([[rows[word] for word in lists[index]] for index in indices])
            scores[indices] = score_lists(table, space)
    return scores


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
    For unit vectors the cosines of all ordered pairs, each vector with itself included, sum to the
    squared length of the vectors' sum, so that no pair needs to be formed. Stored vectors have unit
    length only as far as float32 goes; they are divided by their length once more.
    """
    n_words = rows.shape[1]
    scores = np.empty(len(rows))
    for start in range(0, len(rows), _LISTS_AT_ONCE):
        vectors = space.vectors[rows[start : start + _LISTS_AT_ONCE]].astype(np.float64)
        lengths = np.sqrt(np.einsum("lwd,lwd->lw", vectors, vectors))
        total = np.einsum("lwd,lw->ld", vectors, 1 / lengths)
        cosines = np.einsum("ld,ld->l", total, total) - n_words
        scores[start : start + _LISTS_AT_ONCE] = 100 * (1 - cosines / (n_words * (n_words - 1)))
    return scores


def fold_diacritics(text: str) -> str:
    """Return `text` with plain Latin letters for those with diacritics: façade, facade."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _forms(text: str) -> list[str]:
    """Return the forms of `text` to look up, best first; none when one letter or less is left."""
    clean = _DISCARDED.sub("", text).strip().lower()
    if len(clean) <= 1:
        return []
    if " " in clean:
        return [re.sub(" +", "-", clean), re.sub(" +", "", clean)]
    if "-" in clean:
        return [clean, re.sub("-+", "", clean)]
    return [clean]
