"""``config show``, ``init`` and ``validate``, the lists of models and strategies, completion."""

import json
import os
import pty
import re
import select
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from divergent_bench.base.provider_catalogue import CATALOGUE
from tests.helpers.commands import in_process as divergent_bench
from tests.helpers.wires import KEY, KEYS, MODELS
from tests.helpers.workflow import BIN

SECRET = "sk-never-to-be-seen-0123456789"
pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def clean(workdir, monkeypatch):
    """Work in an empty directory without keys and endpoints."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_API_BASE", "_BASE_URL")):
            monkeypatch.delenv(name)
    return workdir


def mode_of(path):
    return stat.S_IMODE(Path(path).stat().st_mode)


def rows(text):
    """Return the lines of a table, each as its words."""
    return [line.split() for line in text.splitlines()]


def write_keys(text, mode=0o600):
    Path(".env").write_text(text, encoding="utf-8")
    Path(".env").chmod(mode)


def test_show_says_where_settings_come_from(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    write_keys(f"OPENAI_API_KEY=other\nGEMINI_API_KEY={SECRET}\n")
    shown = rows(divergent_bench("config", "show"))
    assert ["OPENAI_API_KEY", "set", "environment"] in shown
    assert ["GEMINI_API_KEY", "set", ".env"] in shown
    assert ["XAI_API_KEY", "not", "set"] in shown
    (wait,) = [
        each
        for each in json.loads(divergent_bench("config", "show", "--json"))
        if each["name"] == "DIVERGENT_BENCH_GATEWAY_IDLE"
    ]
    assert wait == {"name": wait["name"], "value": "1 s", "origin": "environment"}


@pytest.mark.slow
def test_no_key_is_in_any_output_or_file_but_env(clean, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    said = divergent_bench(
        *("config", "init", "--provider", "openai", "--key-from-stdin", "openai"),
        given=f"{SECRET}\n",
    )
    for arguments in (["show"], ["show", "--json"], ["validate", "config/first.yaml"]):
        said += divergent_bench("config", *arguments)
    assert SECRET not in said
    holding = [path for path in clean.rglob("*") if path.is_file() and SECRET in path.read_text()]
    assert holding == [clean / ".env"]
    assert mode_of(".env") == 0o600


def test_a_broken_env_file_stops_every_command():
    write_keys(f"A=1\n{SECRET}\n")
    said = divergent_bench("config", "show", code=2)
    assert said == (
        ".env, line 2: is no assignment; write NAME=value, with quotes that match, "
        "or # before a comment\n"
    )


def test_an_env_file_that_others_can_read_is_warned_of_on_stderr():
    write_keys("A=1\n", mode=0o644)
    done = subprocess.run(
        [BIN / "divergent-bench", "version"], capture_output=True, text=True, check=True
    )
    assert done.stderr == "warning: others may read .env; run: chmod 600 .env\n"
    assert done.stdout.startswith("divergent-bench ")


def test_init_works_without_a_terminal_and_says_what_is_next():
    said = divergent_bench(
        *("config", "init", "--no-interactive", "--provider", "gemini"),
        *("--model", "gemini-2.5-flash", "--model", "gemini-2.5-pro", "--samples", "3"),
        *("--strategy", "none", "--strategy", "random", "--config", "my config/a b.yaml"),
    )
    assert "Next: divergent-bench config validate 'my config/a b.yaml'" in said
    assert "divergent-bench batch run 'my config/a b.yaml'" in said
    written = yaml.safe_load(Path("my config/a b.yaml").read_text(encoding="utf-8"))
    experiment = written["experiments"][0]
    assert written["name"] == "a-b"
    assert written["defaults"]["samples"] == 3
    assert experiment["providers"][0]["models"] == ["gemini-2.5-flash", "gemini-2.5-pro"]
    assert experiment["strategies"] == ["none", "random"]
    assert "# GEMINI_API_KEY=\n" in Path(".env").read_text(encoding="utf-8")
    assert mode_of(".env") == 0o600


def test_init_without_flags_asks_whom_it_has_a_key_of(monkeypatch):
    divergent_bench("config", "init", "--config", "a.yaml")
    assert "provider: baseline" in Path("a.yaml").read_text(encoding="utf-8")
    assert not Path(".env").exists()  # needs no key
    monkeypatch.setenv("DEEPSEEK_API_KEY", SECRET)
    said = divergent_bench("config", "init", "--config", "b.yaml")
    assert "DEEPSEEK_API_KEY: is set already" in said
    model = CATALOGUE["deepseek"].default_model
    assert f"models: [{model}]" in Path("b.yaml").read_text(encoding="utf-8")
    assert not Path(".env").exists()  # what the environment has is not written down


def test_init_asks_and_asks_again_after_a_mistake():
    answers = "baselin\nbaseline\noracel\noracle, nearest\nmany\n4\nwordnett\n\n"
    said = divergent_bench("config", "init", "--interactive", given=answers)
    written = yaml.safe_load(Path("config/first.yaml").read_text(encoding="utf-8"))
    assert written["experiments"][0]["providers"][0]["models"] == ["oracle", "nearest"]
    assert written["defaults"]["samples"] == 4
    assert written["analysis"]["spaces"] == ["glove-6b-100d"]
    assert "config/first.yaml: written\n" in said


def test_a_key_is_asked_for_at_a_terminal_and_not_shown():
    command = [
        *(BIN / "divergent-bench", "config", "init", "--provider", "openai", "--model", "gpt-4o"),
        *("--strategy", "none", "--samples", "2", "--space", "wordnet"),
    ]
    process, terminal = pty.fork()
    if process == 0:
        os.execv(command[0], command)
    shown, sent = b"", False
    while select.select([terminal], [], [], 30)[0]:
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if not sent and shown.endswith(b"leave it out): "):  # echo is off by then
            os.write(terminal, f"{SECRET}\n".encode())
            sent = True
    os.close(terminal)  # hangs up on a command that still waits
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0, shown
    assert SECRET.encode() not in shown
    assert f"OPENAI_API_KEY={SECRET}\n" in Path(".env").read_text(encoding="utf-8")


def test_init_replaces_nothing_without_force():
    init = ("config", "init", "--no-interactive", "--provider", "baseline")
    key = ("config", "init", "--key-from-stdin", "openai")
    divergent_bench(*init)
    before = Path("config/first.yaml").read_bytes()
    assert "config/first.yaml: is there already" in divergent_bench(*init, "--samples", "3", code=2)
    assert Path("config/first.yaml").read_bytes() == before
    divergent_bench(*init, "--samples", "3", "--force")
    assert b"samples: 3" in Path("config/first.yaml").read_bytes()
    divergent_bench(*key, given="one\n")  # only the key: the config is left alone
    assert ".env: has OPENAI_API_KEY already" in divergent_bench(*key, given="two\n", code=2)
    divergent_bench(*key, "--force", given="two\n")
    assert "OPENAI_API_KEY=two\n" in Path(".env").read_text(encoding="utf-8")


def test_init_tells_git_to_leave_the_keys_alone():
    subprocess.run(["git", "init", "--quiet", "."], check=True)
    Path(".gitignore").write_text("results/", encoding="utf-8")
    said = divergent_bench("config", "init", "--key-from-stdin", "openai", given="k\n")
    assert ".gitignore: has .env now" in said
    assert Path(".gitignore").read_text(encoding="utf-8") == "results/\n.env\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--provider", "opnai"], "there is no provider 'opnai'; did you mean 'openai'?"),
        (["--provider", "people"], "people are answers from a file"),
        (["--provider", "xai"], "say which"),
        (["--provider", "baseline", "--model", "oracel"], "did you mean 'oracle'?"),
        (["--provider", "openai", "--strategy", "fly"], "there is no strategy 'fly'"),
        (["--space", "glove-840b"], "did you mean 'glove-840b-300d'?"),
        (["--samples", "0"], "greater than or equal to 1"),
        (["--key", "openai=sk-x"], "No such option"),
        (["--key-from-stdin", "opnai"], "did you mean 'openai'?"),
        (["--key-from-stdin", "ollama"], "ollama needs no key"),
        (["--key-from-stdin", "openai"], "there is no key; nothing is written"),
    ],
)
def test_wrong_use_of_init_writes_nothing(arguments, said, clean):
    complaint = divergent_bench("config", "init", "--no-interactive", *arguments, code=2)
    assert said in re.sub(r"[\s│]+", " ", complaint)
    assert list(clean.iterdir()) == []


def test_a_model_that_is_not_in_the_table_is_only_remarked_on():
    arguments = ["config", "init", "--provider", "openai", "--model", "gpt-4oo"]
    done = subprocess.run(
        [BIN / "divergent-bench", *arguments], capture_output=True, text=True, check=True
    )
    assert "did you mean 'gpt-4o'?" in done.stderr
    assert "models: [gpt-4oo]" in Path("config/first.yaml").read_text(encoding="utf-8")


def write_config(*providers):
    entries = "".join(f"      - {{provider: {p}, model: {m}}}\n" for p, m in providers)
    text = f"name: c\nexperiments:\n  - name: e\n    providers:\n{entries}"
    Path("c.yaml").write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_validate_says_what_is_wrong_and_how_to_mend_it(monkeypatch):
    write_config(("openai", "gpt-4o"))
    said = divergent_bench("config", "validate", "c.yaml", code=2)
    assert "set OPENAI_API_KEY" in said
    assert "1 problem, " in said
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    assert "no problems, " in divergent_bench("config", "validate", "c.yaml")
    Path("c.yaml").write_text("name: c\n", encoding="utf-8")
    found = json.loads(divergent_bench("config", "validate", "c.yaml", "--json", code=2))
    assert {each["status"] for each in found} >= {"ok", "problem"}
    (problem,) = [each for each in found if each["status"] == "problem"]
    assert "experiments: is missing" in problem["message"]


def test_validate_without_a_config_looks_at_what_is_around():
    assert "keys" in divergent_bench("config", "validate")
    assert "name one" in divergent_bench("config", "validate", "--online", code=2)


@pytest.mark.slow
def test_validate_asks_each_provider_once_and_says_the_price_before(server, monkeypatch):
    for provider, key in KEYS.items():
        monkeypatch.setenv(f"{provider.upper()}_API_KEY", key)
    for provider in MODELS:
        monkeypatch.setenv(f"{provider.upper()}_API_BASE", server.base(provider))
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-wrong-0123456789")
    write_config(*MODELS.items())
    done = subprocess.run(
        [BIN / "divergent-bench", "config", "validate", "c.yaml", "--online", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    found = {each["what"]: each for each in json.loads(done.stdout)}
    status = {name: found[f"{name}/{model}"]["status"] for name, model in MODELS.items()}
    assert status == {name: "problem" if name == "deepseek" else "ok" for name in MODELS}
    assert "check the key" in found["deepseek/deepseek-chat"]["message"]
    # A wrong key is turned away before the request counts.
    assert sorted(body.provider for body in server.requests) == sorted({*MODELS} - {"deepseek"})
    assert {body.get("max_tokens") for body in server.requests} == {16}
    assert re.fullmatch(
        r"asking openai/gpt-4o, .* one short question: 0\.00\d\d USD at most\n", done.stderr
    )
    assert not Path("results/ledger").exists()
    assert KEY not in done.stdout + done.stderr
    assert "sk-wrong" not in done.stdout + done.stderr


@pytest.mark.slow
def test_models_are_listed_with_prices_and_what_they_take():
    listed = rows(divergent_bench("list-models", "openai"))
    assert listed[0] == ["model", "input", "output", "temperature", "seed", "structured", "ends"]
    assert ["gpt-4o", "2.50", "10.00", "yes", "yes", "yes"] in listed  # USD per million tokens
    (reasoner,) = [row for row in listed if row[0] == "gpt-5"]
    assert reasoner[3] == "no"  # takes its own temperature only
    read = json.loads(divergent_bench("list-models", "deepseek", "--json"))
    (chat,) = [each for each in read if each["model"] == "deepseek-chat"]
    assert chat["provider"] == "deepseek"
    assert (chat["temperature"], chat["structured"]) == (True, False)
    assert chat["input_usd"] > 0


@pytest.mark.slow
def test_the_table_of_models_is_the_one_that_prices_are_of():
    code = (
        "import json\n"
        "from divergent_bench.base.provider_catalogue import source_of_litellm\n"
        "from divergent_bench.cli.models import PRICES, providers, models_of\n"
        "from divergent_bench.sampling.providers import llm\n"
        "table = json.loads(source_of_litellm(PRICES))\n"
        "table = {k: v for k, v in table.items() if k in llm.load_litellm().model_cost}\n"
        "assert len(table) > 1000\n"
        "assert all(v == llm.load_litellm().model_cost[k] for k, v in table.items())\n"
        "known = {p.name for p in providers()} - {'baseline', 'recorded', 'people'}\n"
        "listed = {str(getattr(p, 'value', p)) for p in llm.load_litellm().provider_list}\n"
        "print(*sorted(known - listed))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # litellm takes these from a file of its own, beside its list.
    assert set(done.stdout.split()) <= {"aihubmix", "crusoe", "gmi", "llamagate", "sarvam"}


def test_a_search_goes_through_all_providers(monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    listed = rows(divergent_bench("list-models", "--search", "Sonnet-4-5"))
    assert ["anthropic", "claude-sonnet-4-5", "3.00", "15.00"] in [row[:4] for row in listed]
    assert all("sonnet-4-5" in row[1].casefold() for row in listed[1:])
    found = json.loads(divergent_bench("list-models", "openai", "--search", "gpt-4o", "--json"))
    assert all("gpt-4o" in each["model"] for each in found)


def test_names_are_in_one_piece_in_a_pipe():
    done = subprocess.run(
        [BIN / "divergent-bench", "list-models", "--search", "claude"],
        # readline puts the width of a terminal into it
        env={name: value for name, value in os.environ.items() if name != "COLUMNS"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert max(map(len, done.stdout.splitlines())) > 80
    # The day on which a model ends stands beside few.
    assert {len(row) for row in rows(done.stdout)} == {4, 5}


def test_providers_without_models_are_described():
    assert "lists of humans, from a file" in divergent_bench("list-models", "people")
    assert json.loads(divergent_bench("list-models", "recorded", "--json")) == []
    assert "name them as the provider does" in divergent_bench("list-models", "openrouter")
    assert "did you mean 'people'?" in divergent_bench("list-models", "peple", code=2)


def test_one_strategy_can_be_read():
    assert divergent_bench("list-strategies", "random").startswith("random: ")
    assert "did you mean 'random'?" in divergent_bench("list-strategies", "randm", code=2)
    (read,) = json.loads(divergent_bench("list-strategies", "random", "--json"))
    assert read["messages"][0]["content"].startswith("Name 10 words")
    assert read["wordings"][0] == read["messages"]
    shown = divergent_bench("list-strategies", "random")
    assert len(read["wordings"]) == shown.count("\n[wording ") == 5
    assert all(message["content"] in shown for (message,) in read["wordings"])


@pytest.mark.parametrize("arguments", [["list-models"], ["config", "show"], ["list-strategies"]])
def test_output_needs_no_unicode(arguments, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert divergent_bench(*arguments).isascii()


def completions(words, shell="bash"):
    """Return what a shell is offered for the last of `words`."""
    asked = {
        "bash": {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))},
        "zsh": {"_TYPER_COMPLETE_ARGS": words},
    }
    done = subprocess.run(
        [sys.executable, "-X", "importtime", BIN / "divergent-bench"],
        env={**os.environ, "_DIVERGENT_BENCH_COMPLETE": f"complete_{shell}", **asked[shell]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not re.search(r"\| +(litellm|numpy)$", done.stderr, re.MULTILINE)
    return done.stdout.splitlines()


def test_the_shell_completes_providers_models_and_strategies():
    write_keys("A=1\n", mode=0o644)
    assert completions("divergent-bench list-models ope") == ["openai", "openrouter"]
    assert completions("divergent-bench list-strategies ety") == ["etymology"]
    init = "divergent-bench config init --provider"
    assert completions(f"{init} anthr") == ["anthropic"]
    assert completions(f"{init} baseline --model ") == sorted(CATALOGUE["baseline"].models)
    assert "gpt-4o-mini" in completions(f"{init} openai --model gpt-4o-m")
    assert completions(f"{init} nobody --model ") == [""]
    asked = "divergent-bench dat run --model"
    assert "gpt-4o-mini" in completions(f"{asked} gpt-4o-m"), "the default provider"
    assert completions(f"{asked} baseline/random-w") == ["baseline/random-words"]
    assert "etymology" in " ".join(completions("divergent-bench list-strategies ", "zsh"))
