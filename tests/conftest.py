"""Fixtures that tests of several rooms share."""

import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests.helpers.finished import finished, run_demo, run_everything
from tests.helpers.fork_server import fork_server
from tests.helpers.loopback import Loopback, loopback
from tests.helpers.spaces import spaces
from tests.helpers.wires import KEY
from tests.helpers.workflow import Workflow

ROOT = Path(__file__).parents[1]
# The same examples at every run; look for new ones with --hypothesis-profile=explore.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("steady")

SHARED = ROOT.parent / "shared" / "data"

# Among workers, a file stays in one piece, and these start first: no worker waits for a long one
# at the end. The others follow in the order of `testpaths`.
LONG = (
    "tests/workflow/test_docs.py",
    "tests/workflow/test_results.py",
    "tests/workflow/test_sampling.py",
    "tests/cli/test_dat.py",
    "tests/cli/test_batch.py",
    "tests/cli/test_analysis.py",
    "tests/workflow/test_stimuli.py",
    "tests/cli/test_wheel.py",
    "tests/workflow/test_money.py",
    "tests/cli/test_reference.py",
    "tests/gateway/test_dispatcher.py",
)
# These import litellm, which takes 5 s of each process that does: one worker has them all.
WITH_LITELLM = (
    "tests/gateway/test_budget.py",
    "tests/gateway/test_dispatcher.py",
    "tests/gateway/test_odd_answers.py",
    "tests/gateway/test_wire.py",
    "tests/gateway/test_wire_formats.py",
    "tests/unit/test_cost_plan.py",
    "tests/unit/test_environment.py",
    "tests/unit/test_llm.py",
    "tests/unit/test_wordings.py",
)


class ByFile(LoadFileScheduling):
    """What is handed to a worker at once: a file, or all those that import litellm."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "with litellm" if file in WITH_LITELLM else file


def pytest_configure(config: pytest.Config) -> None:
    """Have what workers share: embedded spaces, and where there are several the fork server."""
    if hasattr(config, "workerinput"):
        return
    shared = ExitStack()
    config.add_cleanup(shared.close)
    shared.enter_context(spaces())
    if getattr(config.option, "numprocesses", None):
        shared.enter_context(fork_server())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """Replace what `--dist loadfile` stands for."""
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; within a file, and among the others, the order stays."""
    place = {file: number for number, file in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(LONG)))


def pytest_collection_finish() -> None:
    """Look for garbage less often, and no more among what was collected, which stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


@pytest.fixture
def shared_data() -> Path:
    """Return the directory of real answers, which is not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip(
            "needs the real answers in ../shared/data, which are not part of the repository"
        )
    return SHARED


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Run a provider on loopback, with its key in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with loopback() as running:
        yield running


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory, with gateways that leave soon."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIVERGENT_BENCH_GATEWAY_IDLE", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return tmp_path


@pytest.fixture(scope="session")
def finished_demo(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """Return the finished demo that all tests share; see tests/helpers/finished.py."""
    return finished("demo", run_demo, tmp_path_factory)


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """Return a finished run with all there is, likewise shared."""
    return finished("run", run_everything, tmp_path_factory)
