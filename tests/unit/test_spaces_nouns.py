"""The nouns by frequency: that common ones are words people use."""

import subprocess
import sys

from divergent_bench.instrument.spaces.embedded import GLOVE, lines
from divergent_bench.instrument.spaces.nouns import (
    nouns,
    nouns_of_first_edition,
    withheld_nouns,
)

COMMON = 5_000


def test_common_nouns_are_words_that_people_use():
    common = set(nouns()[:COMMON])
    used = {"apple", "pencil", "guitar", "spoon", "umbrella", "elephant", "building", "painting"}
    assert used <= common
    assert not {"thyroglobulin", "morphophonemics", "micrometeorite"} & common
    # Frequent, and nouns of WordNet too, but more often something else.
    assert not {"in", "may", "being", "china", "third", "going", "white"} & set(nouns())


def test_nouns_are_in_the_order_of_their_frequency_and_the_unknown_ones_last():
    rank = {word: place for place, word in enumerate(lines(f"{GLOVE}.words.xz"))}
    places = [rank.get(noun, len(rank)) for noun in nouns()]
    assert places == sorted(places)
    assert len(set(nouns())) == len(nouns()) == 36_536
    assert sum(place < len(rank) for place in places) == 20_903
    assert set(nouns()) < set(nouns_of_first_edition())
    assert len(withheld_nouns()) == 69


def test_nouns_need_no_numpy():
    code = (
        "import sys; from divergent_bench.instrument.spaces.nouns import nouns; nouns(); "
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
