"""The config file: its models, how it is read, and the schema that editors use."""

from divergent_bench.config.loading import config_error, load_config, parse_config, typed
from divergent_bench.config.models import Config

__all__ = ["Config", "config_error", "load_config", "parse_config", "typed"]
