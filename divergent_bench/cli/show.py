"""``divergent-bench show``: one answer, and all that is known of it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from divergent_bench.cli.options import Json
from divergent_bench.cli.views.tables import print_json, print_table


def show_answer(
    sample: Annotated[
        str,
        typer.Argument(
            metavar="SAMPLE|DIGEST",
            help="A sample file, or the first digits (8 or more) of the digest of its request.",
        ),
    ],
    results: Annotated[
        Path, typer.Option("--results-dir", help="Where runs are, to look a digest up.")
    ] = Path("results"),
    as_json: Json = False,
) -> None:
    """Print one answer: its words and what became of each, distances, text, request, origin."""
    from divergent_bench.cli.views import one_answer as view
    from divergent_bench.running.one_answer import find_sample, read_answer

    answer = read_answer(find_sample(sample, results))
    if as_json:
        print_json(view.document(answer))
        return
    _print_lines("", view.heading(answer))
    if answer.parsed.items:
        print()
        print_table(view.word_table(answer))
    for found in answer.found:
        if found.scored:
            mean = "; the score is their mean" if found.score else ""  # not of too few that survive
            print(f"\nDistances in {found.space} (100 x cosine distance{mean})")
            for table in view.distance_tables(found):
                print_table(table)
    record = answer.record
    _print_lines("The answer", view.text_lines(record["answer"]["text"]))
    _print_lines("The request", view.request_lines(record["request"]))
    _print_lines("Where it is from", view.provenance_lines(answer))


def _print_lines(title: str, lines: Iterable[str]) -> None:
    if title:
        print(f"\n{title}")
    for line in lines:
        print(line)
