"""Which words of an answer count, and how far apart the words of a list are.

Looking words up follows Olson, J. A., Nahas, J., Chmoulevitch, D., Cropper, S. J., & Webb, M. E.
(2021). Naming unrelated words predicts creativity. PNAS, 118(25), e2022340118.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from divergent_bench.base.errors import UserError
from divergent_bench.base.names import percent
from divergent_bench.instrument.spaces.lexicon import word_facts
from divergent_bench.instrument.spaces.nouns import base_form
from divergent_bench.instrument.spaces.store import Space
from divergent_bench.instrument.stimuli import base_forms, words_of

if TYPE_CHECKING:
    from divergent_bench.instrument.tasks import Scorer

_LISTS_AT_ONCE = 512  # so many vectors fit in a processor's cache, and in any memory

_DISCARDED = re.compile(r"[^a-zA-Z\- \x80-\U0010ffff]+")
_FIRST_IDEOGRAPH = "\u3040"  # from there on, one letter is a word
_MANY_UNKNOWN = 0.5  # share of words; of English lists nearly all are known
_FEW_WORDS = 5  # tell no language
_UNDECOMPOSED = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "\u0131": "i"}
)


@dataclass(frozen=True, slots=True)
class ScoringOptions:
    """How a list is checked and scored; `Task.options` gives those of a task.

    A count below 2 is a UserError: one word has no distance.
    """

    minimum: int  # different words that count which a list needs
    scored: int  # how many of the first valid words are looked at; all where there are fewer
    fold_diacritics: bool = False  # façade is facade; Olson et al. drop the letter: faade

    def __post_init__(self) -> None:
        for name, count in (("minimum", self.minimum), ("scored", self.scored)):
            if count < 2:
                raise UserError(
                    f"scoring: {name} is {count}; a distance needs two words, so give 2 or more"
                )


@dataclass(frozen=True, slots=True)
class WordCheck:
    """What became of one word of an answer."""

    word: str | None  # its form in the space, or None where it has none
    reason: str = ""  # why it does not count, in a word or two; empty when it does

    @property
    def accepted(self) -> bool:
        """Whether the word is valid and new."""
        return not self.reason


class WordValidator:
    """Says which words of an answer count in a space, and which of them are scored.

    It remembers every text it has looked up, since models repeat themselves.
    """

    def __init__(self, space: Space, options: ScoringOptions) -> None:
        self.space = space
        self.options = options
        self._known: dict[str, WordCheck] = {}

    def check(self, words: Sequence[str], stimulus: str | None = None) -> list[WordCheck]:
        """Say for every word of a list (about a stimulus) whether it counts, and if not why."""
        seen: set[str] = set()
        checks = []
        for text in words:
            check = self._known.get(text) or self._look_up(text)
            if (word := check.word) is not None:
                if reason := self.refuse(word, stimulus):
                    check = WordCheck(word, reason)
                elif word in seen:
                    check = WordCheck(word, "duplicate")
                else:
                    seen.add(word)
            checks.append(check)
        return checks

    def refuse(self, word: str, stimulus: str | None) -> str:  # noqa: ARG002  a task may
        """Say why a task does not take a word of the space; empty where it does."""
        return ""

    def measures(
        self,
        lists: Sequence[Sequence[str]],  # noqa: ARG002  a task may
        stimuli: Sequence[str | None],  # noqa: ARG002
    ) -> Mapping[str, NDArray[np.float64]]:
        """Return what is measured of lists beside the score: nothing, unless a task says what."""
        return {}

    def word_measures(
        self,
        checks: Sequence[WordCheck],  # noqa: ARG002  a task may
        stimulus: str | None,  # noqa: ARG002
    ) -> Mapping[str, Sequence[Any]]:
        """Return what is measured of each word of an answer: nothing, unless a task says what."""
        return {}

    def scored(
        self,
        checks: Sequence[WordCheck],
        stimulus: str | None = None,  # noqa: ARG002  a task may
    ) -> list[str] | None:
        """Return the words that are scored; None when the list cannot be."""
        valid = accepted_words(checks)
        return valid[: self.options.scored] if len(valid) >= self.options.minimum else None

    def _spelt(self, text: str) -> str:
        """Return a text without the letters beyond a to z that no word of the space has."""
        composed = unicodedata.normalize("NFC", text)
        return "".join(c for c in composed if c.isascii() or c.lower() in self.space.letters)

    def _look_up(self, text: str) -> WordCheck:
        plain = fold_diacritics(text) if self.options.fold_diacritics else text
        forms = _forms(plain if plain.isascii() else self._spelt(plain))
        word = next((form for form in forms if form in self.space), None)
        missing = "not in dictionary" if forms else "too short"
        check = self._known[text] = WordCheck(word, missing if word is None else "")
        return check


class DistanceScorer(WordValidator):
    """Scores lists by the distances between their words."""

    def scores(self, lists: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Return the mean distances, as `score_words`."""
        return score_words(lists, self.space)


class StimulusScorer(DistanceScorer):
    """Takes nouns that are no form of the words that the answer is about.

    Attributes
    ----------
    given
        What such a word is called: the reason for which a form of it does not count.
    """

    given = "stimulus"

    def __init__(self, space: Space, options: ScoringOptions) -> None:
        super().__init__(space, options)
        self._avoided: dict[str, set[str]] = {}

    def refuse(self, word: str, stimulus: str | None) -> str:
        """Say whether a word of the space is a form of a word of the stimulus, or no noun."""
        if stimulus is not None and base_form(word) in self._base_forms(stimulus):
            return self.given
        facts = word_facts(word)
        return "" if facts.is_noun and not facts.is_proper_noun else "no noun"

    def forms_of(self, stimulus: str) -> list[str] | None:
        """Return the words of a stimulus as the space has them; None where it lacks one."""
        checks = [self._known.get(word) or self._look_up(word) for word in words_of(stimulus)]
        forms = [check.word for check in checks if check.word is not None]
        return forms if len(forms) == len(checks) else None

    def _base_forms(self, stimulus: str) -> set[str]:
        if (found := self._avoided.get(stimulus)) is None:
            forms = map(base_form, self.forms_of(stimulus) or [])
            found = self._avoided[stimulus] = base_forms(stimulus) | set(forms)
        return found


@dataclass(frozen=True, slots=True)
class ScoredAnswers:
    """What some answers score.

    Attributes
    ----------
    words
        Of each, the words that were scored; None where it is unscorable.
    scores, measures
        In points, shape (answers,), the latter by column; NaN where an answer is unscorable.
    """

    words: list[list[str] | None]
    scores: NDArray[np.float64]
    measures: dict[str, NDArray[np.float64]]


def score_answers(
    scorer: "Scorer", answers: Sequence[Sequence[WordCheck]], stimuli: Sequence[str | None]
) -> ScoredAnswers:
    """Score checked answers to stimuli, those that can be."""
    words = [scorer.scored(*each) for each in zip(answers, stimuli, strict=True)]
    places = [place for place, of_answer in enumerate(words) if of_answer is not None]
    lists = [of_answer for of_answer in words if of_answer is not None]

    def spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = np.full(len(answers), np.nan)
        whole[places] = values
        return whole

    measured = scorer.measures(lists, [stimuli[place] for place in places])
    return ScoredAnswers(
        words, spread(scorer.scores(lists)), {name: spread(v) for name, v in measured.items()}
    )


def accepted_words(checks: Sequence[WordCheck]) -> list[str]:
    """Return the words that count, in their order."""
    return [check.word for check in checks if check.word is not None and not check.reason]


def unit_vectors(space: Space, words: Sequence[str]) -> NDArray[np.float64]:
    """Return the vectors of words of a space, shape (words, dimensions), each of length 1.

    Those that the space holds are of unit length only as far as float32 goes.
    """
    vectors = space.vectors[[space.rows[word] for word in words]].astype(np.float64)
    lengths = np.sqrt(np.einsum("wd,wd->w", vectors, vectors))
    scaled: NDArray[np.float64] = vectors / lengths[:, None]
    return scaled


def score_words(lists: Sequence[Sequence[str]], space: Space) -> NDArray[np.float64]:
    """Return 100 times the mean cosine distance of all pairs of each list; NaN for an empty one.

    The words are words of the space; lists may differ in length. The result has shape (lists,).
    """
    rows = {word: space.rows[word] for word in dict.fromkeys(chain.from_iterable(lists))}
    by_length: dict[int, list[int]] = {}
    for index, words in enumerate(lists):
        by_length.setdefault(len(words), []).append(index)
    scores = np.full(len(lists), np.nan)
    for length, indices in by_length.items():
        if length:
            table = np.array([[rows[word] for word in lists[index]] for index in indices])
            scores[indices] = score_lists(table, space)
    return scores


def score_lists(rows: NDArray[np.integer], space: Space) -> NDArray[np.float64]:
    """Return 100 times the mean cosine distance of all pairs of words, for many lists at once.

    Parameters
    ----------
    rows
        Rows of `space.vectors`, shape (lists, words), at least two words per list.

    Returns
    -------
    ndarray
        Shape (lists,), in points.

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


def distances(words: Sequence[str], space: Space) -> NDArray[np.float64]:
    """Return 100 times the cosine distance of each pair of words of a space.

    In points, 0 to 200, shape (words, words); the diagonal is 0. The score of a list is the mean of
    what stands above it.
    """
    vectors = unit_vectors(space, words)
    between = 100 * (1 - vectors @ vectors.T)
    np.fill_diagonal(between, 0.0)
    return between


def form_in(space: Space, text: str) -> str | None:
    """Return the form of a text that a space knows, or None."""
    return next((form for form in _forms(text) if form in space), None)


def fold_diacritics(text: str) -> str:
    """Return `text` with plain Latin letters for those with diacritics: façade, facade."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def note_on_unknown(n_known: int, n_words: int) -> str:
    """Say that words are probably in another language than the dictionary; empty if they are not.

    `n_known` of the `n_words` words of some answers are in the dictionary and the space.
    """
    if n_words < _FEW_WORDS or n_known >= (1 - _MANY_UNKNOWN) * n_words:
        return ""
    return (
        f"{percent(1 - n_known / n_words)}% of the words are not in the dictionary; answers in "
        "another language than English need a space and a dictionary of that language: `analysis: "
        "{spaces: [{name: mine, path: vectors.vec, dictionary: nouns.txt}]}`"
    )


def _forms(text: str) -> list[str]:
    """Return the forms of `text` to look up, best first; none when one letter or less is left."""
    clean = _DISCARDED.sub("", text).strip().lower()
    if len(clean) <= 1 and clean < _FIRST_IDEOGRAPH:
        return []
    if " " in clean:
        return [re.sub(" +", "-", clean), re.sub(" +", "", clean)]
    if "-" in clean:
        return [clean, re.sub("-+", "", clean)]
    return [clean]
