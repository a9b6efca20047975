# What the rules share: the checked config, the grid of samples, and names of files.

import os
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, workflow.basedir)  # a checkout works without being installed

from divergent_bench.expansion import expand, limits, spaces
from divergent_bench.config import parse_config
from divergent_bench.errors import UserError
from divergent_bench.provenance import analysis_code_digest
from divergent_bench.requests import canonical_json

try:
    CONFIG = parse_config(config, sources=[Path(file) for file in workflow.configfiles])
    GRID = expand(CONFIG)
    SPACES = spaces(CONFIG)  # by name, the primary one first
    LIMITS = canonical_json(limits(CONFIG))
except UserError as error:
    print(error, file=sys.stderr)
    sys.exit(2)

RESULTS = CONFIG.results().as_posix()
LOGS = f"{RESULTS}/logs"
SAMPLE = "{provider}/{model}/{strategy}/t{temperature}/seed{seed}"
# Of everything that is free: it makes results due again when the code behind them changed.
ANALYSIS_CODE = analysis_code_digest()
STORES = "resources/spaces"
FIGURES = {
    "ranking": "Ranking",
    "distributions": "Distributions",
    "strategy_temperature": "Strategy and temperature",
}

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
    # Here and not in params: another pace makes no sample due again.
    "DAT_LIMITS": LIMITS,
}


wildcard_constraints:
    provider=r"[^/]+",
    model=r"[^/]+",
    strategy=r"[^/]+",
    temperature=r"default|[0-9.e-]+",
    seed=r"\d+",
    space=r"[^/]+",


def targets():
    """Return the files that the config asks for."""
    files = [f"{RESULTS}/scores.csv", f"{RESULTS}/words.csv", f"{RESULTS}/tests.csv"]
    tables = ["scores", "words", "tests"]
    if CONFIG.output.generate_summary:
        files += [f"{RESULTS}/summary.csv", f"{RESULTS}/leaderboard.md"]
        tables += ["summary"]
    if CONFIG.output.format != "csv":
        suffix = {"json": "json", "markdown": "md"}[CONFIG.output.format]
        files += [f"{RESULTS}/{table}.{suffix}" for table in tables]
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


def planned(wildcards):
    """Return the condition that a sample belongs to."""
    address = SAMPLE.format(**dict(wildcards.items()))
    return GRID.by_directory[os.path.dirname(f"{RESULTS}/samples/{address}")]


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


def unanswered():
    """Say which samples are missing after a failed run, and why, each reason once."""
    reasons = Counter()
    for path in GRID.paths():
        log = Path(f"{LOGS}/samples/{Path(path).relative_to(f'{RESULTS}/samples')}")
        log = log.with_suffix(".log")
        if not Path(path).exists() and log.exists():
            reasons[log.read_text(encoding="utf-8").strip() or "interrupted"] += 1
    lines = [f"{count:>6} x {reason}" for reason, count in reasons.most_common()]
    if lines:
        lines = [
            "Samples without an answer; the same command asks for them again:",
            *lines,
        ]
    return "\n".join(lines)
