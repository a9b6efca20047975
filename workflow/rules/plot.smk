# Figures: a rule each, all alike; divergent_bench/reporting/figure_catalogue.py says which there are and what they draw.

for number, (name, figure) in enumerate(FIGURES.items(), start=1):

    rule:
        name:
            f"plot_{name}"
        input:
            **{table: f"{RESULTS}/{table}.csv" for table in figure.tables},
            note=NOTE,
        output:
            svg=report(
                f"{RESULTS}/figures/{name}.svg",
                caption=f"../report/{name}.rst",
                category="Figures",
                labels={"figure": f"{number:02d} {figure.title}"},  # sorted by it
            ),
            png=f"{RESULTS}/figures/{name}.png",
        log:
            local(f"{LOGS}/plot_{name}.log"),
        conda:
            "../../envs/benchmark.yaml"
        params:
            code=ANALYSIS_CODE,
            figure=name,
            # Not in the shell string: that is read when the job runs, after the loop.
            inputs=lambda wildcards, input: [
                part
                for name, path in input.items()
                if path
                for part in (f"--{name.replace('_', '-')}", path)
            ],
        shell:
            'python "$DAT_SCRIPTS/plot_figure.py"'
            " --figure {params.figure}"
            " {params.inputs:q}"
            " --output {output.svg:q} {output.png:q}"
            " 2> {log:q}"


rule plot_model:
    input:
        scores=rules.score_samples.output.scores,
        summary=rules.summarize_conditions.output,
        diversity=rules.measure_diversity.output.diversity,
        note=NOTE,
    output:
        svg=report(
            f"{RESULTS}/figures/models/{{provider}}/{{model}}.svg",
            caption="../report/portrait.rst",
            category="Models",
            labels=lambda wildcards: {"model": portrait_label(wildcards)},
        ),
        png=f"{RESULTS}/figures/models/{{provider}}/{{model}}.png",
    log:
        local(f"{LOGS}/plot_model/{{provider}}/{{model}}.log"),
    wildcard_constraints:
        provider=r"[^/]+",
        model=r"[^/]+",
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
        model=lambda wildcards: portrayed(wildcards).model,
        note=NOTE_FLAG,
    shell:
        'python "$DAT_SCRIPTS/plot_model.py"'
        " --scores {input.scores:q}"
        " --summary {input.summary:q}"
        " --diversity {input.diversity:q}"
        " --provider {wildcards.provider:q}"
        " --model {params.model:q}"
        " {params.note:q}"
        " --output {output.svg:q} {output.png:q}"
        " 2> {log:q}"
