"""The file .env, what is set and where it comes from, whether everything is there."""

import json
import os
import shutil
import stat
import subprocess
import sys
from collections import namedtuple
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from divergent_bench.base.errors import UserError
from divergent_bench.base.provider_catalogue import CATALOGUE
from divergent_bench.config import load_config
from divergent_bench.running import environment
from divergent_bench.running.environment import checks, settings
from divergent_bench.running.environment.first_config import (
    FirstConfig,
    checked_key,
    write_config,
    write_key,
)
from divergent_bench.sampling.gateway.ledger import LEDGER, Ledger

KEYS = {p.name: p.key_variable for p in CATALOGUE.values() if p.key_variable}
DEFAULTS = {p.name: p.default_model for p in CATALOGUE.values() if p.default_model}

SECRET = "sk-never-to-be-seen-0123456789"


@pytest.fixture(autouse=True)
def empty_directory(tmp_path, monkeypatch):
    """Work in an empty directory with no key in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(environment, "_taken", set())
    for name in (*KEYS.values(), "OPENAI_API_BASE", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "")  # so that it is put back after the test
        monkeypatch.delenv(name)
    return tmp_path


def write_env(text, mode=0o600, encoding="utf-8"):
    environment.ENV_FILE.write_text(text, encoding=encoding)
    environment.ENV_FILE.chmod(mode)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_without_a_file_nothing_happens_and_nothing_is_imported():
    code = (
        "import sys; from divergent_bench.running import environment; environment.load(); "
        "print({'dotenv', 'yaml', 'litellm', 'subprocess'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("OPENAI_API_KEY=abc", "abc"),
        ("export OPENAI_API_KEY=abc # mine", "abc"),
        ("  OPENAI_API_KEY = 'a b'", "a b"),
        ('OPENAI_API_KEY="abc"\r', "abc"),
        ("OPENAI_API_KEY=a$HOME${HOME}c", "a$HOME${HOME}c"),
        ("OPENAI_API_KEY=old\nOPENAI_API_KEY=new", "new"),
        ("OPENAI_API_KEY=", ""),
    ],
)
def test_an_assignment_is_taken_as_it_stands(line, value):
    write_env(f"# keys\n\n{line}\n", encoding="utf-8-sig")
    environment.load()
    assert os.environ["OPENAI_API_KEY"] == value


@pytest.mark.parametrize("value", ["from-outside", ""])
def test_the_environment_wins_even_when_it_is_empty(value, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", value)
    write_env("OPENAI_API_KEY=from-file\nGEMINI_API_KEY=other\n")
    environment.load()
    assert os.environ["OPENAI_API_KEY"] == value
    assert environment.origin("OPENAI_API_KEY") == "environment"
    assert environment.origin("GEMINI_API_KEY") == ".env"
    assert environment.origin("XAI_API_KEY") is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{SECRET}\n", 1),
        (f"A=1\n\n# c\n\n{SECRET} B\nC=2", 5),
        (f"A=1\n9LIVES={SECRET}\n", 2),
        (f"A=1\nB='{SECRET}\n", 2),
        ("A=1\nOPENAI_API_KEY\n", 2),
        (f"OPENAI_API_KEY: {SECRET}\n", 1),
    ],
)
def test_a_line_that_is_no_assignment_is_named_but_not_shown(text, line):
    write_env(text)
    with pytest.raises(UserError, match=rf"^\.env, line {line}: is no assignment") as error:
        environment.load()
    assert SECRET not in str(error.value)
    assert "A" not in os.environ  # nothing of it is taken


@pytest.mark.parametrize(
    ("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)]
)
def test_a_file_that_others_can_read_is_warned_of_once(mode, warned, capsys):
    write_env(f"OPENAI_API_KEY={SECRET}\n", mode)
    environment.load()
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "warning: others may read .env; run: chmod 600 .env\n" * warned


def test_a_file_that_cannot_be_read_is_said():
    environment.ENV_FILE.mkdir()
    with pytest.raises(UserError, match=r"^\.env: cannot be read: Is a directory"):
        environment.load()
    environment.ENV_FILE.rmdir()
    environment.ENV_FILE.write_bytes(b"A=\xff\n")
    with pytest.raises(UserError, match=r"^\.env: is not UTF-8"):
        environment.load()


def test_settings_say_where_things_come_from_and_no_key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_API_BASE", f"https://user:{SECRET}@host.example:8443/v1?k={SECRET}")
    monkeypatch.setenv("DIVERGENT_BENCH_LEDGER_WAIT", "5")
    monkeypatch.delenv("DIVERGENT_BENCH_GATEWAY_IDLE", raising=False)
    write_env(f"GEMINI_API_KEY={SECRET}\n")
    environment.load()
    found = {each.name: (each.value, each.origin) for each in settings.settings()}
    assert found["OPENAI_API_KEY"] == ("set", "environment")
    assert found["GEMINI_API_KEY"] == ("set", ".env")
    assert found["XAI_API_KEY"] == ("not set", "")
    assert found["OPENAI_API_BASE"] == ("https://host.example:8443/v1", "environment")
    assert found["DIVERGENT_BENCH_LEDGER_WAIT"] == ("5 s", "environment")
    assert found["DIVERGENT_BENCH_GATEWAY_IDLE"] == ("30 s", "default")
    assert found["ledger"][0] == "none yet"
    assert SECRET not in str(found)


def test_the_variable_of_a_key_is_the_one_that_litellm_asks_for():
    from divergent_bench.sampling.providers import llm

    for provider, name in KEYS.items():
        asked = llm.load_litellm().validate_environment(f"{provider}/some-model")
        assert name in asked["missing_keys"], provider


def test_a_key_is_private_from_the_start(empty_directory):
    before = os.umask(0)
    try:
        write_key(environment.ENV_FILE, "OPENAI_API_KEY", SECRET, overwrite=False)
    finally:
        os.umask(before)
    assert mode_of(environment.ENV_FILE) == 0o600
    assert [path.name for path in empty_directory.iterdir()] == [".env"]


def test_no_moment_shows_a_key_to_others(monkeypatch):
    seen = []
    real = os.replace

    def replace(source, target):
        seen.append(mode_of(Path(source)))
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    write_env("A=1\n", mode=0o644)
    write_key(environment.ENV_FILE, "OPENAI_API_KEY", SECRET, overwrite=False)
    assert seen == [0o600]
    assert mode_of(environment.ENV_FILE) == 0o600


def test_writing_a_key_leaves_all_else_as_it_is():
    write_env("# mine\nMY_OPENAI_API_KEY=x\n\nOPENAI_API_KEY=x\nexport B='c d' # e")
    with pytest.raises(UserError, match="has OPENAI_API_KEY already; --force replaces it"):
        write_key(environment.ENV_FILE, "OPENAI_API_KEY", "new", overwrite=False)
    write_key(environment.ENV_FILE, "OPENAI_API_KEY", "new", overwrite=True)
    text = environment.ENV_FILE.read_text(encoding="utf-8")
    assert text == "# mine\nMY_OPENAI_API_KEY=x\nexport B='c d' # e\nOPENAI_API_KEY=new\n"


def test_a_place_for_a_key_is_left_once_and_filled_later():
    for _ in range(2):
        write_key(environment.ENV_FILE, "OPENAI_API_KEY", None, overwrite=False)
    lines = environment.ENV_FILE.read_text(encoding="utf-8").splitlines()
    assert lines[1:] == ["# OPENAI_API_KEY="]
    write_key(environment.ENV_FILE, "OPENAI_API_KEY", "k", overwrite=False)
    write_key(environment.ENV_FILE, "OPENAI_API_KEY", None, overwrite=False)
    lines = environment.ENV_FILE.read_text(encoding="utf-8").splitlines()
    assert lines[1:] == ["OPENAI_API_KEY=k"]


@pytest.mark.parametrize(
    "key", ["plain-0", "a#b", "it's", 'say"so"', "back\\slash", "$x", "=", "ü"]
)
def test_every_key_is_read_as_it_was_written(key):
    write_key(environment.ENV_FILE, "OPENAI_API_KEY", key, overwrite=False)
    assert environment.read_variables(environment.ENV_FILE) == {"OPENAI_API_KEY": key}


@pytest.mark.parametrize("text", ["", " \n", "two words", "a\tb", "a\x00b"])
def test_what_is_no_key_is_not_written(text):
    with pytest.raises(UserError, match="nothing is written"):
        checked_key(text)
    assert checked_key(" sk-x \n") == "sk-x"


@pytest.mark.parametrize(("provider", "model"), DEFAULTS.items())
def test_a_first_config_is_valid_and_says_what_was_chosen(provider, model, empty_directory):
    file = empty_directory / "config" / "mine.yaml"
    chosen = FirstConfig("mine", provider, [model], ["none", "etymology"], 7, "glove-840b-300d")
    write_config(file, chosen, overwrite=False)
    config = load_config(file)
    entry = config.experiments[0].providers[0]
    assert (entry.provider, entry.models) == (provider, [model])
    assert config.defaults.samples == 7
    assert config.analysis.spaces == ["glove-840b-300d"]
    if provider != "baseline":
        assert config.experiments[0].strategies == ["none", "etymology"]
    with pytest.raises(UserError, match="is there already"):
        write_config(file, chosen, overwrite=False)
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("name", ["llama3.2:3b", "a, b", "123", "null", "[x]", "it's # odd", "ü{}"])
def test_every_name_of_a_model_survives_a_config(name, empty_directory):
    text = FirstConfig("first", "ollama", [name]).text(empty_directory / "x.yaml")
    read = yaml.safe_load(text)
    assert read["experiments"][0]["providers"][0]["models"] == [name]


def test_a_config_that_is_not_valid_is_not_written(empty_directory):
    file = empty_directory / "first.yaml"
    with pytest.raises(UserError, match="no strategy 'fly'"):
        write_config(file, FirstConfig("first", "openai", ["m"], ["fly"]), overwrite=False)
    assert list(empty_directory.iterdir()) == []


def found(name, files=()):
    """Return the findings on one thing."""
    return [each for each in checks.checks(list(files)) if each.what == name]


def first_config(provider="baseline", model="random-nouns", **choices):
    file = environment.ENV_FILE.parent / "first.yaml"
    write_config(file, FirstConfig("first", provider, [model], **choices), overwrite=True)
    return file


def test_a_good_place_has_no_problem():
    file = first_config()
    findings = list(checks.checks([file]))
    assert {each.status for each in findings} == {"ok"}
    (valid,) = [each for each in findings if each.what == "first.yaml"]
    assert valid.message == "valid; 20 samples in 1 condition"


def test_rows_of_a_file_that_are_not_used_are_warned_of(tmp_path):
    answers, file = tmp_path / "answers.csv", tmp_path / "answers.yaml"
    answers.write_text("model,response\nm,cat\nn,dog\n,\n", encoding="utf-8")
    columns = {"strategy": None, "temperature": None}
    entry = {"provider": "recorded", "model": "m", "file": str(answers), "columns": columns}
    experiment = {"name": "e", "providers": [entry], "samples": "all"}
    file.write_text(json.dumps({"name": "x", "experiments": [experiment]}), encoding="utf-8")

    valid, unused, empty = found(str(file), [file])
    assert (valid.status, unused.status, empty.status) == ("ok", "warning", "warning")
    assert "1 of 2 answers are in no condition: model n (1)" in unused.message
    assert "1 row left out, empty (line 4)" in empty.message


def test_an_old_or_missing_library_is_a_problem(monkeypatch):
    real = metadata.version

    def version(name):
        if name == "numpy":
            return "1.2.3"
        if name == "rich":
            raise metadata.PackageNotFoundError
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    (old,), (missing,) = found("numpy"), found("rich")
    assert (old.status, missing.status) == ("problem", "problem")
    assert old.message.startswith("1.2.3 is not >=")
    assert old.fix.startswith('run: pip install "numpy>=')
    assert missing.message == "is missing"
    assert found("libraries") == []


def test_every_mistake_in_a_config_is_a_problem_of_its_own(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("name: x\nexperimens: []\nbudget_usd: -1\n", encoding="utf-8")
    problems = found(str(file), [file])
    assert len(problems) == 3  # a misspelt key, what it leaves missing, a bad value
    assert {each.status for each in problems} == {"problem"}
    assert found(str(tmp_path / "none.yaml"), [tmp_path / "none.yaml"])[0].status == "problem"


def test_a_missing_key_is_a_problem_and_a_key_that_is_set_is_not(monkeypatch):
    file = first_config("openai", "gpt-4o")
    (missing,) = found("openai", [file])
    assert missing.status == "problem"
    assert "set OPENAI_API_KEY" in missing.message
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    (there,) = found("openai", [file])
    assert there.status == "ok"
    assert there.message == "OPENAI_API_KEY is set; what is asked fits gpt-4o"
    assert found("keys") == [checks.Finding("ok", "keys", "set for openai")]


Usage = namedtuple("Usage", "total used free")


def test_an_encoder_without_its_package_is_a_problem_before_anything_is_asked(monkeypatch):
    file = first_config("openai", "gpt-4o", space="sentence-transformers:acme/toy")
    what = "space sentence-transformers-acme-toy"
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    (missing,) = found(what, [file])
    assert missing.status == "problem"
    assert missing.fix == "pip install 'divergent-bench[encoder]'"
    monkeypatch.setattr(checks, "find_spec", lambda name: name)
    (there,) = found(what, [file])
    assert there.status == "ok"


def test_a_space_is_there_or_fetched_if_there_is_room(monkeypatch):
    file = first_config(space="glove-840b-300d")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 10_000_000_000))
    (absent,) = found("space glove-840b-300d", [file])
    assert (absent.status, absent.fix) == (
        "warning",
        "to fetch it now, run: divergent-bench verify glove-840b-300d",
    )
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 2_300_000_000))
    assert found("space glove-840b-300d", [file])[0].status == "problem"
    (checks.STORES / "glove-840b-300d").mkdir(parents=True)
    assert found("space glove-840b-300d", [file])[0].status == "ok"


@pytest.mark.parametrize(
    ("free", "status"), [(150_000, "problem"), (400_000_000, "warning"), (700_000_000, "ok")]
)
def test_room_is_judged_by_what_the_config_needs(free, status, monkeypatch):
    file = first_config()  # 20 samples of 8 kB: 160 kB
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, free))
    assert found("disk", [file])[0].status == status


def test_results_that_cannot_be_written_are_a_problem(monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert checks._writable().status == "problem"


def test_a_sound_ledger_is_counted_and_a_damaged_one_is_a_problem():
    assert found("ledger")[0].message == "none here yet"
    Ledger().close()
    assert found("ledger") == [checks.Finding("ok", "ledger", "0 answers")]
    LEDGER.write_bytes(b"not a database at all, but long enough to be read as one" * 20)
    (damaged,) = found("ledger")
    assert damaged.status == "problem"
    assert "file is not a database" in damaged.message


def test_a_place_for_sockets_that_others_can_enter_is_a_problem(tmp_path, monkeypatch):
    runtime = tmp_path.parent / "r"  # short: a longer one is passed over
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    open_to_all = runtime / "divergent-bench"
    runtime.mkdir()
    open_to_all.mkdir(mode=0o755)
    assert [each.status for each in found("gateway")] == ["problem"]
    open_to_all.chmod(0o700)
    assert [each.status for each in found("gateway")] == ["ok"]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_file_of_keys_that_git_would_add_is_warned_of(empty_directory):
    write_env("A=1\n")
    assert found(".env") == [checks.Finding("ok", ".env", "only you can read it")]
    subprocess.run(["git", "init", "--quiet", "."], check=True)
    assert [each.fix for each in found(".env")] == ["run: echo .env >> .gitignore"]
    (empty_directory / ".gitignore").write_text(".env\n", encoding="utf-8")
    assert [each.status for each in found(".env")] == ["ok"]
    environment.ENV_FILE.chmod(0o644)
    assert [each.fix for each in found(".env")] == ["run: chmod 600 .env"]


def test_findings_and_settings_hold_no_key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    everything = [*checks.checks([first_config("openai", "gpt-4o")]), *settings.settings()]
    assert SECRET not in json.dumps([str(each) for each in everything])
