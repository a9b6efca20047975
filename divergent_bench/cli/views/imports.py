"""How a file of answers was read, before anything is made of it."""

from itertools import islice
from typing import Final

from divergent_bench.base.answers import outcome_of
from divergent_bench.base.names import printable
from divergent_bench.base.records import STIMULUS
from divergent_bench.cli.views.tables import say
from divergent_bench.instrument.scoring import note_on_unknown
from divergent_bench.instrument.spaces import open_space
from divergent_bench.instrument.spaces.embedded import DEFAULT_SPACE
from divergent_bench.running.importing import Reading

_SHOWN: Final = 3
_LOOKED_UP: Final = 200  # answers; enough to tell a language
_MOST_COLUMNS: Final = 12
_MOST_WORDS: Final = 12


def show_reading(reading: Reading) -> None:
    """Say which columns were taken and ignored, three parsed answers, and what is odd."""
    for line in _lines(reading):
        say(printable(line))


def _lines(reading: Reading) -> list[str]:
    taken = [f"{what}: {_listed(columns)}" for what, columns in reading.taken.items()]
    lines = [f"Columns taken: {'; '.join(taken)}"]
    if reading.ignored:
        lines.append(f"Columns ignored: {_listed(reading.ignored)}")
    lines += (f"Note: {note}" for note in reading.notes)
    task = reading.task
    scorer = task.scorer(open_space(DEFAULT_SPACE), task.options())
    n_words = n_known = 0
    for number, row in enumerate(islice(reading.rows, _LOOKED_UP)):
        text, end = row["response"], row.get("finish_reason")
        words = task.parse(text, truncated=outcome_of(text, end) == "truncated").words
        checks = scorer.check(words, row.get(STIMULUS))
        n_words += len(words)
        n_known += sum(check.word is not None for check in checks)
        if number < _SHOWN:
            who = ", ".join(
                str(row[key]) for key in ("model", "strategy", STIMULUS) if row.get(key)
            )
            valid = sum(check.accepted for check in checks)
            read = _listed(words, _MOST_WORDS) or "no word"
            lines.append(f"Answer {number + 1} ({who}): {read} ({valid} of {len(words)} valid)")
    if note := note_on_unknown(n_known, n_words):
        lines.append(f"Note: {note}")
    return lines


def _listed(names: "list[str] | tuple[str, ...]", most: int = _MOST_COLUMNS) -> str:
    more = f", and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
