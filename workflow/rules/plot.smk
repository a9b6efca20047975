# Figures: a rule each, all alike; divergent_bench/exhibits.py says which there are and what they draw.

for name, figure in FIGURES.items():
    tables = {table: f"{RESULTS}/{table}.csv" for table in figure.tables}
    flags = " ".join(f"--{t.replace('_', '-')} {{input.{t}:q}}" for t in tables)

    rule:
        name:
            f"plot_{name}"
        input:
            **tables,
        output:
            svg=report(
                f"{RESULTS}/figures/{name}.svg",
                caption=f"../report/{name}.rst",
                category="Figures",
                labels={"figure": figure.title},
            ),
            png=f"{RESULTS}/figures/{name}.png",
        log:
            f"{LOGS}/plot_{name}.log",
        conda:
            "../../envs/benchmark.yaml"
        params:
            code=ANALYSIS_CODE,
            figure=name,
        shell:
            'python "$DAT_SCRIPTS/plot_figure.py"'
            " --figure {params.figure}"
            f" {flags}"
            " --output {output.svg:q} {output.png:q}"
            " 2> {log:q}"
