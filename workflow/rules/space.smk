# Semantic spaces: unpacked or downloaded once, shared by all configs of this checkout.


rule prepare_space:
    input:
        unpack(own_files),
    output:
        directory(f"{STORES}/{{space}}"),
    log:
        "resources/logs/prepare_space/{space}.log",
    conda:
        "../../envs/benchmark.yaml"
    params:
        files=lambda wildcards, input: [
            f"--{key}={path}" for key, path in input.items()
        ],
    shell:
        'python "$DAT_SCRIPTS/prepare_space.py"'
        " --name {wildcards.space:q}"
        " {params.files:q}"
        " --downloads resources/downloads"
        " --output {output:q}"
        " 2> >(tee {log:q} >&2)"
