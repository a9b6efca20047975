"""Wall time, CPU and memory of a command and of all it starts, resident gateways included."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Measured:
    """What a command took.

    Seconds of wall time and of CPU; in MB, the peak memory of its gateway, of all processes
    together, and of the largest of them.
    """

    wall_s: float
    cpu_s: float
    gateway_mb: float | None = None
    together_mb: float = 0.0
    largest_mb: float = 0.0


def adopt_orphans() -> None:
    """Become the parent of gateways, which outlive the process that started them (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def measure(command: Sequence[str | Path], directory: Path = ROOT) -> Measured:
    """Run a command to its end, end its gateway, and return what both took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    with watched_memory() as memory:
        done = subprocess.run(
            list(map(str, command)), cwd=ROOT, capture_output=True, text=True, check=False
        )
    wall_s = time.monotonic() - started
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stdout}{done.stderr}")
    gateway_mb = end_gateways(directory)
    reap()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = sum(after[i] - before[i] for i in (0, 1))
    return Measured(wall_s, cpu_s, gateway_mb, memory["together"], memory["largest"])


@contextmanager
def watched_memory() -> Iterator[dict[str, float]]:
    """Look at the memory of all that this process has started, twice a second; give the peaks."""
    peaks = {"together": 0.0, "largest": 0.0}
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.5):
            sizes = list(sizes_mb())
            peaks["together"] = max(peaks["together"], sum(sizes))
            peaks["largest"] = max([peaks["largest"], *sizes])

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peaks
    finally:
        over.set()
        thread.join()


def sizes_mb() -> Iterator[float]:
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has ended meanwhile
            yield process.memory_info().rss / 2**20


def reap() -> None:
    """Count gateways that have left by themselves: the kernel does once they are waited for."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def end_gateways(directory: Path) -> float | None:
    """End the gateways at work in a directory; return the peak memory of the largest, in MB."""
    peak = None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            if (
                b"divergent_bench.sampling.gateway" not in command
                or (process / "cwd").resolve() != directory
            ):
                continue
            status = (process / "status").read_text()
        except OSError:
            continue
        (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
        peak = max(peak or 0.0, int(line.split()[1]) / 1024)
        os.kill(int(process.name), signal.SIGTERM)
        os.waitpid(int(process.name), 0)
    return peak


@contextmanager
def provider(delay_s: float) -> Iterator[str]:
    """Run the provider of `benchmarks.provider` and give its URL."""
    command = [sys.executable, "-m", "benchmarks.provider", str(delay_s)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.communicate("")


@contextmanager
def workplace() -> Iterator[Path]:
    """Give an empty directory with a semantic space, so that only sampling is measured."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name).resolve()


def config(url: str, samples: int, in_flight: int, **extra: Any) -> dict[str, Any]:
    """Return a config that asks one model behind `url` at 100 seeds per condition or fewer."""
    strategies = max(1, samples // 100)
    return {
        "name": "benchmark",
        "experiments": [
            {
                "name": "throughput",
                "providers": [
                    {
                        "provider": "openai",
                        "model": "gpt-4o",
                        "api_base": url,
                        "max_parallel": in_flight,
                    }
                ],
                "strategies": [f"prompt-{i}" for i in range(strategies)],
                "samples": samples // strategies,
            }
        ],
        "strategies": {
            f"prompt-{i}": {"text": f"Name 10 nouns, in your {i}th way.\n\n{{rules}}"}
            for i in range(strategies)
        },
        **extra,
    }


def snakemake(
    directory: Path,
    content: dict[str, Any],
    *arguments: str,
    target: str = "samples",
    cores: int = 4,
) -> list[str | Path]:
    """Return the command that makes a target of a config in a directory."""
    file = directory / "bench.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return [
        BIN / "snakemake",
        *arguments,
        *(target, "--cores", str(cores), "--directory", directory, "--configfile", file),
    ]
