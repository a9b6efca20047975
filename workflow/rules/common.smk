# What the rules share: the checked config, the grid of samples, and names of files.

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, workflow.basedir)  # a checkout works without being installed

from divergent_bench.contrasts import analysis_plan, varied_factors
from divergent_bench.exhibits import figures_of
from divergent_bench.expansion import expand, spaces, terms
from divergent_bench.config import parse_config
from divergent_bench.errors import UserError
from divergent_bench.provenance import analysis_code_digest
from divergent_bench.gateway.address import socket_path
from divergent_bench.gateway.client import ADDRESS
from divergent_bench.tables.columns import TABLES

try:
    CONFIG = parse_config(config, sources=[Path(file) for file in workflow.configfiles])
    GRID = expand(CONFIG)
    SPACES = spaces(CONFIG)  # by name, the primary one first
    TERMS = terms(CONFIG)
    PLAN = analysis_plan(CONFIG, GRID)
except UserError as error:
    print(error, file=sys.stderr)
    sys.exit(2)

RESULTS = CONFIG.results().as_posix()
LOGS = f"{RESULTS}/logs"
SAMPLES = f"{RESULTS}/samples"
# Of everything that is free: it makes results due again when the code behind them changed.
ANALYSIS_CODE = analysis_code_digest()
SEEDS_PER_JOB = CONFIG.job_size(len(GRID.paths()))
STORES = "resources/spaces"
FIGURES = figures_of(varied_factors(GRID))  # by name, in the order of the report

# With --sdm conda the environment of the rule brings its Python; else it is that of Snakemake, which
# need not be the first on the PATH. Either finds the package of this checkout.
uses_conda = "conda" in {
    str(method.name).lower()
    for method in workflow.deployment_settings.deployment_method
}
own_python = [] if uses_conda else [os.path.dirname(sys.executable)]
os.environ |= {
    "PATH": os.pathsep.join([*own_python, os.environ.get("PATH", os.defpath)]),
    "PYTHONPATH": os.pathsep.join(
        filter(None, [workflow.basedir, os.environ.get("PYTHONPATH")])
    ),
    "DAT_SCRIPTS": f"{workflow.basedir}/scripts",
    # Here and not in params: another pace or budget makes no sample due again.
    "DAT_TERMS": TERMS.to_json(),
    ADDRESS: socket_path(),
}


wildcard_constraints:
    condition=r"[^/]+/[^/]+/[^/]+/t(default|[0-9.e-]+)",  # provider/model/strategy/temperature
    seed=r"\d+",
    space=r"[^/]+",


def targets():
    """Return the files that the config asks for."""
    tables = ["scores", "words", "tests", "power"]
    if CONFIG.output.generate_summary:
        tables += ["summary", "variance", "diversity", "rarefaction", "overlap"]
        tables += ["agreement"] if len(SPACES) > 1 else []
    suffixes = ["csv", *CONFIG.table_suffixes()]
    files = [f"{RESULTS}/{table}.{suffix}" for table in tables for suffix in suffixes]
    if CONFIG.output.generate_summary:
        files += [f"{RESULTS}/leaderboard.md"]
    if CONFIG.analysis.include_visualizations:
        files += figures()
    if CONFIG.analysis.generate_report:
        files += [f"{RESULTS}/report.md"]
    return files


def stores():
    """Return the stores of the semantic spaces, the primary one first."""
    return [f"{STORES}/{space}" for space in SPACES]


def figures():
    """Return the figures, in the order in which the report shows them."""
    return [f"{RESULTS}/figures/{figure}.svg" for figure in FIGURES]


def sample_files(wildcards):
    """Return the files of all samples. Called when Snakemake starts to look at files."""
    begin()
    return GRID.paths()


def planned(wildcards):
    """Return the condition that a sample belongs to."""
    return GRID.by_directory[f"{SAMPLES}/{wildcards.condition}"]


class SampleJobs:
    """Which seeds of which conditions the jobs of one rule collect."""

    def __init__(self, rule, seeds, conditions=None):
        self.rule = rule
        self.files = [f"{SAMPLES}/{{condition}}/seed{seed}.json" for seed in seeds]
        self.log = f"{LOGS}/samples/{{condition}}/seed{seeds[0]}.log"
        addresses = (os.path.relpath(path, SAMPLES) for path in conditions or ())
        self.conditions = "|".join(map(re.escape, addresses)) or ".+"


def sample_jobs():
    """Yield the rules that sample: one for all, or one for each group of seeds in a large run."""
    if SEEDS_PER_JOB == 1:
        yield SampleJobs("sample_dat", ["{seed}"])
        return
    groups = GRID.seed_groups(SEEDS_PER_JOB).items()
    for number, (seeds, conditions) in enumerate(groups, start=1):
        yield SampleJobs(f"sample_dat_{number}", seeds, conditions)


def answered_from(wildcards):
    """Return the files that an answer is computed from; those of language models need none."""
    template = planned(wildcards).template
    if "space" in template:
        return f"{STORES}/{template['space']}"
    return template.get("file", [])


def own_files(wildcards):
    """Return the files of the user's own that a space is made from, if any."""
    entry = SPACES[wildcards.space]
    named = {"source": entry.path, "dictionary": entry.dictionary} if entry else {}
    return {key: os.path.expanduser(path) for key, path in named.items() if path}
