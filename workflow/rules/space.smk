# Semantic spaces: unpacked or downloaded once, shared by all configs of this checkout.


rule prepare_space:
    """Make the store of a semantic space: unpack the built-in one, or download and compact it."""
    input:
        unpack(own_files),
    output:
        directory(store("{space}")),
    log:
        local("resources/logs/prepare_space/{space}.log"),
    conda:
        "../../envs/benchmark.yaml"
    params:
        code=CODE["prepare_space"],
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
