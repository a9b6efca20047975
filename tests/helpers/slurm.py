"""A real Slurm cluster of one node, this machine, for the length of a test."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.helpers.processes import wait_until

# Snakemake's plugin takes SLURM_CONF out of the environment of its jobs, so that only this is left.
SETTINGS = Path("/etc/slurm/slurm.conf")
_PREFIX = "slurm-of-a-test-"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel")


def why_not() -> str | None:
    """Return why there can be no cluster here, if so."""
    if missing := [program for program in PROGRAMS if not shutil.which(program)]:
        return f"needs Debian's slurm-wlm and munge ({', '.join(missing)} not found)"
    if os.getuid():
        return "needs to be root, to start the daemons of Slurm"
    if SETTINGS.exists() and not _left_behind():
        return f"{SETTINGS} is there: this machine has a Slurm of its own"
    return None


def _left_behind() -> bool:
    """Tell whether the settings are those of a test that was killed."""
    return SETTINGS.is_symlink() and SETTINGS.readlink().parent.name.startswith(_PREFIX)


@contextmanager
def slurm() -> Iterator[None]:
    """Run the daemons of Slurm, with a configuration of their own, for the length of the block."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name, ExitStack() as stack:
        directory = Path(name)
        key = directory / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        settings = directory / "slurm.conf"
        settings.write_text(_settings(directory), encoding="utf-8")
        SETTINGS.parent.mkdir(exist_ok=True)
        SETTINGS.unlink(missing_ok=True)
        SETTINGS.symlink_to(settings)
        stack.callback(SETTINGS.unlink)
        munge = {
            "socket": directory / "munge.socket",
            "key-file": key,
            "log-file": directory / "munge.log",
            "pid-file": directory / "munge.pid",
            "seed-file": directory / "munge.seed",
        }
        flags = [f"--{flag}={path}" for flag, path in munge.items()]
        stack.enter_context(_running(["munged", "--foreground", "--force", *flags], directory))
        wait_until(munge["socket"].exists)
        stack.enter_context(_running(["slurmctld", "-D"], directory))
        stack.enter_context(_running(["slurmd", "-D"], directory))
        wait_until(lambda: _said("sinfo", "--noheader", "--format=%T") == "idle")
        try:
            yield
        finally:
            for number in jobs("PENDING,RUNNING"):
                kill(number)


def jobs(states: str = "all") -> list[str]:
    """Return the numbers of the cluster jobs in some states, oldest first."""
    return _said("squeue", "--noheader", "--sort=i", "--format=%i", f"--states={states}").split()


def kill(number: str) -> None:
    """Kill all processes of a cluster job that Slurm knows of, at once."""
    subprocess.run(["scancel", "--signal=KILL", "--full", number], check=True)


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


@contextmanager
def _running(command: Sequence[str], directory: Path) -> Iterator[None]:
    """Run a daemon; it ends with the block."""
    with (directory / f"{command[0]}.output").open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _settings(directory: Path) -> str:
    host = socket.gethostname().split(".")[0]
    spool = directory / "spool"
    spool.mkdir()
    return f"""
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={_free_port()}
SlurmdPort={_free_port()}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={directory}/munge.socket
StateSaveLocation={directory}
SlurmdSpoolDir={spool}
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdPidFile={directory}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=16000
PartitionName=all Nodes=ALL Default=YES
"""
