# One file per (provider, model, strategy, temperature, seed): the only step that may cost money.
# In a large run a job is for ten or a hundred of them, `seed120.json` to `seed129.json`, and for single
# ones where those it would take are not all asked for. Files and params are the same either way.
# The script needs nothing but the standard library and this checkout: `python -S` starts sooner.
# There are no `benchmark:` files: they would be as many as the samples, and the records have the times.

for jobs in sample_jobs():

    rule:
        name:
            jobs.rule
        input:
            jobs.answered_from,
        output:
            # Those that are there already stay. What only a bucket has cannot: Snakemake would copy it
            # first, as if it were here.
            jobs.files if COPIES else update(jobs.files),
        log:
            jobs.log,
        wildcard_constraints:
            condition=jobs.conditions,
        group:
            "samples"
        conda:
            "../../envs/benchmark.yaml"
        params:
            condition=jobs.condition,
            request=jobs.request,
            first=jobs.first,
            samples=jobs.samples,
        shell:
            'python -S "$DAT_SCRIPTS/sample_dat.py"'
            " --condition {params.condition:q}"
            " --request {params.request:q}"
            ' --policy "$DAT_POLICY"'
            " --log {log:q}"
            " --first {params.first:q}"
            " --samples {params.samples}"
            " 2> {log:q}"


# For those who want no analysis: snakemake --cores 4 samples
rule samples:
    """Every sample, and no more."""
    input:
        sample_files,
    message:
        f"Every sample that the config asks for is there, in {SAMPLES}"
