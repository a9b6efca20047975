# Tables from the scores: what each condition amounts to, what differs, who leads.


rule summarize_conditions:
    input:
        rules.score_samples.output.scores,
    output:
        report(
            f"{RESULTS}/summary.csv",
            caption="../report/summary.rst",
            category="Tables",
            labels={"table": "Conditions"},
        ),
    log:
        local(f"{LOGS}/summarize_conditions.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
        norms=CONFIG.analysis.norms,
    shell:
        'python "$DAT_SCRIPTS/summarize_conditions.py"'
        " --scores {input:q}"
        " --norms {params.norms}"
        " --output {output:q}"
        " 2> {log:q}"


rule compare_conditions:
    input:
        rules.score_samples.output.scores,
    output:
        report(
            f"{RESULTS}/tests.csv",
            caption="../report/tests.rst",
            category="Tables",
            labels={"table": "Tests"},
        ),
    log:
        local(f"{LOGS}/compare_conditions.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
        plan=lambda wildcards: PLAN.to_json(),
    shell:
        'python "$DAT_SCRIPTS/compare_conditions.py"'
        " --scores {input:q}"
        " --plan {params.plan:q}"
        " --output {output:q}"
        " 2> {log:q}"


rule estimate_power:
    input:
        rules.score_samples.output.scores,
    output:
        report(
            f"{RESULTS}/power.csv",
            caption="../report/power.rst",
            category="Tables",
            labels={"table": "Power"},
        ),
    log:
        local(f"{LOGS}/estimate_power.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
        plan=lambda wildcards: PLAN.to_json(),
    shell:
        'python "$DAT_SCRIPTS/estimate_power.py"'
        " --scores {input:q}"
        " --plan {params.plan:q}"
        " --output {output:q}"
        " 2> {log:q}"


rule decompose_variance:
    input:
        rules.score_samples.output.scores,
    output:
        report(
            f"{RESULTS}/variance.csv",
            caption="../report/variance.rst",
            category="Tables",
            labels={"table": "Sources of variance"},
        ),
    log:
        local(f"{LOGS}/decompose_variance.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
    shell:
        'python "$DAT_SCRIPTS/decompose_variance.py"'
        " --scores {input:q}"
        " --output {output:q}"
        " 2> {log:q}"


rule map_words:
    input:
        words=rules.score_samples.output.words,
        space=stores()[0],
    output:
        f"{RESULTS}/word_map.csv",
    log:
        local(f"{LOGS}/map_words.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
    shell:
        'python "$DAT_SCRIPTS/map_words.py"'
        " --words {input.words:q}"
        " --space {input.space:q}"
        " --output {output:q}"
        " 2> {log:q}"


rule rank_models:
    input:
        scores=rules.score_samples.output.scores,
        note=NOTE,
    output:
        report(
            f"{RESULTS}/leaderboard.md",
            caption="../report/leaderboard.rst",
            category="Tables",
            labels={"table": "Leaderboard"},
        ),
    log:
        local(f"{LOGS}/rank_models.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
        norms=CONFIG.analysis.norms,
        name=lambda wildcards: CONFIG.name,
        note=NOTE_FLAG,
    shell:
        'python "$DAT_SCRIPTS/rank_models.py"'
        " --scores {input.scores:q}"
        " --norms {params.norms}"
        " --name {params.name:q}"
        " {params.note:q}"
        " --output {output:q}"
        " 2> {log:q}"


rule measure_diversity:
    input:
        rules.score_samples.output.words,
    output:
        diversity=report(
            f"{RESULTS}/diversity.csv",
            caption="../report/diversity.rst",
            category="Tables",
            labels={"table": "Diversity"},
        ),
        rarefaction=f"{RESULTS}/rarefaction.csv",
        overlap=report(
            f"{RESULTS}/overlap.csv",
            caption="../report/overlap.rst",
            category="Tables",
            labels={"table": "Overlap"},
        ),
    log:
        local(f"{LOGS}/measure_diversity.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
    shell:
        'python "$DAT_SCRIPTS/measure_diversity.py"'
        " --words {input:q}"
        " --diversity {output.diversity:q}"
        " --rarefaction {output.rarefaction:q}"
        " --overlap {output.overlap:q}"
        " 2> {log:q}"


rule compare_spaces:
    input:
        rules.score_samples.output.scores,
    output:
        report(
            f"{RESULTS}/agreement.csv",
            caption="../report/agreement.rst",
            category="Tables",
            labels={"table": "Agreement of spaces"},
        ),
    log:
        local(f"{LOGS}/compare_spaces.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
    shell:
        'python "$DAT_SCRIPTS/compare_spaces.py"'
        " --scores {input:q}"
        " --output {output:q}"
        " 2> {log:q}"


rule convert_table:
    input:
        f"{RESULTS}/{{table}}.csv",
    output:
        f"{RESULTS}/{{table}}.{{format}}",
    log:
        local(f"{LOGS}/convert_table/{{table}}.{{format}}.log"),
    wildcard_constraints:
        table="[a-z_]+",
        format="json|md",
    conda:
        "../../envs/benchmark.yaml"
    shell:
        'python "$DAT_SCRIPTS/convert_table.py"'
        " --table {input:q}"
        " --output {output:q}"
        " 2> {log:q}"
