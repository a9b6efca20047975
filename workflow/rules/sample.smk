# One file per (provider, model, strategy, temperature, seed): the only step that may cost money.
# Its script needs nothing but the standard library and this checkout: `python -S` starts sooner.


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
        'python -S "$DAT_SCRIPTS/sample_dat.py"'
        " --key {params.key:q}"
        " --request {params.request:q}"
        ' --limits "$DAT_LIMITS"'
        " --output {output:q}"
        " 2> {log:q}"


onerror:
    print(unanswered(), file=sys.stderr)


onstart:
    from divergent_bench.gateway.read_ahead import ReadAhead

    due = [
        GRID.by_path[job.output[0]]
        for job in workflow.dag.needrun_jobs()
        if job.rule.name == "sample_dat"
    ]
    if not workflow.touch:  # which runs no job
        ReadAhead(due, limits(CONFIG)).start()
