# Semantic spaces: unpacked or downloaded once, shared by all configs of this checkout.


rule prepare_space:
    """Make the store of a semantic space: unpack a built-in one, read a file, or ask an encoder."""
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
        made_from=made_from,
    shell:
        'python "$DAT_SCRIPTS/prepare_space.py"'
        " --name {wildcards.space:q}"
        " {params.made_from:q}"
        " --downloads resources/downloads"
        " --output {output:q}"
        " 2> >(tee {log:q} >&2)"
