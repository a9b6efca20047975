"""Facts of words, and how the file of them is made from WordNet."""

import re
import subprocess
import sys

import pytest

from divergent_bench.instrument.spaces.embedded import GLOVE, WORDNET, lines, read
from divergent_bench.instrument.spaces.lexicon import (
    CATEGORIES,
    LAST_RANK,
    NO_NOUN,
    WordFacts,
    code_of,
    word_facts,
)
from divergent_bench.instrument.tasks.dat import TASK, VERY_RARE
from tools.wordnet_categories import FIRST_FILE, file_content, noun_codes
from tools.wordnet_source import read_wordnet


def test_ranks_are_those_of_the_glove_vocabulary():
    words = lines(f"{GLOVE}.words.xz")
    assert len(words) == LAST_RANK
    assert [word_facts(words[place]).frequency_rank for place in (0, 1, -1)] == [1, 2, LAST_RANK]
    assert word_facts("dog").frequency_rank == words.index("dog") + 1
    assert word_facts("qzx") == WordFacts(None, False, False, None)


@pytest.mark.parametrize(
    ("word", "category"),
    [
        ("dog", "animal"),
        ("cats", "animal"),
        ("men", "person"),
        ("shoes", "artifact"),  # not the state of being in them
        ("eyes", "body"),
        ("leaves", "plant"),
        ("news", "communication"),
        ("love", "feeling"),
        ("clothes", "artifact"),
        ("building", "artifact"),
        ("china", "artifact"),  # porcelain: its sense that is no name
        ("turkey", "animal"),
        ("animal", "Tops"),
        ("lawnmower", "artifact"),  # WordNet: lawn mower
        ("tv", "communication"),  # TV, which is no name
        ("t-shirt", "artifact"),
        ("dna", "substance"),
    ],
)
def test_common_nouns_have_the_category_of_their_most_frequent_sense(word, category):
    facts = word_facts(word)
    assert (facts.is_noun, facts.is_proper_noun, facts.category) == (True, False, category)


@pytest.mark.parametrize(
    ("word", "category"),
    [
        *(("paris", "location"), ("einstein", "person"), ("monday", "time"), ("usa", "location")),
        *(("americans", "person"), ("mars", "object"), ("wales", "location")),
    ],
)
def test_what_is_written_with_a_capital_only_is_a_name(word, category):
    facts = word_facts(word)
    assert (facts.is_noun, facts.is_proper_noun, facts.category) == (True, True, category)


@pytest.mark.parametrize("word", ["happy", "jumped", "the", "far", "same", "his", "has", "does"])
def test_other_words_are_no_nouns(word):
    facts = word_facts(word)
    assert (facts.is_noun, facts.is_proper_noun, facts.category) == (False, False, None)


def test_rules_of_the_dat():
    def broken(*facts):
        return [name for name, rule in TASK.rules.items() if rule.is_broken(WordFacts(*facts))]

    assert broken(VERY_RARE, True, False, "animal") == []
    assert broken(VERY_RARE + 1, True, False, "animal") == ["very_rare"]
    assert broken(None, True, False, "animal") == ["very_rare"]
    assert broken(1, False, False, None) == ["no_noun"]
    assert broken(None, False, False, None) == ["no_noun", "very_rare"]
    # A name is in no dictionary, and need not be rare.
    assert broken(None, True, True, "location") == ["proper_noun"]


def test_facts_need_no_numpy():
    code = (
        "import sys; from divergent_bench.instrument.spaces.lexicon import word_facts; "
        "word_facts('dog'); sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_file_is_small_and_holds_codes_of_categories():
    assert len(read(f"{WORDNET}.categories.xz")) < 100_000
    of_space, *others = lines(f"{WORDNET}.categories.xz")
    codes = {code_of(place, is_name=name) for place in range(26) for name in (False, True)}
    assert set(of_space) <= codes | {NO_NOUN}
    assert {line[0] for line in others} <= codes
    assert all(re.fullmatch(r"\S( [a-z]+(-[a-z]+)*)+", line) for line in others)


def synset(category, *words, number, relation=""):
    """Give a line of ``data.noun`` (`man 5 wndb`)."""
    listed = " ".join(f"{word} 0" for word in words)
    pointers = f"001 {relation} 00000001 n 0000" if relation else "000"
    file = CATEGORIES.index(category) + FIRST_FILE
    return f"{number:08} {file:02} n {len(words):02x} {listed} {pointers} | a gloss\n"


@pytest.fixture
def wordnet(tmp_path):
    """Make a WordNet of a few words, of which some were tagged."""
    synsets = [
        synset("animal", "dog", number=1),
        synset("artifact", "dog", number=2),
        synset("location", "China", number=3, relation="@i"),
        synset("artifact", "china", number=4),
        synset("artifact", "shoe", number=5),
        synset("state", "shoes", number=6),
        synset("object", "Mars", number=7, relation="@i"),
        synset("attribute", "mar", number=8),
        synset("artifact", "lawn_mower", number=9),
        synset("group", "USA", number=10, relation="@i"),
        synset("communication", "TV", number=11),
        synset("person", "Swede", number=12),
        synset("attribute", "FAR", "Far", number=13),
        synset("food", "hi", number=14),
    ]
    senses = {"dog": [1, 2], "china": [3, 4], "shoe": [5], "shoes": [6], "mars": [7], "mar": [8]}
    senses |= {"lawn_mower": [9], "usa": [10], "tv": [11], "swede": [12], "far": [13], "hi": [14]}
    index = "".join(
        f"{word} n {len(ids)} 0 {len(ids)} 0 {' '.join(f'{each:08}' for each in ids)}\n"
        for word, ids in senses.items()
    )
    for part in ("noun", "verb", "adj", "adv"):
        for name in (f"data.{part}", f"index.{part}", f"{part}.exc"):
            (tmp_path / name).write_text("")
    (tmp_path / "data.noun").write_text("".join(synsets))
    (tmp_path / "index.noun").write_text(index)
    (tmp_path / "data.adv").write_text("00000001 02 r 01 far 0 000 | a gloss\n")
    (tmp_path / "cntlist.rev").write_text("shoe%1:06:00:: 1 9\nshoes%1:26:00:: 1 2\n")
    return read_wordnet(tmp_path)


def test_codes_of_a_small_wordnet_by_hand(wordnet):
    codes = noun_codes(wordnet, ["his"], ["lawnmower", "lawn-mower", "spoon"])

    animal, artifact, state, attribute = (
        code_of(CATEGORIES.index(name), is_name=False)
        for name in ("animal", "artifact", "state", "attribute")
    )
    assert codes["dog"] == codes["dogs"] == animal
    assert codes["china"] == artifact
    assert codes["shoes"] == artifact != state  # tagged less often than shoe
    assert codes["lawnmower"] == codes["lawn-mower"] == artifact
    assert codes["mar"] == attribute
    assert codes["mars"] == code_of(CATEGORIES.index("object"), is_name=True)
    assert codes["usa"].isupper()
    assert codes["tv"].islower()
    assert codes["swede"] == codes["swedes"] == code_of(CATEGORIES.index("person"), is_name=True)
    assert codes.keys().isdisjoint({"far", "his", "lawn_mower", "spoon"})


def test_the_file_has_a_code_for_each_word_of_the_space_and_the_others_by_code(wordnet):
    codes = {"dog": "c", "paris": "M", "rome": "M", "tv": "h"}

    assert file_content(codes, ["cat", "dog", "dogs"]) == b".c.\nM paris rome\nh tv"
