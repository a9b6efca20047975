"""Reader of the WordNet 3.0 database files (`man 5 wndb`) and of its exception lists."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from divergent_bench.base.errors import UserError

PARTS_OF_SPEECH = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}

# Sense keys and synset lines call an adjective "satellite" where the pointers say plain adjective.
_SATELLITE = {"s": "a"}
_SENSE_KEY_PARTS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
_ADJECTIVE_MARKER = re.compile(r"\((?:a|p|ip)\)$")

SynsetId = tuple[str, str]
"""Part of speech and byte offset, which together name a synset."""


@dataclass(frozen=True)
class Synset:
    """One meaning: the words that share it, its gloss with examples, and its relations."""

    id: SynsetId
    words: tuple[str, ...]
    gloss: str
    related: tuple[tuple[str, SynsetId], ...]
    """Pointer symbol and target, in the order of the file."""
    file_number: int
    """Number of its lexicographer file (`man 5 lexnames`)."""


@dataclass(frozen=True)
class WordNet:
    """The database in memory.

    Attributes
    ----------
    synsets
        Every synset of the four parts of speech, in the order of the files.
    tag_counts
        How often a word was found in the sense-tagged corpora, by (word, part of speech); words are
        in lower case and absent where they were never tagged.
    sense_counts
        The same by (word, synset).
    exceptions
        Irregular form -> its lemmas, for each part of speech.
    """

    synsets: list[Synset]
    tag_counts: Counter[tuple[str, str]]
    sense_counts: dict[tuple[str, SynsetId], int]
    exceptions: dict[str, dict[str, tuple[str, ...]]]


def read_wordnet(directory: Path) -> WordNet:
    """Read WordNet 3.0 from `directory` (Debian's wordnet-base: /usr/share/wordnet).

    Raises
    ------
    UserError
        When a database file is missing.
    """
    for name in ("cntlist.rev", *(f"data.{part}" for part in PARTS_OF_SPEECH.values())):
        if not (directory / name).is_file():
            raise UserError(
                f"{directory} holds no WordNet 3.0 database: {name} is missing. "
                "Install it (Debian: apt-get install wordnet-base) and name its directory."
            )
    synsets = [
        synset
        for part, name in PARTS_OF_SPEECH.items()
        for synset in _read_synsets(directory / f"data.{name}", part)
    ]
    counts = _read_sense_key_counts(directory / "cntlist.rev")
    tag_counts: Counter[tuple[str, str]] = Counter()
    sense_counts = {}
    for part, name in PARTS_OF_SPEECH.items():
        for word, senses in _read_index(directory / f"index.{name}"):
            ranked = counts.get((word, part), {})
            tag_counts[word, part] = sum(ranked.values())
            for number, offset in enumerate(senses, start=1):
                sense_counts[word, (part, offset)] = ranked.get(number, 0)
    exceptions = {
        part: _read_exceptions(directory / f"{name}.exc") for part, name in PARTS_OF_SPEECH.items()
    }
    return WordNet(synsets, +tag_counts, sense_counts, exceptions)


def _read_synsets(path: Path, part: str) -> Iterator[Synset]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):  # the licence stands at the head of each file
            continue
        data, gloss = line.split(" | ", 1)
        fields = data.split()
        n_words = int(fields[3], 16)
        words = tuple(_ADJECTIVE_MARKER.sub("", w) for w in fields[4 : 4 + 2 * n_words : 2])
        start = 4 + 2 * n_words
        pointers = fields[start + 1 : start + 1 + 4 * int(fields[start])]
        related = tuple(
            (symbol, (_SATELLITE.get(target_part, target_part), offset))
            for symbol, offset, target_part in zip(
                pointers[::4], pointers[1::4], pointers[2::4], strict=True
            )
        )
        yield Synset((part, fields[0]), words, gloss.strip(), related, int(fields[1]))


def _read_sense_key_counts(path: Path) -> dict[tuple[str, str], dict[int, int]]:
    counts: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines():
        key, sense_number, count = line.split()
        word, lexical = key.split("%", 1)
        counts[word, _SENSE_KEY_PARTS[lexical[0]]][int(sense_number)] = int(count)
    return counts


def _read_index(path: Path) -> Iterator[tuple[str, list[str]]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        fields = line.split()
        yield fields[0], fields[-int(fields[2]) :]


def _read_exceptions(path: Path) -> dict[str, tuple[str, ...]]:
    forms = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        form, *lemmas = line.split()
        forms[form] = tuple(lemmas)
    return forms
