# One file per (provider, model, strategy, temperature, seed): the only step that may cost money.
# A large run has jobs that collect several seeds each; params and files are the same either way.
# The script needs nothing but the standard library and this checkout: `python -S` starts sooner.

for jobs in sample_jobs():

    rule:
        name:
            jobs.rule
        input:
            jobs.answered_from,
        output:
            update(jobs.files),  # those that are there already stay
        log:
            jobs.log,
        wildcard_constraints:
            condition=jobs.conditions,
        conda:
            "../../envs/benchmark.yaml"
        params:
            condition=jobs.condition,
            request=jobs.request,
            # Derived from the output, so that another size of jobs makes no sample due again.
            seeds=lambda wildcards, output: [GRID.by_path[path].seed for path in output],
        shell:
            'python -S "$DAT_SCRIPTS/sample_dat.py"'
            " --condition {params.condition:q}"
            " --request {params.request:q}"
            ' --terms "$DAT_TERMS"'
            " --seeds {params.seeds}"
            " --output {output:q}"
            " 2> {log:q}"


# What `rule all` begins with, for those who want nothing else: snakemake --cores 4 samples
rule samples:
    input:
        sample_files,
    message:
        "Every sample that the config asks for is there, in {SAMPLES}"
