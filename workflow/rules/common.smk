# What the rules share: the checked config, the grid of samples, and names of files.

import json
import sys
from pathlib import Path

sys.path.insert(0, workflow.basedir)  # a checkout works without being installed

from divergent_bench.conditions import expand, limits, space_files
from divergent_bench.config import parse_config
from divergent_bench.errors import UserError
from divergent_bench.provenance import source_digest
from divergent_bench.requests import canonical_json

try:
    CONFIG = parse_config(config, sources=[Path(file) for file in workflow.configfiles])
    GRID = expand(CONFIG)
    # Goes to the gateway by the command line: a change of pace makes no sample due again.
    LIMITS = canonical_json(limits(CONFIG))
except UserError as error:
    print(error, file=sys.stderr)
    sys.exit(2)

RESULTS = CONFIG.results().as_posix()
LOGS = f"{RESULTS}/logs"
SPACES = "resources/spaces"
SPACE_FILES = space_files(CONFIG)  # name -> file of the user's own, or None
SCRIPTS = f"{workflow.basedir}/scripts"

# With --sdm conda the environment of the rule brings its Python; else it is Snakemake's own, which
# need not be the first on the PATH. Either finds the package of this checkout.
USES_CONDA = "conda" in {str(m.name).lower() for m in workflow.deployment_settings.deployment_method}
PYTHON = "python" if USES_CONDA else sys.executable
shell.prefix(f"export PYTHONPATH={workflow.basedir:q}${{PYTHONPATH:+:$PYTHONPATH}}; ")


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


def figures():
    """Return the figures, in the order in which the report shows them."""
    names = ["ranking", "distributions", "strategy_temperature"]
    return [f"{RESULTS}/figures/{name}.svg" for name in names]
