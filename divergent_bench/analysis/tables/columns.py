"""Which columns the tables of a run have, and their types; `MEANINGS` says what they hold."""

from collections.abc import Mapping
from typing import Final

from divergent_bench.instrument.norms import NORMS

MODEL: Final = ["provider", "model"]
CONDITION: Final = [*MODEL, "strategy", "temperature"]
OUTCOMES: Final = ("ok", "refused", "filtered", "truncated", "empty")
SETTINGS: Final = ("temperature", "seed", "structured")  # requested; not every model takes them

# Few distinct values become categories; free text and keys stay strings.
SCORES: Final[Mapping[str, str]] = {
    "task": "category",
    "space": "category",
    "provider": "category",
    "model": "category",
    "strategy": "category",
    "temperature": "float64",
    "seed": "int64",
    "outcome": "category",
    "score": "float64",
    "n_words": "int64",
    "n_valid": "int64",
    "scored_words": "str",
    "layout": "category",
    "flags": "str",
    "requested": "category",
    "sent": "category",
    "served_model": "category",
    "cost_usd": "float64",
    "latency_s": "float64",
    "digest": "str",
    "sample": "str",
}
WORDS: Final[Mapping[str, str]] = {
    "space": "category",
    "provider": "category",
    "model": "category",
    "strategy": "category",
    "temperature": "float64",
    "seed": "int64",
    "position": "int64",
    "raw": "str",
    "word": "str",
    "accepted": "bool",
    "scored": "bool",
    "reason": "category",
}
SUMMARY: Final[Mapping[str, str]] = {
    "space": "str",
    "provider": "str",
    "model": "str",
    "strategy": "str",
    "temperature": "float64",
    "n": "int64",
    **{f"n_{outcome}": "int64" for outcome in OUTCOMES},
    "n_scorable": "int64",
    "scorable_share": "float64",
    "scorable_low": "float64",
    "scorable_high": "float64",
    "n_unique_lists": "int64",
    "effective_n": "float64",
    "mean": "float64",
    "mean_low": "float64",
    "mean_high": "float64",
    "sd": "float64",
    "median": "float64",
    "min": "float64",
    "max": "float64",
    **{f"percentile_{norm}": "float64" for norm in NORMS},
    "cost_usd": "float64",
    "median_latency_s": "float64",
}
TESTS: Final[Mapping[str, str]] = {
    "space": "str",
    "test": "str",
    "factor": "str",
    "group_a": "str",
    "group_b": "str",
    "role": "str",
    "n_a": "Int64",
    "n_b": "Int64",
    "n_unique_a": "Int64",
    "n_unique_b": "Int64",
    "n_strata": "Int64",
    "statistic_name": "str",
    "statistic": "float64",
    "effect_name": "str",
    "effect": "float64",
    "effect_low": "float64",
    "effect_high": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "adjusted_by": "str",
    "adjusted_over": "Int64",
    "adjustment": "str",
    "unit": "str",
    "computation": "str",
    "margin": "float64",
    "assumed_low": "float64",
    "assumed_high": "float64",
    "n_groups": "Int64",
    "n_unmatched_a": "Int64",
    "n_unmatched_b": "Int64",
    "pooled": "bool",
    "confounded_with": "str",
    "left_out": "str",
    "reason": "str",
    "note": "str",
}
POWER: Final[Mapping[str, str]] = {
    "space": "str",
    "factor": "str",
    "n_comparisons": "int64",
    "alpha": "float64",
    "effective_n": "float64",
    "sd": "float64",
    "smallest_difference": "float64",
    "smallest_difference_alone": "float64",
    "n_for_one_point": "Int64",
    "left_out": "str",
    "reason": "str",
    "note": "str",
}
VARIANCE: Final[Mapping[str, str]] = {
    "space": "str",
    "component": "str",
    "n_levels": "str",
    "variance": "float64",
    "share": "float64",
    "share_low": "float64",
    "share_high": "float64",
    "n_single_list": "Int64",
    "left_out": "str",
    "reason": "str",
    "note": "str",
}
# Of a model over all its conditions (`level` model) or of one condition (`level` condition).
_GROUP: Final[Mapping[str, str]] = {
    "space": "str",
    "level": "str",
    "provider": "str",
    "model": "str",
    "strategy": "str",
    "temperature": "float64",
}
DISTINCT_AT: Final = (10, 50, 100, 500)  # numbers of lists at which vocabularies are compared
DIVERSITY: Final[Mapping[str, str]] = {
    **_GROUP,
    "n_lists": "int64",
    "n_different_lists": "int64",
    "effective_lists": "float64",
    "n_distinct_words": "int64",
    "mean_list_length": "float64",
    "mean_shared_words": "float64",
    "mean_jaccard": "float64",
    **{f"distinct_at_{size}": "float64" for size in DISTINCT_AT},
    "top_words": "str",
}
RAREFACTION: Final[Mapping[str, str]] = {
    **_GROUP,
    "n_lists": "int64",
    "expected_distinct_words": "float64",
}
OVERLAP: Final[Mapping[str, str]] = {
    "space": "str",
    "model_a": "str",
    "model_b": "str",
    "n_distinct_a": "int64",
    "n_distinct_b": "int64",
    "n_shared": "int64",
    "vocabulary_jaccard": "float64",
    "shared_of_a": "float64",
    "shared_of_b": "float64",
}
AGREEMENT: Final[Mapping[str, str]] = {
    "space_a": "str",
    "space_b": "str",
    "measure": "str",
    "n_models": "int64",
    "value": "float64",
}
WORD_MAP: Final[Mapping[str, str]] = {
    "space": "str",
    "word": "str",
    "x": "float64",
    "y": "float64",
    "share_of_models": "float64",
    "share_of_people": "float64",
    "share_of_baselines": "float64",
    "n_models_using": "int64",
}
# Joined by |, which none of their members can hold: words are letters, hyphens and spaces, the rest
# are names of this program.
LISTS: Final = (*("flags", "requested", "sent", "words", "scored_words", "confounded_with"),)
TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "scores": SCORES,
    "words": WORDS,
    "summary": SUMMARY,
    "tests": TESTS,
    "power": POWER,
    "variance": VARIANCE,
    "diversity": DIVERSITY,
    "rarefaction": RAREFACTION,
    "overlap": OVERLAP,
    "agreement": AGREEMENT,
    "word_map": WORD_MAP,
}
# What `divergent-bench export` writes: a row per sample; `score`, `n_valid` and `words` once for
# each semantic space, whose name follows theirs (score_wordnet).
EXPORT: Final[Mapping[str, str]] = {
    **{key: SCORES[key] for key in (*CONDITION, "seed", "outcome")},
    "score": "float64",
    "n_valid": "int64",
    "words": "str",
    "response": "str",
    **{key: SCORES[key] for key in ("n_words", "layout", "flags", "requested", "sent")},
    **{key: SCORES[key] for key in ("served_model", "cost_usd", "latency_s", "digest", "sample")},
}
PER_SPACE: Final = ("score", "n_valid", "words")
