"""Notifications: what the config may say of them, and what is told."""

from collections import Counter
from pathlib import Path

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.base.failures import Failure
from divergent_bench.config import parse_config
from divergent_bench.running import notifications
from divergent_bench.running.batches import INTERRUPTED, Batch, only_budget
from divergent_bench.running.notifications import reachable, tell_end

BUDGET = Failure("budget", "0.01 USD is reached: 0.0098 USD spent, and so on")
KEY = Failure("refused", "openai/the budget of x: the key is wrong")
URL = "ntfys://me:hunter2hunter2@ntfy.example/lab"


def config(notify):
    experiment = {
        "name": "e",
        "providers": [{"provider": "baseline", "model": "random-nouns"}],
        "samples": 2,
    }
    return parse_config({"name": "b\n c", "experiments": [experiment], "notify": notify})


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Work in an empty directory; return what would be sent."""
    monkeypatch.chdir(tmp_path)
    sent = []
    monkeypatch.setattr(notifications, "send", lambda message, _: sent.append(message) or "")
    return sent


@pytest.mark.parametrize(
    "notify",
    [URL, [URL], {"variables": URL}, {"variables": [URL]}, {"urls": [URL]}, {"events": [URL]}],
)
def test_a_url_in_the_config_is_refused_and_not_quoted(notify):
    with pytest.raises(UserError, match=r"notify: holds a URL.*put it into APPRISE_URLS") as caught:
        config(notify)
    assert "hunter2" not in str(caught.value)


def test_what_is_no_name_of_a_variable_may_be_a_token_and_is_not_quoted():
    with pytest.raises(UserError, match=r"variables\[0\]: is no name of an environment") as caught:
        config({"variables": ["hunter2-hunter2"]})
    assert "hunter2" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:.imghdr:DeprecationWarning")  # of a plugin of apprise
def test_a_variable_that_is_missing_or_wrong_is_named_and_not_quoted(monkeypatch):
    notify = config({"variables": ["LAB_SLACK"]}).notify
    monkeypatch.delenv("LAB_SLACK", raising=False)
    with pytest.raises(UserError, match=r"^LAB_SLACK is not set"):
        reachable(notify)
    monkeypatch.setenv("LAB_SLACK", URL.replace("ntfys", "nftys"))
    with pytest.raises(UserError, match=r"^LAB_SLACK: holds what is no URL") as caught:
        reachable(notify)
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("LAB_SLACK", f"{URL}, mailto://me:secret@example.org")
    assert reachable(notify) == ["ntfy", "E-Mail"]


@pytest.mark.parametrize(
    ("reasons", "alone"),
    [
        ({BUDGET: 3}, True),
        ({BUDGET: 3, INTERRUPTED: 2}, True),
        ({BUDGET: 3, Failure("budget", "of a proxy"): 3}, True),
        ({BUDGET: 3, KEY: 1}, False),
        ({BUDGET: 3, Failure("unknown", BUDGET.message): 1}, False),
        ({INTERRUPTED: 3}, False),
        ({}, False),  # a rule of the analysis failed
    ],
)
def test_only_the_budget_counts_as_the_budget(reasons, alone):
    assert only_budget(Counter(reasons)) is alone


def test_people_are_told_of_what_they_asked_for(told):
    batch = Batch.of(config({"events": ["failed"]}))
    tell_end(batch, 0, Counter({BUDGET: 2}), failed=True)
    assert told == []
    tell_end(batch, 0, Counter({KEY: 2}), failed=True)
    (message,) = told
    assert message.title == "divergent_bench: b c failed"  # one line
    assert message.body.splitlines() == [
        "0 of 2 samples are there.",
        "Samples without an answer; the same command asks for them again:",
        f"     2 x {KEY.message}",
        f"See {batch.directory.absolute()}",
    ]


def test_a_run_of_a_part_is_not_complete(told):
    batch = Batch.of(config({}))
    tell_end(batch, 1, Counter(), failed=False)
    assert told == []
    tell_end(batch, 2, Counter(), failed=False)
    assert [message.title for message in told] == ["divergent_bench: b c is complete"]


def test_a_key_in_a_reason_is_not_passed_on(told, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-1234")
    reasons = Counter({Failure("refused", "refused: sk-very-secret-1234"): 1})
    tell_end(Batch.of(config({})), 0, reasons, failed=True)
    assert "refused: [OPENAI_API_KEY]" in told[0].body


def test_a_ledger_that_cannot_be_read_is_told_and_stops_nothing(told):
    ledger = Path("results/ledger/ledger.sqlite")
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"no database " * 1000)
    assert tell_end(Batch.of(config({})), 2, Counter(), failed=False) == ""
    assert "What was spent is not known: results/ledger/ledger.sqlite" in told[0].body
