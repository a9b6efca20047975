# What the rules share: the checked config, the grid of samples, and names of files.

import inspect
import os
import re
import sys
from contextlib import contextmanager
from pathlib import Path

# Snakemake has put the directory of the Snakefile on Python's path, so that a checkout works without
# being installed. A project that has the rules from GitHub has nothing but the rules.
try:
    import divergent_bench.config
except ModuleNotFoundError as error:
    print(
        f"The Python of Snakemake lacks {error.name}: install divergent-bench into it, of the same"
        " version as the workflow, e.g. with pip",
        file=sys.stderr,
    )
    sys.exit(2)

from snakemake.utils import update_config
from snakemake_interface_executor_plugins.settings import SharedFSUsage

from divergent_bench.design.contrasts import analysis_plans, varied_factors
from divergent_bench.reporting.figure_catalogue import FIGURES, PORTRAYED, figures_of
from divergent_bench.design.expansion import analysed, expand
from divergent_bench.design.policy import run_policy
from divergent_bench.design.recorded_answers import answers_file
from divergent_bench.design.spaces import encoder_of, files_of, spaces
from divergent_bench.config import parse_config, typed
from divergent_bench.running.batches import PARTIAL
from divergent_bench.running.snakemake import package_path, workflow_directory
from divergent_bench.base.credentials import redact
from divergent_bench.base.errors import UserError
from divergent_bench.reporting.code_digests import code_digests
from divergent_bench.sampling.gateway.address import socket_path
from divergent_bench.sampling.gateway.client import ADDRESS
from divergent_bench.base.names import model_labels, slug
from divergent_bench.instrument.tasks import find_task
from divergent_bench.base.analysis_names import OVER_TASKS
from divergent_bench.base.provider_catalogue import find_provider


@contextmanager
def wrong_use_ends_it():
    """End with a message, without a traceback, where something is for a person to mend."""
    try:
        yield
    except (UserError, OSError) as error:
        print(redact(str(error)), file=sys.stderr)
        sys.exit(2)


with wrong_use_ends_it():
    update_config(config, typed(workflow.config_settings.config))
    CONFIG = parse_config(config, sources=[Path(file) for file in workflow.configfiles])
    if CONFIG.partial and workflow.storage_settings.default_storage_provider:
        raise UserError(
            "partial: looks at the samples that are on this machine, and these are in a bucket; copy"
            " the results here, and run without the storage profile"
        )
    ASKED = expand(CONFIG)
    GRID = analysed(CONFIG, ASKED)
    SPACES = spaces(CONFIG)  # by name, the primary one first
    POLICY = run_policy(CONFIG)
    PLANS = analysis_plans(CONFIG, ASKED, GRID)  # by task

# A partial analysis has a directory of its own, so that it never mixes with that of the whole.
INCOMPLETE = GRID is not ASKED
RESULTS = (CONFIG.results() / (PARTIAL if INCOMPLETE else "")).as_posix()
LOGS = f"{RESULTS}/logs"
EMPTY = f"{RESULTS}/figures/empty.txt"  # names the figures that have nothing to draw
FINDING = f"{RESULTS}/finding.html"  # what the report of Snakemake begins with
# Of what is in a bucket (profiles/s3) rules see local copies, in this directory. Logs are no results,
# nor are files of the user's own: those stay where they are.
COPIES = workflow.inputfile(RESULTS).removesuffix(RESULTS)
SAMPLES = f"{CONFIG.results().as_posix()}/samples"
# Of a partial analysis: how many samples it is of, for whatever is to say so.
NOTE = f"{RESULTS}/note.txt" if INCOMPLETE else []
NOTE_FLAG = [f"--note={NOTE}"] if NOTE else []
OF_THESE = " of the samples that are there" if NOTE else ""
# Digests by rule, for all that is free: they make it due again when the code or data behind it changed.
CODE = code_digests(Path(workflow_directory(), "scripts"))
# What a job has made goes to a bucket when all of it is there: then each sample has a job of its own.
SEEDS_PER_JOB = 1 if COPIES else CONFIG.job_size(sum(GRID.seed_counts()))
STORES = "resources/spaces"
TASKS = GRID.tasks


def has_people(grid):
    """Say whether models are compared with people."""
    kinds = {find_provider(each.condition.provider).kind for each in grid.conditions}
    return {"model", "people"} <= kinds


def drawn_figures():
    """Yield the figures of each task, in the order of the report."""
    for task in TASKS:
        part = GRID.of_task(task)
        gated = find_task(task).gate is not None
        for name in figures_of(
            varied_factors(part), people=has_people(part), gate=gated
        ):
            yield task, name


DRAWN = list(drawn_figures())
PEOPLE = any(has_people(GRID.of_task(task)) for task in TASKS)
GATE = any(find_task(task).gate for task in TASKS)  # whether scores have to pass one
SCORED = ("scores", "words")  # the tables that all others are made from
# Those that the report tells of.
TOLD = ("scores", "summary", "tests", "diversity", "homogeneity", "power", "variance")
TOLD += ("people",) if PEOPLE else ()
TOLD += ("frontier",) if GATE else ()

# With --sdm conda the environment of the rule brings its Python; else it is that of Snakemake, which
# need not be the first on the PATH. Either finds the package that these rules have found.
uses_conda = "conda" in {
    str(method.name).lower()
    for method in workflow.deployment_settings.deployment_method
}
own_python = [] if uses_conda else [os.path.dirname(sys.executable)]
os.environ |= {
    "PATH": os.pathsep.join([*own_python, os.environ.get("PATH", os.defpath)]),
    "PYTHONPATH": os.pathsep.join(
        filter(None, [package_path(alone=uses_conda), os.environ.get("PYTHONPATH")])
    ),
    "DAT_SCRIPTS": f"{workflow_directory()}/scripts",
    # Here and not in params: another pace or budget makes no sample due again.
    "DAT_POLICY": POLICY.to_json(),
    ADDRESS: socket_path(),
}


wildcard_constraints:
    condition=r"[^/]+/[^/]+/[^/]+/t(default|[0-9.e-]+)",  # provider/model/strategy/temperature
    seed=r"\d+",
    tens=r"([1-9]\d*)?",
    hundreds=r"[1-9]\d*",
    space=r"[^/]+",


def address(file):
    """Return where a file is in the results, `results/...`, whether here or in a bucket."""
    return file.removeprefix(COPIES)


def asked_tables():
    """Return the files of the tables that the config asks for, beside the scores and the words."""
    tables = ["tests", "power"]
    if CONFIG.output.generate_summary:
        tables += [
            "summary",
            "variance",
            "diversity",
            "rarefaction",
            "overlap",
            "homogeneity",
        ]
        tables += ["people"] if PEOPLE else []
        tables += ["frontier"] if GATE else []
        tables += list(OVER_TASKS) if len(TASKS) > 1 else []
        tables += ["agreement"] if len(SPACES) > 1 else []
    suffixes = CONFIG.table_suffixes()
    files = [f"{table}.{suffix}" for table in tables for suffix in ["csv", *suffixes]]
    files += [f"{table}.{suffix}" for table in SCORED for suffix in suffixes]
    return files + (["leaderboard.md"] if CONFIG.output.generate_summary else [])


def analysis_files():
    """Return the files of the tables to make: those asked for, and what is drawn and told of."""
    needed = drawn_tables() if CONFIG.analysis.include_visualizations else set()
    needed |= set(TOLD if CONFIG.analysis.generate_report else ())
    files = {f"{table}.csv" for table in needed.difference(SCORED)}
    return [*asked_tables(), *sorted(files.difference(asked_tables()))]


# Of the tables that the report of Snakemake shows, what it calls them.
SHOWN = {
    "leaderboard.md": "Leaderboard",
    "summary.csv": "Conditions",
    "tests.csv": "Tests",
    "power.csv": "Power",
    "variance.csv": "Sources of variance",
    "diversity.csv": "Diversity",
    "overlap.csv": "Overlap",
    "homogeneity.csv": "Homogeneity",
    "people.csv": "Models against people",
    "frontier.csv": "Score and gate",
    "ranks.csv": "Models over tasks",
    "task_agreement.csv": "Agreement of tasks",
    "agreement.csv": "Agreement of spaces",
}


def table_pages():
    """Return the tables that have a page to sort them on, with that page."""
    shown = [name for name in SHOWN if name in asked_tables()]
    return {
        f"{RESULTS}/{name}": f"{RESULTS}/tables/{Path(name).stem}.html"
        for name in shown
    }


def shown_pages():
    """Return the pages of tables, and how the report of Snakemake shows each."""

    def shown(number, table, page):
        return report(
            page,
            caption=f"../report/{Path(page).stem}.rst",
            category="Tables",
            labels={"table": f"{number:02d} {SHOWN[Path(table).name]}"},  # sorted by it
        )

    return [shown(place, *of) for place, of in enumerate(table_pages().items(), 1)]


def drawn_tables():
    """Return the tables that figures and pages of models are drawn from."""
    return {table for _, name in DRAWN for table in FIGURES[name].tables} | PORTRAYED


def targets():
    """Return the files that the config asks for."""
    files = [f"{table}.csv" for table in SCORED] + asked_tables()
    if CONFIG.analysis.generate_report:
        files += ["report.md", "report.html", "answers.html"]
    drawn = [*figures(), *portraits()] if CONFIG.analysis.include_visualizations else []
    pages = table_pages().values() if CONFIG.analysis.generate_report else []
    return [*(f"{RESULTS}/{file}" for file in files), *pages, *drawn]


def store(space):
    """Return the store of a semantic space; in no bucket, where all jobs see one disk.

    It is large, and easily made again.
    """
    one_disk = SharedFSUsage.INPUT_OUTPUT in workflow.storage_settings.shared_fs_usage
    return local(f"{STORES}/{space}") if one_disk else f"{STORES}/{space}"


def stores():
    """Return the stores of the semantic spaces, the primary one first."""
    return [store(space) for space in SPACES]


def pictures(task):
    """Return the directory of the figures of a task, which has its name where there are several."""
    return f"{RESULTS}/figures/{task}" if len(TASKS) > 1 else f"{RESULTS}/figures"


def figures():
    """Return the figures, in the order in which the report shows them."""
    return [f"{pictures(task)}/{name}.svg" for task, name in DRAWN]


def figure_file(number, path, task, name):
    """Return the path of a figure, and how the report of Snakemake shows it if it does.

    Whether there is anything to draw, only the run before it knows.
    """
    if (
        Path(EMPTY).exists()
        and f"{task} {name}" in Path(EMPTY).read_text().splitlines()
    ):
        return path
    which = f"{task}: " if len(TASKS) > 1 else ""
    return report(
        path,
        caption=f"../report/{name}.rst",
        category="Figures",
        labels={"figure": f"{number:02d} {which}{FIGURES[name].title}"},  # sorted by it
    )


def shown_figures():
    """Return the figures that the report shows, as PNG."""
    shown = figures() if CONFIG.analysis.include_visualizations else []
    return [path.replace(".svg", ".png") for path in shown]


def what_is_shown(files):
    """Return the flags that name every figure of the report, and every page that it leads to."""
    if not files:
        return []
    named = [("--figure", *name, file) for name, file in zip(DRAWN, files, strict=True)]
    pages = [path.removeprefix(f"{RESULTS}/") for path in portraits()]
    named += [(*names, page) for names, page in zip(portrayed(), pages, strict=True)]
    return [part for flags in named for part in flags]


def portraits():
    """Return the address of the page of each model, and of people, with its task and a condition."""
    return {
        f"{pictures(task)}/models/{c.provider}/{slug(c.model)}.svg": (task, c)
        for task in TASKS
        for c in (planned.condition for planned in GRID.of_task(task).conditions)
        if find_provider(c.provider).is_compared
    }


def portrayed():
    """Return the flags that name the pages of models, in their order."""
    return [("--model", task, c.provider, c.model) for task, c in portraits().values()]


def portrait_labels():
    """Return the pages of models with the names that tables have for these.

    But for braces, which would be filled in.
    """
    names = model_labels((c.provider, c.model) for _, c in portraits().values())
    which = "{0}: {1}" if len(TASKS) > 1 else "{1}"
    labels = {
        path: which.format(task, names[c.provider, c.model])
        for path, (task, c) in portraits().items()
    }
    braces = str.maketrans("{}", "()")
    return {path: label.translate(braces) for path, label in labels.items()}


def in_formats(svg):
    """Return the files of a figure: SVG, PNG, and what else the config asks for."""
    formats = dict.fromkeys(["svg", "png", *CONFIG.figures.formats])
    return [f"{svg.removesuffix('.svg')}.{each}" for each in formats]


def what_is_drawn(output):
    """Return the flags that name every figure and every page, with its files."""
    named = [("--figure", *each) for each in DRAWN] + portrayed()
    drawn = zip(named, [*output.figures, *output.models], strict=True)
    flags = [part for names, path in drawn for part in (*names, *in_formats(path))]
    return [
        *flags,
        "--width",
        CONFIG.figures.width,
        "--dpi",
        CONFIG.figures.dpi,
        *["--no-titles"] * (not CONFIG.figures.titles),
    ]


def sample_files(wildcards):
    """Return the files of all samples. Called when Snakemake starts to look at files."""
    begin()
    # Whoever says `--until sample_dat` means all of its sizes. Not part of Snakemake's interface.
    for named in (workflow.dag.untilrules, workflow.dag.omitrules):
        if "sample_dat" in named:
            named.update(jobs.rule for jobs in sample_jobs())
    return GRID.paths()


def missed_samples(wildcards):
    """Return the samples that are missed although the scores are there.

    Where these are not, scoring asks for every sample, and there is no need to ask twice.
    """
    if COPIES:
        return GRID.paths()  # what is in a bucket, only Snakemake can see
    scored = Path(RESULTS, "scores.csv").exists()
    return [path for path in GRID.paths() if not Path(path).exists()] if scored else []


def with_signature(function):
    """Keep the signature of a function: Snakemake asks for it several times for every job."""
    function.__signature__ = inspect.signature(function)
    return function


class SampleJobs:
    """Which seeds the jobs of one rule are for, and of which conditions.

    Attributes
    ----------
    files
        Of a job: of one seed, or of ten or a hundred that share all but their last digits.
    """

    directory = f"{SAMPLES}/{{condition}}"

    def __init__(self, rule, seeds, conditions=".+"):
        self.rule = rule
        self.files = [f"{self.directory}/seed{seed}.json" for seed in seeds]
        logs = f"{CONFIG.results().as_posix()}/logs/samples"  # of a trial as of the whole run
        self.log = local(f"{logs}/{{condition}}/seed{seeds[0]}.log")
        self.conditions = conditions

    def planned(self, wildcards):
        """Return the condition that a job belongs to."""
        return GRID.by_directory[f"{SAMPLES}/{wildcards.condition}"]

    @with_signature
    def answered_from(self, wildcards):
        """Return the files that answers are computed from; those of language models need none."""
        begin()  # a cluster job is asked for no other files
        template = self.planned(wildcards).template
        # The request says what is drawn from them: a store made again makes no sample due.
        alone = [template["space"]] if "space" in template else []
        if spaces := template.get("spaces", alone):
            return [ancient(store(space)) for space in spaces]
        return local(str(answers_file(template["file"]))) if "file" in template else []

    @with_signature
    def condition(self, wildcards):
        return self.planned(wildcards).condition_json()

    # What follows from the files is not tracked: another size of jobs makes no sample due again.
    @with_signature
    def first(self, wildcards, output):
        """Return the file of the first seed."""
        return output[0]

    @with_signature
    def samples(self, wildcards, output):
        """Return how many samples a job collects."""
        return len(output)

    @with_signature
    def request(self, wildcards):
        """Return the template of the requests; of a single seed, in its wording alone.

        Another number of wordings then makes those samples due that are worded anew.
        """
        planned, seed = self.planned(wildcards), wildcards.get("seed")
        return planned.template_json(int(seed) if seed else None)


def sample_jobs():
    """Yield the rules that sample; none in a partial analysis, whose samples are there."""
    if CONFIG.partial:
        return
    if SEEDS_PER_JOB == 1:
        yield SampleJobs("sample_dat", ["{seed}"])
        return
    kinds = {  # the seeds of a job, and the digits that they do not share
        "sample_dat": (["{seed}"], ""),
        "sample_dat_10": ([f"{{tens}}{last}" for last in range(10)], r"\d"),
        "sample_dat_100": ([f"{{hundreds}}{last:02}" for last in range(100)], r"\d\d"),
        # Apart, since names of files have no leading zeros.
        "sample_dat_0_to_99": (list(range(100)), r"\d\d?"),
    }
    asked = {kind: set() for kind in kinds}
    for planned in GRID.conditions:
        place = planned.directory.removeprefix(f"{SAMPLES}/")
        for block in planned.blocks(SEEDS_PER_JOB):
            kind, shared = f"sample_dat_{len(block)}", block.start // len(block) or ""
            if len(block) == 1:
                kind, shared = "sample_dat", block.start
            elif block == range(100):
                kind = "sample_dat_0_to_99"
            asked[kind].add(f"{place}/seed{shared}")
    for kind, (seeds, rest) in kinds.items():
        if asked[kind] or kind == "sample_dat":  # which can be named in every run
            conditions = rf"(?={any_of(asked[kind])}{rest}\.json$).+"
            yield SampleJobs(kind, seeds, conditions)


def any_of(words):
    """Return the pattern of a set of words; it looks at each letter once, however many they are."""
    tails = {}
    for word in filter(None, words):
        tails.setdefault(word[0], set()).add(word[1:])
    heads = {}
    for head, rest in sorted(tails.items()):
        heads.setdefault(any_of(rest), []).append(re.escape(head))
    ways = [f"[{''.join(several)}]{tail}" for tail, several in heads.items()]
    ways += [""] if "" in words else []
    return f"(?:{'|'.join(ways)})" if len(ways) > 1 else (ways or ["(?!)"])[0]


def own_files(wildcards):
    """Return the files of the user's own that a space is made from, if any."""
    found = files_of(SPACES[wildcards.space])
    return {what: local(file.as_posix()) for what, file in found.items()}


def made_from(wildcards, input):
    """Return the flags that say what a space is made from: files, or an encoder."""
    encoder = encoder_of(SPACES[wildcards.space])
    given = [*input.items(), *([("source", encoder)] if encoder else [])]
    return [f"--{what}={it}" for what, it in given]
