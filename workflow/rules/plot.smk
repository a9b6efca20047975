# Figures: the same inputs and the same script for all; FIGURES in common.smk says which there are.

for figure, title in FIGURES.items():

    rule:
        name:
            f"plot_{figure}"
        input:
            scores=rules.score_samples.output.scores,
            summary=rules.summarize_conditions.output[0],
        output:
            svg=report(
                f"{RESULTS}/figures/{figure}.svg",
                caption=f"../report/{figure}.rst",
                category="Figures",
                labels={"figure": title},
            ),
            png=f"{RESULTS}/figures/{figure}.png",
        log:
            f"{LOGS}/plot_{figure}.log",
        conda:
            "../../envs/benchmark.yaml"
        params:
            code=ANALYSIS_CODE,
            figure=figure,
        shell:
            'python "$DAT_SCRIPTS/plot_figure.py"'
            " --figure {params.figure}"
            " --scores {input.scores:q}"
            " --summary {input.summary:q}"
            " --output {output.svg:q} {output.png:q}"
            " 2> {log:q}"
