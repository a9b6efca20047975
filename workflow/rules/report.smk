# The report in words, from the tables, and as a page with the figures in it.


rule write_report:
    """Write what was asked and found, as Markdown, as a page with the figures, and without them."""
    input:
        tables=[f"{RESULTS}/{table}.csv" for table in TOLD],
        spaces=stores(),
        figures=shown_figures(),
        note=NOTE,
    output:
        report=f"{RESULTS}/report.md",
        page=f"{RESULTS}/report.html",
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
        note=NOTE_FLAG,
    shell:
        'python "$DAT_SCRIPTS/write_report.py"'
        " --config {params.config:q}"
        " --spaces {input.spaces:q}"
        " --tables {input.tables:q}"
        " {params.figures:q}"
        " {params.note:q}"
        " --output {output.report:q}"
        " --page {output.page:q}"
        " --words {output.words:q}"
        " 2> {log:q}"
