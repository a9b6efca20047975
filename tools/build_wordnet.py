r"""Build the semantic space from WordNet 3.0 that ships with the package, and the lists of nouns.

    python -m tools.build_wordnet /usr/share/wordnet words.txt \
        divergent_bench/instrument/spaces/data

``words.txt`` is the dictionary of the task, as for `tools.build_glove`.

A word is described by the words it occurs with: in the glosses and examples of its senses, in those
of related synsets with decaying weight, and in every gloss that uses it. Counts become positive
pointwise mutual information with a smoothed context distribution (Levy, Goldberg & Dagan 2015,
TACL 3), which a truncated SVD brings down to 100 dimensions.
"""

import argparse
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text
from divergent_bench.instrument.spaces.catalogue import OLSON_DICTIONARY
from divergent_bench.instrument.spaces.embedded import GLOVE, lines
from divergent_bench.instrument.spaces.vectors import read_dictionary
from tools.package_data import check_file, write_xz
from tools.wordnet_inflection import WORD, forms_by_lemma
from tools.wordnet_source import PARTS_OF_SPEECH, Synset, WordNet, read_wordnet

DIMENSIONS = 100
EXAMPLE_WEIGHT = 1.0
MEMBER_WEIGHT = 1.5
RELATED_WEIGHTS = (0.6, 0.3, 0.1)  # one, two and three steps away
SENSE_WEIGHT = 3.0
SENSE_COUNT_PRIOR = 1.0  # a sense the tagged corpora never met still counts as met once
USAGE_DAMPING = 0.25  # else the usage of frequent words drowns their senses
CONTEXT_MINIMUM = 80  # occurrences; rarer contexts add noise
CONTEXT_SMOOTHING = 0.75
EIGENVALUE_EXPONENT = 0.25
QUANTISATION_STEP = 0.015
POWER_ITERATIONS = 4
OVERSAMPLING = 20
SEED = 0
NOTES = (
    "Built from WordNet 3.0, Copyright 2006 by Princeton University; all rights reserved; the "
    "licence is WORDNET-LICENSE in the package. Absolute scores are not GloVe scores and do not "
    "compare with published ones; of lists of rare or random words they tell nothing."
)

_FUNCTION_WORDS = (
    "a about also an and any are as at be been being by can could did do does especially for from "
    "had has have he her him his if in into is it its may me might must my no not of on one or our "
    "out over shall she should so some such than that the their then there these they this those "
    "to up used usually very was we were when where which who who's whom will with would "
    "you your but often"
)
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
_TOKEN = re.compile(r"[a-z]+(?:-[a-z]+)*")
_EXAMPLE = re.compile(r'"[^"]*"')

# The endings WordNet's own morphological processor removes (`man 7 morphy`).
_DETACHMENTS = {
    "n": (
        ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"),
        ("men", "man"), ("ies", "y"), ("s", ""),
    ),
    "v": (
        ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"),
        ("ing", ""), ("s", ""),
    ),
    "a": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "r": (),
}  # fmt: skip

Sparse = Any  # scipy.sparse carries no types


class Lemmatiser:
    """Maps a token of running text to its most frequent WordNet lemma, nouns first."""

    def __init__(self, wordnet: WordNet) -> None:
        self._wordnet = wordnet
        self._entries = {(w.lower(), s.id[0]) for s in wordnet.synsets for w in s.words}
        self._known: dict[str, str] = {}

    def __call__(self, token: str) -> str:
        """Return the lemma of `token`, or the token itself when WordNet has none."""
        if token not in self._known:
            self._known[token] = self._lemma(token)
        return self._known[token]

    def _lemma(self, token: str) -> str:
        for parts in ("n", "var"):
            if analyses := self.analyses(token, parts):
                return max(analyses, key=lambda analysis: self._wordnet.tag_counts[analysis])[0]
        return token

    def analyses(self, token: str, parts: str) -> list[tuple[str, str]]:
        """Return the lemmas that `token` can be a form of, each with its part of speech."""
        return [
            (lemma, part)
            for part in parts
            for lemma in self._analyses(token, part)
            if (lemma, part) in self._entries
        ]

    def _analyses(self, token: str, part: str) -> Iterable[str]:
        yield from self._wordnet.exceptions[part].get(token, ())
        for ending, replacement in _DETACHMENTS[part]:
            if token.endswith(ending) and len(token) > len(ending) + 1:
                yield token[: -len(ending)] + replacement
        yield token

    def tokens(self, text: str) -> list[str]:
        """Return the lemmas of the content words of `text`."""
        return [
            self(token)
            for token in _TOKEN.findall(text.lower())
            if len(token) > 1 and token not in FUNCTION_WORDS
        ]


def single_words(synset: Synset) -> list[str]:
    """Return the words of `synset` that can be an answer: one word, not a proper name."""
    return [word for word in synset.words if len(word) > 1 and WORD.match(word)]


def count_matrix(documents: Sequence[Iterable[str]], terms: dict[str, int]) -> Sparse:
    """Return counts (documents, terms) as a sparse row matrix."""
    pairs = [(i, terms[t]) for i, doc in enumerate(documents) for t in doc if t in terms]
    rows, columns = np.array(pairs).T
    return sparse.csr_array(
        (np.ones(len(pairs)), (rows, columns)), shape=(len(documents), len(terms))
    )


def cooccurrence(wordnet: WordNet, words: Sequence[str]) -> Sparse:
    """Return weighted cooccurrence counts (words, contexts)."""
    lemmatiser = Lemmatiser(wordnet)
    synsets = wordnet.synsets
    definitions = [lemmatiser.tokens(_EXAMPLE.sub(" ", s.gloss)) for s in synsets]
    examples = [lemmatiser.tokens(" ".join(_EXAMPLE.findall(s.gloss))) for s in synsets]
    members = [_member_tokens(s, lemmatiser) for s in synsets]
    terms = {
        term: i
        for i, term in enumerate(
            sorted({t for docs in (definitions, examples, members) for d in docs for t in d})
        )
    }
    usage = count_matrix(definitions, terms) + EXAMPLE_WEIGHT * count_matrix(examples, terms)
    glosses = usage + MEMBER_WEIGHT * count_matrix(members, terms)
    frequent = np.flatnonzero(glosses.sum(axis=0) >= CONTEXT_MINIMUM)
    contexts = sparse.csr_array(glosses[:, frequent])

    relations = _relations(wordnet)
    spread, described = contexts, contexts
    for weight in RELATED_WEIGHTS:
        spread = relations @ spread
        described = described + weight * spread
    by_sense = _sense_weights(wordnet, words) @ described

    row = {word: i for i, word in enumerate(words)}
    used = [(row[term], i) for term, i in terms.items() if term in row]
    word_rows, term_columns = np.array(used).T
    occurrences = np.maximum(usage.sum(axis=0), 1.0)[term_columns]
    pick = sparse.csr_array(
        (occurrences**-USAGE_DAMPING, (word_rows, term_columns)), shape=(len(words), len(terms))
    )
    by_usage = (pick @ usage.T) @ contexts
    return sparse.csr_array(SENSE_WEIGHT * by_sense + by_usage)


def positive_pmi(counts: Sparse) -> Sparse:
    """Return positive pointwise mutual information of log-damped `counts`, rows of unit length."""
    ppmi = counts.astype(np.float64)
    ppmi.data = np.log1p(ppmi.data)
    row_sums = ppmi.sum(axis=1)
    context_share = ppmi.sum(axis=0) ** CONTEXT_SMOOTHING
    context_share /= context_share.sum()
    row_of = np.repeat(np.arange(ppmi.shape[0]), np.diff(ppmi.indptr))
    expected = row_sums[row_of] * context_share[ppmi.indices]
    ppmi.data = np.maximum(np.log(ppmi.data / expected), 0.0)
    ppmi.eliminate_zeros()
    lengths = np.sqrt(ppmi.power(2).sum(axis=1))
    row_of = np.repeat(np.arange(ppmi.shape[0]), np.diff(ppmi.indptr))
    ppmi.data /= lengths[row_of]
    return ppmi.astype(np.float32)


def embed(matrix: Sparse, dimensions: int) -> npt.NDArray[np.float32]:
    """Return unit rows (n, dimensions) from a randomised SVD (Halko et al. 2011, SIAM Rev. 53)."""
    start = np.random.default_rng(SEED).standard_normal(
        (matrix.shape[1], dimensions + OVERSAMPLING), dtype=np.float32
    )
    basis, _ = np.linalg.qr(matrix @ start)
    for _ in range(POWER_ITERATIONS):
        basis, _ = np.linalg.qr(matrix.T @ basis)
        basis, _ = np.linalg.qr(matrix @ basis)
    left, values, _ = np.linalg.svd((matrix.T @ basis).T, full_matrices=False)
    vectors = (basis @ left)[:, :dimensions] * values[:dimensions] ** EIGENVALUE_EXPONENT
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors, dtype=np.float32)


def build(wordnet: WordNet) -> tuple[list[str], npt.NDArray[np.float32], dict[str, list[str]]]:
    """Build the space.

    Returns
    -------
    words, vectors, forms
        One word per row; unit rows (n, 100) without the words nothing is known about; the inflected
        forms that share the row of their lemma.
    """
    entries = {(word, s.id[0]) for s in wordnet.synsets for word in single_words(s)}
    lemma_of = dict(forms_by_lemma(wordnet, entries))
    words = sorted({word for word, _ in entries} - lemma_of.keys())
    ppmi = positive_pmi(cooccurrence(wordnet, words))
    described = np.flatnonzero(np.diff(ppmi.indptr))
    words = [words[i] for i in described]
    forms: dict[str, list[str]] = {word: [] for word in words}
    for form, lemma in lemma_of.items():
        if lemma in forms:
            forms[lemma].append(form)
    return words, embed(ppmi[described], DIMENSIONS), forms


def ranked_nouns(wordnet: WordNet, words: Iterable[str]) -> list[str]:
    """Return the nouns among `words`: most often tagged first, then most often used in glosses."""
    nouns = {word for s in wordnet.synsets if s.id[0] == "n" for word in single_words(s)}
    used = Counter(token for s in wordnet.synsets for token in _TOKEN.findall(s.gloss.lower()))
    return sorted(
        nouns & set(words), key=lambda word: (-wordnet.tag_counts[word, "n"], -used[word], word)
    )


def nouns_by_frequency(wordnet: WordNet, nouns: Sequence[str]) -> list[str]:
    """Return what is mainly a noun, by its rank in the GloVe vocabulary; the words it lacks last.

    The vocabulary is in lower case and knows no parts of speech: among the most frequent of all
    nouns would be "in", "may" and "china". A word counts as a noun if it was tagged as a common
    noun at least as often as otherwise: as another part of speech, a name, or a form of another
    word, for which a quarter of that word's count is taken. Never tagged, it must have no other
    analysis at all.
    """
    rank = {word: place for place, word in enumerate(lines(f"{GLOVE}.words.xz"))}
    lemmatiser = Lemmatiser(wordnet)
    as_noun: Counter[str] = Counter()
    otherwise: Counter[str] = Counter()
    ambiguous = set(FUNCTION_WORDS)
    for synset in wordnet.synsets:
        for word in synset.words:
            is_noun = synset.id[0] == "n" and word.islower()
            tagged = as_noun if is_noun else otherwise
            tagged[word.lower()] += wordnet.sense_counts.get((word.lower(), synset.id), 0)
            if not is_noun:
                ambiguous.add(word.lower())
    for word in nouns:
        for lemma, part in lemmatiser.analyses(word, "nvar"):
            if lemma != word:
                ambiguous.add(word)
                if part != "n":
                    otherwise[word] += wordnet.tag_counts[lemma, part] / 4
    kept = [
        word
        for word in nouns
        if word not in FUNCTION_WORDS
        and as_noun[word] >= otherwise[word]
        and (as_noun[word] or word not in ambiguous)
    ]
    return sorted(kept, key=lambda word: rank.get(word, len(rank)))


def withheld_nouns(wordnet: WordNet, words: Iterable[str]) -> list[str]:
    """Return the nouns among `words` that WordNet marks as an ethnic slur or an obscenity."""
    marks = {s.id for s in wordnet.synsets if {"ethnic_slur", "obscenity"} & set(s.words)}
    marked = {
        word
        for s in wordnet.synsets
        if s.id[0] == "n" and any(sign == ";u" and to in marks for sign, to in s.related)
        for word in single_words(s)
    }
    return sorted(marked & set(words))


def dictionary_words(dictionary: Path, vocabulary: str) -> list[str]:
    """Return the words of the task's dictionary that are in a vocabulary, and not in GloVe's."""
    check_file(dictionary, OLSON_DICTIONARY.checksum)
    known = {*vocabulary.split()}.difference(lines(f"{GLOVE}.words.xz"))
    return sorted(known.intersection(read_dictionary(dictionary)))


def write_package_data(source: Path, dictionary: Path, out: Path) -> None:
    """Write the files that `divergent_bench.instrument.spaces` reads."""
    wordnet = read_wordnet(source)
    words, vectors, forms = build(wordnet)
    quantised = np.rint(vectors / QUANTISATION_STEP).astype(np.int8)
    vocabulary = "".join(" ".join((word, *forms[word])) + "\n" for word in words)
    write_xz(out / "wordnet.words.xz", vocabulary.encode())
    in_dictionary = dictionary_words(dictionary, vocabulary)
    write_xz(out / "wordnet.dictionary.xz", "\n".join(in_dictionary).encode())
    nouns = ranked_nouns(wordnet, words)
    write_xz(out / "wordnet.nouns.xz", "\n".join(nouns).encode())
    by_frequency = nouns_by_frequency(wordnet, nouns)
    write_xz(out / f"{GLOVE}.nouns.xz", "\n".join(by_frequency).encode())
    write_xz(out / "wordnet.withheld.xz", "\n".join(withheld_nouns(wordnet, words)).encode())
    # Column by column, because the values of one dimension are alike; no literal context, because
    # neighbours tell nothing about each other.
    write_xz(out / "wordnet.vectors.xz", quantised.T.tobytes(), lc=0, lp=0, pb=0)
    header = {
        "dimensions": DIMENSIONS,
        "rows": len(words),
        "vectors": "wordnet.vectors.xz",
        "source": "WordNet 3.0 database files, https://wordnet.princeton.edu",
        "source_checksum": f"sha256:{_checksum(source)}",
        "notes": NOTES,
    }
    write_text(out / "wordnet.json", json.dumps(header, indent=2) + "\n")


def _member_tokens(synset: Synset, lemmatiser: Lemmatiser) -> list[str]:
    tokens = []
    for word in synset.words:
        whole = word.lower()
        tokens.append(lemmatiser(whole))
        if "_" in whole:
            tokens += lemmatiser.tokens(whole.replace("_", " "))
    return tokens


def _relations(wordnet: WordNet) -> Sparse:
    # Rows sum to 1: a hub with hundreds of hyponyms is described by their mean, not their sum.
    row = {synset.id: i for i, synset in enumerate(wordnet.synsets)}
    pairs = [(row[s.id], row[target]) for s in wordnet.synsets for symbol, target in s.related]
    rows, columns = np.array(pairs).T
    matrix = sparse.csr_array((np.ones(len(pairs)), (rows, columns)), shape=(len(row), len(row)))
    return _with_unit_row_sums(matrix)


def _sense_weights(wordnet: WordNet, words: Sequence[str]) -> Sparse:
    row = {word: i for i, word in enumerate(words)}
    triples = [
        (row[word], column, wordnet.sense_counts.get((word, synset.id), 0) + SENSE_COUNT_PRIOR)
        for column, synset in enumerate(wordnet.synsets)
        for word in single_words(synset)
        if word in row
    ]
    rows, columns, weights = zip(*triples, strict=True)
    shape = (len(words), len(wordnet.synsets))
    return _with_unit_row_sums(sparse.csr_array((weights, (rows, columns)), shape=shape))


def _with_unit_row_sums(matrix: Sparse) -> Sparse:
    sums = matrix.sum(axis=1)
    sums[sums == 0] = 1.0
    return sparse.diags_array(1.0 / sums) @ matrix


def _checksum(source: Path) -> str:
    digest = hashlib.sha256()
    for part in PARTS_OF_SPEECH.values():
        for name in (f"data.{part}", f"index.{part}", f"{part}.exc"):
            digest.update((source / name).read_bytes())
    digest.update((source / "cntlist.rev").read_bytes())
    return digest.hexdigest()


def main() -> None:
    """Command line: source directory of WordNet, directory for the package data."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", type=Path, help="WordNet 3.0 database directory")
    parser.add_argument("dictionary", type=Path, help="the task's words.txt")
    parser.add_argument("out", type=Path, help="directory for the package data")
    arguments = parser.parse_args()
    try:
        write_package_data(arguments.source, arguments.dictionary, arguments.out)
    except UserError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
