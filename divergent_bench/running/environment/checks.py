"""Whether everything is there that a run needs, and what helps where it is not."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from divergent_bench.base.errors import UserError
from divergent_bench.base.policy import Route, RunPolicy
from divergent_bench.base.provider_catalogue import find_provider, known_providers
from divergent_bench.base.requests import Request
from divergent_bench.config import load_config
from divergent_bench.config.notify import Notify
from divergent_bench.design.checks import CheckedConfig, check_config
from divergent_bench.design.recorded_answers import unused_rows
from divergent_bench.design.spaces import encoder_of
from divergent_bench.instrument.spaces import DOWNLOADS, STORES
from divergent_bench.instrument.spaces.catalogue import CATALOGUE
from divergent_bench.running.environment import ENV_FILE, Finding, git_would_add, is_exposed
from divergent_bench.running.environment.addresses import where_keys_go
from divergent_bench.running.environment.online import ask_once, look_at_proxies
from divergent_bench.running.notifications import Message, reachable, send
from divergent_bench.sampling.gateway.address import socket_path
from divergent_bench.sampling.gateway.ledger import Spending, reading
from divergent_bench.sampling.gateway.preflight import problems

RESULTS = Path("results")
_BYTES_PER_SAMPLE = 8_000  # a file of two blocks, and its rows in the tables
_LITTLE_ROOM = 500_000_000  # bytes


def checks(
    files: Sequence[Path], *, online: bool = False, announce: Callable[[str], None] = print
) -> Iterator[Finding]:
    """Check configs and their surroundings; without configs, only the surroundings.

    With `online`, one short request goes to each provider of the configs, and its answer is not
    kept; before that, `announce` is told who will be asked and for how much.
    """
    yield from _versions()
    valid: list[CheckedConfig] = []
    for file in files:
        try:
            valid.append(checked := check_config(load_config(file)))
        except UserError as error:
            yield from (Finding("problem", str(file), line) for line in str(error).splitlines())
            continue
        yield Finding("ok", str(file), str(checked))
        for line in unused_rows(checked.grid):
            yield Finding("warning", str(file), line)
        yield from (_space(name) for name in checked.spaces if name in CATALOGUE)
        yield from (_encoder(n) for n, entry in checked.spaces.items() if encoder_of(entry))
        for diversion in where_keys_go(checked.grid, checked.policy):
            yield Finding("warning", "keys", diversion, "look whether you trust that address")
        if checked.config.notify:
            yield _notify(checked.config.notify, online)
    yield from _providers(valid, online, announce) if files else _keys()
    yield _disk(sum(len(each.grid.paths()) for each in valid))
    yield _writable()
    yield _ledger()
    try:
        socket_path()
    except UserError as error:
        yield Finding("problem", "gateway", str(error))
    else:
        yield Finding("ok", "gateway", "has a place for its socket")
    yield from _env_file()


def _versions() -> Iterator[Finding]:
    import platform
    from importlib import metadata

    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    package = metadata.distribution("divergent-bench")
    needed = SpecifierSet(package.metadata["Requires-Python"])
    python = platform.python_version()
    if needed.contains(python, prereleases=True):
        yield Finding("ok", "Python", python)
    else:
        yield Finding("problem", "Python", f"{python} is not {needed}", "install another Python")
    wrong = 0
    required = [Requirement(line) for line in package.requires or ()]
    required = [each for each in required if not each.marker or each.marker.evaluate({"extra": ""})]
    for each in required:
        try:
            found = metadata.version(each.name)
        except metadata.PackageNotFoundError:
            found = None
        if found is None or not each.specifier.contains(found, prereleases=True):
            wrong += 1
            message = "is missing" if found is None else f"{found} is not {each.specifier}"
            yield Finding("problem", each.name, message, f'run: pip install "{each}"')
    if not wrong:
        yield Finding("ok", "libraries", f"{len(required)}, each of a version that fits")


def _space(name: str) -> Finding:
    what = f"space {name}"
    if (STORES / name).is_dir():
        return Finding("ok", what, f"is in {STORES}")
    file = CATALOGUE[name].file
    size = f"{file.size / 1e9:.1f} GB"
    if (DOWNLOADS / file.name).is_file():
        return Finding("ok", what, "is downloaded; a run makes it ready")
    if shutil.disk_usage(Path.cwd()).free < 1.2 * file.size:
        return Finding("problem", what, f"has to be fetched, {size}", "make room on the disk")
    fix = f"to fetch it now, run: divergent-bench verify {name}"
    return Finding("warning", what, f"is fetched by the first run, {size}", fix)


def _encoder(name: str) -> Finding:
    what = f"space {name}"
    if find_spec("sentence_transformers"):
        return Finding("ok", what, "its encoder can be asked")
    message = "sentence-transformers is not installed, which new words need"
    return Finding("problem", what, message, "pip install 'divergent-bench[encoder]'")


def _notify(notify: Notify, online: bool) -> Finding:
    try:
        services = ", ".join(reachable(notify))
    except UserError as error:
        return Finding("problem", "notify", str(error))
    if not online:
        return Finding("ok", "notify", f"{services} would be told; --online tries it")
    test = Message("divergent_bench: a test", "So you will be told how a run ended.")
    if trouble := send(test, notify):
        return Finding("problem", "notify", trouble, "try: apprise -v -t test -b test")
    return Finding("ok", "notify", f"{services}: a test was sent")


def _keys() -> Iterator[Finding]:
    known = [
        name
        for name, provider in known_providers().items()
        if provider.key_variable and os.environ.get(provider.key_variable)
    ]
    if known:
        yield Finding("ok", "keys", f"set for {', '.join(known)}")
    else:
        found = "none is set: only baselines, local models and recorded answers can run"
        yield Finding("warning", "keys", found, "run: divergent-bench config init")


def _providers(
    valid: Iterable[CheckedConfig], online: bool, announce: Callable[[str], None]
) -> Iterator[Finding]:
    """Check what providers are asked for; those without a problem are asked, if `online`."""
    fit: dict[tuple[str, str | None], tuple[Request, RunPolicy]] = {}
    routes: dict[Route, None] = {}
    for each in valid:
        grid, policy = each.grid, each.policy
        templates: dict[str, list[Request]] = {}
        for planned in grid.conditions:
            if find_provider(planned.template["provider"]).asks_models:
                templates.setdefault(planned.template["provider"], []).append(planned.template)
        for provider, of_provider in templates.items():
            found = problems(of_provider, policy, Spending(0.0, 0.0))
            for cause, message in found:
                fix = "put it in .env: divergent-bench config init" if cause == "no_key" else ""
                yield Finding("problem", provider, message, fix)
            if found:
                continue
            models = Counter(template["model"] for template in of_provider)
            variable = find_provider(provider).key_variable
            key = f"{variable} is set; " if variable and os.environ.get(variable) else ""
            yield Finding("ok", provider, f"{key}what is asked fits {', '.join(models)}")
            for template in of_provider:
                fit.setdefault((provider, policy.address(template)), (template, policy))
                if route := policy.route(template):
                    routes[route] = None
    if online:
        heard = list(look_at_proxies(routes))
        if not any(each.status == "problem" for each in heard):
            heard += ask_once(list(fit.values()), announce)
        yield from heard


def _disk(samples: int) -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    needed = samples * _BYTES_PER_SAMPLE
    message = f"{free / 1e9:.1f} GB free"
    if free < needed:
        return Finding("problem", "disk", f"{message}, {needed / 1e9:.1f} needed", "make room")
    if free < needed + _LITTLE_ROOM:
        return Finding("warning", "disk", message, "make room")
    return Finding("ok", "disk", message)


def _writable() -> Finding:
    there = next(path for path in (RESULTS, Path.cwd()) if path.exists())
    if os.access(there, os.W_OK | os.X_OK):
        return Finding("ok", "results", f"can be written to {RESULTS}/")
    fix = "go to a directory of your own"
    return Finding("problem", "results", f"{there} cannot be written to", fix)


def _ledger() -> Finding:
    try:
        with reading() as ledger:
            if ledger is None:
                return Finding("ok", "ledger", "none here yet")
            (verdict, *_) = (line for (line,) in ledger.query("PRAGMA quick_check(1)"))
            answers = len(ledger)
    except UserError as error:
        verdict = str(error)
    if verdict != "ok":
        return Finding("problem", "ledger", verdict, "see: divergent-bench ledger verify")
    return Finding("ok", "ledger", f"{answers:,} answers")


def _env_file() -> Iterator[Finding]:
    if not ENV_FILE.exists():
        return
    exposed, unignored = is_exposed(ENV_FILE), git_would_add(ENV_FILE)
    if exposed:
        yield Finding("warning", ".env", "others may read it", "run: chmod 600 .env")
    if unignored:
        yield Finding("warning", ".env", "git would add it", "run: echo .env >> .gitignore")
    if not exposed and not unignored:
        yield Finding("ok", ".env", "only you can read it")
