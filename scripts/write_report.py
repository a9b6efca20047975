"""Write the report: what was asked, what was found, how it was done; and as pages."""

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from divergent_bench.analysis.tables import read_table
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import read_text, write_text
from divergent_bench.config import parse_config
from divergent_bench.design.contrasts import analysis_plans
from divergent_bench.design.expansion import expand
from divergent_bench.design.recorded_answers import unused_rows
from divergent_bench.reporting.provenance import made_by, provenance, scoring_label, verification
from divergent_bench.reporting.report.document import write_report
from divergent_bench.reporting.report.finding import findings
from divergent_bench.reporting.report.page import render_page, render_part
from divergent_bench.reporting.report.results import results_by_task
from divergent_bench.reporting.report.wording import banner


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, type=json.loads, help="the config, as JSON")
    parser.add_argument("--spaces", required=True, nargs="+", type=Path, help="their stores")
    parser.add_argument("--tables", required=True, nargs="+", type=Path, help="scores.csv, ...")
    parser.add_argument(
        "--figure", nargs=3, action="append", default=[], metavar=("TASK", "NAME", "PNG")
    )
    parser.add_argument(
        "--model",
        nargs=4,
        action="append",
        default=[],
        metavar=("TASK", "PROVIDER", "MODEL", "PATH"),
        help="the page of a model, as seen from the report",
    )
    parser.add_argument(
        "--empty", type=read_text, default=os.devnull, help="a file: those with nothing to draw"
    )
    parser.add_argument(
        "--note", type=read_text, default=os.devnull, help="a file: what to begin with"
    )
    parser.add_argument("--output", required=True, type=Path, help="Markdown; figures are beside")
    parser.add_argument("--page", required=True, help="HTML, with the figures")
    parser.add_argument("--words", required=True, help="HTML, without them")
    parser.add_argument("--finding", required=True, help="HTML, a part of a page: the finding")
    args = parser.parse_args()
    try:
        config = parse_config(args.config)
        grid = expand(config)
        tables = {path.stem: read_table(path.stem, path) for path in args.tables}
        analysed = grid.restricted_to(set(tables["scores"]["sample"]))
        empty = args.empty.splitlines()
        of_tasks = [
            replace(
                results,
                scoring=scoring_label(config, results.task),
                verification=verification(args.spaces, results.task),
                figures={
                    name: Path(png).relative_to(args.output.parent).as_posix()
                    for task, name, png in args.figure
                    if task == results.task.name and f"{task} {name}" not in empty
                },
                model_pages={
                    (provider, model): page
                    for task, provider, model, page in args.model
                    if task == results.task.name
                },
            )
            for results in results_by_task(tables, analysis_plans(config, grid, analysed))
        ]
        report = write_report(
            *of_tasks,
            name=config.name,
            description=config.description,
            made_by=made_by(),
            appendix=provenance(config, analysed, args.spaces),
            note=args.note,
            unused=unused_rows(grid),
            absent=[str(each.condition) for each in grid.missing_from(analysed)],
        )
        page = render_page(report, args.output.parent)
        words = render_page(report, args.output.parent, pictures=False)
        told = "\n\n".join([banner(args.note), findings(of_tasks)])
    except UserError as error:
        sys.exit(str(error))
    write_text(args.output, report)
    write_text(args.page, page)
    write_text(args.words, words)
    write_text(args.finding, render_part(told))


if __name__ == "__main__":
    main()
