"""Which words are nouns, which of these are names, and what they name, by WordNet 3.0.

    python -m tools.wordnet_categories /usr/share/wordnet divergent_bench/instrument/spaces/data

A sense is a name where its word begins with a capital and a small letter (Paris, not TV or T-shirt)
or has a capital and the word is an instance in one of its senses (USA). A word is, the first that
fits,

1. the plural of a common noun, unless it is a function word, or a noun of its own that was tagged
   at least as often (Mars, not mar); its category is that of the most often tagged such noun;
2. a common noun, if one of its senses as a noun is no name; its category is that of its most
   frequent such sense;
3. no noun, if it is a verb, an adjective, an adverb or a function word (far, which is also FAR);
4. a common noun of two words that WordNet writes apart (lawnmower), if GloVe has it as one;
5. a name, or the plural of one of a kind of people (Americans);
6. no noun.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from divergent_bench.instrument.spaces.embedded import GLOVE, WORDNET, lines
from divergent_bench.instrument.spaces.lexicon import CATEGORIES, NO_NOUN, code_of
from tools.package_data import write_xz
from tools.wordnet_inflection import PLAIN_PLURAL, WORD, irregular_forms, plurals
from tools.wordnet_source import Synset, WordNet, read_wordnet

FIRST_FILE = 3  # number of the first lexicographer file of nouns (`man 5 lexnames`)

_NAME = re.compile(r"[A-Z][a-z]")


def noun_codes(
    wordnet: WordNet, function_words: Iterable[str], spelled_as_one: Iterable[str]
) -> dict[str, str]:
    """Return the code of each noun, in lower case, as `lexicon.code_of` writes it.

    `spelled_as_one` are the words that may be a noun which WordNet writes as several.
    """
    senses = _senses(wordnet)
    common = {word: found[False][0] for word, found in senses.items() if found[False]}
    names = {word: found[True][0] for word, found in senses.items() if word not in common}
    functions = set(function_words)
    others = {w for s in wordnet.synsets if s.id[0] != "n" for w in s.words} | functions
    tags = {word: wordnet.tag_counts[word, "n"] for word in senses}
    codes: dict[str, str] = {}
    for form, word in _plurals(wordnet, sorted(common, key=lambda word: (-tags[word], word))):
        # Where both are common nouns, only a plain plural means the other: cola is no colon.
        may = form not in common or PLAIN_PLURAL.search(form)
        if form not in functions and may and tags[word] > tags.get(form, -1):
            codes.setdefault(form, _code(common[word], is_name=False))
    for word, sense in common.items():
        codes.setdefault(word, _code(sense, is_name=False))
    apart = {w.replace("_", mark): w for w in common for mark in ("", "-") if "_" in w}
    for word in spelled_as_one:
        if word in apart and word not in others:
            codes.setdefault(word, codes[apart[word]])
    people = [word for word, sense in names.items() if _is_of_people(sense)]
    for word, name in [*((w, w) for w in names), *_plurals(wordnet, people)]:
        if word not in others:
            codes.setdefault(word, _code(names[name], is_name=True))
    return {word: code for word, code in codes.items() if _is_single(word)}


def file_content(codes: Mapping[str, str], vocabulary: Iterable[str]) -> bytes:
    """Write codes as `divergent_bench.instrument.spaces.lexicon` reads them."""
    words = list(vocabulary)
    others = defaultdict(list)
    for word in sorted(codes.keys() - {*words}):
        others[codes[word]].append(word)
    of_space = "".join(codes.get(word, NO_NOUN) for word in words)
    return "\n".join([of_space, *(" ".join([c, *others[c]]) for c in sorted(others))]).encode()


def write_package_data(source: Path, out: Path) -> None:
    """Write the file of categories."""
    from tools.build_wordnet import FUNCTION_WORDS  # scipy, which what is above does without

    codes = noun_codes(read_wordnet(source), FUNCTION_WORDS, lines(f"{GLOVE}.words.xz"))
    forms = (form for line in lines(f"{WORDNET}.words.xz") for form in line.split(" "))
    write_xz(out / f"{WORDNET}.categories.xz", file_content(codes, forms))


def _plurals(wordnet: WordNet, nouns: Iterable[str]) -> Iterator[tuple[str, str]]:
    irregular = irregular_forms(wordnet)
    for noun in filter(_is_single, nouns):
        for form in sorted(plurals(noun, irregular.get((noun, "n"), ()))):
            yield form, noun


def _is_single(word: str) -> bool:
    return len(word) > 1 and bool(WORD.match(word))


def _senses(wordnet: WordNet) -> dict[str, dict[bool, list[Synset]]]:
    """Return the senses of each noun in lower case, most frequent first, by whether it is a name.

    `sense_counts` has the senses of a word in the order of WordNet, which is that.
    """
    synsets = {s.id: s for s in wordnet.synsets if s.id[0] == "n"}
    spelled = {(w.lower(), s.id): w for s in synsets.values() for w in s.words}
    instances = {w.lower() for s in synsets.values() if _is_instance(s) for w in s.words}
    senses: dict[str, dict[bool, list[Synset]]] = defaultdict(lambda: {False: [], True: []})
    for word, sense in wordnet.sense_counts:
        if sense in synsets:
            written = spelled[word, sense]
            is_name = bool(_NAME.match(written)) or (written != word and word in instances)
            senses[word][is_name].append(synsets[sense])
    return senses


def _is_instance(sense: Synset) -> bool:
    return any(sign == "@i" for sign, _ in sense.related)


def _is_of_people(sense: Synset) -> bool:
    category = CATEGORIES[sense.file_number - FIRST_FILE]
    return category == "person" and not _is_instance(sense)


def _code(sense: Synset, *, is_name: bool) -> str:
    return code_of(sense.file_number - FIRST_FILE, is_name=is_name)


def main() -> None:
    """Command line: source directory of WordNet, directory for the package data."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", type=Path, help="WordNet 3.0 database directory")
    parser.add_argument("out", type=Path, help="directory for the package data")
    arguments = parser.parse_args()
    write_package_data(arguments.source, arguments.out)


if __name__ == "__main__":
    main()
