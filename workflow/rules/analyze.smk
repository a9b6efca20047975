# Tables from the scores: what each condition amounts to, what differs, who leads.


rule analyze_scores:
    """Make all tables that are asked for, or drawn, or told of, from one reading of the scores."""
    input:
        scores=rules.score_samples.output.scores,
        words=rules.score_samples.output.words,
        space=stores()[0],
        note=NOTE,
    output:
        [f"{RESULTS}/{file}" for file in analysis_files()],
    log:
        local(f"{LOGS}/analyze_scores.log"),
    benchmark:
        local(f"{LOGS}/analyze_scores.tsv")
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=CODE["analyze_scores"],
        plans=lambda wildcards: [
            part
            for task, plan in PLANS.items()
            for part in ("--plan", task, plan.to_json())
        ],
        norms=CONFIG.analysis.norms,
        name=lambda wildcards: CONFIG.name,
        note=NOTE_FLAG,
    shell:
        'python "$DAT_SCRIPTS/analyze_scores.py"'
        " --scores {input.scores:q}"
        " --words {input.words:q}"
        " --space {input.space:q}"
        " {params.plans:q}"
        " --norms {params.norms}"
        " --name {params.name:q}"
        " {params.note:q}"
        " --output {output:q}"
        " 2> {log:q}"


# For those who want a table by its name, whether the config asks for it or not.
use rule analyze_scores as analyze_further with:
    output:
        f"{RESULTS}/{{table}}",
    log:
        local(f"{LOGS}/analyze_further/{{table}}.log"),
    benchmark:
        local(f"{LOGS}/analyze_further/{{table}}.tsv")
    wildcard_constraints:
        table=r"(?!(samples|scores|words)\.csv)[a-z_]+\.(csv|json|md)",
