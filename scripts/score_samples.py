"""Parse, validate and score every sample of a config, in every semantic space."""

import argparse
import gc
import json
import sys

from divergent_bench.analysis.evaluation import evaluate_grid, write_listing
from divergent_bench.analysis.tables import write_table
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import write_text
from divergent_bench.config import parse_config
from divergent_bench.config.analysis import Scoring
from divergent_bench.design.expansion import analysed, expand
from divergent_bench.instrument.spaces.store import open_space
from divergent_bench.instrument.tasks import find_task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, type=json.loads, help="the config, as JSON")
    parser.add_argument("--copies", default="", help="directory that the paths of samples are in")
    parser.add_argument("--spaces", required=True, nargs="+", help="stores; the primary one first")
    parser.add_argument("--scoring", required=True, type=Scoring.model_validate_json)
    parser.add_argument("--responses", action="store_true", help="keep the texts in the scores")
    parser.add_argument("--note", help="text: score what is there, and say here how many these are")
    parser.add_argument("--listing", required=True, help="CSV, the samples and their digests")
    parser.add_argument("--scores", required=True, help="CSV, a row per sample and space")
    parser.add_argument("--words", required=True, help="CSV, a row per word and space")
    args = parser.parse_args()
    # All answers stay to the end: to look for garbage among them takes a sixth of the time.
    gc.disable()
    try:
        config = parse_config(args.config)
        grid = asked = expand(config)
        if args.note:
            grid = analysed(config, asked) if config.limit else asked.existing()
            note = f"Partial: {len(grid.paths()):,} of {len(asked.paths()):,} samples"
            write_text(args.note, f"{note}\n")
        write_listing(grid.digests.items(), args.listing)
        scores, words = evaluate_grid(
            grid,
            [open_space(path) for path in args.spaces],
            {task: args.scoring.options(find_task(task)) for task in grid.tasks},
            copies=args.copies,
            responses=args.responses,
        )
    except UserError as error:
        sys.exit(str(error))
    write_table(scores, args.scores)
    write_table(words, args.words)


if __name__ == "__main__":
    main()
