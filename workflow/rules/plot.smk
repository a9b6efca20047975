# Figures, and a page of each model; divergent_bench/reporting/figure_catalogue.py says which there are
# and what they draw.


rule plot_figures:
    """Draw every figure and the page of every model, as SVG and as PNG."""
    input:
        **{table: f"{RESULTS}/{table}.csv" for table in drawn_tables()},
        note=NOTE,
    output:
        figures=[
            report(
                path,
                caption=f"../report/{name}.rst",
                category="Figures",
                labels={"figure": in_order(number, task, name)},
            )
            for number, (path, (task, name)) in enumerate(
                zip(figures(), DRAWN), start=1
            )
        ],
        models=[
            report(
                path,
                caption="../report/portrait.rst",
                category="Models",
                labels={"model": label},
            )
            for path, label in portrait_labels().items()
        ],
        png=[path.replace(".svg", ".png") for path in [*figures(), *portraits()]],
    log:
        local(f"{LOGS}/plot_figures.log"),
    benchmark:
        local(f"{LOGS}/plot_figures.tsv")
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=CODE["plot_figures"],
        tables=lambda wildcards, input: [
            part for table in drawn_tables() for part in (f"--{table}", input[table])
        ],
        drawn=lambda wildcards, output: what_is_drawn(output),
        note=NOTE_FLAG,
    message:
        f"Draw the figures{OF_THESE}"
    shell:
        'python "$DAT_SCRIPTS/plot_figures.py"'
        " {params.tables:q}"
        " {params.drawn:q}"
        " {params.note:q}"
        " 2> {log:q}"
