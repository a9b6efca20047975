"""Words from responses: see `parse_response`."""

from divergent_bench.instrument.parsing.pipeline import parse_response
from divergent_bench.instrument.parsing.records import (
    FLAGS,
    LAYOUTS,
    Length,
    ParsedResponse,
    ParsedWord,
)

__all__ = ["FLAGS", "LAYOUTS", "Length", "ParsedResponse", "ParsedWord", "parse_response"]
