# Semantic spaces: unpacked or downloaded once, shared by all configs of this checkout.


def own_file(wildcards):
    """Return the file a space is made from, where the config names one."""
    file = SPACE_FILES.get(wildcards.space)
    return [file] if file else []


rule prepare_space:
    input:
        source=own_file,
    output:
        directory(f"{SPACES}/{{space}}"),
    log:
        "resources/logs/prepare_space/{space}.log",
    conda:
        "../../envs/benchmark.yaml"
    params:
        source=lambda wildcards, input: f"--source {input.source}" if input.source else "",
    shell:
        "{PYTHON} {SCRIPTS}/prepare_space.py"
        " --name {wildcards.space:q}"
        " {params.source}"
        " --downloads resources/downloads"
        " --output {output:q}"
        " 2> >(tee {log:q} >&2)"
