"""Measure the divergent thinking of language models with the Divergent Association Task."""

__version__ = "0.2.0"
