# The Divergent Association Task on language models: from one config to a report.
#
#   snakemake --cores 4 --configfile config/benchmark.yaml    runs only what is missing
#   snakemake --configfile config/benchmark.yaml --report report.html

import gc

from snakemake.utils import min_version

min_version("9.20")

# Modules and jobs stay to the end. To look for garbage among them as often as Python does by itself
# takes a sixth of the time in which the graph of many samples is built.
gc.freeze()
gc.set_threshold(100_000, 50, 1_000)


# A default beside a config of the user would merge into it.
if not workflow.configfiles:

    configfile: "config/demo.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/space.smk"
include: "workflow/rules/sample.smk"
include: "workflow/rules/score.smk"
include: "workflow/rules/analyze.smk"
include: "workflow/rules/plot.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/run.smk"


# A table that no other rule makes.
ruleorder: analyze_scores > write_report > analyze_further


report: "workflow/report/overview.rst"


rule all:
    """Everything that the config asks for: tables, figures, the report, and every sample."""
    default_target: True
    input:
        # First: of a bucket, the folder of the first file is listed once, all below it.
        targets(),
        missed_samples,
    message:
        f"Everything that the config asks for{OF_THESE} is there; start with {RESULTS}/report.html"
