# From raw responses to words and scores. Free of charge, and done again whenever the parser changes.


rule score_samples:
    """Parse, validate and score every sample, in every semantic space.

    The listing says which samples these are, and the digests of the requests they must answer.
    """
    input:
        samples=sample_files,
        spaces=stores(),
    output:
        listing=f"{RESULTS}/samples.csv",
        note=NOTE,
        scores=f"{RESULTS}/scores.csv",
        words=f"{RESULTS}/words.csv",
    log:
        local(f"{LOGS}/score_samples.log"),
    benchmark:
        local(f"{LOGS}/score_samples.tsv")
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=CODE["score_samples"],
        config=lambda wildcards: CONFIG.sampling_json(),
        scoring=lambda wildcards: CONFIG.analysis.scoring.model_dump_json(),
        responses="--responses" if CONFIG.output.include_raw_responses else "",
        copies=[f"--copies={COPIES}"] if COPIES else [],
        note=NOTE_FLAG,
    message:
        f"Parse, validate and score every sample{OF_THESE}"  # they may be many
    shell:
        'python "$DAT_SCRIPTS/score_samples.py"'
        " --config {params.config:q}"
        " --spaces {input.spaces:q}"
        " --scoring {params.scoring:q}"
        " {params.responses}"
        " {params.copies:q}"
        " {params.note:q}"
        " --listing {output.listing:q}"
        " --scores {output.scores:q}"
        " --words {output.words:q}"
        " 2> {log:q}"
