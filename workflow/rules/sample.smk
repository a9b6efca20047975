# One file per (provider, model, strategy, temperature, seed): the only step that may cost money.

SAMPLE = "{provider}/{model}/{strategy}/t{temperature}/seed{seed}"


def planned(wildcards):
    """Return the condition that a sample belongs to."""
    return GRID.by_directory[
        f"{RESULTS}/samples/{wildcards.provider}/{wildcards.model}"
        f"/{wildcards.strategy}/t{wildcards.temperature}"
    ]


def answered_from(wildcards):
    """Return the files that an answer is computed from; those of language models need none."""
    template = planned(wildcards).template
    if "space" in template:
        return f"{SPACES}/{template['space']}"
    return template.get("file", [])


rule sample_dat:
    input:
        answered_from,
    output:
        f"{RESULTS}/samples/{SAMPLE}.json",
    log:
        f"{LOGS}/samples/{SAMPLE}.log",
    conda:
        "../../envs/benchmark.yaml"
    params:
        key=lambda wildcards: planned(wildcards).key_json(int(wildcards.seed)),
        request=lambda wildcards: planned(wildcards).request_json(int(wildcards.seed)),
    shell:
        "{PYTHON} {SCRIPTS}/sample_dat.py"
        " --key {params.key:q}"
        " --request {params.request:q}"
        " --limits {LIMITS:q}"
        " --output {output:q}"
        " 2> {log:q}"


onstart:
    from divergent_bench.gateway.read_ahead import ReadAhead

    due = [
        GRID.by_path[job.output[0]]
        for job in workflow.dag.needrun_jobs()
        if job.rule.name == "sample_dat"
    ]
    ReadAhead(due, limits(CONFIG)).start()
