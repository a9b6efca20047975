# The report in words, from the tables; `snakemake --report` makes a page of it with the figures.


rule write_report:
    input:
        scores=rules.score_samples.output.scores,
        summary=rules.summarize_conditions.output[0],
        tests=rules.compare_conditions.output[0],
        diversity=rules.measure_diversity.output.diversity,
        spaces=stores(),
        figures=figures(),
    output:
        report(
            f"{RESULTS}/report.md",
            caption="../report/report.rst",
            category="Report",
            labels={"report": "In words"},
        ),
    log:
        f"{LOGS}/write_report.log",
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
        config=lambda wildcards: CONFIG.model_dump_json(exclude_unset=True),
    shell:
        'python "$DAT_SCRIPTS/write_report.py"'
        " --config {params.config:q}"
        " --spaces {input.spaces:q}"
        " --scores {input.scores:q}"
        " --summary {input.summary:q}"
        " --tests {input.tests:q}"
        " --diversity {input.diversity:q}"
        " --output {output:q}"
        " 2> {log:q}"
