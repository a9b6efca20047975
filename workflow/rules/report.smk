# The report in words, from the tables, and as a page with the figures in it; and pages to search and sort.


rule write_report:
    """Write what was asked and found, as Markdown, as a page with the figures, and without them."""
    input:
        tables=[f"{RESULTS}/{table}.csv" for table in TOLD],
        spaces=stores(),
        figures=shown_figures(),
        empty=EMPTY if shown_figures() else [],
        note=NOTE,
    output:
        report=f"{RESULTS}/report.md",
        page=f"{RESULTS}/report.html",
        finding=FINDING,
        # Browsers show no page of over 2 MB within another; and the figures are there anyway.
        words=report(
            f"{RESULTS}/report_words.html",
            caption="../report/report.rst",
            category="Report",
            labels={"report": "In words"},
        ),
    log:
        local(f"{LOGS}/write_report.log"),
    benchmark:
        local(f"{LOGS}/write_report.tsv")
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=CODE["write_report"],
        config=lambda wildcards: CONFIG.model_dump_json(
            exclude_unset=True, exclude={"notify"}
        ),
        figures=lambda wildcards, input: what_is_shown(input.figures),
        empty=[f"--empty={EMPTY}"] if shown_figures() else [],
        note=NOTE_FLAG,
    shell:
        'python "$DAT_SCRIPTS/write_report.py"'
        " --config {params.config:q}"
        " --spaces {input.spaces:q}"
        " --tables {input.tables:q}"
        " {params.figures:q}"
        " {params.empty:q}"
        " {params.note:q}"
        " --output {output.report:q}"
        " --page {output.page:q}"
        " --finding {output.finding:q}"
        " --words {output.words:q}"
        " 2> {log:q}"


rule write_pages:
    """Write the page of every answer, to search and sort, and one of each table."""
    input:
        scores=f"{RESULTS}/scores.csv",
        words=f"{RESULTS}/words.csv",
        tables=list(table_pages()),
        space=stores()[0],
        # Scored, so they are there; but of a bucket, only what a job asks for.
        samples=lambda wildcards: GRID.paths() if COPIES else [],
        note=NOTE,
    output:
        answers=f"{RESULTS}/answers.html",
        tables=shown_pages(),
    log:
        local(f"{LOGS}/write_pages.log"),
    benchmark:
        local(f"{LOGS}/write_pages.tsv")
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=CODE["write_pages"],
        name=lambda wildcards: CONFIG.name,
        copies=[f"--copies={COPIES}"] if COPIES else [],
        tables=lambda wildcards, input, output: [
            part
            for pair in zip(input.tables, output.tables, strict=True)
            for part in ("--table", *pair)
        ],
        note=NOTE_FLAG,
    message:
        f"Write the pages of answers and tables{OF_THESE}"
    shell:
        'python "$DAT_SCRIPTS/write_pages.py"'
        " --scores {input.scores:q}"
        " --words {input.words:q}"
        " --space {input.space:q}"
        " {params.copies:q}"
        " --name {params.name:q}"
        " {params.note:q}"
        " --answers {output.answers:q}"
        " {params.tables:q}"
        " 2> {log:q}"
