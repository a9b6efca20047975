"""Choose the anchor sets that come with the Divergent Remote Association Task, always the same.

    python -m tools.choose_anchors divergent_bench/instrument/tasks/drat/anchors.txt

A set has four words, each of another of the five fields of science in `FIELDS`. Each field is left
out of six of the 30 sets, and each of its 24 words is in one set. Which words meet is drawn, with
`SEED`; the order of the sets is drawn as well, so that the first few are a random draw. The words
are ours: nouns that stand for a thing or an idea of their field, that most adults know, and that
every embedded space knows.
"""

import argparse
import random
from pathlib import Path
from typing import Final

from divergent_bench.base.files import write_text
from divergent_bench.instrument.stimuli import joined_words

SEED: Final = 260513450
N_SETS_WITHOUT_A_FIELD: Final = 6
FIELDS: Final = {
    "life": (
        "cell gene enzyme virus neuron protein tissue species root larva predator immunity hormone "
        "fungus membrane embryo habitat mutation seed reflex muscle bacteria parasite pollen"
    ),
    "physical": (
        "atom gravity crystal magnet orbit wave comet heat acid plasma glacier isotope friction "
        "lens star volcano polymer entropy spectrum mineral vacuum tide photon catalyst"
    ),
    "social": (
        "market law ritual vote debt family language trade custom migration identity authority "
        "gossip tax crime school status treaty culture neighborhood trust profession poverty wage"
    ),
    "formal": (
        "proof set graph matrix algorithm axiom vector probability symmetry theorem equation logic "
        "integer function variable polygon infinity sequence recursion topology network code "
        "fraction paradox"
    ),
    "engineering": (
        "bridge engine circuit valve sensor turbine robot alloy battery gear pump antenna concrete "
        "satellite filter software laser motor dam lever brake reactor piston beam"
    ),
}


def chosen_anchors() -> list[str]:
    """Return the sets, in the order in which they were drawn, each as the text of a stimulus."""
    draw = random.Random(SEED)
    by_field = {field: words.split() for field, words in FIELDS.items()}
    left = {field: draw.sample(words, len(words)) for field, words in by_field.items()}
    sets = []
    for left_out in FIELDS:
        for _ in range(N_SETS_WITHOUT_A_FIELD):
            words = [left[field].pop() for field in FIELDS if field != left_out]
            sets.append(joined_words(draw.sample(words, len(words))))
    return draw.sample(sets, len(sets))


def main() -> None:
    """Command line: the file to write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path, help="a set per line")
    sets = chosen_anchors()
    write_text(parser.parse_args().out, "".join(f"{anchors}\n" for anchors in sets))


if __name__ == "__main__":
    main()
