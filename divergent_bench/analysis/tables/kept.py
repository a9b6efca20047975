"""Columns of files of answers that travel with them: those that `keep` names in a config."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd


def kept_columns(records: Sequence[Mapping[str, Any]], taken: Collection[str]) -> pd.DataFrame:
    """Return the cells that sample records keep of their rows, a row per record.

    A column is called as in its file; where that is one of the names `taken`, ``file_`` comes
    before it. Samples that keep nothing have missing values; the frame has no column where none do.
    """
    rows = [r["answer"]["raw"] or {} if r["request"].get("keep") else {} for r in records]
    names = dict.fromkeys(name for row in rows for name in row)
    return pd.DataFrame(
        {
            f"file_{name}" if name in taken else name: [_plain(row.get(name)) for row in rows]
            for name in names
        },
        index=range(len(rows)),
        dtype=object,
    )


def _plain(cell: Any) -> Any:
    if isinstance(cell, list | dict):
        return json.dumps(cell)
    # A text may have half a character, which UTF-8 cannot hold.
    return cell.encode(errors="replace").decode() if isinstance(cell, str) else cell
