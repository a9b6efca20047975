"""What an edit of the code or its data makes due: exactly what depends on it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from divergent_bench.reporting.code_digests import code_digests, first_concern
from tests.helpers.imports import imported, parsed
from tests.helpers.workflow import ROOT, Workflow, jobs

# By rule, those that read what it makes, and so are due as well.
READ_BY = {
    "write_report": (),
    "write_pages": (),
    "plot_figures": ("write_report",),
    "analyze_scores": ("plot_figures", "write_pages", "write_report"),
}
READ_BY["score_samples"] = ("analyze_scores", *READ_BY["analyze_scores"])
READ_BY["prepare_space"] = ("score_samples", *READ_BY["score_samples"])
RULES = tuple(READ_BY)
SPACE = "prepare_space"
NOTHING = ""
# Of every file that a result could depend on: the first rule that an edit of it makes due.
FIRST_DUE = {
    # What is asked is tracked by what is sent, and what rules are given by their parameters.
    r"divergent_bench/(sampling|running|cli)/.*": NOTHING,
    r"divergent_bench/base/(answers|credentials|errors|policy)\.py": NOTHING,
    r"divergent_bench/base/analysis_names\.py": "analyze_scores",
    r"divergent_bench/base/(?!analysis|answers|credentials|errors|policy).*": "score_samples",
    r"divergent_bench/__init__\.py": "write_report",  # it names the version
    r"divergent_bench/config/.*": "write_report",
    r"divergent_bench/design/data/.*": NOTHING,  # an input of the samples
    r"divergent_bench/design/(?!analysis_plan|data/).*": "write_report",
    r"divergent_bench/design/analysis_plan\.py": "analyze_scores",
    r"divergent_bench/instrument/(prompts\.py|tasks/\w+/(strategies\.yaml|\w+\.txt))": NOTHING,
    r"divergent_bench/instrument/(norms\.py|data/human_norms\.csv)": "analyze_scores",
    r"divergent_bench/instrument/(tasks/\w+/)?verification\.py": "write_report",
    r"divergent_bench/instrument/tasks/\w+/(published_scores\.json|validity\.csv)": "write_report",
    r"divergent_bench/instrument/(__init__|scoring|stimuli)\.py": "score_samples",
    r"divergent_bench/instrument/tasks/(\w+/)?(?!verification|strategies)\w+\.py": "score_samples",
    r"divergent_bench/instrument/parsing/.*": "score_samples",
    r"divergent_bench/instrument/spaces/(lexicon\.py|.*categories\.xz)": "score_samples",
    r"divergent_bench/instrument/spaces/(?!lexicon)\w+\.py": SPACE,
    r"divergent_bench/instrument/spaces/data/.*(\.vectors|json|(words|vectors)\.xz)": SPACE,
    r"divergent_bench/instrument/spaces/data/.*dictionary\.xz": SPACE,
    # Baselines draw from these; their samples are tracked by what is sent.
    r"divergent_bench/instrument/spaces/data/([\w-]+\.(nouns|withheld)\.xz|\w+-LICENSE)": NOTHING,
    r"divergent_bench/analysis/(evaluation\.py|tables/.*)": "score_samples",
    r"divergent_bench/analysis/(exporting|loading)\.py": NOTHING,
    r"divergent_bench/analysis/(__init__|from_scores|summaries)\.py": "analyze_scores",
    r"divergent_bench/analysis/(frontier|over_tasks|people)\.py": "analyze_scores",
    r"divergent_bench/analysis/statistics/.*": "analyze_scores",
    # The leaderboard and copies in Markdown are made with the tables.
    r"divergent_bench/reporting/table_files\.py": "analyze_scores",
    r"divergent_bench/reporting/report/(leaderboard|markdown|wording)\.py": "analyze_scores",
    r"divergent_bench/reporting/report/(?!leaderboard|markdown|wording).*": "write_report",
    r"divergent_bench/reporting/pages/(?!datatables/(README|LICENSE)).*": "write_pages",
    r"divergent_bench/reporting/pages/datatables/(README\.md|LICENSE)": NOTHING,
    r"divergent_bench/reporting/(figure_catalogue\.py|figures/.*)": "plot_figures",
    r"divergent_bench/reporting/(__init__|provenance)\.py": "write_report",
    r"divergent_bench/reporting/code_digests\.py": NOTHING,
    r"scripts/sample_dat\.py": NOTHING,
    r"scripts/prepare_space\.py": SPACE,
    r"scripts/score_samples\.py": "score_samples",
    r"scripts/analyze_scores\.py": "analyze_scores",
    r"scripts/plot_figures\.py": "plot_figures",
    r"scripts/write_pages\.py": "write_pages",
    r"scripts/write_report\.py": "write_report",
    # What a rule does differently shows in its parameters and files; captions are read by --report.
    r"workflow/(rules|report)/.*": NOTHING,
}
# A file for each outcome, for Snakemake itself to be asked.
EXAMPLES = (
    "divergent_bench/sampling/providers/baseline.py",
    "divergent_bench/instrument/spaces/data/glove-6b-100d.vectors",
    "divergent_bench/instrument/parsing/pipeline.py",
    "divergent_bench/instrument/data/human_norms.csv",
    "divergent_bench/reporting/figures/style.py",
    "divergent_bench/reporting/pages/answers.js",
    "scripts/sample_dat.py",
    "scripts/write_report.py",
    "workflow/rules/sample.smk",
    "workflow/rules/score.smk",
    "workflow/report/tests.rst",
)


def first_due(file: str) -> str:
    (rule,) = [rule for pattern, rule in FIRST_DUE.items() if re.fullmatch(pattern, file)]
    return rule


def due(first: str) -> set[str]:
    return {first, *READ_BY[first]} if first else set()


def tracked() -> list[str]:
    folders = ("divergent_bench", "scripts", "workflow/rules", "workflow/report")
    listed = subprocess.run(
        ["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [file for file in listed.stdout.splitlines() if (ROOT / file).exists()]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_every_file_makes_due_what_depends_on_it_and_nothing_else(tmp_path):
    files = tracked()
    assert len(files) > 200
    for file in files:  # what they hold does not matter here
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(file, encoding="utf-8")

    def digests() -> dict[str, str]:
        return code_digests(tmp_path / "scripts", tmp_path / "divergent_bench")

    before = digests()
    assert set(before) == set(RULES)
    for file in files:
        first = first_due(file)
        (tmp_path / file).write_text("edited", encoding="utf-8")
        changed = {rule for rule, digest in digests().items() if digest != before[rule]}
        assert changed == ({first} if first else set()), file
        (tmp_path / file).write_text(file, encoding="utf-8")
    for pattern in FIRST_DUE:
        assert any(re.fullmatch(pattern, file) for file in files), pattern


@pytest.mark.parametrize("rule", RULES)
def test_what_a_script_imports_concerns_its_rule_or_one_before_it(rule):
    known = {rule, NOTHING, *(each for each, readers in READ_BY.items() if rule in readers)}
    # What configs and designs decide reaches the rule as parameters and as the list of its files;
    # norms are imported for the columns of other tables. A task verifies for the report only.
    trusted = r"instrument/(tasks/\w+/)?verification\.py" if rule != "write_report" else ""
    if rule == "score_samples":
        trusted += r"|(config|design)/.*|base/analysis_names\.py|instrument/norms\.py"
    package = ROOT / "divergent_bench"
    waiting, seen = [ROOT / f"scripts/{rule}.py"], {package / "__init__.py"}
    if rule == "plot_figures":
        waiting += package.glob("reporting/figures/*.py")  # imported by the names of figures
    while waiting:
        for file in imported(waiting.pop()):
            name = file.relative_to(package).as_posix()
            if file in seen or re.fullmatch(trusted, name) or len(parsed(file).body) <= 1:
                continue  # where there is no more than a docstring, there is nothing to depend on
            assert first_concern(name) in known, name
            seen.add(file)
            waiting.append(file)


@pytest.mark.edits
def test_snakemake_itself_finds_due_what_an_edit_concerns(tmp_path):
    entry = {"provider": "baseline", "models": ["random-nouns", "common-nouns"]}
    experiment = {"name": "b", "providers": [entry], "samples": 3}
    (tmp_path / "work").mkdir()
    flow = Workflow(tmp_path / "work", {"name": "small", "experiments": [experiment]}, store=False)
    flow.run()

    checkout = tmp_path / "checkout"
    checkout.mkdir()
    shutil.copy(ROOT / "Snakefile", checkout)
    for part in ("workflow", "scripts", "divergent_bench", "envs", "profiles"):
        shutil.copytree(ROOT / part, checkout / part)
    flow.checkout = checkout
    of_rule: dict[str, list[Path]] = {}  # all that make the same due are edited together
    for example in EXAMPLES:
        of_rule.setdefault(first_due(example), []).append(checkout / example)
    for first, files in of_rule.items():
        before = [file.read_bytes() for file in files]
        for file, content in zip(files, before, strict=True):
            file.write_bytes(content + b"\n\n")
        assert set(jobs(flow.run("-n"))) - {"all"} == due(first), files
        for file, content in zip(files, before, strict=True):
            file.write_bytes(content)
    assert set(of_rule) == {*RULES, NOTHING}
