"""The config file: its models, how it is read, and the schema that editors use."""

from divergent_bench.config.loading import load_config, misfit, parse_config
from divergent_bench.config.models import Config

__all__ = ["Config", "load_config", "misfit", "parse_config"]
