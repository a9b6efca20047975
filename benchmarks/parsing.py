"""How the cost of parsing grows with the length of an answer, for texts that provoke a parser.

    python -m benchmarks.parsing [--length 100000] [--rounds 5] [--json]

Each text is a seed, repeated. The ratio is of the times of the whole text and of an eighth of it,
which take turns: 8 where cost is linear, 64 where it is quadratic.
"""

import argparse
import gc
import json
import statistics
import time

from divergent_bench.instrument.tasks.dat import TASK

PART = 8
LEAST_SECONDS = 0.002  # what takes less is noise

SEEDS = {
    "blanks": " ",
    "tabs": "\t",
    "line ends": "\n",
    "letters": "a",
    "digits": "1",
    "numbers": "1. ",
    "counts": "1. cat\n2. dog\n",
    "marker alone": "1.\n",
    "bullets": "- cat\n",
    "dashes": "-",
    "spaced dashes": " - ",
    "stars": "*",
    "emphasis": "*a",
    "commas": ",",
    "words and commas": "cat, ",
    "words": "cat ",
    "sentences": "The cat is here. ",
    "colons": "a: ",
    "full stops": ". ",
    "quotes": '"',
    "escaped quotes": '\\"',
    "array of escapes": '["\\"',
    "open arrays": "[",
    "open objects": '{"',
    "records": '{"word": "cat"},\n',
    "parentheses": "(",
    "closed parentheses": "a (b",
    "open thoughts": "<think>",
    "soft thoughts": "<analysis>",
    "thoughts": "<think>a</think>",
    "ends of thought": "</think>",
    "answers": "<answer>",
    "turns": "<bot>:",
    "turns said": "<bot>: a ",
    "users": "<human>:",
    "fences": "```",
    "fences with text": "```\ncat\n",
    "tags": "<li>",
    "bars": "|",
    "table": "| a | b |\n",
    "rules": "|---|\n",
    "apostrophes": "'a",
    "backslashes": "\\n",
    "sub-bullets": "- cat\n" + "    - a\n" * 5,
    "paragraphs": "cat\n\n",
    "repeated": "cat\ndog\ncow\n\n",
    "invisible": "\u200b",
    "labels": "Word: cat\n",
    "word labels": "Word 1\ncat\n",
    "romans": "ii. cat\n",
    "plain counts": "1. cat\n2. dog\n3. cow\n4. pig\n5. hen\n6. fox\n7. owl\n",
    "final headings": "Final answer:\n",
    "entities": "&bull;",
    "cells": "<tr><td>cat</td>",
    "gaps": "cat    ",
    "comments": "[//",
    "headings": "## cat\ntext here, and so on.\n",
    "carriage returns": "\r",
    "ideographs": "水",
    "glued numbers": "a.1. cat\n2. dog\n",
    "links": "[cat](http://x.y) ",
    "open links": "[a](x.",
    "doubtful": "can opener\n",
    "doubtful, commas": "can opener, ",
    "foreign": "1. 犬 (dog)\n",
    "words below": "1.\ncat\n",
    "full lines": "cat\ndog\ncow\npig\nhen\nfox\nowl\nelk\nbee\nant\n\n",
    "full commas": "a, b, c, d, e, f, g, h, i, j\n\n",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--length", type=int, default=100_000, help="of the texts, in characters")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    args = parser.parse_args()
    ratios = {name: growth(seed, args.length, args.rounds) for name, seed in SEEDS.items()}
    print(f"{args.length:,} characters to an eighth; medians of {args.rounds} rounds")
    for name, ratio in sorted(ratios.items(), key=lambda item: -item[1]):
        print(f"{name:<20} {ratio:>5.1f}")
    if args.json:
        print(json.dumps({"largest": max(ratios.values()), "ratios": ratios}))


def growth(seed: str, length: int, rounds: int) -> float:
    """Return the median ratio of the cost of a text of this length to that of an eighth of it."""
    whole, part = (seed * (size // len(seed)) for size in (length, length // PART))
    return statistics.median(cost(whole) / max(cost(part), LEAST_SECONDS) for _ in range(rounds))


def cost(text: str) -> float:
    """Return how long it takes to parse a text, in seconds of CPU."""
    gc.collect()
    start = time.process_time()
    TASK.parse(text)
    return time.process_time() - start


if __name__ == "__main__":
    main()
