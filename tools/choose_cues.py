"""Choose the cue words that come with the Cue-based DAT, the same ones every time.

    python -m tools.choose_cues divergent_bench/instrument/tasks/cdat/cues.txt

They are drawn, with `SEED`, from the `N_FREQUENT` most frequent common nouns (by the corpus of
GloVe 6B) that every embedded space knows, have three letters at least, and are also among the
`N_TAGGED` nouns that WordNet's corpora have most often, where names of people are told apart from
nouns (ben). Slurs and obscenities are left out, and so are the words `SENSITIVE`, which some models
refuse to talk of. The order is that of the draw, so that the first few are a random draw as well.
"""

import argparse
import random
from pathlib import Path

from divergent_bench.base.files import write_text
from divergent_bench.instrument.spaces.embedded import NAMES, lines
from divergent_bench.instrument.spaces.nouns import nouns, nouns_of_first_edition, withheld_nouns

SEED = 20601546
N_FREQUENT = 1_000
N_CUES = 60
N_TAGGED = 5_000
SHORTEST = 3  # letters: of two it is a unit or an abbreviation
SENSITIVE = frozenset({"abortion", "genocide", "murder", "rape", "sex", "suicide", "terrorism"})


def chosen_cues() -> list[str]:
    """Return the cues, in the order in which they were drawn."""
    known = [
        {form for line in lines(f"{name}.words.xz") for form in line.split()} for name in NAMES
    ]
    tagged = set(nouns_of_first_edition()[:N_TAGGED])
    frequent = [
        noun
        for noun in nouns()
        if len(noun) >= SHORTEST
        and noun in tagged
        and noun not in SENSITIVE | withheld_nouns()
        and all(noun in words for words in known)
    ]
    return random.Random(SEED).sample(frequent[:N_FREQUENT], N_CUES)


def main() -> None:
    """Command line: the file to write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path, help="a cue per line")
    write_text(parser.parse_args().out, "".join(f"{cue}\n" for cue in chosen_cues()))


if __name__ == "__main__":
    main()
