"""Checks that take long are run when they are due, and only what passed is written down."""

import pytest
import yaml

from tests import thorough
from tests.helpers.imports import parsed, with_imported
from tests.helpers.workflow import ROOT
from tests.thorough import CHECKS, NO_TESTS, NOT_ALL, Check, check, is_source, passed
from tools.fault_injection import ATTEMPTS


@pytest.fixture
def record(tmp_path):
    return tmp_path / "thorough.txt"


def test_a_check_is_run_until_it_passes_and_then_when_something_changed(record, monkeypatch):
    ran = []

    def run(code):
        return lambda name: ran.append(name) or code

    assert not check(["calibration"], record, run(1))
    assert passed(record) == {}
    assert check(["calibration"], record, run(0))
    assert passed(record) == {"calibration": CHECKS["calibration"].digest()}
    assert check(["calibration"], record, run(1))  # is not due
    assert ran == ["calibration"] * 2
    assert check(["calibration"], record, run(0), due_only=False)
    monkeypatch.setitem(CHECKS, "calibration", Check(("README.md",), ()))
    assert not check(["calibration"], record, run(1))
    assert ran == ["calibration"] * 4


def test_a_marker_that_lost_its_tests_is_no_pass(record):
    assert check(["storm"], record, lambda name: NO_TESTS)  # has had none so far
    assert passed(record) == {}
    check(["storm"], record, lambda name: 0)
    assert not check(["storm"], record, lambda name: NO_TESTS, due_only=False)


def test_what_was_skipped_is_no_pass_and_no_failure(record):
    assert check(["cluster"], record, lambda name: NOT_ALL)
    assert passed(record) == {}


def test_a_skip_is_seen(tmp_path, monkeypatch):
    test = "import pytest\n\n@pytest.mark.storm\ndef test_it():\n    pytest.skip()\n"
    (tmp_path / "test_it.py").write_text(test, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    storm: x\n", encoding="utf-8")
    monkeypatch.setattr(thorough, "ROOT", tmp_path)
    monkeypatch.setattr(thorough, "WORKERS", 0)
    assert thorough.run("storm") == NOT_ALL


@pytest.mark.parametrize("change", ["content", "name", "more", "version"])
def test_whatever_a_check_depends_on_changes_its_digest(tmp_path, change):
    for directory in ("envs", "code"):
        (tmp_path / directory).mkdir()
    (tmp_path / "envs/run.lock").write_text("numpy==1 \\\n  --hash\nscipy==1 \\\n")
    (tmp_path / "code/a.py").write_text("1")
    depends = Check(("code/**/*",), ("numpy",))
    before = depends.digest(tmp_path)
    (tmp_path / "code/__pycache__").mkdir()
    (tmp_path / "code/__pycache__/a.pyc").write_text("1")
    (tmp_path / "envs/run.lock").write_text("numpy==1 \\\n  --hash\nscipy==2 \\\n")
    assert depends.digest(tmp_path) == before

    if change == "content":
        (tmp_path / "code/a.py").write_text("2")
    elif change == "name":
        (tmp_path / "code/a.py").rename(tmp_path / "code/b.py")
    elif change == "more":
        (tmp_path / "code/b.py").write_text("")
    else:
        (tmp_path / "envs/run.lock").write_text("numpy==2 \\\n")

    assert depends.digest(tmp_path) != before


def test_everything_that_is_named_is_there():
    for each in CHECKS.values():
        assert each.digest()  # exits where a pattern or a version finds nothing


@pytest.mark.parametrize("name", CHECKS)
def test_data_beside_the_code_of_a_check_are_part_of_it(name):
    files = {f for each in CHECKS[name].files for f in ROOT.glob(each) if is_source(f)}
    folders = {file.parent for file in files if file.is_relative_to(ROOT / "divergent_bench")}
    beside = {file for folder in folders for file in folder.iterdir() if file.is_file()}
    unnamed = {file for file in beside - files if file.suffix != ".py"}
    # A check may need some of the files in a folder of data.
    assert not {file for file in unnamed if file.parent.name != "data"}


def test_layout_is_of_all_that_the_figures_import():
    figures = ROOT.glob("divergent_bench/reporting/figures/*.py")
    needed = with_imported([*figures, ROOT / "tests/helpers/figures.py"])
    of_layout = {file for each in CHECKS["layout"].files for file in ROOT.glob(each)}
    empty = {file for file in needed if len(parsed(file).body) <= 1}  # but for a docstring
    assert needed - of_layout - empty == {ROOT / "divergent_bench/__init__.py"}  # the version


def test_no_other_run_selects_them_and_ci_runs_what_is_due_and_weekly_all(pytestconfig):
    markers = [line.partition(":")[0] for line in pytestconfig.getini("markers")]
    assert set(CHECKS) <= set(markers)
    addopts = " ".join(pytestconfig.getini("addopts"))
    assert all(f"not {name}" in addopts for name in CHECKS)
    assert "python3 bootstrap.py thorough\n" in (ROOT / ".ci/run").read_text(encoding="utf-8")
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yaml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["test"]["steps"]
    (weekly,) = [each for each in steps if "bootstrap.py thorough --all" in each.get("run", "")]
    assert weekly["if"] == "github.event_name == 'schedule'"
    assert workflow[True]["schedule"]  # YAML 1.1 reads `on` as true
    assert thorough.RECORD == ROOT / "tests/thorough.txt"


def test_every_attempt_to_break_it_has_its_row_in_the_page():
    page = (ROOT / "docs/explanation/reliability.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if "|" in line]
    assert rows[2:] == list(ATTEMPTS)
