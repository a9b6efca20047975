"""Adjustment of p values for the number of tests."""

from collections.abc import Sequence
from typing import Any, Final

from statsmodels.stats.multitest import multipletests

from divergent_bench.design.analysis_plan import ALPHA, CONFIRMATORY, EXPLORATORY

_METHODS: Final = {CONFIRMATORY: ("holm", "holm"), EXPLORATORY: ("fdr_bh", "benjamini-hochberg")}


def adjust(rows: Sequence[dict[str, Any]]) -> None:
    """Add ``p_adjusted``, ``adjusted_by`` and ``adjusted_over`` to the rows that have a ``p``.

    A family are the rows of one ``test`` and ``role``, over all factors. Confirmatory families are
    adjusted by Holm (any false claim; Scandinavian Journal of Statistics 1979, 6, 65-70),
    exploratory ones by Benjamini and Hochberg (share of false claims; Journal of the Royal
    Statistical Society B 1995, 57, 289-300). A test that could not be done does not count.
    """
    families: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if "p" in row:
            families.setdefault((row["test"], row["role"]), []).append(row)
    for (_, role), family in families.items():
        method, name = _METHODS[role]
        adjusted = multipletests([row["p"] for row in family], alpha=ALPHA, method=method)[1]
        for row, p in zip(family, adjusted, strict=True):
            row |= {"p_adjusted": p, "adjusted_by": name, "adjusted_over": len(family)}
