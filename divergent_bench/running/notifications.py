"""Telling people how a run ended, by e-mail, Slack or whatever else apprise reaches.

Its URLs hold secrets: they stay in the environment, and whatever apprise says of them is not shown.
"""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from divergent_bench.base.credentials import redact
from divergent_bench.base.errors import UserError
from divergent_bench.base.failures import Failure
from divergent_bench.config.notify import Event, Notify
from divergent_bench.running.batches import REPORT_PAGE, Batch, missing_in_words, only_budget

if TYPE_CHECKING:
    from apprise import Apprise

SECONDS: Final = 8.0  # that receivers have
_STARTING_SECONDS: Final = 2.0
_MOST_REASONS: Final = 5
_TITLES: Final[dict[Event, str]] = {
    "complete": "is complete",
    "failed": "failed",
    "budget": "reached its budget",
}


@dataclass(frozen=True)
class Message:
    """What is told."""

    title: str  # one line
    body: str


def reachable(notify: Notify) -> list[str]:
    """Return the services that would be told, such as Slack; nothing is sent.

    It is a UserError when a variable is not set, or apprise cannot read a URL in it.
    """
    return [str(service.service_name) for service in _services(notify.variables)]


def tell_end(batch: Batch, done: int, reasons: Counter[Failure], *, failed: bool) -> str:
    """Tell people that a run ended, if the config wants them to know, and why samples are missing.

    It takes seconds at most, and no more than a warning comes of it when nobody can be reached:
    the text that is returned, else empty.
    """
    notify = batch.config.notify
    if failed:
        event: Event = "budget" if only_budget(reasons) else "failed"
    elif done == batch.samples:
        event = "complete"
    else:
        return ""  # a part was asked for
    if notify is None or event not in notify.events:
        return ""
    trouble = send(_message(batch, done, event, reasons), notify)
    if not trouble:
        return ""
    return (
        f"warning: no notification, or not to all in {', '.join(notify.variables)}: {trouble}; "
        "`divergent-bench config validate --online CONFIG` tries again"
    )


def send(message: Message, notify: Notify) -> str:
    """Send a message to everybody; return who did not take it, empty where it was delivered."""
    # In a process of its own: what hangs can be ended there, and threads that wait hold up nobody.
    try:
        sent = subprocess.run(
            [sys.executable, "-m", "divergent_bench.running.notifications", *notify.variables],
            input=json.dumps(asdict(message)).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # quotes the URLs
            timeout=SECONDS + _STARTING_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"nobody answered within {SECONDS + _STARTING_SECONDS:g} s"
    if sent.returncode:
        return "apprise could not be asked"
    return ", ".join(sent.stdout.decode().splitlines())


def _message(batch: Batch, done: int, event: Event, reasons: Counter[Failure]) -> Message:
    name = " ".join(batch.config.name.split())
    page = batch.directory / REPORT_PAGE
    place = page if event == "complete" and page.exists() else batch.directory
    lines = [f"{done:,} of {batch.samples:,} samples are there."]
    lines += _spent(batch)
    if reasons:
        lines.append(missing_in_words(Counter(dict(reasons.most_common(_MOST_REASONS)))))
    lines.append(f"See {place.absolute()}")
    return Message(f"divergent_bench: {name} {_TITLES[event]}", redact("\n".join(lines)))


def _spent(batch: Batch) -> list[str]:
    try:
        spending = batch.spending()
    except (UserError, sqlite3.Error, OSError) as error:  # it may be why the run failed
        return [f"What was spent is not known: {error}"]
    if spending is None:
        return []
    unpriced = batch.unpriced()
    unknown = f"; of {unpriced:,} answers the price is not known" if unpriced else ""
    return [f"Spent in all runs: {spending.spent_usd:.4f} USD{unknown}."]


def _services(variables: Sequence[str]) -> "Apprise":
    import logging

    import apprise  # slow to import, and seldom needed

    logging.getLogger("apprise").propagate = False  # it quotes the URLs
    services = apprise.Apprise()
    for name in variables:
        urls = os.environ.get(name)
        if not urls:
            raise UserError(
                f"{name} is not set, by which `notify` in the config tells people how a run ended; "
                f"set it to a URL of apprise's, or take `notify` out. "
                "https://github.com/caronc/apprise/wiki lists them"
            )
        if not services.add(urls):
            raise UserError(
                f"{name}: holds what is no URL of apprise's, or lacks a part of it (it is not "
                "shown: it is a secret); `apprise -v -t test -b test` says what is wrong with it"
            )
    return services


def _deliver(message: Message, variables: Sequence[str]) -> list[str]:
    """Send a message; return the services that did not take it, each with what came of it."""
    result = _services(variables).notify(
        title=message.title, body=message.body, body_format="text", timeout=SECONDS
    )
    return [f"{each.name} ({each.status.name.lower()})" for each in result.results if not each]


if __name__ == "__main__":
    for _service in _deliver(Message(**json.load(sys.stdin)), sys.argv[1:]):
        print(_service)
    sys.stdout.flush()
    os._exit(0)  # without waiting for the threads of those who do not answer
