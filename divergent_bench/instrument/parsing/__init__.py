"""Words from responses: see `parse_response`."""

from divergent_bench.instrument.parsing.pipeline import parse_response
from divergent_bench.instrument.parsing.records import FLAGS, LAYOUTS, ParsedResponse, ParsedWord

__all__ = ["FLAGS", "LAYOUTS", "ParsedResponse", "ParsedWord", "parse_response"]
