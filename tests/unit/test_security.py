"""What SECURITY.md claims, where no workflow has to run for it."""

import ast
import io
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from divergent_bench.base.errors import UserError
from divergent_bench.base.failures import Failure
from divergent_bench.base.names import printable
from divergent_bench.cli.views import progress
from divergent_bench.cli.views.live_answers import LiveAnswers, watching
from divergent_bench.cli.views.plan import plan_table
from divergent_bench.config import parse_config
from divergent_bench.design.expansion import expand
from divergent_bench.design.policy import run_policy
from divergent_bench.instrument.spaces import open_space
from divergent_bench.instrument.spaces.catalogue import CATALOGUE
from divergent_bench.instrument.spaces.unpacking import opened
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.page import render_page
from divergent_bench.running.batches import write_config
from divergent_bench.running.cost_plan import ModelPlan, Plan
from divergent_bench.running.environment.addresses import where_keys_go
from divergent_bench.sampling.gateway import server as gateway
from tests.helpers.hostile import ANSWERS, CONTROL
from tests.unit.test_report_html import Elements
from tests.unit.test_views_answers import arrive, grid, space

ROOT = Path(__file__).parents[2]
SCRIPTS = [
    *(ROOT / "divergent_bench").rglob("*.py"),
    *(ROOT / "scripts").glob("*.py"),
    ROOT / "bootstrap.py",
]
RUNS_DATA = {
    *("eval", "exec", "compile", "__import__", "system", "popen", "extract", "extractall"),
    *("pickle", "marshal", "shelve", "dill", "joblib", "read_pickle", "unsafe_load", "full_load"),
}
LOADERS = {f"{c}{kind}Loader" for c in ("", "C") for kind in ("", "Full", "Unsafe")}
ESCAPE = "\x1b"


def test_every_claim_names_a_test_that_is_there():
    request_locks = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests/\w+/)?)(test_\w+\.py)::(test_\w+)`", request_locks)
    assert len(named) > 30
    for directory, file, test in named:
        source = (ROOT / (directory or "tests/unit/") / file).read_text(encoding="utf-8")
        assert f"def {test}(" in source, f"{file}::{test}"


def test_nothing_that_is_read_can_run(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text(
        "import pickle\nfrom os import system\neval(x)\nyaml.load(x)\n"
        "np.load(x, allow_pickle=True)\nsubprocess.run(x, shell=y)\n"
        "class A(yaml.FullLoader): pass\nfrom yaml import CLoader\n"
        "re.compile(x)\nyaml.safe_load(x)\nnp.load(x)\nclass B(yaml.SafeLoader): pass\n",
        encoding="utf-8",
    )
    assert sorted(_that_run_data(bad)) == [1, 2, 3, 4, 5, 6, 7, 8]

    found = {file: list(_that_run_data(file)) for file in SCRIPTS}
    assert len(found) > 150
    assert {str(file): lines for file, lines in found.items() if lines} == {}


def _that_run_data(file: Path) -> Iterator[int]:
    """Yield the lines that could run what they read."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names) | ast.ImportFrom(names=names):
                named = {part for alias in names for part in alias.name.split(".")}
                named |= set((getattr(node, "module", "") or "").split("."))
                if named & (RUNS_DATA | LOADERS):
                    yield node.lineno
            case ast.Attribute(ast.Name("yaml"), loader) if loader in LOADERS:
                yield node.lineno
            case ast.Call(func, _, keywords):
                name = getattr(func, "id", getattr(func, "attr", ""))
                owner = getattr(getattr(func, "value", None), "id", "")
                allowed = {"shell": False, "allow_pickle": False, "verify": True}
                given = {each.arg: ast.unparse(each.value) for each in keywords}
                unsafe = (owner, name) == ("yaml", "load") and given.get("Loader") != "SafeLoader"
                if unsafe or (name in RUNS_DATA and owner != "re"):
                    yield node.lineno
                if any(
                    given.get(name, str(value)) != str(value) for name, value in allowed.items()
                ):
                    yield node.lineno


def test_a_shell_gets_what_comes_from_a_config_quoted():
    rules = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "workflow").rglob("*.smk"))
    command = "\n".join(re.findall(r"""^ *["'] (.*)$""", rules, re.MULTILINE))
    assert command.count(":q}") > 30
    assert set(re.findall(r"\{([\w.]+)\}", command)) == {
        "params.norms",  # names of ours
        *("params.responses", "params.samples"),  # a flag, and whole numbers
    }


def test_a_space_whose_arrays_hold_objects_is_refused_and_nothing_is_unpickled(tmp_path):
    class Payload:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "ran"),))

    (tmp_path / "space.json").write_text(
        '{"name": "s", "dimensions": 1, "n_words": 1, "source": "", "source_checksum": "",'
        ' "notes": "", "published": false, "format_version": 2}',
        encoding="utf-8",
    )
    np.save(tmp_path / "vectors.npy", np.array([Payload()], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match="Python objects"):
        open_space(tmp_path)
    assert not (tmp_path / "ran").exists()


def test_a_file_that_no_run_wrote_is_not_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "config.yaml"
    mine.write_text("my: own\n", encoding="utf-8")
    described = config_at(api_base="http://localhost:1").model_dump(exclude_unset=True)
    with pytest.raises(UserError, match=r"^config\.yaml: is there, and no run wrote it"):
        write_config(parse_config(described | {"output": {"directory": "."}}))
    assert mine.read_text(encoding="utf-8") == "my: own\n"


def test_an_archive_is_read_where_it_is(tmp_path):
    source = tmp_path / "inner" / "space.zip"
    source.parent.mkdir()
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("../../evil.txt", "cat 1 2\n")
    with opened(source) as stream:
        assert stream.read() == b"cat 1 2\n"
    assert [path.name for path in tmp_path.rglob("*")] == ["inner", "space.zip"]


def test_what_is_downloaded_has_a_checksum():
    for entry in CATALOGUE.values():
        assert re.fullmatch(r"https://.*", entry.file.url)
        assert re.fullmatch(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", entry.file.checksum)


def test_what_a_terminal_obeys_is_spelt_out():
    assert printable("\x1b[2J \x07 \x00 \x9b \r \u202e") == r"\x1b[2J \x07 \x00 \x9b \r \u202e"
    plain = "façade\tÄ 日本 👩‍🔬\n{}[]"
    assert printable(plain) == plain


@pytest.mark.parametrize("bad", [*CONTROL, "</SCRIPT><b>", "<!--"])
def test_no_text_of_a_config_commands_a_terminal_or_ends_a_script(bad):
    entry = {"provider": "recorded", "models": [f"m{bad}"], "file": "answers.csv"}
    described = {"experiments": [{"name": "e", "providers": [entry]}]}
    with pytest.raises(UserError, match="take it out") as caught:
        parse_config({"name": f"n{bad}", "description": bad, **described})
    told = str(caught.value)
    assert [line.partition(":")[0] for line in told.splitlines()] == [
        *("name", "description", "experiments[0].providers[0].models")
    ]
    assert printable(told) == told
    params = {"provider": "openai", "model": "m", "params": {"stop": [{"a": bad}], bad: 1}}
    with pytest.raises(UserError, match="take it out"):
        parse_config({"name": "n", "experiments": [{"name": "e", "providers": [params]}]})


@pytest.mark.parametrize("address", ["http://[bad/v1", "localhost:8000", ""])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(UserError, match="is no address; write it like http://localhost:8000/v1"):
        config_at(api_base=address)


def test_hostile_answers_do_nothing_to_a_terminal(tmp_path, capsys):
    arrivals = LiveAnswers(
        grid(tmp_path, "[/a]", "b", seeds=range(99)), TASK, TASK.scorer(space(), TASK.options())
    )
    with watching(arrivals):
        for seed, text in enumerate(ANSWERS):
            arrive(tmp_path, "b", seed, f"1. {text}\n2. {text}\n3. dog")
    told = capsys.readouterr().err
    assert f"{len(ANSWERS)} of 198 samples" in told
    assert printable(told) == told


def on_a_terminal(shown) -> str:
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=200)
    console.print(shown)
    return console.file.getvalue()


def test_the_name_of_a_model_is_no_markup_of_a_terminal():
    name = "[bold]x[/nothing]"
    model = {"answered": 0, "due": 1, "in_flight": 1, "per_minute": 0, "interval_s": 0}
    model |= {"paused_s": 0, "slowed": False, "allowed": 1}
    counts = {"due": 1, "collected": 0, "failed": 0, "retries": 0, "spent_usd": 0, "unpriced": 0}
    status = {**counts, "elapsed_s": 1, "models": {name: model}}
    assert name in on_a_terminal(progress.rendered(status))
    plan = Plan("results/b", False, None, 0.0, 0.0, [ModelPlan("openai", name)])
    assert name in on_a_terminal(plan_table(plan))


def test_what_a_provider_says_reaches_people_without_keys_and_commands(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-1234")
    told = gateway._for_people(Failure("refused", f"{ESCAPE}[2J\nno such key: sk-very-secret-1234"))
    assert told.message == "\\x1b[2J\nno such key: [OPENAI_API_KEY]"


@pytest.mark.parametrize("text", ANSWERS)
def test_text_in_markdown_is_text(text, tmp_path):
    data = pd.DataFrame({"raw": [text, "b"], "score": [1.5, None]})
    written = f"# {markdown.escape(text)}\n\n{markdown.frame(data)}\n\n{markdown.block(text)}\n"
    assert printable(written) == written
    assert "| b |  |\n" in written  # a missing value is an empty cell
    page = Elements(render_page(written, tmp_path))
    assert len(page.tags("tr")) == 3
    assert len(page.tags("td")) == 4
    assert {tag for tag, _ in page.found} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "nav", "ul", "h1", "div"),
        *("table", "thead", "tbody", "tr", "th", "td", "pre", "code"),
    }


def config_at(provider="openai", model="gpt-4o", **entry):
    entry |= {"provider": provider, "model": model}
    return parse_config({"name": "n", "experiments": [{"name": "e", "providers": [entry]}]})


def diversions(config, **changes):
    config = parse_config(config.model_dump(exclude_unset=True) | changes)
    return where_keys_go(expand(config), run_policy(config))


def test_a_key_that_goes_elsewhere_is_said(monkeypatch):
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-1234")
    foreign = config_at(api_base="http://evil.example/v1")
    assert diversions(foreign) == [
        "OPENAI_API_KEY is sent to evil.example, unencrypted: the config says so (`api_base`)"
    ]
    assert diversions(config_at(api_base="http://localhost:8000/v1")) == []
    assert diversions(config_at()) == []
    by_name = config_at("huggingface", "https://evil.example/x")
    assert diversions(by_name) == [
        "whatever key there is for huggingface is sent to evil.example: the config says so "
        "(`api_base`)"
    ]
    monkeypatch.setenv("HUGGINGFACE_API_KEY", "hf-very-secret-1234")
    assert diversions(by_name)[0].startswith("HUGGINGFACE_API_KEY is sent to evil.example:")
    monkeypatch.setenv("LITELLM_PROXY_API_KEY", "sk-proxy")
    assert diversions(config_at(), gateway={"url": "https://proxy.example"}) == [
        "LITELLM_PROXY_API_KEY is sent to proxy.example: the config says so (`gateway`)"
    ]
    monkeypatch.setenv("OPENAI_BASE_URL", "http://evil.example/v1")
    assert diversions(foreign) == []  # the user says so, too
