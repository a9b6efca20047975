"""How long it takes to parse, validate and score many answers in one process.

    python -m benchmarks.scoring [--answers 100000] [--rounds 3] [--json]

The answers list common nouns in the layouts of real ones, in about their shares. Vectors have 300
random dimensions, the size of GloVe. A loop of scipy's cosine distances over some of the same
lists takes turns with the distances of the package; the ratio is of the times per list.
"""

import argparse
import itertools
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.distance import cosine

from divergent_bench.instrument.spaces import embedded
from divergent_bench.instrument.spaces.nouns import nouns_of_first_edition
from divergent_bench.instrument.spaces.store import Space, open_space
from divergent_bench.instrument.tasks.dat import TASK

DIMENSIONS = 300
NOUNS = 5000  # one model's 500 lists use 50 to 500 different words; these are harder to remember
LOOP_LISTS = 2000  # scored by the loop, which takes minutes for all
PREAMBLE = "Here are 10 words that are as different from each other as possible:\n\n"
LAYOUTS: list[tuple[float, Callable[[list[str]], str]]] = [
    (0.72, lambda words: "\n".join(f"{n}. {w}" for n, w in enumerate(words, 1))),
    (0.04, lambda words: "\n".join(f"{n}. **{w}** (a noun)" for n, w in enumerate(words, 1))),
    (
        0.04,
        lambda words: "\n".join(f"{n}. {w} - a noun, of course" for n, w in enumerate(words, 1)),
    ),
    (0.12, "\n".join),
    (0.045, lambda words: "\n".join(f"- {w}" for w in words)),
    (0.035, lambda words: ", ".join(words) + "."),
]


@dataclass(frozen=True)
class Times:
    """Seconds of one round, all answers; `loop_ratio` is loop over ours, per list."""

    parse_s: float
    validate_s: float
    distances_s: float
    loop_ratio: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    args = parser.parse_args()
    texts = answers(args.answers)
    with tempfile.TemporaryDirectory() as directory:
        space = space_of_glove_size(Path(directory) / embedded.WORDNET)
        rounds = [one_round(texts, space) for _ in range(args.rounds)]
    result = {
        name: statistics.median(getattr(times, name) for times in rounds)
        for name in Times.__dataclass_fields__
    }
    result["total_s"] = statistics.median(
        times.parse_s + times.validate_s + times.distances_s for times in rounds
    )
    print(f"{args.answers:,} answers; medians of {args.rounds} rounds")
    print(f"parse      {result['parse_s']:>6.2f} s")
    print(f"validate   {result['validate_s']:>6.2f} s")
    print(f"distances  {result['distances_s']:>6.2f} s, a scipy loop x {result['loop_ratio']:.1f}")
    print(f"total      {result['total_s']:>6.2f} s")
    if args.json:
        print(json.dumps(result))


def answers(count: int) -> list[str]:
    """Make answers, each of another ten words; the same every time."""
    draw = random.Random(0)
    common = nouns_of_first_edition()[:NOUNS]
    weights = [share for share, _ in LAYOUTS]
    texts = []
    for _, layout in draw.choices(LAYOUTS, weights, k=count):
        words = [noun.title() for noun in draw.sample(common, 10)]
        texts.append(PREAMBLE * (draw.random() < 0.3) + layout(words))
    return texts


def space_of_glove_size(directory: Path) -> Space:
    """Give the vocabulary of the embedded space random vectors."""
    embedded.unpack(embedded.WORDNET, directory)
    opened = open_space(directory)
    vectors = np.random.default_rng(0).standard_normal(
        (len(opened.vectors), DIMENSIONS), dtype=np.float32
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Space("random", vectors, opened.rows, opened.info)


def one_round(texts: Sequence[str], space: Space) -> Times:
    clock = [time.perf_counter()]
    parsed = [TASK.parse(text) for text in texts]
    clock.append(time.perf_counter())
    scorer = TASK.scorer(space, TASK.options())
    scored = [scorer.scored(scorer.check(answer.words)) or [] for answer in parsed]
    clock.append(time.perf_counter())
    scores = scorer.scores(scored)
    clock.append(time.perf_counter())
    parse_s, validate_s, distances_s = (b - a for a, b in itertools.pairwise(clock))
    some = [words for words in scored[:LOOP_LISTS] if words]
    start = time.perf_counter()
    expected = [score_in_a_loop(words, space) for words in some]
    loop_s = time.perf_counter() - start
    ours = scores[: len(scored[:LOOP_LISTS])]
    np.testing.assert_allclose(ours[~np.isnan(ours)], expected, atol=1e-6)
    ratio = (loop_s / len(some)) / (distances_s / len(scored))
    return Times(parse_s, validate_s, distances_s, ratio)


def score_in_a_loop(words: Sequence[str], space: Space) -> float:
    vectors = [space.vector(word).astype(np.float64) for word in words]
    return 100 * statistics.fmean(cosine(a, b) for a, b in itertools.combinations(vectors, 2))


if __name__ == "__main__":
    main()
