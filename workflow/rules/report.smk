# The report in words, from the tables, and as a page with the figures in it.

DRAWN = list(FIGURES) if CONFIG.analysis.include_visualizations else []


rule write_report:
    input:
        scores=rules.score_samples.output.scores,
        summary=rules.summarize_conditions.output[0],
        tests=rules.compare_conditions.output[0],
        diversity=rules.measure_diversity.output.diversity,
        power=rules.estimate_power.output[0],
        variance=rules.decompose_variance.output[0],
        spaces=stores(),
        note=NOTE,
    output:
        f"{RESULTS}/report.md",
    log:
        local(f"{LOGS}/write_report.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
        config=lambda wildcards: CONFIG.model_dump_json(
            exclude_unset=True, exclude={"notify"}
        ),
        figures=DRAWN,
        note=NOTE_FLAG,
    shell:
        'python "$DAT_SCRIPTS/write_report.py"'
        " --config {params.config:q}"
        " --spaces {input.spaces:q}"
        " --scores {input.scores:q}"
        " --summary {input.summary:q}"
        " --tests {input.tests:q}"
        " --diversity {input.diversity:q}"
        " --power {input.power:q}"
        " --variance {input.variance:q}"
        " --figures {params.figures}"
        " {params.note:q}"
        " --output {output:q}"
        " 2> {log:q}"


rule render_report:
    input:
        report=rules.write_report.output[0],
        figures=[f"{RESULTS}/figures/{figure}.png" for figure in DRAWN],
    output:
        page=f"{RESULTS}/report.html",
        # Browsers show no page of over 2 MB within another; and the figures are there anyway.
        words=report(
            f"{RESULTS}/report_words.html",
            caption="../report/report.rst",
            category="Report",
            labels={"report": "In words"},
        ),
    log:
        local(f"{LOGS}/render_report.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
    shell:
        'python "$DAT_SCRIPTS/render_report.py"'
        " --report {input.report:q}"
        " --page {output.page:q}"
        " --words {output.words:q}"
        " 2> {log:q}"
