# Figures, and a page of each model; divergent_bench/reporting/figure_catalogue.py says which there are
# and what they draw.


rule plot_figures:
    """Draw every figure and the page of every model, as SVG, as PNG and as the config asks."""
    input:
        **{table: f"{RESULTS}/{table}.csv" for table in drawn_tables()},
        note=NOTE,
    output:
        figures=[
            figure_file(number, path, *drawn)
            for number, (path, drawn) in enumerate(zip(figures(), DRAWN), start=1)
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
        others=[
            file for svg in [*figures(), *portraits()] for file in in_formats(svg)[1:]
        ],
        empty=EMPTY,
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
        " --empty {output.empty:q}"
        " {params.note:q}"
        " 2> {log:q}"
