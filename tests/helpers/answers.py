"""Sample files, and rows of the tables that are made of them, for pages of answers."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from divergent_bench.analysis.tables import WORDS
from divergent_bench.base.requests import digest


def sample(directory: Path, seed: int, text: str) -> dict[str, Any]:
    """Write a sample file, and return the row of its scores."""
    file = directory / f"samples/openai/a/none/t0.7/seed{seed}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    request = {"provider": "openai", "model": "a", "seed": seed}
    record = {"schema_version": 1, "key": {}, "digest": digest(request), "request": request}
    file.write_text(json.dumps(record | {"answer": {"text": text}}), encoding="utf-8")
    return {"seed": seed, "sample": str(file), "digest": record["digest"], "layout": "lines"}


def word(
    seed: int,
    position: int,
    raw: str,
    reason: str = "",
    *,
    scored: bool = False,
    space: str = "wordnet",
    task: str = "dat",
) -> dict[str, Any]:
    """Return the row of a word."""
    key = {"provider": "openai", "model": "a", "strategy": "none", "temperature": 0.7, "seed": seed}
    told = {"accepted": not reason, "scored": scored, "reason": reason or None}
    return {
        "task": task,
        **key,
        "space": space,
        "position": position,
        "raw": raw,
        "word": raw,
        **told,
    }


def table_of_words(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return the table of words."""
    return pd.DataFrame(rows, columns=list(WORDS)).astype(dict(WORDS))
