# Around the jobs: the check before the first of them, prefetching, the live view, the reasons why
# samples are missing.

import gc
import threading
from collections import Counter
from functools import cache

from snakemake.logging import logger

from divergent_bench.running.batches import (
    Batch,
    missing_in_words,
    missing_samples,
    write_config,
)
from divergent_bench.base.environment import STEPS
from divergent_bench.cli.views.progress import Progress, SamplingFilter, StepTeller
from divergent_bench.running.snakemake import Exit
from divergent_bench.running.environment.addresses import where_keys_go
from divergent_bench.sampling.gateway import prefetch
from divergent_bench.running.locks import mark_run
from divergent_bench.running.notifications import reachable, tell_end
from divergent_bench.running.signals import StopSignals

PROGRESS = Progress(logger)
QUIET = StepTeller(PROGRESS.say) if os.environ.get(STEPS) else SamplingFilter()
STOP_SIGNALS = StopSignals()
logger.addFilter(QUIET)


@cache
def begin():
    """Use the time in which Snakemake builds its graph: wake the gateway, or make the plan.

    Also leave the config in the results, and a mark of who is at work. Whether this is a run, a dry run
    or a report, Snakemake does not say any earlier.
    """
    if workflow.executor_plugin is None or workflow.touch:
        # A report, a list of files, ...: no sample is asked for.
        if Path(FINDING).exists():
            config["finding"] = Path(FINDING).read_text(
                encoding="utf-8"
            )  # for overview.rst
        return
    if workflow.remote_exec:
        start_in_a_cluster_job()
        return
    # What a bucket lacks is not known before the graph is there.
    asks_models = GRID.asks_models() and not COPIES
    if asks_models and not workflow.dryrun:
        prefetch.warm_up()  # first, because it takes longest
    if workflow.is_main_process and not workflow.dryrun:
        with wrong_use_ends_it():
            mark_run(RESULTS if CONFIG.partial else CONFIG.results().as_posix())
            if not CONFIG.partial and not COPIES:
                write_config(CONFIG)
    if asks_models and workflow.dryrun:
        show_plan()


def show_plan():
    """Say what the run would ask and cost."""
    from rich.console import Console

    from divergent_bench.cli.views.plan import plan_notes, plan_table
    from divergent_bench.running.cost_plan import make_plan

    plan = make_plan(GRID, POLICY, fresh=CONFIG.fresh)
    if plan.to_ask:
        Console(stderr=True).print(plan_table(plan))
        notes = [*plan_notes(plan), *where_keys_go(GRID, POLICY), *plan.problems]
        print(*notes, sep="\n", file=sys.stderr)


def start_sampling():
    """Check what is due, start on it, and show how it goes."""
    jobs = jobs_to_sample()
    due = [GRID.by_path[address(path)] for job in jobs for path in job.output]
    missing = due if CONFIG.fresh else prefetch.unanswered(due)
    with wrong_use_ends_it():
        check_bucket(jobs)
        if missing and GRID.asks_models():
            for note in prefetch.notes_on_ledger(GRID.samples()):
                print(f"note: {note}", file=sys.stderr)
        prefetch.prepare(missing, POLICY, fresh=CONFIG.fresh)
    if not due:
        return
    for note in where_keys_go(GRID, POLICY):
        print(f"note: {note}", file=sys.stderr)
    QUIET.jobs = frozenset(job.jobid for job in jobs)
    if workflow.non_local_exec:
        say_limits()  # its jobs prefetch themselves, where they run
    else:
        prefer = preference(jobs)
        prefetch.Prefetch(missing, due, POLICY, prefer, PROGRESS.show).start()


def jobs_to_sample():
    """Return the jobs that have samples to collect still."""
    return [
        job
        for job in workflow.dag.needrun_jobs()
        if job.rule.name.startswith("sample_dat")
    ]


def check_bucket(jobs):
    """Look once more for a sample that is due, before any is asked for.

    To Snakemake a bucket that cannot be reached while it builds its graph is an empty one.
    """
    lacking = (file for job in jobs for file in workflow.dag.reason(job).missing_output)
    file = next(lacking, None)
    if COPIES and file and workflow.async_run(file.exists()):
        raise UserError(
            f"nothing was sent: {file.storage_object.query} is there, and was not a moment ago; the"
            " bucket could not be reached, or another run writes to it; run again"
        )


def say_limits():
    """Say what the limits of the config mean where jobs run on other machines."""
    if POLICY.limits and not POLICY.proxy:
        print(
            f"Each cluster job keeps the limits of {', '.join(sorted(POLICY.limits))} for itself, and"
            f" up to {workflow.nodes} run at once; a proxy (`gateway: {{url: ...}}` in the config)"
            " holds them for all.",
            file=sys.stderr,
        )


def start_in_a_cluster_job():
    """Prefetch the samples that this cluster job is for: its jobs come one after the other."""
    # Snakemake does not tell its cluster jobs to go on past a failure.
    workflow.execution_settings.keep_going = True
    samplers = {jobs.rule: jobs for jobs in sample_jobs()}
    due = [
        GRID.by_path[file.format(**target.wildcards_dict)]
        for target in workflow.dag_settings.target_jobs
        if target.rulename in samplers
        for file in samplers[target.rulename].files
    ]
    if due:
        missing = due if CONFIG.fresh else prefetch.unanswered(due)
        prefetch.Prefetch(missing, due, POLICY).start()


def preference(jobs):
    """Return how to tell the scheduler of a sample that is there to be collected.

    It takes jobs in no order of ours; one whose answer is still on its way would hold a core.
    """
    # Not part of Snakemake's interface: without it, sampling is slower and as right.
    priorities = getattr(workflow.dag, "_priority", {})
    job_of = {address(path): job for job in jobs for path in job.output}

    def prefer(sample):
        job = job_of[sample.path]
        priorities[job] = priorities.get(job, 0) + 1

    return prefer


def why_missing():
    """Say why samples are missing. Which of a bucket are, only the graph knows."""
    if not COPIES:
        return missing_samples(GRID, CONFIG.results(), SEEDS_PER_JOB)
    lost = {address(path) for job in jobs_to_sample() for path in job.output}
    return missing_samples(GRID.restricted_to(lost), CONFIG.results(), SEEDS_PER_JOB)


def check_notify():
    """Make sure, before anything is paid for, that people can be told how it ended."""
    if CONFIG.notify and workflow.is_main_process:
        with wrong_use_ends_it():
            reachable(CONFIG.notify)


def tell(missing, failed):
    """Tell people how it ended, if the config wants them to know."""
    if CONFIG.notify and workflow.is_main_process and not workflow.touch:
        batch = Batch.of(CONFIG)
        done = samples_in_the_bucket() if COPIES else batch.done()
        if warning := tell_end(batch, done, missing, failed=failed):
            print(warning, file=sys.stderr)


def samples_in_the_bucket():
    """Count the samples that are there, where only Snakemake can look."""
    unfinished = set(workflow.dag.needrun_jobs())
    sampling = (j for j in workflow.dag.jobs if j.rule.name.startswith("sample_dat"))
    return sum(len(job.output) for job in sampling if job not in unfinished)


def end():
    """Leave the terminal in order, and do not wait for what has nothing left to do."""
    PROGRESS.close()
    gc.freeze()  # the end of the process frees it all; looking through it takes 0.3 s
    for thread in threading.enumerate():
        # Of Snakemake's job limiter: they would hold up the end for up to ten seconds.
        if isinstance(thread, threading.Timer):
            thread.cancel()


onstart:
    try:
        if not workflow.touch:  # which runs no job
            check_notify()
            start_sampling()
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    STOP_SIGNALS.watch(in_order=not workflow.non_local_exec)


onsuccess:
    end()
    tell(Counter(), failed=False)


onerror:
    end()
    if missing := why_missing():
        print(missing_in_words(missing), file=sys.stderr)
    if STOP_SIGNALS:
        sys.exit(Exit.INTERRUPTED)  # whoever stopped it knows
    tell(missing, failed=True)
