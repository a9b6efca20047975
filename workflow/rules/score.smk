# From raw responses to words and scores. Free of charge, and done again whenever the parser changes.


rule list_samples:
    input:
        sample_files if INCOMPLETE else [],  # what is there decides what is listed
    output:
        listing=f"{RESULTS}/samples.csv",
        note=NOTE,
    log:
        local(f"{LOGS}/list_samples.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        config=lambda wildcards: CONFIG.sampling_json(),
        note=NOTE_FLAG,
    shell:
        'python "$DAT_SCRIPTS/list_samples.py"'
        " --config {params.config:q}"
        " {params.note:q}"
        " --output {output.listing:q}"
        " 2> {log:q}"


rule score_samples:
    input:
        samples=sample_files,
        listing=rules.list_samples.output.listing,
        spaces=stores(),
    output:
        scores=f"{RESULTS}/scores.csv",
        words=f"{RESULTS}/words.csv",
    log:
        local(f"{LOGS}/score_samples.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=ANALYSIS_CODE,
        task=GRID.task,
        scoring=lambda wildcards: CONFIG.analysis.scoring.model_dump_json(),
        responses="--responses" if CONFIG.output.include_raw_responses else "",
        copies=[f"--copies={COPIES}"] if COPIES else [],
    message:
        "Parse, validate and score the samples listed in {input.listing}"  # they may be many
    shell:
        'python "$DAT_SCRIPTS/score_samples.py"'
        " --samples {input.listing:q}"
        " --spaces {input.spaces:q}"
        " --task {params.task:q}"
        " --scoring {params.scoring:q}"
        " {params.responses}"
        " {params.copies:q}"
        " --scores {output.scores:q}"
        " --words {output.words:q}"
        " 2> {log:q}"
