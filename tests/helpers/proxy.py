"""A real LiteLLM proxy on loopback, in the environment that envs/proxy.txt describes."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.wires import KEYS
from tests.helpers.workflow import ROOT

PROGRAM = ROOT / ".venv-proxy/bin/litellm"
MASTER_KEY = "sk-proxy-0123456789abcdef"
START_SECONDS = 120


@contextmanager
def proxy(directory: Path, config: dict[str, Any]) -> Iterator[str]:
    """Run a proxy with this config for the length of the block; give its address.

    It alone has the keys of the providers.
    """
    if not PROGRAM.exists():
        pytest.skip("needs .venv-proxy, an environment with envs/proxy.txt")
    file = directory / "proxy.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it looks for prices in the internet
        "LITELLM_MASTER_KEY": MASTER_KEY,
        **{f"{provider.upper()}_API_KEY": key for provider, key in KEYS.items()},
    }
    with (directory / "proxy.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [PROGRAM, "--config", file, "--host", "127.0.0.1", "--port", str(port)],
            env=environment,
            cwd=directory,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_alive(process, url, Path(log.name))
            yield url
        finally:
            process.terminate()
            process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_until_alive(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/health/liveliness", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the proxy did not start: {log.read_text(encoding='utf-8')[-3000:]}")
