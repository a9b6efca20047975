# Around the jobs: the check before the first of them, reading ahead of them, the live view, the
# reasons why samples are missing.

import gc
import signal
import threading
import time
from functools import cache

from snakemake.logging import logger

from divergent_bench.batches import missing_in_words, missing_samples, write_config
from divergent_bench.display.progress import Progress, SamplingFilter
from divergent_bench.engine import Exit
from divergent_bench.gateway import read_ahead
from divergent_bench.locks import mark_run

PROGRESS = Progress(logger)
QUIET = SamplingFilter()
STOPPED = []  # by signals, at these times
logger.addFilter(QUIET)


@cache
def begin():
    """Use the time in which Snakemake builds its graph: wake the gateway, or make the plan.

    Before that, leave the config in the results, and a mark of who is at work.
    """
    if workflow.executor_plugin is None or workflow.touch:
        return  # a report, a list of files, ...: no sample is asked for
    if workflow.is_main_process and not workflow.dryrun:
        mark_run(RESULTS)
        if not CONFIG.partial:
            write_config(CONFIG)
    if not GRID.asks_models():
        return
    if workflow.dryrun:
        show_plan()
    else:
        read_ahead.warm_up()


def show_plan():
    """Say what the run would ask and cost."""
    from rich.console import Console

    from divergent_bench.display.plan import plan_notes, plan_table
    from divergent_bench.planning import make_plan

    plan = make_plan(GRID, TERMS, fresh=CONFIG.fresh)
    if plan.to_ask:
        Console(stderr=True).print(plan_table(plan))
        print(*plan_notes(plan), *plan.problems, sep="\n", file=sys.stderr)


def start_sampling():
    """Check what is due, start on it, and show how it goes."""
    jobs = [
        job
        for job in workflow.dag.needrun_jobs()
        if job.rule.name.startswith("sample_dat")
    ]
    due = [GRID.by_path[path] for job in jobs for path in job.output]
    missing = due if CONFIG.fresh else read_ahead.unanswered(due)
    try:
        read_ahead.prepare(missing, TERMS, fresh=CONFIG.fresh)
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    if due:
        QUIET.jobs = frozenset(job.jobid for job in jobs)
        prefer = preference(jobs)
        read_ahead.ReadAhead(missing, due, TERMS, prefer, PROGRESS.show).start()


def preference(jobs):
    """Return how to tell the scheduler of a sample that is there to be collected.

    It takes jobs in no order of ours; one whose answer is still on its way would hold a core.
    """
    # Not part of Snakemake's interface: without it, sampling is slower and as right.
    priorities = getattr(workflow.dag, "_priority", {})
    job_of = {path: job for job in jobs for path in job.output}

    def prefer(sample):
        job = job_of[sample.path]
        priorities[job] = priorities.get(job, 0) + 1

    return prefer


def watch_for_a_stop():
    """Tell a run that is stopped from one that fails; it ends with another exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if callable(stop := signal.getsignal(number)):

            def noted(number, frame, stop=stop):
                STOPPED.append(time.monotonic())
                # `divergent-bench` passes Ctrl-C on a second later: that is one, not two.
                if len(STOPPED) == 1 or STOPPED[-1] - STOPPED[-2] > 3:
                    stop(number, frame)

            signal.signal(number, noted)


def end():
    """Leave the terminal in order, and do not wait for what has nothing left to do."""
    PROGRESS.close()
    gc.freeze()  # the end of the process frees it all; looking through it takes 0.3 s
    for thread in threading.enumerate():
        # Of Snakemake's job limiter: they would hold up the end for up to ten seconds.
        if isinstance(thread, threading.Timer):
            thread.cancel()


onstart:
    watch_for_a_stop()
    if not workflow.touch:  # which runs no job
        start_sampling()


onsuccess:
    end()


onerror:
    end()
    if missing := missing_samples(GRID, CONFIG.results(), SEEDS_PER_JOB):
        print(missing_in_words(missing), file=sys.stderr)
    if STOPPED:
        sys.exit(Exit.INTERRUPTED)
